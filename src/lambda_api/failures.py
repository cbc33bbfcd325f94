"""Which exception becomes which problem: no other file turns failures into answers."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from heliograph.errors import CursorError, StorageError
from heliograph.telemetry import logger
from lambda_api.problems import (
    BAD_CURSOR,
    BUSY,
    FULL,
    INVALID_REQUEST,
    FieldFault,
    ProblemRaised,
    plain,
    problem_response,
)
from lambda_api.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_RETRY_AFTER: Final = {"Retry-After": "2"}  # seconds; botocore has tried for longer than that already
# What a laptop's embedded AWS says while there is too little room; AWS itself has no such answer.
_FULL: Final = "InsufficientStorage"
# What DynamoDB says of load, and of its own trouble: the same request may be answered a moment later.
_PASSING: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)


def register(app: FastAPI) -> None:
    """Make every failure of the app a problem."""
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        ProblemRaised: _raised,
        CursorError: _cursor,
        RequestValidationError: _validation,
        HTTPException: _http,
        StorageError: _storage,
        BotoCoreError: _storage,
        ClientError: _storage,
        Exception: _unexpected,
    }
    for error, answer in handlers.items():
        app.add_exception_handler(error, answer)


async def _raised(request: Request, error: ProblemRaised) -> Response:
    return problem_response(error.kind, error.detail, request.scope["path"], error.faults, error.headers)


async def _cursor(request: Request, error: CursorError) -> Response:
    return problem_response(BAD_CURSOR, str(error), request.scope["path"])


async def _validation(request: Request, error: RequestValidationError) -> Response:
    faults = tuple(_fault(each) for each in error.errors())
    detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
    return problem_response(INVALID_REQUEST, detail, request.scope["path"], faults)


def _fault(error: dict[str, Any]) -> FieldFault:
    """Turn pydantic's word on one field into ours; the first of its places says query, path or body."""
    return FieldFault(".".join(map(str, error["loc"][1:])) or str(error["loc"][0]), error["msg"])


async def _http(request: Request, error: HTTPException) -> Response:
    details = {
        HTTPStatus.NOT_FOUND: f"there's nothing at {request.scope['path']}; /docs lists what there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} isn't allowed here; /docs lists what is",
    }
    detail = details.get(HTTPStatus(error.status_code), error.detail)
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods(request))}
    return problem_response(plain(error.status_code), detail, request.scope["path"], headers=headers)


def _methods(request: Request) -> list[str]:
    """Return the methods that a path has, of all its routes; Starlette itself names the first one's."""
    here = (route for route in ROUTES if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in here for method in route.methods or ()})


async def _storage(request: Request, error: Exception) -> Response:
    """Answer a store's failure: 503 where it may pass, 507 on a full disk, 500 where the mistake is ours."""
    if isinstance(error, ClientError) and error.response["Error"]["Code"] == _FULL:
        logger().warning("disk full", path=request.scope["path"], error=str(error))
        detail = f"nothing was taken in: {error.response['Error']['Message']}"
        return problem_response(FULL, detail, request.scope["path"])
    if not _may_pass(error):
        return await _unexpected(request, error)
    logger().warning("store failed", path=request.scope["path"], error=str(error))
    detail = "the store is busy or can't be reached; send the same request again in a moment"
    return problem_response(BUSY, detail, request.scope["path"], headers=_RETRY_AFTER)


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _PASSING
    return isinstance(error, (StorageError, ConnectionError, HTTPClientError))


async def _unexpected(request: Request, error: Exception) -> Response:
    """Log everything, tell nothing of the inside."""
    logger().error("request failed", path=request.scope["path"], exc_info=error)
    detail = "the service failed and has logged why; send the request again, and tell its operator if it fails again"
    return problem_response(plain(HTTPStatus.INTERNAL_SERVER_ERROR), detail, request.scope["path"])
