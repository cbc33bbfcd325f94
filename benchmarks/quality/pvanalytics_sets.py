"""The labelled sets in the pvanalytics wheel, as samples.

What each file is, after the gallery of pvanalytics' documentation:

- `ac_power_inv_7539_outliers`: 15-minute AC power of one inverter, daylight only, normalised; six outliers were put in
  by hand and are labelled.
- `ac_power_inv_7539`: the same inverter as it was; readings that are clipped are labelled.
- `ac_power_inv_2173_stale_data`: 15-minute AC power of another, normalised, with gaps; three frozen stretches were put
  in and are labelled, nights included.
- `ac_power_inv_2173_interpolated_data`: the same inverter, every gap filled with a straight line; what was filled is
  labelled, straight lines of zeros at night included.
- `serf_east_15min_ac_power`, `serf_east_1min_ac_power`: AC power, W, of NREL's SERF East system; no labels, and
  slightly negative at night.

The files name neither a capacity nor a place, so the sites have none; the kind (solar) and the interval are in the
gallery's text and in the stamps. The stamps of the inverters say UTC but follow local time, which no check may lean on.
"""

import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from heliograph.site import Site
from quality import detectors, ours
from quality.counts import Counts, count_readings, split
from quality.events import OWN_RULES
from quality.sample import DetectorAnswer, Sample, Sent, event_of, runs_of
from quality.tables import COUNTED, counted, table

_NOTHING: Final = Decimal(0)


class Source(NamedTuple):
    """A file of the wheel: its columns, and what they mean.

    kw: what a value of 1 is, kW. fault: what its label marks; "" where it has none.
    """

    name: str
    value: str
    minutes: int
    kw: str
    label: str = ""
    fault: str = ""


OUTLIERS: Final = Source("ac_power_inv_7539_outliers", "value_normalized", 15, "1", "outlier", "outlier")
STALE: Final = Source("ac_power_inv_2173_stale_data", "value_normalized", 15, "1", "stale_data_mask", "stale")
INTERPOLATED: Final = Source(
    "ac_power_inv_2173_interpolated_data", "value_normalized", 15, "1", "interpolated_data_mask", "interpolated"
)
LABELLED: Final = (OUTLIERS, STALE, INTERPOLATED)
SERF_15: Final = Source("serf_east_15min_ac_power", "ac_power", 15, "0.001")
SERF_1: Final = Source("serf_east_1min_ac_power", "ac_power__752", 1, "0.001")
UNLABELLED: Final = (SERF_15, SERF_1)
CLIPPED: Final = Source("ac_power_inv_7539", "value_normalized", 15, "1", "label", "clipped")
SOURCES: Final = (OUTLIERS, STALE, INTERPOLATED, CLIPPED, SERF_15, SERF_1)


def load(source: Source) -> Sample:
    """Read one set. Each reading lands at the end of its interval, and rows without a value weren't sent."""
    rows = [row for row in _csv_rows(source) if row[source.value] not in {"", "nan"}]
    stamp = next(iter(rows[0]))
    hours = Decimal(source.kw) * source.minutes / 60
    sent = [Sent(end := _end(row[stamp]), end, Decimal(row[source.value]) * hours, _NOTHING) for row in rows]
    marked = [each.end for each, row in zip(sent, rows, strict=True) if _is_marked(row, source)]
    site = Site(site_id=source.name.replace("_", "-"), kind="solar", interval_minutes=source.minutes)
    return Sample(site, sent, [event_of(source.fault, run) for run in runs_of(marked, source.minutes * 60)])


def _csv_rows(source: Source) -> list[dict[str, str]]:
    with (_folder() / f"{source.name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _folder() -> Path:
    """Find the wheel's data without importing pandas and all that comes with it."""
    spec = find_spec("pvanalytics")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "pvanalytics isn't installed here; run `make bench-quality`, which makes .venv-quality"
        )
    return Path(spec.origin).parent / "data"


def _end(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())


def _is_marked(row: dict[str, str], source: Source) -> bool:
    return bool(source.label) and row[source.label].upper() == "TRUE"


