"""Causes and symptoms: which rule explains which, and the incidents that a site's episodes make.

An outage ends in a catch-up value, which is more than the site's capacity and a spike beside its neighbours; its day is
incomplete. That is one event, so it is one incident, named after its cause. The others are its evidence. An episode is
a symptom if causes explain every sign of it: what lasts beyond them is a fault of its own.

All here is a pure function of the episodes, so that the watch, the processor and `heliograph check` agree, in any order
of evaluation.
"""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from math import inf
from typing import Final, NamedTuple

import msgspec

from heliograph.incidents.detection import Episode, Evidence
from heliograph.incidents.model import Basis, Incident, RuleState
from heliograph.reading import end_of, text_of

_HOUR: Final = 3600
# A symptom begins and ends this near to its cause: a catch-up value comes with the next reading, be it an hour later.
_NEAR: Final = _HOUR


class Explained(NamedTuple):
    """A rule that another one explains.

    within: its episode lasts no longer than this. before: it may show so much sooner than its cause. Seconds.
    """

    rule: str
    within: float = inf
    before: float = 0.0


_AFTER_A_HOLE: Final = ("catch_up", "over_capacity", "spike", "interpolated", "stale", "zero_output")
# At the edges of a day whose clock has moved, light and dark are exchanged for no longer than that.
_EDGE: Final = 12 * _HOUR
# A moved clock is dated to the third clear day that moved: of five, as clouds hide some.
_MOVED: Final = 5 * 24 * _HOUR


# At dawn a thousandth of a plant's energy is within its nameplate, and soon only a little beyond.
_DAWN: Final = 4 * _HOUR
# A running count shows by half a day that never falls.
_COUNTED: Final = 24 * _HOUR


def _all_of(*rules: str, within: float = inf, before: float = 0.0) -> tuple[Explained, ...]:
    return tuple(Explained(rule, within, before) for rule in rules)


# cause -> what it explains. A rule that is explained explains its own symptoms in turn.
EXPLAINS: Final[Mapping[str, tuple[Explained, ...]]] = {
    # A clock that is far off takes the readings away from where they belong.
    "future_timestamp": _all_of("no_data", "gap", "incomplete_day", "time_shift"),
    "implausible_timestamp": _all_of("no_data", "gap", "incomplete_day"),
    # A placeholder is no measurement, whatever it looks like.
    "sentinel": _all_of(
        "negative", "zero_output", "zero_consumption", "spike", "stale", "incomplete_day", "catch_up", "over_capacity"
    )
    + _all_of("night_generation", "interpolated", "signed_net"),
    # A counter that is read as energy only grows, by steps that are too small to see.
    "running_total": _all_of(
        *("stale", "over_capacity", "interpolated", "spike", "catch_up", "unit_error", "level_shift"),
        "night_generation",
        before=_COUNTED,
    ),
    "signed_net": _all_of("negative"),
    "unit_error": _all_of("over_capacity", "spike", "catch_up", "level_shift", "night_generation", before=_DAWN)
    + _all_of("zero_output", "zero_consumption", "stale", "interpolated"),
    "time_shift": _all_of("night_generation", before=_MOVED)
    + _all_of("no_data", "gap", "zero_output", within=_EDGE, before=_MOVED),
    # A gap is what is left of a time without data.
    "no_data": _all_of("gap", *_AFTER_A_HOLE, "zero_consumption", "incomplete_day"),
    "gap": _all_of(*_AFTER_A_HOLE, "zero_consumption", "incomplete_day"),
    "stale": _all_of("catch_up", "over_capacity", "spike", "night_generation", "level_shift"),
    "zero_output": _all_of("catch_up", "over_capacity", "spike", "level_shift"),
    "interpolated": _all_of("spike"),
    "catch_up": _all_of("over_capacity", "spike"),
    "over_capacity": _all_of("spike"),
}

# Causes before what they explain.
_ORDER: Final = {
    rule: place
    for place, rule in enumerate(
        reversed(
            tuple(
                TopologicalSorter(
                    {cause: [each.rule for each in explained] for cause, explained in EXPLAINS.items()}
                ).static_order()
            )
        )
    )
}
_LAST: Final = len(_ORDER)


class RuleEpisode(msgspec.Struct, frozen=True):
    """An episode of a rule, and what it stands on."""

    rule: str
    basis: Basis
    episode: Episode

    @property
    def reach(self) -> tuple[float, float]:
        """From when to when its cause acts, seconds since 1970: a silence until the site is back for good."""
        if self.basis != "silence":
            return self.episode.onset, self.episode.last
        return self.episode.onset, inf if self.episode.recovery is None else self.episode.recovery


