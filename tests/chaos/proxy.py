"""A proxy between the Lambdas and the embedded AWS, which makes calls fail as they do in the cloud.

It stands where AWS_ENDPOINT_URL of a Lambda points, so that the product's own code and clients run as they are.
"""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec

from chaos.calls import Answer, Call
from chaos.faults import Faults
from chaos.partial import refuse_some
from chaos.refusals import down, server_error, throttled
from local_stack import Stack, StackError

_LATENCY_SECONDS: Final = (0.1, 1.0)
_UPSTREAM_SECONDS: Final = 60
_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


class Reply(msgspec.Struct, frozen=True):
    """What a client gets to see. answer: None where the connection is reset. cut: only half of the body comes."""

    answer: Answer | None
    cut: bool = False


class FaultProxy:
    """A proxy on a free port of this machine, in threads of this process.

    upstream: the stack that calls go on to, None where none runs yet.
    on_answer: is shown each call that went on, its answer (None where none came, so that nobody knows what was done),
    and when it went on, seconds since 1970. on_unheard: is shown each call whose sender never hears its answer.
    """

    def __init__(self, upstream: Stack | None, faults: Faults) -> None:
        """Take a port; nothing is served yet."""
        self.upstream = upstream
        self.faults = faults
        self.on_answer: list[Callable[[Call, Answer | None, float], None]] = []
        self.on_unheard: list[Callable[[Call], None]] = []
        self._server = _Server(self.treat)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def endpoint(self) -> str:
        """Where clients call it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def treat(self, call: Call) -> Reply:
        """Do a call, or not, or in part."""
        kind = self.faults.draw(call)
        if kind in {"answer lost", "truncated"}:
            answer = self._forward(call)
            self._not_heard(call)
            whole = kind == "answer lost" or answer is None or not answer.body
            return Reply(None) if whole else Reply(answer, cut=True)
        if kind == "partial":
            return Reply(self._refuse_some(call))
        refusals: dict[str | None, Callable[[Call], Answer]] = {
            "throttled": throttled,
            "slow down": throttled,
            "server error": server_error,
            "sns down": down,
        }
        if refuse := refusals.get(kind):
            return Reply(refuse(call))
        if kind == "reset":
            return Reply(None)
        if kind == "latency":
            time.sleep(random.uniform(*_LATENCY_SECONDS))  # noqa: S311 - how long doesn't matter
        return Reply(self._forward(call))

    def _refuse_some(self, call: Call) -> Answer | None:
        try:
            return refuse_some(call, self._noted, self.faults.chance)
        except (OSError, HTTPException):
            return None

    def _forward(self, call: Call) -> Answer | None:
        """Hand a call on; None where nobody answers, as while the embedded AWS is stopped."""
        try:
            return self._noted(call)
        except (OSError, HTTPException):
            return None

    def _noted(self, call: Call) -> Answer:
        """Hand a call on, and show it to those who note such."""
        sent = time.time()
        try:
            answer = self._send_on(call)
        except ConnectionRefusedError:
            raise  # nobody was there, so nothing was done
        except (OSError, HTTPException):
            self._not_heard(call)
            for note in self.on_answer:
                note(call, None, sent)
            raise
        for note in self.on_answer:
            note(call, answer, sent)
        return answer

    def _not_heard(self, call: Call) -> None:
        for note in self.on_unheard:
            note(call)

    def _send_on(self, call: Call) -> Answer:
        if self.upstream is None:
            raise ConnectionRefusedError
        place = urlsplit(self.upstream.dynamodb if call.service == "dynamodb" else self.upstream.endpoint)
        try:
            signed = call.signed_for(self.upstream)
        except StackError as error:
            raise ConnectionRefusedError(str(error)) from None
        connection = HTTPConnection(str(place.hostname), place.port, timeout=_UPSTREAM_SECONDS)
        try:
            connection.request(call.method, call.path, call.body or None, signed.headers)
            found = connection.getresponse()
            return Answer(found.status, tuple(found.getheaders()), found.read())
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, treat: Callable[[Call], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.treat = treat

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        # Without a farewell: a connection that lingers no longer is then reset, as the handler wants it.
        self.close_request(request)

    def handle_error(self, *_: object) -> None:
        # A client that was killed in the middle of a call is what is wanted here.
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _relay(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, self.path, headers, self.rfile.read(length) if length else b"")
        assert isinstance(self.server, _Server)
        reply = self.server.treat(call)
        if reply.answer is None:
            self._reset()
        else:
            self._answer(reply.answer, cut=reply.cut)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _relay  # noqa: N815 - http.server's names

    def _answer(self, answer: Answer, *, cut: bool) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        told = {name.lower(): value for name, value in answer.headers}
        length = told.get("content-length", "0") if self.command == "HEAD" else str(len(answer.body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        if cut:
            self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the faults are counted, the calls are the Lambdas' own affair."""
