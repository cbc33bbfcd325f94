"""The command as a user's shell calls it: arguments in; exit code, standard output and standard error out."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

from heliograph_cli import show
from heliograph_cli.main import run


class Said(NamedTuple):
    """What a call ended with and printed."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Calls the command as a shell does, without the settings of whoever runs the tests."""
    for name in ("HELIOGRAPH_BUCKET", "HELIOGRAPH_API", "HELIOGRAPH_STATE_DIR", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def heliograph(*arguments: object) -> Said:
        show.out.cache_clear()
        show.err.cache_clear()
        monkeypatch.setattr("sys.argv", ["heliograph", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, captured.out, captured.err)

    yield heliograph
    show.out.cache_clear()
    show.err.cache_clear()


class FakeServer:
    """A server of this machine; `answer` gives status, content type and body for method, path, headers and body."""

    def __init__(self, answer: Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]) -> None:
        """Listen on a free port."""

        class Handler(BaseHTTPRequestHandler):
            """Answers each request."""

            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, headers, content = answer(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _handle  # noqa: N815 - http.server's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


MakeServer = Callable[[Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]], FakeServer]


@pytest.fixture
def make_server() -> Iterator[MakeServer]:
    """Makes servers of this machine, and stops them."""
    made: list[FakeServer] = []

    def make(answer: Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]) -> FakeServer:
        made.append(FakeServer(answer))
        return made[-1]

    yield make
    for server in made:
        server.stop()
