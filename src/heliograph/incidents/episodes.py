"""When an incident begins and when it ends: a pure function of a rule's evidence.

An episode ends when the rule could have spoken of K readings and was silent, and the last of them lies at least
CLEAR_AFTER minutes behind the last evidence. A flag before that continues it. So one rule at one site has at most one
episode in CLEAR_AFTER minutes, however it flaps.
"""

from bisect import bisect_right
from collections.abc import Callable

import msgspec

from heliograph.checks.flag import Flag
from heliograph.incidents.model import Basis


class EpisodeRules(msgspec.Struct, frozen=True, kw_only=True):
    """When an episode ends. clean_readings: K, a count. clear_after_minutes: CLEAR_AFTER, minutes."""

    clean_readings: int = 3
    clear_after_minutes: int = 60


class Evidence(msgspec.Struct, frozen=True):
    """One sign of trouble, seconds since 1970. end: when it is seen. since: when what it shows began.

    flag: what the rule says; None where it stands for an incident that is open already.
    """

    end: int
    since: int
    flag: Flag | None


class Observations(msgspec.Struct, frozen=True):
    """What an evaluation shows of one rule.

    evidence: its signs of trouble, by their ends. judged: the ends of all it was tried on, ascending.
    could_speak: whether the rule could have spoken of one of them. a_day: how many there are in a day.
    first_end: END of the earliest reading known beside them; None where there is none.
    """

    basis: Basis
    evidence: list[Evidence]
    judged: list[int]
    could_speak: Callable[[int], bool]
    a_day: int = 288
    first_end: int | None = None


class Episode(msgspec.Struct, frozen=True):
    """A stretch of trouble, seconds since 1970. recovery: None while it lasts. flags: what showed it, in order.

    known: whether it is the incident that is open already.
    """

    onset: int
    last: int
    recovery: int | None
    flags: tuple[Flag, ...]
    known: bool


def episodes(observations: Observations, rules: EpisodeRules) -> list[Episode]:
    """Return the episodes of a rule, oldest first; only the last one can still last."""
    found: list[Episode] = []
    signs = observations.evidence
    position = 0
    while position < len(signs):
        first = position
        recovery = None
        while recovery is None and position < len(signs):
            until = signs[position + 1].end if position + 1 < len(signs) else None
            recovery = _recovery(observations, signs[position].end, until, rules)
            position += 1
        found.append(_episode(signs[first:position], recovery))
    return found


def _recovery(observations: Observations, last: int, until: int | None, rules: EpisodeRules) -> int | None:
    """Return the end of the reading that completes the recovery after `last`, if one does before `until`."""
    wanted, hold = _wanted(observations, rules)
    begun = None if observations.basis == "silence" else last
    clean = 0
    for position in range(bisect_right(observations.judged, last), len(observations.judged)):
        end = observations.judged[position]
        if until is not None and end >= until:
            return None
        if observations.could_speak(end):
            clean += 1
            begun = end if begun is None else begun
            if clean >= wanted and end - begun >= hold:
                return end
    return None


def _wanted(observations: Observations, rules: EpisodeRules) -> tuple[int, int]:
    """Return how many clean ones end an episode, and the seconds they must span.

    One good day ends a bad one; and an evaluation holds a day's readings, so a site that sends twice a day has but two.
    """
    if observations.basis == "day":
        return 1, 0
    return max(1, min(rules.clean_readings, observations.a_day)), rules.clear_after_minutes * 60


def _episode(signs: list[Evidence], recovery: int | None) -> Episode:
    return Episode(
        onset=min(sign.since for sign in signs),
        last=signs[-1].end,
        recovery=recovery,
        flags=tuple(sign.flag for sign in signs if sign.flag is not None),
        known=any(sign.flag is None for sign in signs),
    )
