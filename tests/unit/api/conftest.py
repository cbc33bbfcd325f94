"""What the API's tests share: an event loop for Mangum, which uses the thread's own, and the log's lines."""

import asyncio
import io
from collections.abc import Iterator

import pytest

from heliograph.telemetry import logger


@pytest.fixture(scope="session", autouse=True)
def _event_loop() -> Iterator[None]:
    """Give the thread a loop, and close it when the tests are done."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Catch what is logged, from the start of the test."""
    lines = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", lines)
    return lines
