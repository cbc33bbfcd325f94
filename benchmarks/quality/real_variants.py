"""Variants of real sites: the same truth as another meter, logger or registry would have it.

No variant adds a fault, so none may add an alarm without cause.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Final

import msgspec

from quality.real_sites import RealSite
from quality.sample import Sent

_HOUR_MINUTES: Final = 60
_DAY: Final = 86_400
# A coarser meter than this, as a share of what the site usually gives in its best hour, shows nothing of it.
_COARSEST: Final = Decimal("0.25")
_KEPT_AT_NIGHT: Final = 0.25

Variation = Callable[[RealSite], RealSite | None]


def with_step(step_kwh: str) -> Variation:
    """Make a variation: a meter that counts in this step, and carries what it hasn't counted yet."""
    step = Decimal(step_kwh)

    def apply(each: RealSite) -> RealSite | None:
        return (
            None if step > _COARSEST * most_an_hour(each) else _with_sent(each, list(_counted(each.sample.sent, step)))
        )

    return apply


def _counted(sent: Sequence[Sent], step: Decimal) -> Iterator[Sent]:
    totals = [Decimal(0), Decimal(0)]
    for one in sent:
        counts = []
        for side, value in enumerate((one.generated_kwh, one.consumed_kwh)):
            if value < 0:
                counts.append(round(value / step) * step)
                continue
            before = totals[side] // step
            totals[side] += value
            counts.append((totals[side] // step - before) * step)
        yield one._replace(generated_kwh=counts[0], consumed_kwh=counts[1])


def thinned_nights(each: RealSite) -> RealSite | None:
    """Drop three in four of the readings without output, as loggers that fall asleep do; solar sites only."""
    return _sleeper(each, _KEPT_AT_NIGHT)


def silent_nights(each: RealSite) -> RealSite | None:
    """Drop all readings of the hours in which the site never generates within a week; solar sites only."""
    return _sleeper(each, 0.0)


def _sleeper(each: RealSite, kept: float) -> RealSite | None:
    if each.site.kind != "solar":
        return None
    lit = _lit_slots(each)
    if len(lit) == len({(one.end // _DAY, one.end % _DAY) for one in each.sample.sent}):
        return None  # it is asleep at night already
    draw = Random(each.name)  # noqa: S311 - which readings, not a secret
    sent = [one for one in each.sample.sent if (one.end // _DAY, one.end % _DAY) in lit or draw.random() < kept]
    return _with_sent(each, sent)


def _lit_slots(each: RealSite) -> set[tuple[int, int]]:
    """Return the day and time of day of each reading whose time has output within three days: day, or twilight."""
    output: dict[int, set[int]] = defaultdict(set)
    for one in each.sample.sent:
        if one.generated_kwh > 0:
            output[one.end % _DAY].add(one.end // _DAY)
    return {
        (day, time)
        for day, time in ((one.end // _DAY, one.end % _DAY) for one in each.sample.sent)
        if any(day + near in output[time] for near in range(-3, 4))
    }


def hourly(each: RealSite) -> RealSite | None:
    """Sum to whole hours; an hour that lacks a reading isn't sent."""
    if each.minutes >= _HOUR_MINUTES or _HOUR_MINUTES % each.minutes:
        return None
    hours: dict[int, dict[int, Sent]] = defaultdict(dict)
    for one in each.sample.sent:
        hours[-(-one.end // 3600) * 3600][one.end] = one
    whole = _HOUR_MINUTES // each.minutes
    sent = [
        Sent(end, end, sum((one.generated_kwh for one in of_hour.values()), Decimal(0)),
             sum((one.consumed_kwh for one in of_hour.values()), Decimal(0)))
        for end, of_hour in sorted(hours.items()) if len(of_hour) == whole
    ]  # fmt: skip
    return _with_sent(_registered(each, interval_minutes=_HOUR_MINUTES), sent)


def scaled(factor: str) -> Variation:
    """Make a variation: a site so many times as large, its capacity too."""
    times = Decimal(factor)

    def apply(each: RealSite) -> RealSite:
        sent = [
            one._replace(generated_kwh=one.generated_kwh * times, consumed_kwh=one.consumed_kwh * times)
            for one in each.sample.sent
        ]
        capacity = each.site.capacity_kw
        larger = each if capacity is None else _registered(each, capacity_kw=capacity * float(times))
        return _with_sent(larger, sent)

    return apply


def resent(each: RealSite) -> RealSite:
    """Send each reading twice, with the same values."""
    return _with_sent(each, [one for one in each.sample.sent for _ in range(2)])


def unregistered(*fields: str) -> Variation:
    """Make a variation: the registry doesn't know these fields. Sites without them have no such variant."""

    def apply(each: RealSite) -> RealSite | None:
        if all(getattr(each.site, field) is None for field in fields):
            return None
        return _registered(each, **dict.fromkeys(fields))

    return apply


VARIATIONS: Final[dict[str, Variation]] = {
    "a meter of 10 Wh": with_step("0.01"),
    "a meter of 100 Wh": with_step("0.1"),
    "a meter of 1000 Wh": with_step("1"),
    "nights thinned out": thinned_nights,
    "nights without readings": silent_nights,
    "summed to 60 minutes": hourly,
    "a tenth of the size": scaled("0.1"),
    "1000 times the size": scaled("1000"),
    "each reading sent twice": resent,
    "kind not registered": unregistered("kind"),
    "place not registered": unregistered("latitude", "longitude"),
    "capacity not registered": unregistered("capacity_kw"),
}


def most_an_hour(each: RealSite) -> Decimal:
    """Return what the site generates or consumes in an hour at its usual most: the 99th percentile, kWh."""
    values = sorted(max(one.generated_kwh, one.consumed_kwh) for one in each.sample.sent)
    return values[int(0.99 * (len(values) - 1))] * _HOUR_MINUTES / each.minutes


def shortened(each: RealSite, days: int) -> RealSite:
    """Return the site with at most its first `days` days of readings."""
    first = each.sample.sent[0].end
    return _with_sent(each, [one for one in each.sample.sent if one.end <= first + days * _DAY])


def _with_sent(each: RealSite, sent: list[Sent]) -> RealSite:
    return each._replace(sample=msgspec.structs.replace(each.sample, site=each.site, sent=sent))


def _registered(each: RealSite, **fields: object) -> RealSite:
    site = msgspec.structs.replace(each.site, **fields)
    return each._replace(site=site, sample=msgspec.structs.replace(each.sample, site=site))
