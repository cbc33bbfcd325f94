"""A request's head, read once: whom it names, and which service it is for."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

import msgspec

from local_engine.asgi import Scope

# An API's id and a path. Without both the engine goes by a header or by the query, which can name any service.
_API: Final = re.compile(r"/_aws/execute-api/[^/]+/")
_PLAIN: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST: Final = re.compile(r"(\[::1\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]{1,5}))?\Z")
_SCOPE: Final = re.compile(r"Credential=[^/,]*/[^/,]*/[^/,]*/([^/,]*)/")
_HTTP_PORT: Final = 80


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
