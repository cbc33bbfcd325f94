"""Makes the script's modules importable, as running it does: its own folder comes first on the path."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent

sys.path[:0] = [str(_HERE.parents[2] / "visualization"), str(_HERE)]

from fakes.chart_api import FakeApi, serve  # noqa: E402 - found through the path set above


@pytest.fixture
def fake_api() -> FakeApi:
    """Return an API without a site."""
    return FakeApi()


@pytest.fixture
def served(fake_api: FakeApi) -> Iterator[str]:
    """Serve the fake API on a free port of this machine, and yield its address."""
    with serve(fake_api) as url:
        yield url
