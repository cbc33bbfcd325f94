"""What begins an incident and what ends it, as pure functions of flags.

`Onsets` gathers the flags of one file for the processor, and `RuleObservations` those of an evaluation for the watch,
each by rule. `episodes` works out from a rule's evidence when an incident begins and when it ends.

A reading is clean where the rule could have flagged it and didn't. An episode ends when K readings are clean, and the
last of them lies at least CLEAR_AFTER minutes behind the last evidence. A flag before that continues it. So one rule at
one site has at most one episode in CLEAR_AFTER minutes, however it flaps.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from heliograph.checks.energy import NIGHT_GENERATION
from heliograph.checks.flag import ANOMALOUS, Flag, Severity, worst
from heliograph.checks.no_data import GAP
from heliograph.checks.whole_day import INCOMPLETE_DAY
from heliograph.evaluation.cycle import LATE_SECONDS
from heliograph.evaluation.model import EvaluationResult
from heliograph.incidents.arrivals import Arrival, arrivals, resumed
from heliograph.incidents.model import DORMANT_SECONDS, Basis, Incident
from heliograph.reading import Reading, end_of, text_of
from heliograph.table_keys import incident_id

# An older fault is flagged like any other, but notifies nobody: it is too late to act on it.
_NOTIFY_SECONDS: Final = 48 * 3600
_MINUTE = 60
_DAY = 24 * 60


class EpisodeRules(msgspec.Struct, frozen=True, kw_only=True):
    """When an episode ends. clean_readings: K, a count. clear_after_minutes: CLEAR_AFTER, minutes."""

    clean_readings: int = 3
    clear_after_minutes: int = 60


class Evidence(msgspec.Struct, frozen=True):
    """One sign of a fault, seconds since 1970. end: when it is seen. since: when what it shows began.

    flag: what the rule says; None where it stands for an incident that is open already.
    """

    end: int
    since: int
    flag: Flag | None


class Observations(msgspec.Struct, frozen=True):
    """What an evaluation shows of one rule.

    evidence: its signs of a fault, by their ends. judged: the ends of all it was tried on, ascending.
    could_flag: whether the rule could have flagged one of them. a_day: how many there are in a day.
    first_end: END of the earliest reading known beside them; None where there is none.
    ended: when the site was taken out of operation or became dormant, which ends what lasts; None while it isn't.
    is_past: whether each sign shows what is over with it, as the reading behind a gap does.
    arrivals: of readings, where these end an episode by arriving as usual; else none.
    """

    basis: Basis
    evidence: list[Evidence]
    judged: list[int]
    could_flag: Callable[[int], bool]
    a_day: int = 288
    first_end: int | None = None
    is_past: bool = False
    ended: int | None = None
    arrivals: list[Arrival] = []


class Episode(msgspec.Struct, frozen=True):
    """A stretch of a fault, seconds since 1970. recovery: None while it lasts. signs: what showed it, in order."""

    onset: int
    last: int
    recovery: int | None
    signs: tuple[Evidence, ...]

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What the rule says, sign by sign."""
        return tuple(sign.flag for sign in self.signs if sign.flag is not None)

    @property
    def known(self) -> bool:
        """Return whether it is the incident that is open already."""
        return any(sign.flag is None for sign in self.signs)


def episodes(observations: Observations, rules: EpisodeRules) -> list[Episode]:
    """Return the episodes of a rule, oldest first; only the last one can still last."""
    found: list[Episode] = []
    signs = observations.evidence
    usual = _wanted("reading", observations.a_day, rules)
    position = 0
    while position < len(signs):
        first = position
        recovery = None
        while recovery is None and position < len(signs):
            until = signs[position + 1].end if position + 1 < len(signs) else None
            recovery = _recovery(observations, signs[position].end, until, rules)
            recovery = resumed(observations.arrivals, signs[position].end, recovery or until, *usual) or recovery
            position += 1
        if recovery is None and observations.ended is not None:
            recovery = max(observations.ended, signs[position - 1].since)
        found.append(_episode(signs[first:position], recovery))
    return found


def _recovery(observations: Observations, last: int, until: int | None, rules: EpisodeRules) -> int | None:
    """Return the end of the reading that completes the recovery after `last`, if one does before `until`."""
    if observations.is_past:
        return last
    wanted, hold = _wanted(observations.basis, observations.a_day, rules)
    begun = None if observations.basis == "silence" else last
    clean = 0
    for position in range(bisect_right(observations.judged, last), len(observations.judged)):
        end = observations.judged[position]
        if until is not None and end >= until:
            return None
        if observations.could_flag(end):
            clean += 1
            begun = end if begun is None else begun
            if clean >= wanted and end - begun >= hold:
                return end
    return None


