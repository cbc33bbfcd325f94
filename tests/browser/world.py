"""A small world to look at: what the API would answer of a fleet at `NOW`, made of plain values."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import cos, pi
from typing import Any, Final

from heliograph.site import Site

Json = dict[str, Any]

NOW: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HERO: Final = "solar-001"
UNPLACED: Final = "meter-without-place"
EVIL: Final = '<img src=x onerror="alert(1)">'
STEP: Final = timedelta(minutes=5)
# The hero's day: nothing comes for an hour, and one reading is beyond what the plant can give.
GAP: Final = (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), datetime(2026, 11, 21, 13, 0, tzinfo=UTC))
SPIKE: Final = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
WHY: Final = "energy_generated_kwh is 19.2 kWh; 50 kW gives at most 4.583 kWh in 5 min"
FLAG: Final = {
    "rule": "over_capacity",
    "observed": 19.2,
    "limit": 4.58333,
    "unit": "kWh",
    "severity": "critical",
    "message": WHY,
}
INGESTION: Final = "20261122T092500Z-0123456789abcdef0123"
_KINDS: Final = ("solar", "wind", "battery", "load")
_STATES: Final = ("ok", "ok", "ok", "alerting", "ok", "not_reporting", "ok", "unknown")


def text(moment: datetime) -> str:
    """Write a moment as the API does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def site(site_id: str) -> Json:
    """Return a site as it is registered."""
    at = int("".join(filter(str.isdigit, site_id)) or 0)
    blank: Json = dict.fromkeys(name for name in Site.__struct_fields__ if name != "site_id")
    blank |= {"groups": [], "tags": []}
    if site_id == UNPLACED:
        return {"site_id": site_id, **blank}
    return {
        "site_id": site_id,
        **blank,
        "kind": "solar" if site_id == HERO else _KINDS[at % 4],
        "capacity_kw": 50.0 if site_id == HERO else 20.0 + 37 * (at % 90),
        "latitude": 48.37,
        "longitude": 10.9,
        "timezone": "Europe/Berlin",
        "interval_minutes": 5,
    }


def fleet_site(at: int) -> Json:
    """Return the fleet's site number `at`, from 1."""
    known = site(HERO if at == 1 else f"{_KINDS[at % 4]}-{at:03}")
    state = _STATES[(at + 2) % len(_STATES)]
    rules = {"alerting": ["over_capacity", "stale"], "not_reporting": ["no_data"]}.get(state, [])
    made = round(known["capacity_kw"] * (0.4 + at % 7 / 5), 3)
    day = {
        "date": "2026-11-22",
        "readings": 126 - at % 5,
        "expected": 288,
        "expected_so_far": 126,
        "generated_kwh": made,
        "consumed_kwh": round(made / 3, 3),
        "net_energy_kwh": round(made - round(made / 3, 3), 3),
    }
    return {
        **known,
        "state": state,
        "severity": {"alerting": "critical", "not_reporting": "warning"}.get(state),
        "open_incidents": len(rules),
        "rules": rules,
        "last_reading_at": None if state == "unknown" else text(NOW - timedelta(minutes=300 if rules else at % 9)),
        "today": None if state == "unknown" else day,
    }


def reading(site_id: str, end: datetime) -> Json:
    """Return a site's reading of the interval that ends at `end`."""
    hours = end.hour + end.minute / 60
    sun = max(0.0, cos((hours - 11.2) / 4.3 * pi / 2)) if 6.9 < hours < 15.5 else 0.0
    spiked = site_id == HERO and end == SPIKE
    made = 19.2 if spiked else round(2.6 * sun - (0.004 if sun == 0 else 0), 4)
    used = round(0.35 + 0.25 * cos((hours - 19) / 12 * pi) ** 2, 4)
    return {
        "site_id": site_id,
        "timestamp": text(end),
        "energy_generated_kwh": made,
        "energy_consumed_kwh": used,
        "net_energy_kwh": round(made - used, 4),
        "interval_seconds": None,
        "quality": "actual",
        "anomaly": spiked,
        "flags": [FLAG] if spiked else [],
        "source": "raw/submit/2026/11/22/day.json@v1",
        "landed_at": text(end + timedelta(seconds=12)),
        "revisions": [],
        "revision_count": 0,
    }


def readings(site_id: str, start: datetime, end: datetime) -> list[Json]:
    """Return a site's readings from `start` up to, not including, `end`."""
    return [reading(site_id, each) for each in _ends(start, min(end, NOW)) if not (GAP[0] < each <= GAP[1])]


