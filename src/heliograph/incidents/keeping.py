"""Opens, moves and closes incidents in their store, by what a file or an evaluation shows.

Nothing is sent here. An incident is written first; `notifying` sends it then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from heliograph.checks.flag import Flag
from heliograph.errors import StorageError
from heliograph.evaluation.result import EvaluationResult
from heliograph.incidents.detection import EpisodeRules, Found, RuleObservations
from heliograph.incidents.model import Incident, SiteChange, SiteState, span
from heliograph.incidents.ports import IncidentStore
from heliograph.incidents.update import IncidentPlan, apply, not_known, plan_evaluation, plan_open
from heliograph.series import text_of
from heliograph.site import Site

_ATTEMPTS: Final = 6
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
            if not plan.changes or not self._store.commit([self._change(state, plan)]):
                return len(plan.opened) + len(plan.moves) + noted
            state = self._read([site.site_id])[site.site_id]
        raise StorageError(f"others kept writing the incidents of {site.site_id}; the next evaluation applies it")

    def open(self, found: Sequence[Found]) -> list[Incident]:
        """Open the incidents that a file's flags begin, and return those that are new.

        A flag under an open incident is part of it; one from before the rule's last recovery belongs to the past.

        Raises:
            StorageError: others kept writing the same sites' incidents; a later attempt applies it.
        """
        by_site: dict[str, list[Found]] = {}
        for each in found:
            by_site.setdefault(each.site_id, []).append(each)
        opened: list[Incident] = []
        left = list(by_site)
        for _ in range(_ATTEMPTS):
            plans = {
                site_id: plan_open(state, by_site[site_id], self._seconds()) for site_id, state in self._states(left)
            }
            changes = [self._change(plan.before, plan) for plan in plans.values() if plan.changes]
            met = {change.site_id for change in self._store.commit(changes)}
            opened += [incident for change in changes if change.site_id not in met for incident in change.opened]
            left = [site_id for site_id in left if site_id in met]
            if not left:
                return opened
        raise StorageError(f"others kept writing the incidents of {', '.join(left[:3])}; the next attempt applies it")

    def _states(self, site_ids: Sequence[str]) -> list[tuple[str, SiteState]]:
        return list(self._read(site_ids).items())

    def _read(self, site_ids: Sequence[str]) -> dict[str, SiteState]:
        return {site_id: SiteState(site_id) for site_id in site_ids} | self._store.states(site_ids)

    def _change(self, state: SiteState, plan: IncidentPlan) -> SiteChange:
        """Fill in the incidents that a plan moves or closes, as they are stored."""
        stored = self._store.get_many([move.id for move in plan.moves]) if plan.moves else {}
        moved = tuple(apply(move, stored[move.id]) for move in plan.moves if move.id in stored)
        return SiteChange(state, plan.rule_states, plan.opened, moved)

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
