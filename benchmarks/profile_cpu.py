"""How fast a CSV is read by a feed profile, beside the native format: processor time a record, of the same readings.

Each is read as it lands: from the file's bytes to records that a reading is made of. The files have intervals
of five minutes; the native one has UTC stamps with `Z`, the profile's one local stamps, as loggers write both.

Run it as `python benchmarks/profile_cpu.py`. Exit code 1 says that the profile's speed is below the bar.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.feed.decode import DEFAULT_LIMIT_BYTES, decode
from heliograph.profiles.model import parse_profile
from heliograph.profiles.read import read_file

BAR: Final = 0.5
_ROUNDS: Final = 7
_ZONE: Final = ZoneInfo("Europe/Berlin")
_START: Final = datetime(2026, 6, 1, tzinfo=UTC)
PROFILE: Final = b"""{"name": "portal", "layout": {"format": "csv"}, "site": {"column": "Plant"},
 "time": {"columns": ["Time"], "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin", "marks": "end",
          "interval_minutes": 5},
 "quantity": "interval", "unit": "kWh",
 "generated": [{"column": "Yield (kWh)"}], "consumed": [{"column": "Consumption (kWh)"}]}"""


def rows(sites: int, steps: int) -> list[tuple[str, datetime, str, str]]:
    """Return the rows of sites: site, END, both energies as text."""
    return [
        (f"site-{site:04}", _START + timedelta(minutes=5 * step), f"{step % 97 / 100:.3f}", f"{site % 13 / 100:.3f}")
        for step in range(1, steps + 1)
        for site in range(sites)
    ]


def native(found: list[tuple[str, datetime, str, str]]) -> bytes:
    """Return rows in the native format."""
    lines = [f"{name},{end:%Y-%m-%dT%H:%M:%SZ},{g},{c}" for name, end, g, c in found]
    return "\n".join(["site_id,timestamp,energy_generated_kwh,energy_consumed_kwh", *lines]).encode()


def portal(found: list[tuple[str, datetime, str, str]]) -> bytes:
    """Return rows as a portal writes them."""
    lines = [f"{name},{end.astimezone(_ZONE):%d.%m.%Y %H:%M},{g},{c}" for name, end, g, c in found]
    return "\n".join(["Plant,Time,Yield (kWh),Consumption (kWh)", *lines]).encode()


def measured(sites: int, steps: int) -> tuple[float, float]:
    """Return the processor time a record of the native format and of the profile, the least of some rounds, seconds.

    The rounds of both take turns, so that a busy machine slows both.
    """
    found = rows(sites, steps)
    theirs, ours = portal(found), native(found)
    profile = parse_profile(PROFILE)
    plain, profiled = [], []
    for _ in range(_ROUNDS):
        plain.append(seconds_of(lambda: sum(1 for _ in decode(ours, DEFAULT_LIMIT_BYTES)), len(found)))
        profiled.append(seconds_of(lambda: len(read_file(profile, theirs).readings), len(found)))
    return min(plain) / len(found), min(profiled) / len(found)


def seconds_of(work: Callable[[], int], count: int) -> float:
    """Return the processor time of some work that must find so many records, seconds."""
    begun = time.process_time()
    if work() != count:
        raise SystemExit("a reader lost a record")
    return time.process_time() - begun


def main() -> int:
    """Measure both, write a line each, and return 1 where the profile is too slow."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    shares = []
    for name, sites, steps in (("a day of 100 sites", 100, 288), ("100 days of a site", 1, 28_800)):
        plain, profiled = measured(sites, steps)
        shares.append(plain / profiled)
        sys.stdout.write(
            f"{name}: native {plain * 1e6:.2f} µs a record, profile {profiled * 1e6:.2f}, "
            f"{shares[-1]:.2f} of the native speed; the bar is {BAR}\n"
        )
    return int(min(shares) < BAR)


if __name__ == "__main__":
    sys.exit(main())
