"""The results on real homes: as they are, and with faults put in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from quality import detectors, homes, ours
from quality.event_tables import false_table, fault_table, overview, rule_table
from quality.events import Scored, details, score
from quality.found import Found
from quality.inject import inject
from quality.sample import Sample

SEEDS: Final = (31, 32)  # those that are reported; 1 to 3 are for tuning
_YEAR_SECONDS: Final = 365.25 * 86_400


class Wanted(NamedTuple):
    """What is put in. faults: all where it is empty. homes: at most so many; all where it is None."""

    seeds: Sequence[int] = SEEDS
    faults: Sequence[str] = ()
    size: float = 1.0
    homes: int | None = None


class Injected(NamedTuple):
    """Homes with faults put in. scored: ours. details: what went wrong, a line each."""

    text: str
    scored: list[Scored]
    details: list[str]


def as_they_are(where: Path, homes_at_most: int | None = None) -> tuple[str, dict[str, list[Scored]]]:
    """Score every detector on homes nobody has labelled: each episode is listed, be it true or false."""
    samples = homes.load(where)[:homes_at_most]
    scored = {name: [_scored(detector(each), each) for each in samples] for name, detector in detectors.ALL.items()}
    years = dict.fromkeys(scored, _site_years(samples))
    return false_table(scored, years), scored


def with_faults(where: Path, wanted: Wanted) -> Injected:
    """Put faults into the homes, once a seed, and score every detector; the baselines on the first seed alone."""
    samples = homes.load(where)[: wanted.homes]
    injected = [inject(each, seed, size=wanted.size, only=wanted.faults) for seed in wanted.seeds for each in samples]
    scored = {detectors.OURS: [_scored(ours.find(each), each) for each in injected]}
    first = injected[: len(samples)]
    for name, detector in detectors.BASELINES.items():
        scored[name] = [_scored(detector(each), each) for each in first]
    years = {name: _site_years(injected if name == detectors.OURS else first) for name in scored}
    own = scored[detectors.OURS]
    text = "\n".join([overview(scored, years), fault_table(own), rule_table(own)])
    wrong = [line for one, each in zip(own, injected, strict=True) for line in details(one, each.site.site_id)]
    return Injected(text, own, wrong)


def _scored(found: Found, sample: Sample) -> Scored:
    return score(found, sample, sample.site.interval_minutes or 60)


def _site_years(samples: Sequence[Sample]) -> float:
    return sum((each.sent[-1].landed - each.sent[0].landed) / _YEAR_SECONDS for each in samples)
