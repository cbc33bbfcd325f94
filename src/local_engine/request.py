"""A request's head, read once, and no as an answer; in the types of ASGI 3.0 (asgi.readthedocs.io).

The head says whom it names and which service it is for. Refusals are in the format of the AWS service that was called,
so that every client understands them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from html import escape
from json import dumps
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Middleware: TypeAlias = Callable[[App], App]
"""Takes an application and returns one around it."""

# An API's id and a path. Without both the engine goes by a header or by the query, which can name any service.
_API: Final = re.compile(r"/_aws/execute-api/[^/]+/")
_PLAIN: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST: Final = re.compile(r"(\[::1\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]{1,5}))?\Z")
_SCOPE: Final = re.compile(r"Credential=[^/,]*/[^/,]*/[^/,]*/([^/,]*)/")
_HTTP_PORT: Final = 80
FORBIDDEN: Final = 403
FULL: Final = 507
FULL_CODE: Final = "InsufficientStorage"
_SERVER_FAILS: Final = 500
_QUERY_SERVICES: Final = frozenset({"iam", "sts", "sns", "cloudformation", "monitoring"})
_FORM: Final = "x-www-form-urlencoded"


class Request(msgspec.Struct, frozen=True):
    """A request's head. headers: by lower-case name; a name that came twice has its values joined by commas.

    raw_path: the path as it was sent. name, port: what the Host header says; empty and 0 where it says nothing usable.
    """

    method: str
    path: str
    raw_path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    name: str
    port: int

    @property
    def is_plain(self) -> bool:
        """Return whether it names this machine, and no service on it."""
        return self.name in _PLAIN

    @property
    def is_local(self) -> bool:
        """Return whether its name leads to this machine everywhere, whoever answers for names (RFC 6761)."""
        return self.is_plain or self.name.endswith(".localhost")

    @property
    def is_api(self) -> bool:
        """Return whether it is for an HTTP API's Lambda alone: under a plain name the path decides."""
        return self.is_plain and _API.match(self.path) is not None

    @property
    def signed_for(self) -> str:
        """The service that its signature names, in a header or in the query; empty where none is."""
        signed = self.headers.get("authorization", "") or f"Credential={self.query.get('X-Amz-Credential', [''])[0]}"
        found = _SCOPE.search(signed)
        return found.group(1) if found else ""

    @property
    def service(self) -> str:
        """The service that its signature names, else the one it looks like; for the words of a refusal."""
        if self.signed_for:
            return self.signed_for
        if "x-amz-target" in self.headers or "json" in self.headers.get("content-type", ""):
            return "json"
        return "sts" if "x-www-form-urlencoded" in self.headers.get("content-type", "") else "s3"


def read_request(scope: Scope) -> Request:
    """Read the head of an ASGI request."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    # Two Host headers are one with a comma, which no name has.
    host = _HOST.match(headers.get("host", "").lower())
    return Request(
        method=scope["method"],
        path=scope["path"],
        raw_path=(scope.get("raw_path") or b"").decode("latin-1"),
        query=parse_qs(scope.get("query_string", b"").decode("utf-8", "replace"), keep_blank_values=True),
        headers=headers,
        name=host[1] if host else "",
        port=int(host[2] or _HTTP_PORT) if host else 0,
    )


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
