"""AWS's own DynamoDB Local as a process: one that begins empty, and takes all it had with it as it ends.

It listens on every address of the machine and takes any key, and has no setting against either; so it runs no longer
than its tests do, and has nothing but their made-up readings.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

_HERE = Path(__file__).resolve().parents[1] / "referee" / "dynamodb"
_FOLDER = _HERE / "node_modules" / "amplify-dynamodb-simulator" / "emulator"
_START_SECONDS = 60
_STOP_SECONDS = 20


class DynamoDBLocal(msgspec.Struct, frozen=True):
    """A running one. address: of its endpoint."""

    address: str


def missing() -> str:
    """Say what isn't here that DynamoDB Local needs; nothing where all is."""
    if not shutil.which("java"):
        return "java isn't on the path, and DynamoDB Local needs 17 or newer"
    return "" if _FOLDER.is_dir() else "DynamoDB Local isn't installed; `make test-dynamodb` installs it"


@contextmanager
def dynamodb_local() -> Iterator[DynamoDBLocal]:
    """Run one on a free port, wait until it answers, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(shutil.which("java")), "-Xmx512m", "-Djava.library.path=DynamoDBLocal_lib", "-jar"]
    command += ["DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    process = subprocess.Popen(command, cwd=_FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
    try:
        _wait(process, address := f"http://127.0.0.1:{port}")
        yield DynamoDBLocal(address)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx2.Client(trust_env=False, timeout=_START_SECONDS) as client:
        while True:
            try:
                client.get(address)
            except httpx2.TransportError:
                assert process.poll() is None, "DynamoDB Local has ended"
                assert time.monotonic() < deadline, f"DynamoDB Local didn't answer within {_START_SECONDS} s"
                time.sleep(0.1)
            else:
                return
