"""The worst files, small: whatever they hold, memory stays near the text's own and no record vanishes.

`make worst` reads them at 256 MiB.
"""

import tracemalloc

import pytest

from heliograph.errors import UnreadableFile
from heliograph.feed import decode
from worst.inputs import MIB, WORST

# A batch of the worst kind, and the text.
_MOST = 48 * MIB


@pytest.mark.parametrize("name", WORST)
def test_memory_stays_near_the_text_s_own(name: str) -> None:
    """A file of 1 MiB takes at most 48 MiB while it is read, where an array of {} took 130 times its size."""
    pieces = list(WORST[name](MIB))
    tracemalloc.start()
    try:
        positions = [entry.position for entry in decode(pieces)]
    except UnreadableFile:
        positions = []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - len(positions) * 40 < _MOST
    assert positions == sorted(set(positions))
