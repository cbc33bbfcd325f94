"""Requests as clients send them, put to a guard around an engine that says what got through."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from event_loop import run
from local_engine.guard import Guard, GuardOptions
from local_engine.request import Message, Receive, Scope, Send

PORT: Final = 4711
HOST: Final = f"127.0.0.1:{PORT}"
ACCOUNT: Final = "000000000000"
SECRET: Final = "the secret of this run"  # noqa: S105 - of no door
API: Final = "/_aws/execute-api/5e110000"
KEYS: Final = Credentials(ACCOUNT, SECRET)
_LOOSE: Final = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-expose-headers", b"*"), (b"etag", b"1")]


class Asked(msgspec.Struct):
    """A request on the wire. url: the path and query as sent."""

    method: str = "GET"
    url: str = "/"
    headers: dict[str, str] = {}
    body: bytes = b""

    def with_headers(self, **more: str) -> "Asked":
        """Return it with more headers; an underscore is a hyphen."""
        named = {name.replace("_", "-").lower(): value for name, value in more.items()}
        return Asked(self.method, self.url, {**self.headers, **named}, self.body)


class Answered(msgspec.Struct):
    """What came of a request. reached: the body that the engine got, None where it saw nothing."""

    status: int
    headers: dict[str, str]
    body: bytes
    reached: bytes | None


def asked(method: str = "GET", url: str = "/", body: bytes = b"", **headers: str) -> Asked:
    """Return a request to the engine's own address."""
    return Asked(method, url, {"host": HOST}, body).with_headers(**headers)


def signed(request: Asked, service: str = "dynamodb", keys: Credentials = KEYS) -> Asked:
    """Return a request as botocore signs it for a service."""
    told = {name: value for name, value in request.headers.items() if name != "host"}
    address = f"http://{request.headers['host']}{request.url}"
    aws = AWSRequest(request.method, address, told, request.body)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, "eu-west-1").add_auth(aws)
    return Asked(request.method, request.url, {**request.headers, **lowered(dict(aws.headers.items()))}, request.body)


def presigned(url: str, method: str = "GET", seconds: int = 60, keys: Credentials = KEYS) -> Asked:
    """Return a request with an address that botocore presigned for S3."""
    aws = AWSRequest(method, f"http://{HOST}{url}")
    S3SigV4QueryAuth(keys, "s3", "eu-west-1", expires=seconds).add_auth(aws)
    parts = urlsplit(str(aws.url))
    return asked(method, f"{parts.path}?{parts.query}")


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by lower-case name, as a server has them."""
    return {name.lower(): value for name, value in headers.items()}


def put_to_guard(
    request: Asked, secret: str | None = SECRET, now: datetime | None = None, pieces: Iterable[bytes] = ()
) -> Answered:
    """Put a request to a guard. now: its clock, the real one where None. pieces: the body in parts."""
    answer = Answered(0, {}, b"", None)

    async def engine(scope: Scope, receive: Receive, send: Send) -> None:
        answer.reached = b""
        more = scope["type"] == "http"
        while more:
            piece = await receive()
            answer.reached += piece["body"]
            more = piece["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": [*_LOOSE]})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        answer.body += message.get("body", b"")

    guard = Guard(engine, GuardOptions(PORT, ACCOUNT, secret))
    if now is not None and guard._signatures:
        guard._signatures._now = lambda: now
    run(guard(as_scope(request), _receive([*pieces] or [request.body]), send))
    return answer


def as_scope(request: Asked) -> dict[str, Any]:
    """Return a request's head as a server hands it on."""
    path, _, query = request.url.partition("?")
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    return {
        "type": "http",
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }


def _receive(pieces: list[bytes]) -> Receive:
    left = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    left[-1]["more_body"] = False

    async def receive() -> Message:
        return left.pop(0) if left else {"type": "http.disconnect"}

    return receive


def today() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)
