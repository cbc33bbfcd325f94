"""How an evaluation or a file changes a site's state: pure, so that it can be computed again for another state.

What is kept decides what is new: a flag under an open incident is part of it, and one from before the rule's last
recovery belongs to the past. So the same files and evaluations in any order, doubled, open the same trouble once.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from heliograph.checks.flag import Flag, Severity
from heliograph.incidents.detection import (
    NOTIFY_WITHIN,
    Episode,
    EpisodeRules,
    Evidence,
    Found,
    Observations,
    RuleObservations,
    episodes,
)
from heliograph.incidents.inhibition import LASTS, is_inhibited
from heliograph.incidents.model import Basis, Incident, RuleState, SiteState, name_of, span
from heliograph.series import text_of

# An evaluation may have read the readings before those were stored that opened an incident meanwhile: it must not close
# it.
_TOO_NEW_TO_CLOSE: Final = 5 * 60
# Where it is known when the evaluation began: the clocks of two Lambdas, and reads that lag, differ by less.
_CLOCKS: Final = 10
# How far `last` of an open incident may lag behind, so that lasting trouble isn't written each evaluation.
_LAST_MAY_LAG: Final = 3600
# An evaluation that reaches back further than this was asked for by late data, and may find what is long over.
_REEVALUATION: Final = 36 * 3600
# The re-evaluation that late data calls for comes within this, be it from the dead-letter queue.
_REEVALUATION_COMES: Final = 48 * 3600
_NOTIFY_WITHIN: Final = int(NOTIFY_WITHIN.total_seconds())


class Move(msgspec.Struct, frozen=True):
    """What is new of a known incident. Times: seconds since 1970; recovery: None while it lasts.

    notifies: whether it notifies and didn't before.
    """

    id: str
    onset: int
    last: int
    recovery: int | None
    severity: Severity
    now: int
    notifies: bool = False


class IncidentPlan(msgspec.Struct, frozen=True):
    """What to write of a site. past: what was over before it was found; it is history and no state."""

    before: SiteState
    rule_states: dict[str, RuleState]
    opened: tuple[Incident, ...] = ()
    moves: tuple[Move, ...] = ()
    past: tuple[Incident, ...] = ()

    @property
    def changes(self) -> bool:
        """Return whether the site's state or an incident of it changes."""
        return bool(self.opened or self.moves) or self.rule_states != self.before.rule_states


def plan_evaluation(state: SiteState, observed: RuleObservations, rules: EpisodeRules, now: int) -> IncidentPlan | None:
    """Work out what an evaluation changes; None where it is nothing. now: seconds since 1970."""
    concerned = observed.rules() | {
        rule: rule_state.basis for rule, rule_state in state.rule_states.items() if rule_state.id
    }
    if not concerned:
        return None
    parts = [
        _RulePlan(state, rule, now, observed.began).follow(observed.of(rule, basis), rules)
        for rule, basis in sorted(concerned.items())
    ]
    plan = IncidentPlan(
        before=state,
        rule_states=state.rule_states
        | {part.rule: part.rule_state for part in parts if part.rule_state != RuleState()},
        opened=tuple(each for part in parts for each in part.opened),
        moves=tuple(each for part in parts for each in part.moves),
        past=tuple(each for part in parts for each in part.past),
    )
    return plan if plan.changes or plan.past else None


def plan_open(state: SiteState, found: Iterable[Found], now: int) -> IncidentPlan:
    """Work out which incidents the flags of a file open. now: seconds since 1970."""
    rule_states = dict(state.rule_states)
    opened = []
    for each in found:
        rule_state = rule_states.get(each.rule, RuleState())
        onset = each.first if each.first > rule_state.recovery else each.last
        if not rule_state.id and onset > rule_state.recovery:
            episode = Episode(onset, onset, None, (each.flag,), known=False)
            incident, rule_states[each.rule] = _opening(
                state, "reading", episode, now, rule_state.recovery, each.source
            )
            opened.append(incident)
    return IncidentPlan(state, rule_states, tuple(opened))


def apply(move: Move, incident: Incident) -> Incident:
    """Return a stored incident as a move leaves it."""
    return msgspec.structs.replace(
        incident,
        onset=text_of(move.onset),
        last=text_of(move.last),
        severity=move.severity,
        suppressed=incident.suppressed and not move.notifies,
        recovery="" if move.recovery is None else text_of(move.recovery),
        closed_at="" if move.recovery is None else text_of(move.now),
    )


def not_known(past: Iterable[Incident], known: Sequence[Incident]) -> list[Incident]:
    """Leave out what lies under an incident of the same rule that is known."""
    return [
        each for each in past if not any(other.rule == each.rule and _meet(span(each), span(other)) for other in known)
    ]


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


