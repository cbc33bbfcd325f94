"""Some sites with a day of readings, sent through the API itself."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

from heliograph.reading import format_timestamp
from heliograph_client import Client, RequestRejected
from heliograph_client.resources import READINGS, SITES

STEP: Final = timedelta(minutes=5)
A_DAY: Final = 288
_RETRY_SECONDS: Final = 60.0


class NotStored(Exception):
    """The readings weren't stored in time."""


def site_ids(count: int) -> list[str]:
    """Name so many sites."""
    return [f"load-{number:03}" for number in range(count)]


def send_a_day(api: Client, sites: list[str]) -> None:
    """Register sites, and send each one's last day.

    Raises:
        NotStored: the processor took too long.
    """
    asked = []
    for site_id in sites:
        fields = {"kind": "solar", "capacity_kw": 50, "timezone": "Europe/Berlin", "interval_minutes": 5}
        api.request("PUT", f"{SITES}/{site_id}", json=fields)
        asked.append(api.request("POST", READINGS, json=readings(site_id, A_DAY)).json()["status"])
    deadline = time.monotonic() + _RETRY_SECONDS
    for status in asked:
        while not _is_there(api, status):
            if time.monotonic() > deadline:
                raise NotStored(f"{status} isn't there after {_RETRY_SECONDS:g} s")
            time.sleep(0.2)


def _is_there(api: Client, path: str) -> bool:
    try:
        api.request("GET", path)
    except RequestRejected:
        return False
    return True


def readings(site_id: str, count: int) -> list[dict[str, object]]:
    """Return a site's latest readings, which end now."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = [format_timestamp(now - number * STEP) for number in range(count)]
    energies = {"energy_generated_kwh": 1.5, "energy_consumed_kwh": 0.25}
    return [{"site_id": site_id, "timestamp": end, **energies} for end in ends]
