"""Starts the null AWS as a process, asks what it counted, and ends it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from speed.null_aws import CONTROL

BENCHMARKS: Final = Path(__file__).resolve().parents[1]
_SECONDS: Final = 60.0


class Endpoint:
    """A running null AWS."""

    def __init__(self, port: int) -> None:
        """Keep where it listens."""
        self._port = port
        self.url = f"http://127.0.0.1:{port}"

    def counts(self) -> dict[str, Any]:
        """Return the calls, items and bytes since the last reset."""
        return dict(msgspec.json.decode(self._post("counts")))

    def reset(self) -> None:
        """Count from nothing."""
        self._post("reset")

    def can(self, name: str, body: bytes) -> None:
        """Answer `Operation/table` with this body from now on."""
        self._post(quote(name, safe=""), body)

    def put(self, path: str, body: bytes) -> None:
        """Put an object: /bucket/key."""
        self._ask("PUT", path, body)

    def _post(self, name: str, body: bytes = b"") -> bytes:
        return self._ask("POST", f"{CONTROL}{name}", body)

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[Endpoint]:
    """Start a null AWS; it is gone when the block ends, and also when this process dies."""
    command = [sys.executable, "-m", "speed.null_server"]
    with subprocess.Popen(command, cwd=BENCHMARKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None  # noqa: S101 - for the types
        assert process.stdout is not None  # noqa: S101 - for the types
        try:
            yield Endpoint(int(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(timeout=10)
