"""A site's readings of the last two days, packed: what a scheduled evaluation would else read again each half hour.

It is a cache. It holds what nothing changes any more without calling for a re-evaluation: readings that ended long
enough ago for those in time to be stored. A re-evaluation takes a turn, and what was packed before that turn isn't
used. It can be dropped; the next evaluation reads all and packs anew.
"""

import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final

import msgspec

from heliograph.checks.flag import Flag
from heliograph.evaluation.cycle import LATE_SECONDS, MINUTE, Reevaluation, judged_seconds
from heliograph.evaluation.model import CONTEXT_SECONDS, FlagUpdate, StoredReading
from heliograph.reading import Quality
from heliograph.registers import Note, around

# Packed so long ago, it is packed anew: a pack costs a write unit for each KB, what is younger than it read units.
LASTS_SECONDS: Final = 8 * 3600
# The clocks of a processor and a watch, and reads that lag, differ by less.
_MARGIN_SECONDS: Final = 5 * MINUTE
# A site that hadn't sent for so long counts as silent, or asleep.
_PAUSE_SECONDS: Final = 3 * 3600
# An item may have 400 KB; a site that sends every second is read as it is.
MOST_BYTES: Final = 64 * 1024


class Recent(msgspec.Struct, frozen=True):
    """Packed readings: all there are that end from `first` to `last`, seconds since 1970.

    turn: the turn of the site's last re-evaluation, with which it holds. body: see `_Columns`, compressed.
    """

    turn: int
    first: int
    last: int
    body: bytes


# The processor's flags, the watch's, and how often the item was changed.
_Marks = tuple[tuple[Flag, ...], tuple[Flag, ...], int]


class _Columns(msgspec.Struct, array_like=True):
    """Readings, column by column. steps: seconds between ENDs, from `first` on. marked: those by position.

    delays: as in `Point`. seconds: as there, 0 for None; empty where none of them states its length. said: quality and
    missing side of those that aren't actual and whole, by position. notes: as in `Point`; empty where all are None.
    aside: as in `Assessed`, by position.
    """

    steps: list[int]
    generated: str
    consumed: str
    marked: dict[int, _Marks]
    delays: list[int]
    seconds: list[int] = []
    said: dict[int, tuple[Quality, bool]] = {}
    notes: list[Note | None] = []
    aside: dict[int, tuple[str, ...]] = {}


# Stands for the energy of a side that isn't there.
_ABSENT: Final = "-"
_DECODER: Final = msgspec.json.Decoder(_Columns)


def pack(readings: Sequence[StoredReading], first: int, turn: int, now: int) -> Recent | None:
    """Pack a site's last two days; None where that is too much for an item.

    readings: all that end from `first` on, oldest first, as they are stored by now.
    """
    last = now - LATE_SECONDS - _MARGIN_SECONDS
    has_notes = any(each.note is not None for each in readings)
    if has_notes:  # the last facts of a register may show otherwise once others follow
        _, after = around(each.registers for each in readings if each.registers or each.note is None)
        last = min(last, readings[-1 - after].end if len(readings) > after else first)
    kept = [each for each in readings if first <= each.end <= last]
    ends = (first, *(each.end for each in kept))
    columns = _Columns(
        steps=[after - before for before, after in pairwise(ends)],
        generated=" ".join(_text(each.generated_kwh) for each in kept),
        consumed=" ".join(_text(each.consumed_kwh) for each in kept),
        marked={position: _marks(each) for position, each in enumerate(kept) if any(_marks(each))},
        delays=[each.delay for each in kept],
        seconds=[each.seconds or 0 for each in kept] if any(each.seconds for each in kept) else [],
        said={
            position: (each.quality, each.is_partial)
            for position, each in enumerate(kept)
            if each.is_partial or each.quality != "actual"
        },
        notes=[each.note for each in kept] if has_notes else [],
        aside={position: each.aside for position, each in enumerate(kept) if each.aside},
    )
    body = zlib.compress(msgspec.json.encode(columns))
    return Recent(turn, first, last, body) if len(body) <= MOST_BYTES else None


def _marks(reading: StoredReading) -> _Marks:
    """Return what a reading has beside its values; nearly all have nothing."""
    return reading.flags, reading.watched, reading.merges


def unpack(recent: Recent) -> list[StoredReading]:
    """Return packed readings, oldest first."""
    columns = _DECODER.decode(zlib.decompress(recent.body))
    ends = list(accumulate(columns.steps, initial=recent.first))[1:]
    energies = (_energies(column.split()) for column in (columns.generated, columns.consumed))
    found = [StoredReading(*values) for values in zip(ends, *energies, columns.delays, strict=True)]
    if columns.seconds:
        lengths = zip(found, columns.seconds, strict=True)
        found = [msgspec.structs.replace(each, seconds=seconds or None) for each, seconds in lengths]
    for position, (quality, is_partial) in columns.said.items():
        found[position] = msgspec.structs.replace(found[position], quality=quality, is_partial=is_partial)
    for position, note in enumerate(columns.notes):
        found[position] = msgspec.structs.replace(found[position], note=note)
    for position, (flags, watched, merges) in columns.marked.items():
        found[position] = msgspec.structs.replace(found[position], flags=flags, watched=watched, merges=merges)
    for position, aside in columns.aside.items():
        found[position] = msgspec.structs.replace(found[position], aside=aside)
    return found


def _text(energy: Decimal | None) -> str:
    return _ABSENT if energy is None else str(energy)


def _energies(texts: Sequence[str]) -> Iterable[Decimal | None]:
    if _ABSENT not in texts:  # nearly always
        return map(Decimal, texts)
    return (None if text == _ABSENT else Decimal(text) for text in texts)


def ends_soon(readings: Sequence[StoredReading], recent: Recent) -> bool:
    """Return whether a pack's readings go on to its end.

    Where a site was silent when it was packed and sends again, what it missed may come as well, late: the evaluation
    that sees the first of it has to see it all, lest the silence seems to end with what is young.
    """
    return bool(readings) and recent.last - readings[-1].end <= _PAUSE_SECONDS


def two_days(period: int, now: int) -> int:
    """Return where the readings of a scheduled evaluation begin, seconds since 1970. period: minutes in a cycle."""
    return now - judged_seconds(period) - CONTEXT_SECONDS


def holds(recent: Recent, first: int, last: Reevaluation | None) -> bool:
    """Return whether a pack has all that is stored from `first` on: no re-evaluation came after it."""
    return last is not None and recent.turn == last.turn and recent.first <= first


def is_fresh(recent: Recent, now: int, changes: list[FlagUpdate]) -> bool:
    """Return whether a pack is young enough, and nothing in it was changed."""
    return now - recent.last <= LASTS_SECONDS and not any(each.kept.end <= recent.last for each in changes)