class SiteEvent(msgspec.Struct, frozen=True):
    """What one cause did: its own episode, and those that it explains, by rule and onset."""

    cause: RuleEpisode
    symptoms: tuple[RuleEpisode, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The names of the rules beneath the cause."""
        return tuple(sorted({each.rule for each in self.symptoms}))


class _Reach(NamedTuple):
    """Where a rule's episode reaches, and the event that it belongs to."""

    rule: str
    begins: float
    ends: float
    event: int


def events(found: Iterable[RuleEpisode]) -> list[SiteEvent]:
    """Return what happened at a site, given all its rules' episodes: each of them is in just one event."""
    causes: list[RuleEpisode] = []
    symptoms: dict[int, list[RuleEpisode]] = {}
    reaches: dict[str, list[_Reach]] = {}
    for each in sorted(found, key=_rank):
        event = _event_of(each, reaches)
        if event is None:
            event = len(causes)
            causes.append(each)
        else:
            symptoms.setdefault(event, []).append(each)
        for explained in EXPLAINS.get(each.rule, ()):
            begins, ends = each.reach
            reach = _Reach(each.rule, begins - explained.before, ends, event)
            reaches.setdefault(explained.rule, []).append(reach)
    return [SiteEvent(cause, tuple(sorted(symptoms.get(number, ()), key=_name))) for number, cause in enumerate(causes)]


class Acting(NamedTuple):
    """Where a cause acts: from when to when, seconds since 1970, and its incident's id."""

    begins: float
    ends: float
    incident: str


# Where the causes of a site act, by rule.
ActingCauses = dict[str, list[Acting]]


def acting_causes(rule_states: Mapping[str, RuleState]) -> ActingCauses:
    """Return where the incidents act that are open at a site: from their onset on."""
    return {rule: [Acting(each.onset, inf, each.id)] for rule, each in rule_states.items() if each.id}


def explaining(rule: str, episode: Episode, acting: ActingCauses) -> str:
    """Return the incident that explains the onset of a rule's episode; empty where none does that acts at the site.

    Where several do, it is the one that explains the others.
    """
    found = [
        (causes_first(cause), each.incident)
        for cause, each, _ in _acting_on(rule, acting)
        if each.begins - _NEAR <= episode.onset <= each.ends + _NEAR
    ]
    return min(found)[1] if found else ""


def symptoms_of(cause: Incident, known: Iterable[Incident]) -> list[Incident]:
    """Return those of a site's incidents that a cause explains which is found after them: wholly, and nothing else did.

    What goes on after the cause, or for longer than it explains, is a fault of its own.
    """
    begins = end_of(cause.onset)
    ends = inf if cause.basis == "silence" or not cause.recovery else end_of(cause.recovery)
    explained = {each.rule: each for each in EXPLAINS.get(cause.rule, ())}
    return [
        each
        for each in known
        if each.rule in explained
        and not each.cause
        and begins - explained[each.rule].before - _NEAR <= end_of(each.onset)
        and end_of(each.last) <= ends + _NEAR
        and end_of(each.last) - end_of(each.onset) <= explained[each.rule].within
    ]


def earliest_symptom(cause: Incident) -> str:
    """Return the earliest onset, UTC text, of what a cause may explain; empty where its rule explains nothing."""
    sooner = [each.before for each in EXPLAINS.get(cause.rule, ())]
    return text_of(int(end_of(cause.onset) - max(sooner) - _NEAR)) if sooner else ""


def outlasts(rule: str, episode: Episode, acting: ActingCauses, by: int) -> bool:
    """Return whether a rule's episode goes on after all that explained it, by more than `by` seconds.

    A cause that still acts explains no more of it than `within` says.
    """
    explained = [min(each.ends, episode.onset + within) for _, each, within in _acting_on(rule, acting)]
    ends = max(explained, default=float(episode.onset))
    return any(sign.since - ends >= by for sign in episode.signs)


def causes_first(rule: str) -> tuple[int, str]:
    """Return where a rule stands among others: causes before what they explain."""
    return _ORDER.get(rule, _LAST), rule


def _acting_on(rule: str, acting: ActingCauses) -> Iterator[tuple[str, Acting, float]]:
    """Yield each cause of a rule and where it acts, and how long an episode of the rule it explains, seconds."""
    for cause, reaches in acting.items():
        for explained in EXPLAINS.get(cause, ()):
            if explained.rule == rule:
                moved = (each._replace(begins=each.begins - explained.before) for each in reaches)
                yield from ((cause, each, explained.within) for each in moved)


def _rank(each: RuleEpisode) -> tuple[int, str, int]:
    return *causes_first(each.rule), each.episode.onset


def _name(each: RuleEpisode) -> tuple[str, int]:
    return each.rule, each.episode.onset


def _event_of(each: RuleEpisode, reaches: Mapping[str, list[_Reach]]) -> int | None:
    """Return the event that explains an episode's first sign, if causes explain all of them."""
    near = list(_near(each, reaches.get(each.rule, ())))
    if not near:
        return None
    by_sign = [
        next((reach.event for reach in near if _holds(reach, sign, each.basis)), None) for sign in each.episode.signs
    ]
    return by_sign[0] if all(event is not None for event in by_sign) else None


def _near(each: RuleEpisode, reaches: Iterable[_Reach]) -> Iterator[_Reach]:
    """Yield what reaches into an episode and explains one as long as this."""
    episode = each.episode
    for reach in reaches:
        within = next(explained.within for explained in EXPLAINS[reach.rule] if explained.rule == each.rule)
        meets = reach.begins - _NEAR <= episode.last and episode.onset <= reach.ends + _NEAR
        if meets and episode.last - episode.onset <= within:
            yield reach


def _holds(reach: _Reach, sign: Evidence, basis: Basis) -> bool:
    """Return whether a sign lies where a cause acts; a day's sign is one of what happened on that day."""
    if basis == "day":
        return reach.begins <= sign.end and sign.since <= reach.ends
    return reach.begins - _NEAR <= sign.since and sign.end <= reach.ends + _NEAR
