"""The null AWS as a process on loopback: prints its port, and ends when its standard input does.

One thread, one loop, and as little HTTP as AWS's clients speak: keep-alive, Content-Length, `Expect: 100-continue`.
"""

import asyncio
import sys
from typing import Final

from speed.null_aws import Answered, Asked, NullAws

_HEAD_END: Final = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, aws: NullAws) -> None:
        """Keep who answers."""
        self._aws = aws
        self._held = bytearray()
        self._transport: asyncio.Transport | None = None
        self._asked: Asked | None = None
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the types
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._held += data
        while self._transport is not None and (asked := self._whole()):
            self._transport.write(as_bytes(self._aws.answer(asked)))

    def _whole(self) -> Asked | None:
        """Take one whole request off what was received."""
        if self._asked is None:
            head, found, _ = self._held.partition(_HEAD_END)
            if not found:
                return None
            del self._held[: len(head) + len(_HEAD_END)]
            self._begin(bytes(head))
        if self._asked is None or len(self._held) < self._wanted:
            return None
        asked = self._asked._replace(body=bytes(self._held[: self._wanted]))
        del self._held[: self._wanted]
        self._asked = None
        return asked

    def _begin(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._asked = Asked(method, path, headers, b"")
        self._wanted = int(headers.get("content-length", 0))
        if self._transport is not None and headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def as_bytes(answered: Answered) -> bytes:
    """Write an answer as HTTP."""
    headers = {
        "Server": "Server",
        "x-amzn-RequestId": "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123",
        "Connection": "keep-alive",
        "Content-Length": str(len(answered.body)),
        **answered.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answered.status} OK\r\n{lines}\r\n".encode() + answered.body


async def serve() -> None:
    """Serve on a free port until standard input ends."""
    loop = asyncio.get_running_loop()
    aws = NullAws()
    server = await loop.create_server(lambda: Connection(aws), "127.0.0.1", 0)
    async with server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
