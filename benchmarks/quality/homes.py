"""Real homes: their readings, and the results on them as they are and with faults put in.

They have no labels, are kept outside the checkout and never committed. The folder is named by HELIOGRAPH_HOMES, or is
`../shared/data/homes` beside the checkout.
"""

import gzip
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from heliograph.feed import Numbered, decode
from heliograph.reading import end_of
from heliograph.site_entries import parse_sites
from quality import detectors, ours
from quality.events import Scored, details, score
from quality.inject import Choice, inject
from quality.sample import DetectorAnswer, Sample, Sent, sent_as
from quality.tables import false_table, fault_table, overview, rule_table

_BESIDE: Final = Path(__file__).parents[3] / "shared" / "data" / "homes"
_LIMIT_BYTES: Final = 2**30
SEEDS: Final = (31, 32)  # those that are reported; 1 to 3 are for tuning
_YEAR_SECONDS: Final = 365.25 * 86_400


def folder() -> Path | None:
    """Return the homes' folder, or None where there is none."""
    found = Path(os.environ.get("HELIOGRAPH_HOMES") or _BESIDE)
    return found if (found / "sites.json").exists() else None


def load(where: Path) -> list[Sample]:
    """Read the homes' readings with the product's own decoder; each lands at the end of its interval.

    Raises:
        ValueError: a record is rejected, or a reading is of a site that sites.json doesn't have.
    """
    sites = {site.site_id: site for site in parse_sites((where / "sites.json").read_bytes())}
    sent: dict[str, list[Sent]] = defaultdict(list)
    for path in sorted(where.glob("*.ndjson.gz")):
        for entry in decode(gzip.decompress(path.read_bytes()), _LIMIT_BYTES):
            if not isinstance(entry, Numbered):
                raise ValueError(f"{path.name}: record {entry.position} is refused: {entry.reason}")  # noqa: TRY004
            reading = entry.reading
            end = end_of(reading.timestamp)
            sent[reading.site_id].append(sent_as(reading, end, end))
    if unknown := sorted(sent.keys() - sites.keys()):
        raise ValueError(f"sites.json has no {', '.join(unknown)}")
    return [Sample(sites[site_id], sorted(sent[site_id]), []) for site_id in sorted(sent)]


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


def as_they_are(where: Path, homes_at_most: int | None = None, jobs: int = 1) -> tuple[str, dict[str, list[Scored]]]:
    """Score every detector on homes nobody has labelled: each episode is listed, be it true or false."""
    samples = load(where)[:homes_at_most]
    with ProcessPoolExecutor(jobs) as pool:
        by_home = list(pool.map(_scored_by_all, samples))
    scored = {name: [each[name] for each in by_home] for name in detectors.ALL}
    return false_table(scored, dict.fromkeys(scored, _site_years(samples))), scored


def _scored_by_all(sample: Sample) -> dict[str, Scored]:
    return {name: _scored(detector(sample), sample) for name, detector in detectors.ALL.items()}


def _scored_by_ours(sample: Sample) -> dict[str, Scored]:
    return {detectors.OURS: _scored(ours.find(sample), sample)}


def with_faults(where: Path, wanted: Wanted, jobs: int = 1) -> Injected:
    """Put faults into the homes, once a seed, and score every detector; the baselines on the first seed alone."""
    samples = load(where)[: wanted.homes]
    choice = Choice(wanted.faults)
    injected = [inject(each, seed, size=wanted.size, choice=choice) for seed in wanted.seeds for each in samples]
    first, others = injected[: len(samples)], injected[len(samples) :]
    with ProcessPoolExecutor(jobs) as pool:
        found = [*pool.map(_scored_by_all, first), *pool.map(_scored_by_ours, others)]
    scored = {name: [each[name] for each in found if name in each] for name in detectors.ALL}
    years = {name: _site_years(injected if name == detectors.OURS else first) for name in scored}
    own = scored[detectors.OURS]
    text = "\n".join([overview(scored, years), fault_table(own), rule_table(own)])
    wrong = [line for one, each in zip(own, injected, strict=True) for line in details(one, each.site.site_id)]
    return Injected(text, own, wrong)


def _scored(found: DetectorAnswer, sample: Sample) -> Scored:
    return score(found, sample, sample.site.interval_minutes or 60)


def _site_years(samples: Sequence[Sample]) -> float:
    return sum((each.sent[-1].landed - each.sent[0].landed) / _YEAR_SECONDS for each in samples)
