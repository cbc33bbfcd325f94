"""What all tests share: an event loop, the Lambdas' zips, and how hypothesis works.

Mangum uses the thread's own loop, and would make one that nobody closes. Hypothesis works without a deadline, for how
long an example takes says more of the machine than of the code.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

ROOT: Final = Path(__file__).resolve().parents[1]

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


@pytest.fixture(scope="session")
def zips() -> Path:
    """The folder with the Lambdas' zips for this machine, built if they aren't fresh."""
    script = ROOT / "scripts" / "build_lambdas.py"
    subprocess.run([sys.executable, script, "--target", "local"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return ROOT / "build" / "local"
