"""How incidents open, move and close: what a file or an evaluation changes.

A plan is pure: it is worked out from a site's state, so that it can be worked out again for another state. What is kept
decides what is new: a flag under an open incident is part of it, and one from before the rule's last recovery belongs
to the past. So the same files and evaluations in any order, repeated, open the same incident once.

What another incident explains is inhibited: see `causes`. After an outage a meter often sends one value for all that
was missing, many times an interval's most. That is flagged and kept as an incident, but whoever was notified of the
outage needs no second message for how it ended. An incident that lasts beyond its cause notifies. A symptom joins its
cause as evidence, also where it was found first.

An incident that comes back within the site's own rhythm of it notifies in the daily digest: see `_rhythm`.
Nothing is written or sent here. `keeper` writes a plan; `notification` sends what is pending then.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from heliograph.checks.flag import SEVERITIES
from heliograph.checks.no_data import GAP, NO_DATA
from heliograph.incidents.causes import (
    Acting,
    ActingCauses,
    RuleEpisode,
    acting_causes,
    causes_first,
    explaining,
    outlasts,
)
from heliograph.incidents.detection import (
    Episode,
    EpisodeRules,
    Evidence,
    Found,
    Observations,
    Origin,
    RuleObservations,
    episodes,
    incident_of,
    worst_of,
)
from heliograph.incidents.evidence import joining
from heliograph.incidents.model import Basis, Incident, Join, Move, RuleState, SiteState
from heliograph.reading import end_of

# An evaluation may have read the readings before those were stored that opened an incident meanwhile: it must not close
# it.
_TOO_NEW_TO_CLOSE: Final = 5 * 60
# Where it is known when the evaluation began: the clocks of two Lambdas, and reads that lag, differ by less.
_CLOCKS: Final = 10
# How far `last` of an open incident may lag behind, so that an incident that lasts isn't written each evaluation.
_LAST_MAY_LAG: Final = 3600
# An evaluation that reaches back further than this was asked for by late data, and may find what is long over.
_REEVALUATION: Final = 36 * 3600
# The re-evaluation that late data calls for comes within this, be it from the dead-letter queue.
_REEVALUATION_COMES: Final = 48 * 3600
# What lasts longer than this is a fault of its own, seconds.
_LASTS: Final = 3600
# Incidents of a rule that begin further apart than a day and its jitter have no rhythm.
_RHYTHM_MOST: Final = 26 * 3600
# The next of a rhythm comes within twice as long, and lasts up to twice as long as those before it, and an hour.
_OF_RHYTHM: Final = 2


class IncidentPlan(msgspec.Struct, frozen=True):
    """What to write of a site. past: what was over before it was found; it is history and no state.

    joins: symptoms, each with its cause; both may be new, or stored.
    """

    before: SiteState
    rule_states: dict[str, RuleState]
    opened: tuple[Incident, ...] = ()
    moves: tuple[Move, ...] = ()
    past: tuple[Incident, ...] = ()
    joins: tuple[Join, ...] = ()

    @property
    def changes(self) -> bool:
        """Return whether the site's state or an incident of it changes."""
        return bool(self.opened or self.moves or self.joins) or self.rule_states != self.before.rule_states


def plan_evaluation(
    state: SiteState, observed: RuleObservations, rules: EpisodeRules, now: int, region: str = ""
) -> IncidentPlan | None:
    """Work out what an evaluation changes; None where it is nothing. now: seconds since 1970. region: the site's."""
    concerned = observed.rules() | {
        rule: rule_state.basis for rule, rule_state in state.rule_states.items() if rule_state.id
    }
    if not concerned:
        return None
    silence = state.rule_states.get(NO_DATA.name, RuleState())
    silent_since = silence.onset if silence.id else None
    scene = _Scene(state, Origin(state.site_id, region), acting_causes(state.rule_states), now, observed.began)
    parts = []
    for rule, basis in sorted(concerned.items(), key=lambda each: causes_first(each[0])):
        part = _RulePlan(scene, rule).follow(observed.of(rule, basis, silent_since), rules)
        scene.acting.setdefault(rule, []).extend(part.reaches)
        parts.append(part)
    plan = IncidentPlan(
        before=state,
        rule_states=state.rule_states
        | {part.rule: part.rule_state for part in parts if part.rule_state != RuleState()},
        opened=tuple(each for part in parts for each in part.opened),
        moves=tuple(each for part in parts for each in part.moves),
        past=tuple(each for part in parts for each in part.past),
        joins=tuple(each for part in parts for each in part.joins),
    )
    return plan if plan.changes or plan.past else None