def _ends(start: datetime, end: datetime) -> Iterator[datetime]:
    step = STEP.total_seconds()
    moment = datetime.fromtimestamp(-(-start.timestamp() // step) * step, UTC)
    while moment < end:
        yield moment
        moment += STEP


def days(start: datetime, end: datetime) -> list[Json]:
    """Return a site's totals by day, UTC+1; of the first half of March there are none."""
    first = start.replace(hour=23, minute=0, second=0) - timedelta(days=1)
    count = (end - first).days + 1
    found = (first + timedelta(days=each) for each in range(count))
    return [_day(each) for each in found if each < min(end, NOW) and not (each.month == 3 and each.day < 16)]


def _day(begins: datetime) -> Json:
    noon = begins + timedelta(hours=12)
    season = 0.55 - 0.45 * cos((noon.timetuple().tm_yday - 172 + 182) / 182 * pi)
    made = round(330 * (1.15 - season) * (0.55 + 0.45 * (noon.day * 7919 % 10) / 10), 3)
    return {
        "label": f"{noon:%Y-%m-%d}",
        "start": text(begins),
        "end": text(begins + timedelta(days=1)),
        "generated_kwh": made,
        "consumed_kwh": 141.5,
        "net_energy_kwh": round(made - 141.5, 3),
        "readings": 288,
        "expected": 288,
        "expected_so_far": 288,
        "flagged": 2 if noon.day == 7 else 0,
    }


def incident(site_id: str, rule: str, state: str = "open", severity: str = "critical") -> Json:
    """Return an incident that began at the spike; a closed one ended 40 minutes later."""
    over = state == "closed"
    return {
        "id": f"{site_id}~{rule}~20261121T103000Z",
        "site_id": site_id,
        "rule": rule,
        "state": state,
        "severity": severity,
        "onset": text(SPIKE),
        "last_seen": text(SPIKE + timedelta(minutes=30)),
        "recovery": text(SPIKE + timedelta(minutes=40)) if over else None,
        "message": WHY,
        "observed": 19.2,
        "limit": 4.58333,
        "unit": "kWh",
        "basis": "reading",
        "source": "raw/submit/2026/11/22/day.json@v1",
        "found_at": text(SPIKE + timedelta(minutes=1)),
        "closed_at": text(SPIKE + timedelta(hours=1)) if over else None,
        "suppressed": False,
        "onset_notified_at": text(SPIKE + timedelta(minutes=2)),
        "recovery_notified_at": None,
        "returning": False,
        "region": "Europe/Berlin",
        "cause": None,
        "evidence": [],
        "notified_as": ["critical"],
        "lost_kwh": 12.4,
        "lost_value": 3.1,
        "lost_until": text(SPIKE + timedelta(minutes=30)),
        "offer": None,
    }


OFFER: Final = {
    "site_id": HERO,
    "action": "scale",
    "start": "2026-11-21T10:29:00Z",
    "end": "2026-11-21T11:00:00Z",
    "side": "generated",
    "factor": 0.001,
    "shift_seconds": None,
    "reason": "unit_error: energy_generated_kwh is 2600 kWh",
    "command": f"heliograph edit add {HERO} scale --from 2026-11-21T10:29:00Z --to 2026-11-21T11:00:00Z --factor 0.001",
}


def edited(sent: Json, *, tried: bool) -> Json:
    """Return the answer to an edit that was sent; what it would change, where it is only tried."""
    energies = (
        {"generated_kwh": kwh, "consumed_kwh": 2.4, "intervals": 6, "without_value": 0} for kwh in (15_600, 15.6)
    )
    before, after = energies
    blank = dict.fromkeys(
        ("generated_kwh", "consumed_kwh", "interval_seconds", "shift_seconds", "undone_at", "undone_by")
    )
    made: Json = {"rules": [], "who": "somebody", "made_at": None if tried else text(NOW)}
    effect = {"intervals": 6, "before": before, "after": after} if tried else None
    return {**blank, **sent, **made, "effect": effect}


def ingestion(name: str, *, rejected: int = 0, error: str = "") -> Json:
    """Return what became of a file of 288 records that landed at 09:25."""
    return {
        "id": INGESTION if rejected else f"20261122T092500Z-{abs(hash(name)) % 16**20:020x}",
        "object_key": f"raw/submit/2026/11/22/{name}",
        "version": "v1",
        "landed_at": "2026-11-22T09:25:00Z",
        "size_bytes": 48213,
        "state": "failed" if error else "done",
        "error": error,
        "records": 288,
        "stored": 0 if error else 288 - rejected,
        "already_stored": 0,
        "revised": 0,
        "rejected": rejected,
        "blank": 0,
        "flagged": 1,
        "processed_at": "2026-11-22T09:25:02Z",
        "code_version": "0.1.0",
        "attempts": 1,
        "profile": "",
        "profile_version": 0,
        "provisional": False,
    }


REJECTED: Final = [
    {
        "position": 4,
        "through": 4,
        "reason": "timestamp has no offset",
        "record": '{"site_id": "solar-001", "timestamp": "09:00"}',
    },
    {"position": 9, "through": 9, "reason": "site_id isn't a name", "record": EVIL},
]
PIPELINE: Final = {
    "as_of": text(NOW),
    "queues": {
        "ingest": {"waiting": 3, "in_flight": 2},
        "dead_letters": {"waiting": 1, "in_flight": 0},
        "watch": {"waiting": 0, "in_flight": 0},
        "watch_dead_letters": {"waiting": 0, "in_flight": 0},
    },
    "lag_seconds": {"p50": 1.4, "max": 6.2, "files": 100},
}
SUMMARY: Final = {
    "sites": 40,
    "files": 3456,
    "failed_files": 1,
    "bytes": 166_623_128,
    "readings": 995_328,
    "records": 995_400,
    "already_stored": 40,
    "revised": 12,
    "rejected": 20,
    "flagged": 512,
    "as_of": text(NOW),
}
