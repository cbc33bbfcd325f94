"""Readings as the API writes them, and as the script reads them."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from heliograph_client import ApiIncident, ApiReading, ApiSite
from series import LeaveOut, SiteSeries, summarize

Json = dict[str, Any]


def flag(rule: str = "stale", severity: str = "warning", **fields: object) -> Json:
    """Return a flag as the API writes it."""
    given = {"observed": 2.5, "limit": 2.2, "unit": "kWh", "message": f"{rule} says no"} | fields
    return {"rule": rule, "severity": severity, **given}


def reading(timestamp: str, generated: float, consumed: float, *flags: Json, site_id: str = "home-01") -> Json:
    """Return a reading as the API writes it."""
    return {
        "site_id": site_id,
        "timestamp": timestamp,
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": consumed,
        "net_energy_kwh": round(generated - consumed, 6),
        "anomaly": any(each["severity"] != "info" for each in flags),
        "flags": list(flags),
        "source": "raw/2026/11/22/home.ndjson#1",
        "landed_at": timestamp,
    }


def incident(rule: str, onset: str, recovery: str | None = None, site_id: str = "home-01", **fields: object) -> Json:
    """Return an incident as the API writes it; open unless it has a recovery."""
    return {
        "id": f"{site_id}~{rule}~{onset}",
        "site_id": site_id,
        "rule": rule,
        "state": "closed" if recovery else "open",
        "severity": "critical",
        "onset": onset,
        "last_seen": recovery or onset,
        "recovery": recovery,
        "message": f"{rule} says no",
    } | fields


def incidents(*raw: Json) -> tuple[ApiIncident, ...]:
    """Read incidents as the client reads them."""
    return msgspec.json.decode(msgspec.json.encode(raw), type=tuple[ApiIncident, ...])


def sunny(site_id: str, start: datetime, hours: int, peak: float = 3.0) -> list[Json]:
    """Return hourly readings of a home with solar panels, its interval ends after `start`."""
    found = []
    for hour in range(1, hours + 1):
        end = start + timedelta(hours=hour)
        sun = max(0.0, math.sin((end.hour - 6) * math.pi / 12)) * peak
        found.append(reading(stamp(end), round(sun, 4), 1.25, site_id=site_id))
    return found


def stamp(moment: datetime) -> str:
    """Write a moment as the API does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(*raw: Json) -> list[ApiReading]:
    """Read readings as the client reads them."""
    return msgspec.json.decode(msgspec.json.encode(raw), type=list[ApiReading])


def summarized(readings: list[ApiReading], site: ApiSite, leave_out: LeaveOut = "critical") -> SiteSeries:
    """Summarize readings there are."""
    series = summarize(site, readings, leave_out)
    assert series is not None
    return series
