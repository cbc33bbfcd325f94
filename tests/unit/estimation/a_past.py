"""Made-up days for the tests of estimates: a clear sky, a home, and what hides some of their hours."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from heliograph.checks.place import SitePlace
from heliograph.estimation.hours import HOUR_SECONDS, DayHours
from heliograph.estimation.light import hour_light
from heliograph.estimation.model import Gap
from heliograph.site import Site

DAY: Final = 86_400
# A Monday.
MONDAY: Final = int(datetime(2024, 6, 3, tzinfo=UTC).timestamp())
PLACE: Final = SitePlace(48.0, 0.0)
SOLAR: Final = Site("roof", kind="solar", latitude=48.0, longitude=0.0, timezone="UTC", capacity_kw=100.0)
HOME: Final = Site("home", kind="load", timezone="UTC")
WIND: Final = Site("mill", kind="wind", timezone="UTC")


def clear(begin: int) -> float:
    """Return what the solar site generates in an hour under a clear sky, kWh."""
    return 100 * hour_light(begin, PLACE)


def days(first: int, count: int, kwh: Callable[[int], float], side: str = "generated") -> list[DayHours]:
    """Return whole days. first: begin of the first, seconds since 1970. kwh: of the hour that begins then."""
    return [_day(first + turn * DAY, kwh, side) for turn in range(count)]


def _day(start: int, kwh: Callable[[int], float], side: str) -> DayHours:
    values = [kwh(start + hour * HOUR_SECONDS) for hour in range(24)]
    zeros = [0.0] * 24
    date = datetime.fromtimestamp(start, UTC).date().isoformat()
    pair = (values, zeros) if side == "generated" else (zeros, values)
    return DayHours(date, start, *pair, [1.0] * 24)


def hidden(history: Sequence[DayHours], begins: int, ends: int) -> list[DayHours]:
    """Return days without their hours in a stretch."""
    found = []
    for day in history:
        inside = [begins <= day.start + hour * HOUR_SECONDS < ends for hour in range(24)]
        found.append(
            msgspec.structs.replace(
                day,
                generated=_zeroed(day.generated, inside),
                consumed=_zeroed(day.consumed, inside),
                coverage=_zeroed(day.coverage, inside),
            )
        )
    return found


def _zeroed(values: Iterable[float], inside: Iterable[bool]) -> list[float]:
    return [0.0 if each else value for value, each in zip(values, inside, strict=True)]


def gap(begins: int, ends: int, seconds: int = HOUR_SECONDS, side: str = "generated") -> Gap:
    """Return a gap of intervals of one length, without any end known."""
    return Gap(
        "generated" if side == "generated" else "consumed", [*range(begins + seconds, ends + 1, seconds)], seconds
    )
