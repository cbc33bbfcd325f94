"""An API without a site, served on this machine."""

from collections.abc import Iterator

import pytest

from fakes.chart_api import FakeApi, serve


@pytest.fixture
def fake_api() -> FakeApi:
    """Return an API without a site."""
    return FakeApi()


@pytest.fixture
def served(fake_api: FakeApi) -> Iterator[str]:
    """Serve the fake API on a free port of this machine, and yield its address."""
    with serve(fake_api) as url:
        yield url
