"""An evaluation's flags by rule: of readings, of days, and of `no_data`."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

import msgspec

from heliograph.checks.flag import ANOMALOUS, Flag
from heliograph.evaluation.result import EvaluationResult
from heliograph.incidents.episodes import Evidence, Observations
from heliograph.incidents.model import Basis

_MINUTE = 60
_DAY = 24 * 60
# A gap is what is left of a time without data: one incident has both.
_INCIDENTS: Final = {"gap": "no_data"}


class RuleObservations:
    """What one evaluation observed: by rule what has evidence, and for any rule what has none."""

    def __init__(self, result: EvaluationResult, single: Mapping[int, tuple[Flag, ...]], now: int) -> None:
        """Gather what was found up to `now`, seconds since 1970. What lies ahead of it is for a later evaluation."""
        self._result = result
        self._judged = result.judged[: bisect_right(result.judged, now)]
        self._days = sorted(day.ends for day in result.days.values() if day.ends <= now)
        self.began = result.began
        self._found: dict[tuple[str, Basis], list[Evidence]] = {}
        for flags in (result.flags, single):
            self._add_readings(flags, now)
        self._add_days(now)
        self._add_silence(now)

    def rules(self) -> dict[str, Basis]:
        """Return the rules that have evidence, and what it stands on."""
        return dict(sorted(self._found))

    def of(self, rule: str, basis: Basis) -> Observations:
        """Return a rule's observations."""
        evidence = sorted(self._found.get((rule, basis), ()), key=lambda sign: sign.end)
        a_day = _DAY // self._result.minutes
        if basis == "day":
            return Observations(basis, evidence, self._days, _always)
        if basis == "silence":
            return Observations(basis, evidence, self._judged, _always, a_day, self._result.first_end)
        flagged = {sign.end for sign in evidence}
        could_speak = self._result.could_speak
        speaks = lambda end: end not in flagged and could_speak(rule, end)  # noqa: E731 - it closes over both
        return Observations(basis, evidence, self._judged, speaks, a_day)

    def _add_readings(self, flags: Mapping[int, tuple[Flag, ...]], now: int) -> None:
        for end, against in flags.items():
            if end <= now:
                for flag in against:
                    evidence = msgspec.structs.replace(flag, rule=_INCIDENTS.get(flag.rule, flag.rule))
                    self._add(evidence, "reading", Evidence(end, end, evidence))

    def _add_days(self, now: int) -> None:
        for day in self._result.days.values():
            if day.ends <= now:
                for flag in day.flags:
                    self._add(flag, "day", Evidence(day.ends, day.start, flag))

    def _add_silence(self, now: int) -> None:
        """Date a silence from the first interval that is missing, so that it is the same in every evaluation."""
        if self._result.no_data is not None:
            last = self._result.last_end
            since = now if last is None else last
            first_missing = now if last is None else min(now, last + self._result.minutes * _MINUTE)
            self._add(self._result.no_data, "silence", Evidence(first_missing, since, self._result.no_data))

    def _add(self, flag: Flag, basis: Basis, sign: Evidence) -> None:
        if flag.severity in ANOMALOUS:
            self._found.setdefault((flag.rule, basis), []).append(sign)


def observations_of(result: EvaluationResult, single: Mapping[int, tuple[Flag, ...]], now: int) -> RuleObservations:
    """Put together what an evaluation and the stored single-reading flags show by rule."""
    return RuleObservations(result, single, now)


def _always(_end: int) -> bool:
    return True
