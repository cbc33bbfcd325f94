"""What the API's tests share: the log's lines."""

import io

import pytest

from heliograph.telemetry import logger


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Catch what is logged, from the start of the test."""
    lines = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", lines)
    return lines