class SetResults(NamedTuple):
    """What came out.

    own: our own rules' counts on the whole of each labelled set, by fault. clipped: the share of clipped readings that
    ours calls a fault. healthy: the share that it flags of each SERF East series.
    """

    text: str
    own: dict[str, Counts]
    clipped: float
    healthy: dict[str, float]


def measure(jobs: int = 1) -> SetResults:
    """Run every detector over every set, and write the page's part."""
    with ProcessPoolExecutor(jobs) as pool:
        others = pool.submit(_clipping), pool.submit(_healthy)
        labelled = list(pool.map(_labelled, LABELLED))
        (text, clipped), (healthy_text, healthy) = others[0].result(), others[1].result()
    own = {source.fault: counts for source, (_, counts) in zip(LABELLED, labelled, strict=True)}
    return SetResults("\n".join([*(part for part, _ in labelled), text, healthy_text]), own, clipped, healthy)


def _labelled(source: Source) -> tuple[str, Counts]:
    """Return a labelled set's part of the page, and the counts of our own rules on the whole of it."""
    sample = load(source)
    part = f"### {source.name}\n\n{table(('', 'part', *COUNTED), _rows(sample, source))}"
    return part, count_readings(_by_own_rules(ours.find(sample), source.fault), sample)


def _rows(sample: Sample, source: Source) -> Iterator[list[str]]:
    tuned, reported = split(sample)
    found = ours.find(sample)
    rules = OWN_RULES[source.fault]
    said = {
        f"**Heliograph: {', '.join(sorted(rules))}**": _by_own_rules(found, source.fault),
        "Heliograph: any rule": found.flagged,
        **{name: detector(sample).flagged for name, detector in (detectors.EACH | detectors.BASELINES).items()},
    }
    for name, ends in said.items():
        yield [name, "whole", *counted(count_readings(ends, sample))]
        yield ["", "last two thirds", *counted(count_readings(ends, sample, reported))]
        if name.startswith("**"):
            yield ["", "first third (tuning)", *counted(count_readings(ends, sample, tuned))]


def _by_own_rules(found: DetectorAnswer, fault: str) -> set[int]:
    return {end for rule in OWN_RULES[fault] for end in found.flags.get(rule, ())}


def _clipping() -> tuple[str, float]:
    sample = load(CLIPPED)
    clipped, whole = sample.false_ends, len(sample.sent)
    rows = []
    flagged = {name: detector(sample).flagged for name, detector in (detectors.ALL | detectors.EACH).items()}
    for name, ends in flagged.items():
        rows.append([name, f"{len(ends & clipped)} of {len(clipped)}", f"{len(ends)} of {whole}"])
    recognised = [[name, *counted(count_readings(ends, sample))] for name, ends in detectors.clipped(sample).items()]
    text = (
        f"### {CLIPPED.name}\n\nClipped readings are no fault; how many each takes for one:\n\n"
        f"{table(('', 'clipped readings flagged', 'readings flagged'), rows)}\n"
        "For comparison, how well pvanalytics' functions that look for clipping find these readings:\n\n"
        f"{table(('', *COUNTED), recognised)}"
    )
    return text, len(flagged[detectors.OURS] & clipped) / len(clipped)


def _healthy() -> tuple[str, dict[str, float]]:
    samples = {source.name: load(source) for source in UNLABELLED}
    rows: list[list[str]] = []
    healthy: dict[str, float] = {}
    for name, detector in (detectors.ALL | detectors.EACH).items():
        shares = {each: len(detector(sample).flagged) / len(sample.sent) for each, sample in samples.items()}
        rows.append([name, *(f"{value:.2%}" for value in shares.values())])
        healthy = healthy or shares
    below = {each: sum(one.generated_kwh < 0 for one in sample.sent) for each, sample in samples.items()}
    text = (
        "### SERF East\n\nA healthy system; share of its readings flagged. "
        + " ".join(f"{name}: {count} of {len(samples[name].sent)} are below zero." for name, count in below.items())
        + f"\n\n{table(('', *samples), rows)}"
    )
    return text, healthy
