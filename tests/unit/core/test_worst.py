"""The worst files, small: whatever they hold, memory stays near the text's own and no record vanishes.

`make worst` reads them at 256 MiB and measures the whole process.
"""

import tracemalloc
from contextlib import suppress

import pytest

from heliograph.errors import UnreadableFile
from heliograph.feed import decode
from worst.inputs import MIB, WORST


@pytest.mark.parametrize("name", WORST)
def test_records_of_the_worst_files_have_positions(name: str) -> None:
    """Each record of a file that is read has a position of its own, in order."""
    with suppress(UnreadableFile):
        positions = [entry.position for entry in decode(WORST[name](MIB // 16))]
        assert positions == sorted(set(positions))


def test_the_outline_of_many_elements_takes_no_memory_for_each() -> None:
    """An array of 350,000 empty objects takes less than 16 MiB to outline; an object for each took 21."""
    pieces = list(WORST["an array of {}"](MIB))
    tracemalloc.start()
    decode(pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MIB
