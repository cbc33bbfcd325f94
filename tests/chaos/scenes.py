"""Trouble that is planned: who must be told of what, known before anything is landed.

Three kinds. A site sends "no data" once, and when that was told it sends an hour and a half that is sound: its onset is
told, and its recovery. Thirty sites send "no data" at once: that is one digest. A site's trouble comes days late:
nobody is called. All thresholds are the product's own: more than 20 incidents make a digest, an hour without trouble is
a recovery, 48 hours make history.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from chaos.feed import File, file_of, record

RULE: Final = "sentinel"
_NO_DATA: Final = -999.0
_FLEET: Final = 30
# From the trouble's last sign to now, minutes: longer than the hour that a recovery takes.
_SINCE: Final = 91
_OLD_DAYS: Final = 5

Incident = tuple[str, str]


class Scenes(msgspec.Struct, frozen=True):
    """Files by their place in the run, and what must come of them, as site and rule.

    onsets: told once each, those of `recoveries` too, which are told again when they are over. together: told in
    digests only. history: never told.
    """

    files: dict[int, tuple[File, ...]]
    onsets: frozenset[Incident]
    recoveries: frozenset[Incident]
    together: frozenset[Incident]
    history: frozenset[Incident]


def scenes_of(count: int, now: datetime) -> Scenes:
    """Plan the trouble of a run of `count` files that begins at `now`."""
    now = now.astimezone(UTC).replace(second=0, microsecond=0)
    some = max(1, count // 150)
    files: dict[int, list[File]] = {}
    for number in range(some):
        onset, recovery = _planned(f"told-{number:02}", now)
        files.setdefault((2 + 3 * number) * count // (8 * some), []).append(onset)
        files.setdefault(count * 6 // 10 + number * count // (4 * some), []).append(recovery)
        files.setdefault(count // 3 + number * count // (3 * some), []).append(_history(f"past-{number:02}", now))
    fleet = [f"fleet-{number:02}" for number in range(_FLEET)]
    files.setdefault(count // 2, []).append(_together(fleet, now))
    told = frozenset((f"told-{number:02}", RULE) for number in range(some))
    together = frozenset((site_id, RULE) for site_id in fleet)
    history = frozenset((f"past-{number:02}", RULE) for number in range(some))
    return Scenes({place: tuple(those) for place, those in files.items()}, told | together, told, together, history)


def _planned(site_id: str, now: datetime) -> tuple[File, File]:
    """Return a file that ends in trouble, and a later one that is sound."""
    bad = list(_minutes(site_id, now - timedelta(minutes=_SINCE), 10))
    bad[-1] = {**bad[-1], "energy_generated_kwh": _NO_DATA}
    sound = list(_minutes(site_id, now - timedelta(minutes=2), _SINCE - 2))
    recovery = msgspec.structs.replace(file_of(f"{site_id}-recovery", [*sound]), after=site_id)
    return file_of(f"{site_id}-onset", [*bad]), recovery


def _together(sites: list[str], now: datetime) -> File:
    return file_of("fleet", [record(site_id, now - timedelta(minutes=3), _NO_DATA, 0.25) for site_id in sites])


def _history(site_id: str, now: datetime) -> File:
    """Return a file of five days ago with trouble in it."""
    old = list(_minutes(site_id, now - timedelta(days=_OLD_DAYS), 20))
    old[10] = {**old[10], "energy_generated_kwh": _NO_DATA}
    return msgspec.structs.replace(file_of(f"{site_id}-late", [*old]), late=True)


def _minutes(site_id: str, last: datetime, count: int) -> Iterator[dict[str, Any]]:
    """Yield a reading a minute, up to `last`; no two beside each other are equal."""
    for place in range(count):
        yield record(site_id, last - timedelta(minutes=count - 1 - place), 0.2 + place * 37 % 101 / 1000, 0.25)
