"""Some sites with a day of readings, sent through the API itself."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx2

from heliograph.reading import format_timestamp

STEP: Final = timedelta(minutes=5)
A_DAY: Final = 288
_PATIENCE_SECONDS: Final = 60.0


class NotStored(Exception):
    """The readings weren't stored in time."""


def site_ids(count: int) -> list[str]:
    """Name so many sites."""
    return [f"load-{number:03}" for number in range(count)]


def send_a_day(http: httpx2.Client, sites: list[str]) -> None:
    """Register sites, and send each one's last day.

    Raises:
        NotStored: the processor took too long.
    """
    asked = []
    for site_id in sites:
        fields = {"kind": "solar", "capacity_kw": 50, "timezone": "Europe/Berlin", "interval_minutes": 5}
        http.put(f"sites/{site_id}", json=fields).raise_for_status()
        asked.append(http.post("readings", json=readings(site_id, A_DAY)).raise_for_status().json()["status"])
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for status in asked:
        while not http.get(status.removeprefix("/")).is_success:
            if time.monotonic() > deadline:
                raise NotStored(f"{status} isn't there after {_PATIENCE_SECONDS:g} s")
            time.sleep(0.2)


def readings(site_id: str, count: int) -> list[dict[str, object]]:
    """Return a site's latest readings, which end now."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = [format_timestamp(now - number * STEP) for number in range(count)]
    energies = {"energy_generated_kwh": 1.5, "energy_consumed_kwh": 0.25}
    return [{"site_id": site_id, "timestamp": end, **energies} for end in ends]
