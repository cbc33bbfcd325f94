"""Refusals, in the format of the AWS service that was called, so that every client understands them."""

from html import escape
from json import dumps
from typing import Any, Final

from local_engine.asgi import Send
from local_engine.request import Request

FORBIDDEN: Final = 403
FULL: Final = 507
FULL_CODE: Final = "InsufficientStorage"

_SERVER_FAILS: Final = 500
_QUERY_SERVICES: Final = frozenset({"iam", "sts", "sns", "cloudformation", "monitoring"})
_FORM: Final = "x-www-form-urlencoded"


class Refused(Exception):
    """A request gets no. code: AWS's own word for it. message: a sentence that says what to do. status: HTTP's."""

    def __init__(self, code: str, message: str, status: int = FORBIDDEN) -> None:
        """Keep what to answer."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


async def refuse(request: Request, refused: Refused, send: Send) -> None:
    """Answer a request with an error, in the format that the client of its service reads."""
    media_type, body = _words(request, refused)
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", refused.code.encode()),
        (b"cache-control", b"no-store"),
        # The request's body may not be read, so the connection can't be used again.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def error_xml(code: str, message: str) -> bytes:
    """Return an error as S3 writes it."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{_code_and_message(code, message)}</Error>'.encode()


def error_json(code: str, message: str) -> bytes:
    """Return an error as DynamoDB, SQS and their like write it."""
    return dumps({"__type": code, "message": message}).encode()


def _words(request: Request, refused: Refused) -> tuple[str, bytes]:
    code, message = refused.code, refused.message
    if request.is_api:
        problem: dict[str, Any] = {"type": "/problems/not-let-in", "title": "Not let in", "status": refused.status}
        return "application/problem+json", dumps({**problem, "detail": message}).encode()
    if request.service == "s3":
        return "application/xml", error_xml(code, message)
    if request.service in _QUERY_SERVICES or _FORM in request.headers.get("content-type", ""):
        kind = "Receiver" if refused.status >= _SERVER_FAILS else "Sender"
        error = f"<Error><Type>{kind}</Type>{_code_and_message(code, message)}</Error>"
        return "text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
    return "application/x-amz-json-1.0", error_json(code, message)


def _code_and_message(code: str, message: str) -> str:
    return f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
