"""An evaluation of a site that has edits: it sees the readings after them, and what it finds goes to those stored.

Without edits all of this is what it was: the readings that are stored are those that are seen.
"""

from collections.abc import Iterable, Sequence

import msgspec

from heliograph.checks.flag import Flag
from heliograph.checks.plausible import AHEAD_SECONDS
from heliograph.edits.apply import EditedReading, after_edits
from heliograph.edits.model import Edit
from heliograph.evaluation.model import CONTEXT_SECONDS, EvaluationResult, FlagUpdate, StoredReading
from heliograph.reading import end_of
from heliograph.series import Accepts, Series, series_of
from heliograph.site import Site


class SeenReadings(msgspec.Struct, frozen=True):
    """The readings of an evaluation. stored: as they are stored. readings: as they are after edits, those it sees.

    first: where they begin, context included, seconds since 1970. accepts: which flags of whole days somebody called
    wrong; None where nobody did.
    """

    stored: list[StoredReading]
    readings: list[StoredReading]
    first: int
    accepts: Accepts | None = None

    def series(self, site: Site) -> Series:
        """Return the series that is evaluated; what was changed is judged anew by the rules of single readings."""
        if self.readings is self.stored:
            return series_of(self.readings, site)
        series = series_of(self._delivered(), site)
        changed = [each for each in self.readings if isinstance(each, EditedReading) and each.is_changed]
        generated, consumed = (frozenset(each.end for each in changed if each.is_excluded(side)) for side in (0, 1))
        return msgspec.structs.replace(
            series,
            counted=series.counted.union(each.end for each in changed),
            accepts=self.accepts,
            excluded=(generated, consumed),
        )

    def _delivered(self) -> list[StoredReading]:
        """Return the readings up to the last that came: values that somebody set behind it end no silence."""
        last = len(self.readings)
        while last and isinstance(each := self.readings[last - 1], EditedReading) and each.stored_ends == (None, None):
            last -= 1
        return self.readings[:last]

    def without_accepted(self, result: EvaluationResult) -> EvaluationResult:
        """Return what an evaluation found, without the flags of readings that somebody called wrong."""
        if self.readings is self.stored:
            return result
        edited = {each.end: each for each in self.readings if isinstance(each, EditedReading) and each.accepted}
        flags = {
            end: right
            for end, found in result.flags.items()
            if (right := found if end not in edited else _right(edited[end], found))
        }
        return msgspec.structs.replace(result, flags=flags)

    def updates(self, result: EvaluationResult) -> list[FlagUpdate]:
        """Return what changes of the readings as they are stored."""
        if self.readings is self.stored:
            ends = set(result.judged)
            return [
                FlagUpdate(each, found)
                for each in self.stored
                if each.end in ends and ((found := result.flags.get(each.end, ())) != each.watched or each.aside)
            ]
        shown = _shown(self.readings)
        judged = range(self.first + CONTEXT_SECONDS, result.began + AHEAD_SECONDS + 1)
        there = ((each, shown.get(each.end, [])) for each in self.stored if each.end in judged)
        updates = (
            _update(each, at, result.flags) for each, at in there if all(reading.end in judged for reading in at)
        )
        return [each for each in updates if (each.watched, each.aside) != (each.kept.watched, each.kept.aside)]

    def single(self, result: EvaluationResult) -> dict[int, tuple[Flag, ...]]:
        """Return the processor's flags that hold of the readings judged, by the END that they have after edits."""
        ends = set(result.judged)
        return {each.end: each.flags for each in self.readings if each.flags and each.end in ends}


def seen(stored: list[StoredReading], edits: Sequence[Edit], first: int, last: int) -> SeenReadings:
    """Return what an evaluation sees of what ends from `first` to `last`, seconds since 1970. stored: see `reach`."""
    if not any(edit.holds for edit in edits):  # nearly always
        return SeenReadings(stored, stored, first)
    return SeenReadings(stored, after_edits(stored, edits, first, last).readings, first, accepts_days(edits))


def accepts_days(edits: Iterable[Edit]) -> Accepts | None:
    """Return which flags of whole days are accepted: of a day that an edit touches the rules that it names.

    One that names no rule accepts all flags of the days that lie in it.
    """
    spans = [
        (end_of(edit.start), end_of(edit.end), edit.rules) for edit in edits if edit.holds and edit.action == "accept"
    ]

    def accepts(rule: str, start: int, ends: int) -> bool:
        return any(
            rule in rules and begin < ends and start < end if rules else begin <= start and ends <= end
            for begin, end, rules in spans
        )

    return accepts if spans else None


def _right(reading: EditedReading, found: tuple[Flag, ...]) -> tuple[Flag, ...]:
    return tuple(flag for flag in found if not reading.accepts(flag.rule))


def _shown(readings: Iterable[StoredReading]) -> dict[int, list[StoredReading]]:
    """Return where the values of each stored reading are after edits, by the END that it is stored under."""
    found: dict[int, list[StoredReading]] = {}
    for each in readings:
        ends = set(each.stored_ends) if isinstance(each, EditedReading) else {each.end}
        for end in ends:
            if end is not None:
                found.setdefault(end, []).append(each)
    return found


def _update(stored: StoredReading, shown: Sequence[StoredReading], flags: dict[int, tuple[Flag, ...]]) -> FlagUpdate:
    """Return what holds of a stored reading. shown: where its values are after edits, nowhere if it was left out."""
    watched = dict.fromkeys(flag for each in shown for flag in flags.get(each.end, ()))
    hold = {flag.rule for each in shown for flag in each.flags}
    return FlagUpdate(stored, tuple(watched), tuple(sorted({flag.rule for flag in stored.flags} - hold)))
