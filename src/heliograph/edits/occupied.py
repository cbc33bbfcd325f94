"""Whether a shift can be made: where its values would meet others."""

from collections.abc import Iterable, Sequence

from heliograph.edits.apply import after_edits, energies_of, sides_of
from heliograph.edits.model import Edit, EditBody
from heliograph.evaluation.model import StoredReading
from heliograph.reading import end_of


def landing_strip(body: EditBody, seconds: int) -> tuple[int, int]:
    """Return the ENDs around a shift's edge where its values meet those that stay, seconds since 1970.

    seconds: length of an interval.
    """
    shift = body.shift_seconds or 0
    edge = end_of(body.end) if shift > 0 else end_of(body.start)
    return edge - abs(shift) - seconds, edge + abs(shift) + seconds


def occupied(body: EditBody, stored: Sequence[StoredReading], edits: Iterable[Edit], seconds: int) -> list[int]:
    """Return the ENDs to which a shift that isn't made yet can't move values, since others lie there.

    stored: as `reach` has it of the `landing_strip`. edits: the site's. seconds: length of an interval of readings that
    don't state theirs.
    """
    first, last = landing_strip(body, seconds)
    shift, begins, ends = body.shift_seconds or 0, end_of(body.start), end_of(body.end)
    now = after_edits(stored, edits, first, last).readings
    found = set()
    for side in sides_of(body):
        there = [(each.end, each.seconds or seconds) for each in now if energies_of(each)[side] is not None]
        stays = [(end, length) for end, length in there if not begins < end <= ends]
        moved = [(end + shift, length) for end, length in there if begins < end <= ends]
        found |= {end for end, length in moved if _lies_over((end, length), stays)}
    return sorted(found)


def _lies_over(interval: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Return whether an interval has a part of another one; each by its END and length."""
    end, seconds = interval
    return any(other - length < end and end - seconds < other for other, length in others)
