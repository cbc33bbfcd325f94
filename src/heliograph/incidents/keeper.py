"""The keeper of incidents: works out what a file or an evaluation changes, and writes it.

A plan is worked out from a site's state (see `lifecycle`) and written on condition that the state is still that; where
another writer came first, it is worked out anew.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from heliograph.checks.flag import Flag
from heliograph.checks.no_data import GAP, NO_DATA
from heliograph.errors import StorageError
from heliograph.evaluation.model import EvaluationResult
from heliograph.incidents.causes import earliest_symptom, symptoms_of
from heliograph.incidents.detection import EpisodeRules, Found, RuleObservations
from heliograph.incidents.evidence import MOST_EVIDENCE, joined
from heliograph.incidents.lifecycle import IncidentPlan, plan_evaluation, plan_open
from heliograph.incidents.model import Incident, Join, SiteChange, SiteState, span
from heliograph.incidents.ports import IncidentStore, Losses
from heliograph.reading import text_of
from heliograph.site import Site
from heliograph.zones import region_of

_ATTEMPTS: Final = 6
_LEFT_OF: Final = {GAP.name: (NO_DATA.name,)}
# How long before a re-evaluation's first reading an incident may have begun that reaches into it.
_REACHES_SECONDS: Final = 42 * 86_400


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

    def after_evaluation(
        self,
        site: Site,
        result: EvaluationResult,
        single: Mapping[int, tuple[Flag, ...]],
        losses: Losses | None = None,
    ) -> int:
        """Bring a site's incidents up to what an evaluation found.

        result: the evaluation. single: the stored single-reading flags of judged readings, by END; readings without any
        may be left out. losses: asked what each incident cost that is written; None to leave that as it is.

        Returns:
            How many incidents were opened, moved, closed or noted as past; mostly 0, and then nothing was written.

        Raises:
            StorageError: others kept writing the same site's incidents; the next evaluation applies it.
        """
        now = self._seconds()
        observed = RuleObservations(result, single, now)
        state = self._fetched.pop(site.site_id, None) or self._read([site.site_id])[site.site_id]
        for _ in range(_ATTEMPTS):
            plan = plan_evaluation(state, observed, self._rules, now, region_of(site))
            if plan is None:
                return 0
            noted = self._note_past(plan, losses)
            if not plan.changes or not self._store.commit([self._change(plan, self._ended_symptoms(plan), losses)]):
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

    def _change(
        self, plan: IncidentPlan, ended: Sequence[tuple[str, Incident]] = (), losses: Losses | None = None
    ) -> SiteChange:
        """Fill in the incidents that a plan moves, closes or joins, as they are stored.

        ended: those that were over before their cause was found, with its id.
        """
        new = {each.id for each in (*plan.opened, *plan.past)}
        wanted = {move.id for move in plan.moves} | {name for join in plan.joins for name in (join.cause, join.symptom)}
        stored = self._store.get_many(sorted(wanted - new)) if wanted - new else {}
        moves = {move.id: move for move in plan.moves}
        moved = [moves[name].applied_to(each) if name in moves else each for name, each in stored.items()]
        ended = [(cause, each) for cause, each in ended if each.id not in stored]
        joins = (*plan.joins, *(Join(cause, each.id) for cause, each in ended))
        after_opened, after_moved = joined(plan.opened, [*moved, *(each for _, each in ended)], joins)
        changed = tuple(each for each in after_moved if each.id in moves or each != stored.get(each.id))
        opened, moved = ([losses.of(each) if losses else each for each in some] for some in (after_opened, changed))
        return SiteChange(plan.before, plan.rule_states, tuple(opened), tuple(moved))

    def _ended_symptoms(self, plan: IncidentPlan) -> list[tuple[str, Incident]]:
        """Return what was over before the cause was found that explains it, with that cause's id.

        Only an evaluation asks for it: what single readings show by themselves has its symptoms in the same file.
        """
        found = []
        for cause in plan.opened:
            since = earliest_symptom(cause)
            known = self._store.between(cause.site_id, since, cause.found_at) if since and not cause.suppressed else []
            over = [each for each in known if each.recovery]
            found += [(cause.id, each) for each in symptoms_of(cause, over)]
        return found[:MOST_EVIDENCE]

    def _note_past(self, plan: IncidentPlan, losses: Losses | None) -> int:
        """Write what was over before it was found, but not what an incident already covers."""
        if not plan.past:
            return 0
        site_id, (past, _) = plan.before.site_id, joined(plan.past, (), plan.joins)
        spans = [span(each) for each in past]
        first, last = min(begun for begun, _ in spans), max(over for _, over in spans)
        known = self._store.between(site_id, text_of(first - _REACHES_SECONDS), text_of(last))
        new = not_known(past, known)
        self._store.add_history([losses.of(each) if losses else each for each in new])
        return len(new)

    def _seconds(self) -> int:
        return int(self._now().timestamp())


def not_known(past: Iterable[Incident], known: Sequence[Incident]) -> list[Incident]:
    """Leave out what lies under a known incident of the same rule, and a gap under the silence that it is left of."""
    return [
        each
        for each in past
        if not any(
            other.rule in (each.rule, *_LEFT_OF.get(each.rule, ())) and _meet(span(each), span(other))
            for other in known
        )
    ]


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