def plan_open(state: SiteState, found: Iterable[Found], now: int) -> IncidentPlan:
    """Work out which incidents the flags of a file open. now: seconds since 1970."""
    rule_states = dict(state.rule_states)
    opened: list[Incident] = []
    joins: list[Join] = []
    for each in sorted(found, key=lambda one: causes_first(one.rule)):
        rule_state = rule_states.get(each.rule, RuleState())
        onset = each.first if each.first > rule_state.recovery else each.last
        is_part_of_open, is_past = bool(rule_state.id), onset <= rule_state.recovery
        if not is_part_of_open and not is_past:
            episode = Episode(onset, onset, None, (Evidence(onset, onset, each.flag),))
            origin = Origin(state.site_id, each.region, each.source)
            incident = incident_of(origin, "reading", episode, now)
            incident, rule_states[each.rule], cause = _opening(
                acting_causes(rule_states), incident, episode, rule_state
            )
            opened.append(incident)
            joins += [Join(cause, incident.id)] if cause else joining(incident, rule_states)
    return IncidentPlan(state, rule_states, tuple(opened), joins=tuple(joins))


class _Scene(NamedTuple):
    """What all rules' parts of a plan share. acting: the causes that act at the site. began: when it was evaluated."""

    state: SiteState
    origin: Origin
    acting: ActingCauses
    now: int
    began: int


class _RulePlan:
    """One rule's part of a plan. reaches: where the rule's episodes reach."""

    def __init__(self, scene: _Scene, rule: str) -> None:
        self.rule = rule
        self.rule_state = scene.state.rule_states.get(rule, RuleState())
        self.reaches: list[Acting] = []
        self.opened: list[Incident] = []
        self.moves: list[Move] = []
        self.past: list[Incident] = []
        self.joins: list[Join] = []
        self._origin = scene.origin
        self._acting = scene.acting
        self._now = scene.now
        self._closable = scene.began - _CLOCKS if scene.began else scene.now - _TOO_NEW_TO_CLOSE

    def follow(self, observations: Observations, rules: EpisodeRules) -> "_RulePlan":
        """Follow the rule's observations from where it stands; it stays there where they can't tell more than is known.

        What was over before the last recovery, and nobody knew of, is noted in any case.
        """
        before = self.rule_state
        if _read_less(before, observations) or self._ended_unseen(before, observations):
            return self
        if self._is_reevaluation(observations):
            self._note_unknown_past(observations, rules)
        found = episodes(_after_recovery(before, observations), rules)
        if self._is_too_new(before) and any(each.known and each.recovery is not None for each in found):
            return self
        for episode in found:
            incident = self._take(episode, before, observations.basis)
            self.reaches.append(Acting(*RuleEpisode(self.rule, observations.basis, episode).reach, incident))
        return self

    def _is_reevaluation(self, observations: Observations) -> bool:
        return bool(observations.judged) and observations.judged[0] < self._now - _REEVALUATION

    def _is_too_new(self, rule_state: RuleState) -> bool:
        """Return whether the incident may have been opened by readings that this evaluation hasn't read."""
        return rule_state.basis != "silence" and rule_state.found > self._closable

    def _ended_unseen(self, rule_state: RuleState, observations: Observations) -> bool:
        """Return whether a silence ended before what is judged now: readings lie behind its onset and before that.

        They came late, so the re-evaluation they call for sees where it ended. Should none come, later evaluations end
        it.
        """
        is_open_silence = bool(rule_state.id) and observations.basis == "silence"
        if not is_open_silence or observations.first_end is None or not observations.judged:
            return False
        has_late_readings = rule_state.last < observations.first_end < observations.judged[0]
        return has_late_readings and rule_state.found > self._now - _REEVALUATION_COMES

    def _note_unknown_past(self, observations: Observations, rules: EpisodeRules) -> None:
        """Note what lies before the last recovery; the keeper leaves out what is known of it."""
        floor = self.rule_state.recovery
        signs = [sign for sign in observations.evidence if sign.end <= floor]
        for episode in episodes(msgspec.structs.replace(observations, evidence=signs), rules):
            recovery = min(floor, episode.recovery or floor)
            self._note(msgspec.structs.replace(episode, recovery=recovery), observations.basis)

    def _take(self, episode: Episode, before: RuleState, basis: Basis) -> str:
        """Take in an episode, and return its incident's id."""
        if episode.known:
            self._move(episode, before)
            return before.id
        if episode.recovery is not None:
            self.rule_state = msgspec.structs.replace(
                self.rule_state, recovery=max(self.rule_state.recovery, episode.recovery)
            )
            return self._note(episode, basis)
        incident = incident_of(self._origin, basis, episode, self._now)
        incident, self.rule_state, cause = _opening(self._acting, incident, episode, self.rule_state)
        self.opened.append(incident)
        self.joins += [Join(cause, incident.id)] if cause else []
        return cause or incident.id

    def _move(self, episode: Episode, before: RuleState) -> None:
        """Close the open incident, or bring it up to date where enough has changed."""
        severity = worst_of(episode.flags, before.severity)
        onset, last = min(episode.onset, before.onset), max(episode.last, before.last)
        outlasting = outlasts(self.rule, episode, self._acting, _LASTS)
        inhibited = before.inhibited and not outlasting
        if not before.inhibited and not outlasting and before.basis != "silence":
            cause = explaining(self.rule, episode, self._acting)
            self.joins += [Join(cause, before.id)] if cause else []
            inhibited = bool(cause)
        until = self._now if before.basis == "silence" else last
        stays = before.returning and (severity != before.severity or until - onset > _usual_length(before))
        notifies = before.inhibited and not inhibited
        move = Move(before.id, onset, last, episode.recovery, severity, self._now, notifies, stays)
        after = msgspec.structs.replace(
            before,
            onset=onset,
            last=last,
            severity=severity,
            inhibited=inhibited,
            returning=before.returning and not stays,
        )
        if episode.recovery is not None:
            self.moves.append(move)
            self.rule_state = _closed(after, episode.recovery)
        elif _is_news(before, move):
            self.moves.append(move)
            self.rule_state = after
        elif inhibited != before.inhibited:
            self.rule_state = msgspec.structs.replace(before, inhibited=inhibited)

    def _note(self, episode: Episode, basis: Basis) -> str:
        """Note what was over before it was found, and return its incident's id; a gap is what is left of its cause."""
        cause = explaining(self.rule, episode, self._acting)
        if cause and self.rule == GAP.name:
            return cause
        incident = incident_of(self._origin, basis, episode, self._now)
        self.past.append(incident)
        self.joins += [Join(cause, incident.id)] if cause else []
        return incident.id


