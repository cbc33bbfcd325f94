"""The page's part on real sites: tables of what `real` measured."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from quality.counts import Counts
from quality.detectors import OURS
from quality.real import RealResults, Varied
from quality.real_injected import FaultOutcome, SiteOutcome
from quality.real_sites import Score
from quality.tables import share, table

_PER_YEAR: Final = "alarms_without_cause_per_site_year"
_QUIET: Final = "sites_with_at_most_one_a_year"
_ABOUT_INJECTED: Final = """\
One of each kind a site and seed, the slow ones in runs of their own; seeds 31 and 32, the first year of each site
that has 80 days and no labelled fault of its clock. An altered value has no more digits than the meter sends. Found:
an incident that would notify meets the fault, from a day before its onset to a day after its end (three for shifts),
and the site doesn't raise it without the fault. A gap of hours inside a file is information, since `no_data` notified
while it lasted: so each `no_data` is looked at as of the last evaluation before the next reading lands, with each
reading landed as it ended, and only `no_data` finds it. It lasts for five intervals at least: three are lost messages
by design, and a fourth may be on its way.
*Its own rule* is one that is made for the fault. A freeze at a value that the site holds by itself for three readings
(`stale_where_spared`) is spared by design and has no bar.
"""
_ABOUT_VARIANTS: Final = """\
The same truth as another meter, logger or registry would have it, on at most the first 120 days of each site: no
variant adds a fault, so none may add an alarm. A site has no variant where it would change nothing, or where the
meter's step is over a quarter of its best hour. Counted with the project's own labels.
"""


def text(results: RealResults) -> str:
    """Return the page's part on real sites."""
    parts = [
        f"### Beside others\n\n{_beside(results)}",
        f"### Our alarms without cause, by kind\n\n{_by_kind(results)}",
        f"### Our alarms without cause, by source and rule\n\n{_by_source(results)}",
        f"### Faults put into the clean ones\n\n{_ABOUT_INJECTED}\n{_injected(results.injected)}",
        f"### Variants\n\n{_ABOUT_VARIANTS}\n{_varied(results.varied)}",
    ]
    return "\n".join(parts)


def labels_found(group: Mapping[str, Any]) -> Counts:
    """Count the labels that a detector found and missed, from a group of the script's."""
    found = [tuple(map(int, each.split("/"))) for each in group["found"].values()]
    return Counts(hits=sum(hits for hits, _ in found), missed=sum(total - hits for hits, total in found))


def _beside(results: RealResults) -> str:
    rows = []
    for name, looked in results.looked.items():
        scored, own = group_of(looked.as_scored, "all"), group_of(looked.with_own, "all")
        quiet = f"{own[_QUIET]} of {own['sites']}"
        rows.append([name, *_figures(scored), f"{own[_PER_YEAR]:.2f}", quiet, _of(labels_found(scored))])
    head = ("", "as scored, a site-year", "critical", "info", "open", "with own labels", "quiet sites", "labels found")
    return table(head, rows)


def _figures(group: Mapping[str, Any]) -> list[str]:
    return [
        f"{group[_PER_YEAR]:.2f}", f"{group['critical_ones']:.2f}",
        f"{group['info_ones']:.2f}", f"{group['open_share']:.2%}",
    ]  # fmt: skip


def _by_kind(results: RealResults) -> str:
    looked = results.looked[OURS]
    rows = []
    for scored in looked.as_scored.groups:
        own = group_of(looked.with_own, scored["group"])
        rows.append([scored["group"], str(scored["sites"]), f"{scored['site_years']:.1f}", *_figures(scored),
                     f"{own[_PER_YEAR]:.2f}", f"{own['critical_ones']:.2f}",
                     f"{own[_QUIET]} of {own['sites']}"])  # fmt: skip
    head = ("kind", "sites", "site-years", "as scored, a site-year", "critical", "info", "open", "with own labels",
            "critical with them", "quiet sites")  # fmt: skip
    return table(head, rows)


def _by_source(results: RealResults) -> str:
    source_of = {each.name: each.source for each in results.sites}
    looked = results.looked[OURS]
    years: Counter[str] = Counter()
    counts: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for place, scored in enumerate((looked.as_scored, looked.with_own)):
        for row in scored.sites:
            counts[source_of[row["site"]]][place].update(row["by_rule"])
            years[source_of[row["site"]]] += row["years"] if not place else 0
    rows = []
    for source, (as_scored, own) in sorted(counts.items()):
        rows.append([f"**{source}**", f"{years[source]:.1f}", str(as_scored.total()), str(own.total()),
                     f"{own.total() / years[source]:.2f}"])  # fmt: skip
        rows += [[rule, "", str(many), str(own[rule]), ""] for rule, many in as_scored.most_common()]
    return table(("source, rule", "site-years", "as scored", "with own labels", "a site-year"), rows)


def _injected(found: Sequence[SiteOutcome]) -> str:
    outcomes = [outcome for one in found for outcome in one.outcomes]
    kinds = [_of_kind(kind, outcomes) for kind in sorted({each.event.fault for each in outcomes})]
    sites = []
    for site in sorted({one.site for one in found}):
        counts = recall(each for each in outcomes if each.site == site)
        further = sum(len(one.without_cause) for one in found if one.site == site)
        sites.append([site, share(counts.recall), _of(counts), str(further)])
    return (
        f"{table(('fault', 'recall', 'found', 'by its own rule', 'incidents each', 'called'), kinds)}\n"
        f"{table(('site', 'recall', 'found', 'further alarms'), sites)}"
    )


def _of_kind(kind: str, outcomes: Iterable[FaultOutcome]) -> list[str]:
    of_kind = [each for each in outcomes if each.event.fault == kind]
    counts, own = recall(of_kind), sum(each.by_own for each in of_kind)
    called = Counter(rule for each in of_kind for rule in each.found)
    names = ", ".join(f"{rule} {many}" for rule, many in called.most_common(3))
    incidents = sum(each.incidents for each in of_kind) / max(1, counts.hits)
    return [kind, share(counts.recall), _of(counts), str(own), f"{incidents:.1f}", names]


def recall(outcomes: Iterable[FaultOutcome]) -> Counts:
    """Count the faults that were found and those that were missed."""
    found = [bool(each.found) for each in outcomes]
    return Counts(hits=sum(found), missed=len(found) - sum(found))


def _of(counts: Counts) -> str:
    return f"{counts.hits} of {counts.hits + counts.missed}"


def _varied(varied: Sequence[Varied]) -> str:
    rows = [
        [each.name, str(each.sites), str(each.before), str(each.after), "; ".join(each.risen) or "-"] for each in varied
    ]
    return table(("variant", "sites", "alarms of the sites", "of the variants", "more than before"), rows)


def group_of(scored: Score, name: str) -> dict[str, Any]:
    """Return the script's figures of a kind of site, or of all."""
    return next(each for each in scored.groups if each["group"] == name)
