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
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from heliograph.site import Site
from quality.sample import Event, Sample, Sent, event_of, runs_of

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
CLIPPED: Final = Source("ac_power_inv_7539", "value_normalized", 15, "1", "label", "clipped")
STALE: Final = Source("ac_power_inv_2173_stale_data", "value_normalized", 15, "1", "stale_data_mask", "stale")
INTERPOLATED: Final = Source(
    "ac_power_inv_2173_interpolated_data", "value_normalized", 15, "1", "interpolated_data_mask", "interpolated"
)
SERF_15: Final = Source("serf_east_15min_ac_power", "ac_power", 15, "0.001")
SERF_1: Final = Source("serf_east_1min_ac_power", "ac_power__752", 1, "0.001")
SOURCES: Final = (OUTLIERS, STALE, INTERPOLATED, CLIPPED, SERF_15, SERF_1)


def load(source: Source) -> Sample:
    """Read one set. Each reading lands at the end of its interval, and rows without a value weren't sent."""
    rows = [row for row in _rows(source) if row[source.value] not in {"", "nan"}]
    stamp = next(iter(rows[0]))
    hours = Decimal(source.kw) * source.minutes / 60
    sent = [Sent(end := _end(row[stamp]), end, Decimal(row[source.value]) * hours, _NOTHING) for row in rows]
    marked = [each.end for each, row in zip(sent, rows, strict=True) if _is_marked(row, source)]
    site = Site(site_id=source.name.replace("_", "-"), kind="solar", interval_minutes=source.minutes)
    return Sample(site, sent, _events(marked, source))


def _rows(source: Source) -> list[dict[str, str]]:
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


def _events(marked: list[int], source: Source) -> list[Event]:
    return [event_of(source.fault, run) for run in runs_of(marked, source.minutes * 60)]
