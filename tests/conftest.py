"""What all tests share: an event loop for Mangum, which uses the thread's own and would make one that nobody closes.

And how hypothesis works: without a deadline, for how long an example takes says more of the machine than of the code.
"""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("heliograph", deadline=None)
settings.load_profile("heliograph")


@pytest.fixture(scope="session", autouse=True)
def _event_loop() -> Iterator[None]:
    """Give the thread a loop, and close it when the tests are done."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
