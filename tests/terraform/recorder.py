"""What stands between Terraform and the embedded AWS: it passes each request on, and keeps what was asked.

To the embedded AWS each request counts as made over TLS, as if that ended here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[0-9]+/[^/]+/([^/]+)/aws4_request")
_OF_ONE_CONNECTION = {"connection", "keep-alive", "expect", "transfer-encoding"}
_ANSWER_SECONDS = 120


class Recorded(msgspec.Struct, frozen=True):
    """A signed request and its answer. service: as the signature names it."""

    key: str
    service: str
    method: str
    path: str
    query: str
    target: str
    body: bytes
    status: int
    answer: bytes


class Recorder:
    """A recording proxy at `endpoint`."""

    def __init__(self, port: int) -> None:
        """Note what it has seen: nothing yet."""
        self.endpoint = f"http://127.0.0.1:{port}"
        self._seen: list[Recorded] = []
        self._lock = Lock()

    def add(self, each: Recorded) -> None:
        """Keep a request."""
        with self._lock:
            self._seen.append(each)

    def of(self, key: str) -> list[Recorded]:
        """Return what was signed with an access key, in the order of the answers."""
        with self._lock:
            return [each for each in self._seen if each.key == key]


@contextmanager
def recording(endpoint: str) -> Iterator[Recorder]:
    """Pass requests on to an endpoint while this is open."""
    there = urlsplit(endpoint)

    class Handler(_Passing):
        host, port = str(there.hostname), int(there.port or 0)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.recorder = Recorder(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield Handler.recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: ClassVar[str]
    port: ClassVar[int]
    recorder: ClassVar[Recorder]

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = HTTPConnection(self.host, self.port, timeout=_ANSWER_SECONDS)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _OF_ONE_CONNECTION:
                    connection.putheader(name, value)
            connection.putheader("X-Forwarded-Proto", "https")
            connection.endheaders(body or None)
            found = connection.getresponse()
            answer = found.read()
        finally:
            connection.close()
        # Before the answer: whoever got it may look at once.
        self._keep(body, found.status, answer)
        self._answer(found, answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - the server's names

    def _answer(self, found: HTTPResponse, answer: bytes) -> None:
        self.send_response(found.status, found.reason)
        for name, value in found.getheaders():
            if name.lower() not in {*_OF_ONE_CONNECTION, "content-length"}:
                self.send_header(name, value)
        length = found.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(answer))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(answer)

    def _keep(self, body: bytes, status: int, answer: bytes) -> None:
        signed = _CREDENTIAL.search(self.headers.get("Authorization", ""))
        if signed:
            key, service = signed.groups()
            path, _, query = self.path.partition("?")
            target = self.headers.get("X-Amz-Target", "")
            self.recorder.add(Recorded(key, service, self.command, path, query, target, body, status, answer))

    def log_message(self, *_words: object) -> None:
        """Print nothing."""
