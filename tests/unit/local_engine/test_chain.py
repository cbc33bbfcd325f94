"""What the engine's server makes of a connection that asks for another protocol: nothing goes past the guard."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.protocol import h11

from event_loop import run
from local_engine.chain import speak_http_1
from local_engine.guard import Guard, GuardOptions
from local_engine.request import Receive, Scope, Send
from unit.local_engine.asked import ACCOUNT, API, SECRET

UPGRADE = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.fixture
def http_1() -> Iterator[None]:
    """The server as the engine runs it; as it was, afterwards."""
    was = h11.H11Protocol._check_protocol
    speak_http_1(h11)
    yield
    h11.H11Protocol._check_protocol = was  # type: ignore[method-assign]


def served(sent: bytes) -> tuple[bytes, list[str]]:
    """Send bytes to a server with a guarded engine; return its answer, and the paths that the engine saw."""
    reached: list[str] = []

    async def engine(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def ask() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            config = Config()
            config.bind = [f"fd://{listening.fileno()}"]
            ended = asyncio.Event()
            guard = Guard(engine, GuardOptions(port, ACCOUNT, SECRET))
            server = asyncio.create_task(serve(guard, config, shutdown_trigger=ended.wait))  # type: ignore[arg-type]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent.replace(b"PORT", str(port).encode()))
            answer = await asyncio.wait_for(reader.read(4096), 10)
            writer.close()
            ended.set()
            await server
            listening.detach()
        return answer

    return run(ask()), reached


@pytest.mark.usefixtures("http_1")
@pytest.mark.parametrize(("path", "status"), [(f"{API}/fleet", 200), ("/bucket", 403)])
def test_a_request_that_asks_for_http_2_is_answered_as_if_it_didn_t(path: str, status: int) -> None:
    """The upgrade isn't made; what the guard lets in is answered in HTTP/1.1, and what it doesn't isn't."""
    answer, reached = served(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n{UPGRADE}\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert reached == [path] * (status == 200)


@pytest.mark.usefixtures("http_1")
def test_http_2_at_once_is_refused() -> None:
    """A client that begins in HTTP/2 gets no word of it, and the engine sees nothing."""
    answer, reached = served(PREFACE)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert reached == []


def test_the_server_has_what_is_turned_off() -> None:
    """Without it the server does change the protocol: a new version that asks elsewhere is noticed here."""
    answer, _ = served(f"GET {API}/fleet HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n{UPGRADE}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 101 ")