class _RulePlan:
    """One rule's part of a plan."""

    def __init__(self, state: SiteState, rule: str, now: int, began: int) -> None:
        self.rule = rule
        self.rule_state = state.rule_states.get(rule, RuleState())
        self.opened: list[Incident] = []
        self.moves: list[Move] = []
        self.past: list[Incident] = []
        self._state = state
        self._now = now
        self._closable = began - _CLOCKS if began else now - _TOO_NEW_TO_CLOSE

    def follow(self, observations: Observations, rules: EpisodeRules) -> "_RulePlan":
        """Follow the rule's observations from where it stands."""
        before, floor = self.rule_state, self.rule_state.recovery
        if (
            before.id
            and observations.judged
            and before.last > observations.judged[-1]
            and observations.basis != "silence"
        ):
            return self  # this evaluation has read less than an earlier one
        if self._ended_unseen(before, observations):
            return self
        if observations.judged and observations.judged[0] < self._now - _REEVALUATION:
            self._reevaluation([sign for sign in observations.evidence if sign.end <= floor], observations, rules)
        signs = [sign for sign in observations.evidence if sign.end > floor]
        signs = sorted([*signs, *_standing_for(before, observations)], key=lambda sign: sign.end)
        found = episodes(msgspec.structs.replace(observations, evidence=signs), rules)
        if self._too_new(before) and any(each.known and each.recovery is not None for each in found):
            return self
        for episode in found:
            self._take(episode, before, observations.basis)
        return self

    def _too_new(self, rule_state: RuleState) -> bool:
        return rule_state.basis != "silence" and rule_state.found > self._closable

    def _ended_unseen(self, rule_state: RuleState, observations: Observations) -> bool:
        """Return whether a silence ended before what is judged now: readings lie behind its onset and before that.

        They came late, so the re-evaluation they call for sees where it ended. Should none come, later evaluations end
        it.
        """
        if (
            not rule_state.id
            or observations.basis != "silence"
            or observations.first_end is None
            or not observations.judged
        ):
            return False
        return (
            rule_state.last < observations.first_end < observations.judged[0]
            and rule_state.found > self._now - _REEVALUATION_COMES
        )

    def _reevaluation(self, signs: list[Evidence], observations: Observations, rules: EpisodeRules) -> None:
        """Note trouble from before the last recovery that nobody knew of."""
        floor = self.rule_state.recovery
        for episode in episodes(msgspec.structs.replace(observations, evidence=signs), rules):
            recovery = min(floor, episode.recovery or floor)
            self._note(msgspec.structs.replace(episode, recovery=recovery), observations.basis)

    def _take(self, episode: Episode, before: RuleState, basis: Basis) -> None:
        recovered = max(self.rule_state.recovery, episode.recovery or 0)
        if episode.known:
            self._move(episode, before)
        elif episode.recovery is not None:
            self._note(episode, basis)
            self.rule_state = msgspec.structs.replace(self.rule_state, recovery=recovered)
        else:
            incident, self.rule_state = _opening(self._state, basis, episode, self._now, recovered)
            self.opened.append(incident)

    def _move(self, episode: Episode, before: RuleState) -> None:
        """Close the open incident, or bring it up to date where enough has changed."""
        severity = _worst(episode.flags, before.severity)
        onset, last = min(episode.onset, before.onset), max(episode.last, before.last)
        notifies = before.inhibited and last - onset >= LASTS
        move = Move(before.id, onset, last, episode.recovery, severity, self._now, notifies)
        if episode.recovery is not None:
            self.moves.append(move)
            self.rule_state = RuleState(recovery=episode.recovery)
        elif _is_news(before, move):
            self.moves.append(move)
            self.rule_state = msgspec.structs.replace(before, onset=onset, last=last, severity=severity)
            self.rule_state = msgspec.structs.replace(self.rule_state, inhibited=before.inhibited and not notifies)

    def _note(self, episode: Episode, basis: Basis) -> None:
        self.past.append(_incident(self._state.site_id, basis, episode, self._now))


def _standing_for(rule_state: RuleState, observations: Observations) -> list[Evidence]:
    """Return evidence for the open incident: its onset, or its last sign where that lies before the evaluation."""
    if not rule_state.id:
        return []
    if not observations.judged or rule_state.onset >= observations.judged[0]:
        return [Evidence(rule_state.onset, rule_state.onset, None)]
    return [Evidence(min(rule_state.last, observations.judged[0] - 1), rule_state.onset, None)]


def _is_news(rule_state: RuleState, move: Move) -> bool:
    """Return whether an open incident's change is worth a write; a silence's last sign moves with every evaluation."""
    lags = rule_state.basis != "silence" and move.last >= rule_state.last + _LAST_MAY_LAG
    return move.onset < rule_state.onset or move.severity != rule_state.severity or lags


def _incident(site_id: str, basis: Basis, episode: Episode, now: int, source: str = "") -> Incident:
    """Make an incident of an episode; one that is over, or too old, doesn't notify."""
    flag = episode.flags[0]
    onset, found_at = text_of(episode.onset), text_of(now)
    over = episode.recovery is not None
    return Incident(
        id=name_of(site_id, flag.rule, onset),
        site_id=site_id,
        rule=flag.rule,
        basis=basis,
        onset=onset,
        last=text_of(episode.last),
        recovery="" if episode.recovery is None else text_of(episode.recovery),
        severity=_worst(episode.flags, "warning"),
        message=flag.message,
        observed=flag.observed,
        limit=flag.limit,
        unit=flag.unit,
        source=source,
        found_at=found_at,
        closed_at=found_at if over else "",
        suppressed=over or episode.last < now - _NOTIFY_WITHIN,
    )


def _opening(  # noqa: PLR0913, PLR0917 - all that an incident begins with
    state: SiteState, basis: Basis, episode: Episode, now: int, recovery: int, source: str = ""
) -> tuple[Incident, RuleState]:
    """Return a new incident, and where its rule stands with it."""
    incident = _incident(state.site_id, basis, episode, now, source)
    inhibited = not incident.suppressed and is_inhibited(incident.rule, episode.onset, state.rule_states)
    rule_state = RuleState(
        id=incident.id,
        basis=incident.basis,
        onset=episode.onset,
        last=episode.last,
        severity=incident.severity,
        found=now,
        recovery=recovery,
        inhibited=inhibited,
    )
    return msgspec.structs.replace(incident, suppressed=incident.suppressed or inhibited), rule_state


def _worst(flags: Iterable[Flag], least: Severity) -> Severity:
    return "critical" if least == "critical" or any(flag.severity == "critical" for flag in flags) else "warning"