def _read_less(rule_state: RuleState, observations: Observations) -> bool:
    """Return whether an earlier evaluation has read more: its incident reaches behind all that is judged now."""
    if not rule_state.id or not observations.judged or observations.basis == "silence":
        return False
    return rule_state.last > observations.judged[-1]


def _after_recovery(rule_state: RuleState, observations: Observations) -> Observations:
    """Return the observations since the rule's last recovery, with evidence for the incident that is open."""
    signs = [sign for sign in observations.evidence if sign.end > rule_state.recovery]
    signs = sorted([*signs, *_standing_for(rule_state, observations)], key=lambda sign: sign.end)
    return msgspec.structs.replace(observations, evidence=signs)


def _standing_for(rule_state: RuleState, observations: Observations) -> list[Evidence]:
    """Return evidence for the open incident: its onset, or its last sign where that lies before the evaluation."""
    if not rule_state.id:
        return []
    if observations.judged and rule_state.onset < observations.judged[0]:
        return [Evidence(min(rule_state.last, observations.judged[0] - 1), rule_state.onset, None)]
    end = rule_state.last if observations.arrivals and not observations.judged else rule_state.onset
    return [Evidence(end, rule_state.onset, None)]


def _is_news(rule_state: RuleState, move: Move) -> bool:
    """Return whether an open incident's change is worth a write; a silence's last sign moves with every evaluation."""
    lags = rule_state.basis != "silence" and move.last >= rule_state.last + _LAST_MAY_LAG
    found_anew = move.notifies or move.stays or move.severity != rule_state.severity
    return found_anew or move.onset < rule_state.onset or lags


def _opening(
    acting: ActingCauses, incident: Incident, episode: Episode, before: RuleState
) -> tuple[Incident, RuleState, str]:
    """Return a new incident, where its rule stands with it, and the incident that explains it, if one does.

    Nothing inhibits a silence until now: a site that sends no more ends no incident of its readings, so one that is
    open may have nothing to do with it, and nobody would hear of the outage.
    """
    may_be_inhibited = not incident.suppressed and incident.basis != "silence"
    cause = explaining(incident.rule, episode, acting) if may_be_inhibited else ""
    rhythm, returning = _rhythm(before, incident, episode.onset)
    rule_state = RuleState(
        id=incident.id,
        basis=incident.basis,
        onset=episode.onset,
        last=episode.last,
        severity=incident.severity,
        found=end_of(incident.found_at),
        recovery=before.recovery,
        inhibited=bool(cause),
        rhythm=rhythm,
        longest=before.longest if returning else 0,
        returning=returning,
    )
    suppressed = incident.suppressed or bool(cause)
    return msgspec.structs.replace(incident, suppressed=suppressed, returning=returning), rule_state, cause


def _rhythm(before: RuleState, incident: Incident, onset: int) -> tuple[int, bool]:
    """Return how long before an incident the last one of its rule began, and whether it returns in the rhythm of both.

    Two of a kind show a rhythm, the third is the first that could be foreseen. One that is worse than the last is news.
    """
    since = onset - before.onset if before.onset else 0
    is_worse = SEVERITIES.index(incident.severity) > SEVERITIES.index(before.severity)
    if 0 < since <= _OF_RHYTHM * before.rhythm and not is_worse:
        return max(min(since, _RHYTHM_MOST), before.rhythm), True
    return (since, False) if 0 < since <= _RHYTHM_MOST else (0, False)


def _usual_length(rule_state: RuleState) -> int:
    """Return how long an incident lasts at most that returns in its rhythm, seconds."""
    return max(_OF_RHYTHM * rule_state.longest, _LASTS)


def _closed(rule_state: RuleState, recovery: int) -> RuleState:
    """Return where a rule stands when its incident has recovered."""
    until = recovery if rule_state.basis == "silence" else rule_state.last
    return RuleState(
        onset=rule_state.onset,
        severity=rule_state.severity,
        recovery=recovery,
        rhythm=rule_state.rhythm,
        longest=max(rule_state.longest, until - rule_state.onset),
    )
