"""The results on real sites: what is said of them as they are, of faults put in, and of their variants."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from quality import detectors, real_injected, real_sites
from quality.real_injected import SiteOutcome
from quality.real_sites import RealSite, Score
from quality.real_variants import VARIATIONS, shortened

OURS: Final = detectors.OURS
_OTHERS: Final = detectors.ON_REAL_SITES
_QUICK_SITES: Final = ("almeria", "solaredge_home", "eredes_home", "kelmarsh2_2019")
_QUICK_DAYS: Final = 60
_VARIANT_DAYS: Final = 120  # of each site; more only takes longer


class BothScores(NamedTuple):
    """How a detector does on the sites as they are: by the sites' own labels, and with the project's added."""

    as_scored: Score
    with_own: Score


class Varied(NamedTuple):
    """Alarms without cause of a variant, beside those of the same sites as they are."""

    name: str
    sites: int
    before: int
    after: int
    risen: tuple[str, ...]


class RealResults(NamedTuple):
    """All that was measured on real sites."""

    sites: list[RealSite]
    looked: dict[str, BothScores]
    injected: list[SiteOutcome]
    varied: list[Varied]


def measure(where: Path, *, quick: bool = False, jobs: int = 1) -> RealResults:
    """Measure everything on the sites of a folder. quick: on four of them and with one seed."""
    sites = real_sites.load(where, _QUICK_SITES if quick else ())
    seeds = real_injected.SEEDS[: 1 if quick else None]
    return RealResults(
        sites,
        as_they_are(where, sites, jobs),
        real_injected.measure(sites, seeds, jobs),
        vary(where, sites, _QUICK_DAYS if quick else _VARIANT_DAYS, jobs),
    )


def as_they_are(where: Path, sites: Sequence[RealSite], jobs: int = 1) -> dict[str, BothScores]:
    """Score our checks and the other tools on the sites."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        real_sites.run_product(where, folder / OURS, [each.name for each in sites], jobs)
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(partial(_ask_others, folder), sites))
        return {name: _looked(where, folder / name, sites) for name in (OURS, *_OTHERS)}


def _ask_others(folder: Path, each: RealSite) -> None:
    for name, detector in _OTHERS.items():
        real_sites.write_answer(folder / name, each, detector(each.sample))


def _looked(where: Path, out: Path, sites: Sequence[RealSite]) -> BothScores:
    return BothScores(
        real_sites.score(where, out, sites, {}),
        real_sites.score(where, out, sites, real_sites.own_labels()),
    )


def vary(where: Path, sites: Iterable[RealSite], days: int, jobs: int = 1) -> list[Varied]:
    """Count the alarms without cause of each variant of the sites' first `days` days."""
    short = [shortened(each, days) for each in sites]
    with ProcessPoolExecutor(jobs) as pool:
        counted = list(pool.map(partial(_vary_site, where), short))
    return [_of_variation(name, counted) for name in VARIATIONS]


def _of_variation(name: str, counted: Sequence[Mapping[str, tuple[str, int, int]]]) -> Varied:
    found = [one[name] for one in counted if name in one]
    risen = tuple(f"{site} {before} → {after}" for site, before, after in found if after > before)
    return Varied(name, len(found), sum(one[1] for one in found), sum(one[2] for one in found), risen)


def _vary_site(where: Path, each: RealSite) -> dict[str, tuple[str, int, int]]:
    """Return, by variation, the site's name and its alarms without cause before and after."""
    before = _without_cause(where, each)
    variants = {name: variation(each) for name, variation in VARIATIONS.items()}
    return {
        name: (each.name, before, _without_cause(where, variant))
        for name, variant in variants.items()
        if variant is not None
    }


def _without_cause(where: Path, each: RealSite) -> int:
    with tempfile.TemporaryDirectory() as kept:
        out = Path(kept)
        incidents = [msgspec.structs.asdict(one) for one in real_injected.incidents_of(each.sample)]
        real_sites.write_incidents(out, each, incidents)
        scored = real_sites.score(where, out, [each], real_sites.own_labels())
    return int(scored.sites[0]["without_cause"])
