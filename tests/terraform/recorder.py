"""What stands between Terraform and the embedded AWS: it passes each request on, and keeps what was asked.

To the embedded AWS each request counts as made over TLS, as if that ended here. Where a client asks again because an
answer didn't reach it, it gets that answer: on a loaded machine it happens once in many runs, and what was made once
would meet itself (`EntityAlreadyExists`, a state lock of one's own).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[0-9]+/[^/]+/([^/]+)/aws4_request")
_OF_ONE_CONNECTION = {"connection", "keep-alive", "expect", "transfer-encoding"}
_NOT_PASSED_ON = {*_OF_ONE_CONNECTION, "content-length"}
_ANSWER_SECONDS = 120
# What an AWS SDK calls a request by, the same in each of its attempts.
_INVOCATION = "amz-sdk-invocation-id"
_REFUSED = 400
# Terraform opens ten connections at once, and as many again for each kind of service.
_BACKLOG = 128


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


class Answer(msgspec.Struct, frozen=True):
    """An answer as it is passed on. headers: without those of one connection."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


class Recorder:
    """A recording proxy at `endpoint`."""

    def __init__(self, port: int) -> None:
        """Note what it has seen: nothing yet."""
        self.endpoint = f"http://127.0.0.1:{port}"
        self._seen: list[Recorded] = []
        self._done: dict[str, Answer] = {}
        self._lock = Lock()

    def add(self, each: Recorded) -> None:
        """Keep a request."""
        with self._lock:
            self._seen.append(each)

    def finish(self, invocation: str, answer: Answer) -> None:
        """Keep the answer to a request that did what it asked for."""
        with self._lock:
            self._done[invocation] = answer

    def finished(self, invocation: str) -> Answer | None:
        """Return the answer to a request that is asked again, or None where it has none or was refused."""
        with self._lock:
            return self._done.get(invocation)

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

    server = _Server(("127.0.0.1", 0), Handler)
    Handler.recorder = Recorder(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield Handler.recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = _BACKLOG


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: ClassVar[str]
    port: ClassVar[int]
    recorder: ClassVar[Recorder]

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        invocation = self.headers.get(_INVOCATION, "")
        if before := self.recorder.finished(invocation):
            self._answer(before)
            return
        answer = self._ask(body)
        # Before the answer: whoever got it may look at once.
        self._keep(body, answer)
        if invocation and answer.status < _REFUSED:
            self.recorder.finish(invocation, answer)
        self._answer(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - the server's names

    def _ask(self, body: bytes) -> Answer:
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
        headers = [each for each in found.getheaders() if each[0].lower() not in _NOT_PASSED_ON]
        length = found.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(answer))
        return Answer(found.status, found.reason, [*headers, ("Content-Length", length)], answer)

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status, answer.reason)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _keep(self, body: bytes, answer: Answer) -> None:
        signed = _CREDENTIAL.search(self.headers.get("Authorization", ""))
        if signed:
            key, service = signed.groups()
            path, _, query = self.path.partition("?")
            target = self.headers.get("X-Amz-Target", "")
            seen = Recorded(key, service, self.command, path, query, target, body, answer.status, answer.body)
            self.recorder.add(seen)

    def log_message(self, *_words: object) -> None:
        """Print nothing."""
