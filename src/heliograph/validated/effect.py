"""What an edit would change, before it is made: the values used of its stretch, without it and with it."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from heliograph.edits.apply import EditedReading, after_edits, energies_of, reach
from heliograph.edits.model import Edit, EditBody, made
from heliograph.evaluation.model import StoredReading
from heliograph.intervals import usual_minutes
from heliograph.reading import Measures, all_measured, end_of, measures_of
from heliograph.site import Site
from heliograph.validated.model import NO_SUMS, DayFrame, Interval, Sums
from heliograph.validated.series import validated
from heliograph.validated.sums import sums_of

# What lies further away says nothing of an interval's length: `intervals.REACH` readings of an hour.
_BESIDE_SECONDS: Final = 16 * 3600


class EditEffect(msgspec.Struct, frozen=True):
    """What an edit would change. intervals: how many have another value or code then; before, after: the whole stretch.

    No value is estimated here: what an edit leaves out may get an estimate when the site is evaluated.
    """

    intervals: int = 0
    before: Sums = NO_SUMS
    after: Sums = NO_SUMS


def stretch_of(body: EditBody) -> tuple[int, int]:
    """Return where an edit changes something: begin < END <= end, seconds since 1970."""
    return end_of(body.since), end_of(body.end) + max(0, body.shift_seconds or 0)


def readings_for(body: EditBody, edits: Iterable[Edit]) -> tuple[int, int]:
    """Return which readings `effect_of` wants: ENDs, seconds since 1970."""
    begin, end = stretch_of(body)
    return reach([*edits, _as_made(body)], begin - _BESIDE_SECONDS, end + _BESIDE_SECONDS)


def effect_of(body: EditBody, stored: Sequence[StoredReading], edits: Iterable[Edit], site: Site) -> EditEffect:
    """Return what an edit would change. stored: as `readings_for` says. edits: the site's others."""
    begin, end = stretch_of(body)
    first, last = begin - _BESIDE_SECONDS, end + _BESIDE_SECONDS
    others = [each for each in edits if each.id != body.id]
    without = after_edits(stored, others, first, last).readings
    edited = _without_old_flags(after_edits(stored, [*others, _as_made(body)], first, last).readings, body.id)
    until = min(end, max((each.end for each in (*without, *edited)), default=begin))
    if until <= begin:
        return EditEffect()
    minutes = site.interval_minutes or usual_minutes([each.end for each in stored])
    frame = DayFrame(begin, end, until, minutes, site.measures or _measures(stored))
    before, after = validated(without, site, frame), validated(edited, site, frame)
    return EditEffect(_changed(before, after), sums_of(before), sums_of(after))


def _measures(stored: Iterable[StoredReading]) -> Measures:
    pairs = ((energies_of(each), each.is_partial) for each in stored)
    return all_measured(measures_of(pair, is_partial=partial) for pair, partial in pairs if pair != (None, None))


def _without_old_flags(readings: Sequence[StoredReading], edit: str) -> list[StoredReading]:
    """Take from readings whose values an edit changes what the checks over time said of the old ones."""
    return [
        msgspec.structs.replace(each, watched=()) if isinstance(each, EditedReading) and edit in each.edits else each
        for each in readings
    ]


def _as_made(body: EditBody) -> Edit:
    """Return an edit as if it were made now: behind all others."""
    return made(body, "", "~")


def _changed(before: Sequence[Interval], after: Sequence[Interval]) -> int:
    """Count the intervals that only one of the two has, or that have other values or codes."""
    then = {each.end: _said(each) for each in before}
    now = {each.end: _said(each) for each in after}
    return sum(then.get(end) != now.get(end) for end in then.keys() | now.keys())


def _said(interval: Interval) -> tuple[object, ...]:
    return interval.generated_kwh, interval.consumed_kwh, interval.codes