def _wanted(basis: Basis, a_day: int, rules: EpisodeRules) -> tuple[int, int]:
    """Return how many clean ones end an episode, and the seconds they must span; of days, one good one.

    An evaluation holds a day's readings, so a site that sends twice a day has but two.
    """
    if basis == "day":
        return 1, 0
    return max(1, min(rules.clean_readings, a_day)), rules.clear_after_minutes * 60


def _episode(signs: list[Evidence], recovery: int | None) -> Episode:
    return Episode(
        onset=min(sign.since for sign in signs),
        last=signs[-1].end,
        recovery=recovery,
        signs=tuple(signs),
    )


class Found(msgspec.Struct, frozen=True):
    """What one rule has against one site in a file.

    first, last: END of the earliest and the latest flagged reading, seconds since 1970, none of them after the file
    landed. flag: of the first one. source: the raw object. region: the site's.
    """

    site_id: str
    rule: str
    first: int
    last: int
    flag: Flag
    source: str
    region: str = ""


class Onsets:
    """Gathers the flags of one file, by site and rule."""

    def __init__(self, source: str, landed_at: str) -> None:
        """Begin with none. source, landed_at: the file's.

        Of what came late the watch decides, which sees whether it is over.
        """
        self._source = source
        self._landed_at = landed_at
        self._landed = end_of(landed_at)
        self._earliest = text_of(self._landed - LATE_SECONDS)
        self._found: dict[tuple[str, str], Found] = {}
        self._newest = ""

    def pass_by(self, timestamps: Iterable[str]) -> None:
        """Note the ENDs of the file's readings: a file none of which is new brings history, its future stamps too."""
        landed_at = self._landed_at
        self._newest = max(self._newest, max((each for each in timestamps if each <= landed_at), default=""))

    def add(self, reading: Reading, flags: tuple[Flag, ...], region: str = "") -> None:
        """Take in one reading's flags, and its site's region."""
        if not flags or reading.timestamp < self._earliest:
            return
        for flag in flags:
            if flag.severity in ANOMALOUS:
                self._add(reading, flag, region)

    def found(self) -> list[Found]:
        """Return what was gathered, by site and rule; nothing of a file of history."""
        if self._newest and self._newest < self._earliest:
            return []
        return [self._found[key] for key in sorted(self._found)]

    def _add(self, reading: Reading, flag: Flag, region: str) -> None:
        """Count a reading from the future as one of now: a fault can't begin later than it is seen."""
        end = min(end_of(reading.timestamp), self._landed)
        key = (reading.site_id, flag.rule)
        known = self._found.get(key)
        if known is None:
            self._found[key] = Found(*key, end, end, flag, self._source, region)
        elif end < known.first:
            self._found[key] = msgspec.structs.replace(known, first=end, flag=flag)
        elif end > known.last:
            self._found[key] = msgspec.structs.replace(known, last=end)


