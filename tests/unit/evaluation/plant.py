"""A plain solar plant by the hour or finer, whose readings a test bends: clean, clouded by a hash, never equal."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256

import msgspec

from heliograph.checks.flag import Flag
from heliograph.checks.sun import sun_sine
from heliograph.evaluation.completing import Completing, Evaluated
from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, EvaluationResult, StoredReading
from heliograph.series import Point, Series, series_of
from heliograph.site import Site

DAY = 86_400
HOUR = 3600
# 2026-06-01 00:00 at the plant, which lies on the meridian of Greenwich.
START = 1_780_272_000
KW = 100.0
SITE = Site("plant", kind="solar", capacity_kw=KW, latitude=45.0, longitude=0.0, timezone="UTC")

Flags = dict[int, tuple[Flag, ...]]
Bend = Callable[[int, float, float], tuple[float, float] | None]


def as_it_is(_end: int, generated: float, consumed: float) -> tuple[float, float]:
    """Bend nothing."""
    return generated, consumed


def points(days: int, minutes: int = 60, bend: Bend = as_it_is) -> list[Point]:
    """Return the plant's readings, each bent by `bend(end, generated, consumed)`; None leaves one out."""
    found = []
    for end in range(START + minutes * 60, START + days * DAY + 1, minutes * 60):
        sent = bend(end, *clean(end, minutes))
        if sent is not None:
            found.append(Point(end, decimal(sent[0]), decimal(sent[1])))
    return found


@lru_cache(maxsize=100_000)
def clean(end: int, minutes: int = 60) -> tuple[float, float]:
    """Return what the faultless plant generates and consumes in an interval, kWh."""
    sine = sun_sine(end - minutes * 30, 45.0, 0.0)
    most = KW * minutes / 60
    sky = 0.75 + 0.2 * hashed(end // (6 * HOUR)) + 0.05 * hashed(end)
    return max(0.0, sine) * most * sky, most * (0.05 + 0.03 * hashed(end + 1))


def hashed(number: int) -> float:
    """Return a number, 0 <= x < 1, that looks random and is always the same."""
    return int.from_bytes(sha256(str(number).encode()).digest()[:4], "big") / 2**32


def decimal(kwh: float) -> Decimal:
    """Round as a meter does."""
    return Decimal(f"{kwh:.4f}")


def series(found: list[Point], site: Site = SITE) -> Series:
    """Make a series of points."""
    return series_of(found, site)


def evaluated(found: list[Point], site: Site = SITE, now: int | None = None) -> EvaluationResult:
    """Evaluate all there is, with the days' sums."""
    whole = series(found, site)
    begin, until = whole.ends[0] - CONTEXT_SECONDS, now or whole.ends[-1]
    return completed(found, evaluate(site, whole, (), begin, until), begin, site)


def window(
    found: list[Point], days: list[Day], now: int, site: Site = SITE, known: Flags | None = None
) -> EvaluationResult:
    """Evaluate as the watch does: a day judged, a day of context before it, and what is kept of the days before.

    known: what earlier evaluations found, by END.
    """
    seen = [point for point in found if now - 2 * DAY < point.end <= now]
    return completed(seen, evaluate(site, series(seen, site), days, now - DAY, now), now - DAY, site, known)


def completed(
    found: list[Point], result: EvaluationResult, judge_from: int, site: Site = SITE, known: Flags | None = None
) -> EvaluationResult:
    """Return what an evaluation found, with the sums of its days. known: what earlier ones found, by END."""
    stored = [
        StoredReading(
            **{name: getattr(each, name) for name in Point.__struct_fields__}, watched=(known or {}).get(each.end, ())
        )
        for each in found
    ]
    completing = Completing(Evaluated(site, stored, result, judge_from, result.began), {}, anew=True)
    completing.estimate()
    return msgspec.structs.replace(result, days=completing.days())


def flagged(seen: EvaluationResult, rule: str) -> list[int]:
    """Return the ENDs at which a rule has spoken."""
    return sorted(end for end, flags in seen.flags.items() if any(flag.rule == rule for flag in flags))


def day_flags(seen: EvaluationResult, rule: str) -> dict[str, Flag]:
    """Return a rule's flags on days, by date."""
    return {date: flag for date, day in sorted(seen.days.items()) for flag in day.flags if flag.rule == rule}


def at(day: int, hour: float) -> int:
    """Return the moment of an hour of the plant's day number `day`, from 0."""
    return int(START + day * DAY + hour * HOUR)
