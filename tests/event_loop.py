"""Coroutines in tests that aren't: in the loop that all tests share."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end.

    `asyncio.run` leaves the thread without a loop, and whoever needs one next, as Mangum does, makes one that nobody
    closes.
    """
    return asyncio.get_event_loop().run_until_complete(coroutine)