class RuleObservations:
    """What one evaluation observed: by rule what has evidence, and for any rule what has none."""

    def __init__(self, result: EvaluationResult, single: Mapping[int, tuple[Flag, ...]], now: int) -> None:
        """Gather what was found up to `now`, seconds since 1970. What lies ahead of it is for a later evaluation."""
        self._result = result
        self._judged = result.judged[: bisect_right(result.judged, now)]
        self._days = sorted(day.ends for day in result.days.values() if day.ends <= now)
        self.began = result.began
        self._begins, ends = result.operation
        self._ended = ends if ends is not None and ends <= now else None
        self._now = now
        self._found: dict[tuple[str, Basis], list[Evidence]] = {}
        for flags in (result.flags, {end: self._holding(end, flags) for end, flags in single.items()}):
            self._add_readings(flags, now)
        self._add_days(now)
        self._add_silence(now)

    def rules(self) -> dict[str, Basis]:
        """Return the rules that have evidence, and what it stands on."""
        return dict(sorted(self._found))

    def of(self, rule: str, basis: Basis, silent_since: int | None = None) -> Observations:
        """Return a rule's observations. silent_since: when the site sent last, where this evaluation read nothing."""
        last = self._result.last_end if self._result.last_end is not None else silent_since
        is_dormant = self._ended is None and last is not None and self._now - last > DORMANT_SECONDS
        ended = last + DORMANT_SECONDS if is_dormant and last is not None else self._ended
        return msgspec.structs.replace(self._of(rule, basis), ended=ended)

    def _of(self, rule: str, basis: Basis) -> Observations:
        evidence = sorted(self._found.get((rule, basis), ()), key=lambda sign: sign.end)
        a_day = _DAY // self._result.minutes
        if basis == "day":
            again = arrivals(self._judged, self._result.minutes_at) if rule == INCOMPLETE_DAY.name else []
            return Observations(basis, evidence, self._days, _always, a_day, arrivals=again)
        if basis == "silence":
            return Observations(basis, evidence, self._judged, _always, a_day, self._result.first_end)
        flagged = {sign.end for sign in evidence}
        could_flag = self._result.could_flag
        is_clean = lambda end: end not in flagged and could_flag(rule, end)  # noqa: E731 - it closes over both
        return Observations(basis, evidence, self._judged, is_clean, a_day, is_past=rule == GAP.name)

    def _holding(self, end: int, flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
        """Return those of a reading's own flags that hold in the light of its weeks.

        Where the site's clock is always off, its days lie in what the registry's place calls night. The clock's
        own flag reports that.
        """
        night = NIGHT_GENERATION.name
        return tuple(flag for flag in flags if flag.rule != night or self._result.could_flag(night, end))

    def _add_readings(self, flags: Mapping[int, tuple[Flag, ...]], now: int) -> None:
        for end, against in flags.items():
            if end <= now:
                for flag in against:
                    if flag.rule != GAP.name:
                        self._add(flag, "reading", Evidence(end, end, flag))
                    elif end not in self._result.young:
                        self._add(flag, "reading", Evidence(end, self._gap_began(end, flag), flag))

    def _gap_began(self, end: int, flag: Flag) -> int:
        """Return the END of the last reading before a gap. end: of the reading behind it."""
        return end - (int(flag.observed) + self._result.minutes_at(end)) * _MINUTE

    def _add_days(self, now: int) -> None:
        for day in self._result.days.values():
            for flag in day.flags if day.ends <= now else ():
                self._add(flag, "day", Evidence(day.ends, day.start, flag))

    def _add_silence(self, now: int) -> None:
        """Date a silence from the first interval that is missing, so that it is the same in every evaluation."""
        if self._result.no_data is not None:
            last = self._result.last_end
            since = now if last is None else last
            first_missing = now if last is None else min(now, last + self._result.minutes * _MINUTE)
            self._add(self._result.no_data, "silence", Evidence(first_missing, since, self._result.no_data))

    def _add(self, flag: Flag, basis: Basis, sign: Evidence) -> None:
        is_before = self._begins is not None and sign.end <= self._begins
        is_after = self._ended is not None and sign.since >= self._ended
        if flag.severity in ANOMALOUS and not (is_before or is_after):
            self._found.setdefault((flag.rule, basis), []).append(sign)


def _always(_end: int) -> bool:
    return True


class Origin(NamedTuple):
    """Where an incident comes from: its site, the site's region, and the raw object that opened it, if one did."""

    site_id: str
    region: str = ""
    source: str = ""


def incident_of(origin: Origin, basis: Basis, episode: Episode, now: int) -> Incident:
    """Make an incident of an episode; one that is over, or too old, doesn't notify."""
    flag = episode.flags[0]
    onset, found_at = text_of(episode.onset), text_of(now)
    over = episode.recovery is not None
    return Incident(
        id=incident_id(origin.site_id, flag.rule, onset),
        site_id=origin.site_id,
        rule=flag.rule,
        basis=basis,
        onset=onset,
        last=text_of(episode.last),
        recovery="" if episode.recovery is None else text_of(episode.recovery),
        severity=worst_of(episode.flags, "warning"),
        message=flag.message,
        observed=flag.observed,
        limit=flag.limit,
        unit=flag.unit,
        source=origin.source,
        region=origin.region,
        found_at=found_at,
        closed_at=found_at if over else "",
        suppressed=over or _seen_since(basis, episode) < now - _NOTIFY_SECONDS,
    )


def _seen_since(basis: Basis, episode: Episode) -> int:
    """Return the moment since which an episode is known to last, seconds since 1970.

    A silence shows only when the site's next delivery is overdue, which may be days behind the first missing interval.
    """
    overdue = int(episode.flags[0].limit) * _MINUTE if basis == "silence" else 0
    return episode.last + overdue


def worst_of(flags: Iterable[Flag], least: Severity) -> Severity:
    """Return the worst severity of some flags, and at least `least`."""
    return worst((least, *(flag.severity for flag in flags)))
