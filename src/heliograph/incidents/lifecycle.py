"""How incidents open, move and close: what a file or an evaluation changes, and the keeper that writes it.

A plan is pure: it is worked out from a site's state, so that it can be worked out again for another state. What is kept
decides what is new: a flag under an open incident is part of it, and one from before the rule's last recovery belongs
to the past. So the same files and evaluations in any order, repeated, open the same incident once.

What another incident explains is inhibited: see `causes`. After an outage a meter often sends one value for all that
was missing, many times an interval's most. That is flagged and kept as an incident, but whoever was notified of the
outage needs no second message for how it ended. An incident that lasts beyond its cause notifies.

Nothing is sent here. An incident is written first; `notification` sends it then.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from heliograph.checks.flag import Flag
from heliograph.errors import StorageError
from heliograph.evaluation.model import EvaluationResult
from heliograph.incidents.causes import (
    ActingCauses,
    RuleEpisode,
    acting_causes,
    causes_first,
    is_explained,
    outlasts,
)
from heliograph.incidents.detection import (
    Episode,
    EpisodeRules,
    Evidence,
    Found,
    Observations,
    RuleObservations,
    episodes,
    incident_of,
    worst_of,
)
from heliograph.incidents.model import Basis, Incident, Move, RuleState, SiteChange, SiteState, span
from heliograph.incidents.ports import IncidentStore
from heliograph.reading import end_of, text_of
from heliograph.site import Site

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
# What lasts longer than this is a trouble of its own, seconds.
_LASTS: Final = 3600
_ATTEMPTS: Final = 6
# How long before a re-evaluation's first reading an incident may have begun that reaches into it.
_REACHES_SECONDS: Final = 42 * 86_400


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
    acting = acting_causes(state.rule_states)
    parts = []
    for rule, basis in sorted(concerned.items(), key=lambda each: causes_first(each[0])):
        part = _RulePlan(state, rule, acting, now, observed.began).follow(observed.of(rule, basis), rules)
        acting.setdefault(rule, []).extend(part.reaches)
        parts.append(part)
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
    for each in sorted(found, key=lambda one: causes_first(one.rule)):
        rule_state = rule_states.get(each.rule, RuleState())
        onset = each.first if each.first > rule_state.recovery else each.last
        is_part_of_open, is_past = bool(rule_state.id), onset <= rule_state.recovery
        if not is_part_of_open and not is_past:
            episode = Episode(onset, onset, None, (Evidence(onset, onset, each.flag),))
            incident = incident_of(state.site_id, "reading", episode, now, each.source)
            acting = acting_causes(rule_states)
            incident, rule_states[each.rule] = _opening(acting, incident, episode, rule_state.recovery)
            opened.append(incident)
    return IncidentPlan(state, rule_states, tuple(opened))


def not_known(past: Iterable[Incident], known: Sequence[Incident]) -> list[Incident]:
    """Leave out what lies under an incident of the same rule that is known."""
    return [
        each for each in past if not any(other.rule == each.rule and _meet(span(each), span(other)) for other in known)
    ]


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


class _RulePlan:
    """One rule's part of a plan. acting: the causes that act at the site. reaches: where the rule's episodes reach."""

    def __init__(self, state: SiteState, rule: str, acting: ActingCauses, now: int, began: int) -> None:
        self.rule = rule
        self.rule_state = state.rule_states.get(rule, RuleState())
        self.reaches: list[tuple[float, float]] = []
        self._acting = acting
        self.opened: list[Incident] = []
        self.moves: list[Move] = []
        self.past: list[Incident] = []
        self._state = state
        self._now = now
        self._closable = began - _CLOCKS if began else now - _TOO_NEW_TO_CLOSE

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
            self._take(episode, before, observations.basis)
            self.reaches.append(RuleEpisode(self.rule, observations.basis, episode).reach)
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

    def _take(self, episode: Episode, before: RuleState, basis: Basis) -> None:
        recovered = max(self.rule_state.recovery, episode.recovery or 0)
        if episode.known:
            self._move(episode, before)
        elif episode.recovery is not None:
            self._note(episode, basis)
            self.rule_state = msgspec.structs.replace(self.rule_state, recovery=recovered)
        else:
            incident = incident_of(self._state.site_id, basis, episode, self._now)
            incident, self.rule_state = _opening(self._acting, incident, episode, recovered)
            self.opened.append(incident)

    def _move(self, episode: Episode, before: RuleState) -> None:
        """Close the open incident, or bring it up to date where enough has changed."""
        severity = worst_of(episode.flags, before.severity)
        onset, last = min(episode.onset, before.onset), max(episode.last, before.last)
        notifies = before.inhibited and outlasts(self.rule, episode, self._acting, _LASTS)
        move = Move(before.id, onset, last, episode.recovery, severity, self._now, notifies)
        if episode.recovery is not None:
            self.moves.append(move)
            self.rule_state = RuleState(recovery=episode.recovery)
        elif _is_news(before, move):
            self.moves.append(move)
            self.rule_state = msgspec.structs.replace(before, onset=onset, last=last, severity=severity)
            self.rule_state = msgspec.structs.replace(self.rule_state, inhibited=before.inhibited and not notifies)

    def _note(self, episode: Episode, basis: Basis) -> None:
        self.past.append(incident_of(self._state.site_id, basis, episode, self._now))


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
    if not observations.judged or rule_state.onset >= observations.judged[0]:
        return [Evidence(rule_state.onset, rule_state.onset, None)]
    return [Evidence(min(rule_state.last, observations.judged[0] - 1), rule_state.onset, None)]


def _is_news(rule_state: RuleState, move: Move) -> bool:
    """Return whether an open incident's change is worth a write; a silence's last sign moves with every evaluation."""
    lags = rule_state.basis != "silence" and move.last >= rule_state.last + _LAST_MAY_LAG
    return move.onset < rule_state.onset or move.severity != rule_state.severity or lags


def _opening(acting: ActingCauses, incident: Incident, episode: Episode, recovery: int) -> tuple[Incident, RuleState]:
    """Return a new incident, suppressed where another one inhibits it, and where its rule stands with it.

    Nothing inhibits a silence until now: a site that sends no more ends no incident of its readings, so one that is
    open may have nothing to do with it, and nobody would hear of the outage.
    """
    may_be_inhibited = not incident.suppressed and incident.basis != "silence"
    inhibited = may_be_inhibited and is_explained(incident.rule, episode, acting)
    rule_state = RuleState(
        id=incident.id,
        basis=incident.basis,
        onset=episode.onset,
        last=episode.last,
        severity=incident.severity,
        found=end_of(incident.found_at),
        recovery=recovery,
        inhibited=inhibited,
    )
    return msgspec.structs.replace(incident, suppressed=incident.suppressed or inhibited), rule_state


class IncidentKeeper:
    """Opens, moves and closes incidents. One may serve many evaluations; it isn't for use by several threads."""

    def __init__(self, store: IncidentStore, rules: EpisodeRules, now: Callable[[], datetime]) -> None:
        """Keep the store, when an episode ends, and the clock; nothing is called yet."""
        self._store = store
        self._rules = rules
        self._now = now
        self._fetched: dict[str, SiteState] = {}

    def fetch(self, site_ids: Iterable[str]) -> None:
        """Read ahead, in one call a hundred sites, what `after_evaluation` needs of the sites evaluated next.

        Without it each `after_evaluation` reads for itself. What is read ahead may be a little old: writes are
        conditional on it, so an old one costs a second read and nothing else.
        """
        wanted = list(dict.fromkeys(site_ids))
        blank = {site_id: SiteState(site_id) for site_id in wanted}
        self._fetched = blank | self._store.states(wanted, consistent=False)

    def after_evaluation(self, site: Site, result: EvaluationResult, single: Mapping[int, tuple[Flag, ...]]) -> int:
        """Bring a site's incidents up to what an evaluation found.

        result: the evaluation. single: the stored single-reading flags of judged readings, by END; readings without any
        may be left out.

        Returns:
            How many incidents were opened, moved, closed or noted as past; mostly 0, and then nothing was written.

        Raises:
            StorageError: others kept writing the same site's incidents; the next evaluation applies it.
        """
        now = self._seconds()
        observed = RuleObservations(result, single, now)
        state = self._fetched.pop(site.site_id, None) or self._read([site.site_id])[site.site_id]
        for _ in range(_ATTEMPTS):
            plan = plan_evaluation(state, observed, self._rules, now)
            if plan is None:
                return 0
            noted = self._note_past(site.site_id, plan.past)
            if not plan.changes or not self._store.commit([self._change(plan)]):
                return len(plan.opened) + len(plan.moves) + noted
            state = self._read([site.site_id])[site.site_id]
        raise StorageError(f"others kept writing the incidents of {site.site_id}; the next evaluation applies it")

    def open(self, found: Sequence[Found]) -> list[Incident]:
        """Open the incidents that a file's flags begin, and return those that are new.

        A flag under an open incident is part of it; one from before the rule's last recovery belongs to the past.

        Raises:
            StorageError: others kept writing the same sites' incidents; a later attempt applies it.
        """
        left: dict[str, list[Found]] = {}
        for each in found:
            left.setdefault(each.site_id, []).append(each)
        opened: list[Incident] = []
        for _ in range(_ATTEMPTS):
            plans = [plan_open(state, left[site_id], self._seconds()) for site_id, state in self._read(left).items()]
            changes = [self._change(plan) for plan in plans if plan.changes]
            met_another_writer = {change.site_id for change in self._store.commit(changes)}
            written = [change for change in changes if change.site_id not in met_another_writer]
            opened += [incident for change in written for incident in change.opened]
            left = {site_id: each for site_id, each in left.items() if site_id in met_another_writer}
            if not left:
                return opened
        sites = ", ".join(list(left)[:3])
        raise StorageError(f"others kept writing the incidents of {sites}; the next attempt applies it")

    def _read(self, site_ids: Collection[str]) -> dict[str, SiteState]:
        return {site_id: SiteState(site_id) for site_id in site_ids} | self._store.states(site_ids)

    def _change(self, plan: IncidentPlan) -> SiteChange:
        """Fill in the incidents that a plan moves or closes, as they are stored."""
        stored = self._store.get_many([move.id for move in plan.moves]) if plan.moves else {}
        moved = tuple(move.applied_to(stored[move.id]) for move in plan.moves if move.id in stored)
        return SiteChange(plan.before, plan.rule_states, plan.opened, moved)

    def _note_past(self, site_id: str, past: tuple[Incident, ...]) -> int:
        """Write what was over before it was found, but not what an incident already covers."""
        if not past:
            return 0
        spans = [span(each) for each in past]
        first, last = min(begun for begun, _ in spans), max(over for _, over in spans)
        known = self._store.between(site_id, text_of(first - _REACHES_SECONDS), text_of(last))
        new = not_known(past, known)
        self._store.add_history(new)
        return len(new)

    def _seconds(self) -> int:
        return int(self._now().timestamp())
