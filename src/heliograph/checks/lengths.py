"""What the lengths of readings show: readings that overlap, and an interval that changes or isn't the registry's."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from heliograph.checks.flag import Flag, Rule
from heliograph.formatting import duration
from heliograph.intervals import AGREE, IN_A_ROW, OVERLAP, REPEATS
from heliograph.intervals import Overlap as Overlapping
from heliograph.mixed import REMAINDER, SUMS
from heliograph.reading import text_of
from heliograph.series import Lengths, Series
from heliograph.site import Site

_MINUTE: Final = 60
_LATELY: Final = 24 * 60 * _MINUTE


class WholeSeries(NamedTuple):
    """All readings of a site that are looked at, and their lengths.

    is_first: whether nothing is known of the site before them.
    """

    series: Series
    lengths: Lengths
    site: Site
    is_first: bool


def overlapping(whole: WholeSeries) -> Iterator[tuple[int, Flag]]:
    """Flag the readings that lie in the interval of one before them; each flag with the END of its reading."""
    for each in whole.lengths.overlaps:
        yield whole.series.ends[each.position], _overlap_flag(whole.series, each)


def changed(whole: WholeSeries) -> Iterator[tuple[int, Flag]]:
    """Flag the first reading of another interval than before, or than the registry says; with its END."""
    parts, registered = whole.lengths.stretches, whole.site.interval_minutes
    if whole.is_first and registered and parts[0].minutes != registered and parts[0].ends:
        message = f"readings come every {duration(parts[0].minutes)}; the registry says {duration(registered)}"
        yield parts[0].ends[0], INTERVAL_CHANGE.flag(parts[0].minutes, registered, message)
    lately: dict[int, int] = {}  # when readings of each interval ended
    for before, part in pairwise(parts):
        lately[before.minutes] = before.ends[-1]
        # A logger that sends less often at night changes twice a day: that is said once.
        if part.ends[0] - lately.get(part.minutes, 0) <= _LATELY:
            continue
        yield part.ends[0], _change_flag(part.minutes, before.minutes, registered)


def _overlap_flag(series: Series, found: Overlapping) -> Flag:
    if found.by is not None:
        then = text_of(series.ends[found.by])
        message = f"the reading that ends {then} holds its energy too, as that of a longer interval, and counts alone"
        return OVERLAPPING.flag(found.seconds / _MINUTE, 0, message)
    apart = series.ends[found.position] - series.ends[found.position - 1]
    what = "the same energies again" if found.is_copy else "other energies"
    message = (
        f"its interval ends {_apart(apart)} after the one before it, with {what}; of the two, the earlier one counts"
    )
    overlap = found.seconds / _MINUTE
    return OVERLAPPING.flag(overlap, 0, message, severity="warning" if found.is_sustained else "info")


def _apart(seconds: int) -> str:
    return duration(seconds / _MINUTE) if seconds >= _MINUTE else f"{seconds} s"


def _change_flag(minutes: int, before: int, registered: int | None) -> Flag:
    message = f"readings come every {duration(minutes)} from here on; before, every {duration(before)}"
    if registered and registered != minutes:
        message = f"{message}. The registry says {duration(registered)}"
    return INTERVAL_CHANGE.flag(minutes, before, message)


OVERLAPPING: Final = Rule(
    name="overlap",
    severity="warning",
    unit="minutes",
    sentence="a reading in the interval of another one; its energy isn't counted again",
    headline="Readings come twice from {when}",
    advice="Look whether the readings come twice, stamped when they arrive, or from two meters under one site. "
    "Let each reading be sent once, by the end of its interval, and each meter under a site of its own.",
    limits=(OVERLAP, REPEATS, SUMS, REMAINDER),
    on_lengths=overlapping,
)
INTERVAL_CHANGE: Final = Rule(
    name="interval_change",
    severity="info",
    unit="minutes",
    sentence="readings come at another interval than before, or than the registry says",
    advice="Nothing is to be done if the meter was set to another interval; correct interval_minutes in the registry.",
    limits=(IN_A_ROW, AGREE),
    on_lengths=changed,
)
