"""Who is compared: our checks, and what others would have found.

The others are the naive rule, pvanalytics' functions with their defaults, and a streaming detector. All look at the
energy that matters at a site: what a load consumes, and what any other generates.
"""

from collections.abc import Callable
from functools import lru_cache
from math import cos, pi, sin
from typing import Any, Final

import pandas as pd
from pvanalytics.features import clipping, daytime
from pvanalytics.quality import gaps, outliers
from river import anomaly, compose, preprocessing

from quality import ours
from quality.sample import DetectorAnswer, Sample, Stretch, stored

Detector = Callable[[Sample], DetectorAnswer]
_ANOMALOUS_SHARE: Final = 0.995  # the streaming detector calls the top 0.5 % of its scores anomalous
_DAY: Final = 86_400
_COMPLETE: Final = 0.333  # of a day's readings, the default of pvanalytics' `complete`
OURS: Final = "Heliograph"


def below_zero(sample: Sample) -> DetectorAnswer:
    """The naive rule: any value below zero is wrong."""
    power = power_of(sample)
    return _found("below zero", power < 0)


@lru_cache(maxsize=1)
def pvanalytics_joined(sample: Sample) -> DetectorAnswer:
    """Join all of pvanalytics' quality checks with their defaults: a reading is wrong if any of them says so."""
    power = power_of(sample)
    return DetectorAnswer(flags={name: _ends(check(power)) for name, check in PVANALYTICS.items()})


def pvanalytics_by_day(sample: Sample) -> DetectorAnswer:
    """Join the same, but leave out what repeats at night, by pvanalytics' own `daytime`, where zeros do by nature."""
    flags = pvanalytics_joined(sample).flags
    if sample.site.kind == "solar":
        lit = _daytime(sample)
        flags |= {name: flags[name] & lit for name in ("stale_values_diff", "interpolation_diff")}
    return DetectorAnswer(flags=flags)


@lru_cache(maxsize=1)
def pvanalytics_gaps(sample: Sample) -> DetectorAnswer:
    """Run pvanalytics' stale, interpolation and completeness checks with their defaults; what repeats zero is left out.

    A day of UTC is incomplete under a third of its readings.
    """
    power = power_of(sample)
    power = power[~power.index.duplicated(keep="last")]
    flags = {
        name: _ends(PVANALYTICS[name](power) & (power != 0)) for name in ("stale_values_diff", "interpolation_diff")
    }
    return DetectorAnswer(flags=flags, stretches=_incomplete_days(sample))


def pvanalytics_all(sample: Sample) -> DetectorAnswer:
    """Join all of pvanalytics' quality checks with their defaults; what repeats zero is left out."""
    power, found = power_of(sample), pvanalytics_gaps(sample)
    outlying = {name: _ends(PVANALYTICS[name](power)) for name in ("tukey", "zscore", "hampel")}
    return DetectorAnswer(flags={**outlying, **found.flags}, stretches=found.stretches)


def _incomplete_days(sample: Sample) -> list[Stretch]:
    regular, step = _regular(sample, filled=None)
    days = gaps.completeness_score(regular, freq=step, keep_index=False)
    begins = [int(day.timestamp()) for day in days.index[days < _COMPLETE]]
    return [Stretch("complete", begin, begin + _DAY) for begin in begins]


def half_space_trees(sample: Sample) -> DetectorAnswer:
    """Run river's HalfSpaceTrees over the series, once, in order; it learns as it goes."""
    model: Any = compose.Pipeline(
        preprocessing.MinMaxScaler(),
        anomaly.QuantileFilter(anomaly.HalfSpaceTrees(seed=1), q=_ANOMALOUS_SHARE, protect_anomaly_detector=False),
    )
    flagged = set()
    last = 0.0
    for end, value in zip(*_columns(sample), strict=True):
        features = {"value": value, "step": value - last, **_clock(end)}
        last = value
        if model.score_one(features) and model["QuantileFilter"].classify(model.score_one(features)):
            flagged.add(end)
        model.learn_one(features)
    return DetectorAnswer(flags={"HalfSpaceTrees": flagged})


BASELINES: Final[dict[str, Detector]] = {
    "value < 0": below_zero,
    "pvanalytics, joined": pvanalytics_joined,
    "pvanalytics, gaps by day": pvanalytics_by_day,
    "river HalfSpaceTrees": half_space_trees,
}


def single(name: str) -> Detector:
    """Return one of pvanalytics' functions as a detector."""
    return lambda sample: _found(name, PVANALYTICS[name](power_of(sample)))


PVANALYTICS: Final[dict[str, Callable[[Any], Any]]] = {
    "stale_values_diff": gaps.stale_values_diff,
    "interpolation_diff": gaps.interpolation_diff,
    "tukey": outliers.tukey,
    "zscore": outliers.zscore,
    "hampel": outliers.hampel,
}
ON_REAL_SITES: Final[dict[str, Detector]] = {
    "value < 0": below_zero,
    "pvanalytics: stale, interpolation, completeness, without zeros": pvanalytics_gaps,
    "pvanalytics: all its quality checks joined, without zeros": pvanalytics_all,
}
EACH: Final[dict[str, Detector]] = {f"pvanalytics {name}": single(name) for name in PVANALYTICS}
ALL: Final[dict[str, Detector]] = {OURS: ours.find, **BASELINES}


def _daytime(sample: Sample) -> set[int]:
    regular, step = _regular(sample)
    strange = outliers.tukey(regular) | (regular < 0)
    return _ends(daytime.power_or_irradiance(regular, outliers=strange, freq=step))


def clipped(sample: Sample) -> dict[str, set[int]]:
    """Return the readings that each of pvanalytics' clipping functions, with its defaults, takes for clipped."""
    power, step = _regular(sample)
    return {
        "clipping.levels": _ends(clipping.levels(power)),
        "clipping.threshold": _ends(clipping.threshold(power, freq=step)),
        "clipping.geometric": _ends(clipping.geometric(power, freq=step)),
    }


def power_of(sample: Sample) -> Any:  # noqa: ANN401 - pandas has no types here
    """Return the sample's main energy as a pandas series by END, UTC."""
    ends, values = _columns(sample)
    return pd.Series(values, index=pd.to_datetime(ends, unit="s", utc=True), dtype=float)


def _regular(sample: Sample, filled: float | None = 0.0) -> tuple[Any, str]:
    """Return the same with a row an interval, `filled` where nothing was sent, and the interval as pandas writes it."""
    step = f"{sample.site.interval_minutes or 60}min"
    rows = power_of(sample).resample(step).first()
    return (rows if filled is None else rows.fillna(filled)), step


def _columns(sample: Sample) -> tuple[list[int], list[float]]:
    points = stored(sample.sent)
    consumes = sample.site.kind == "load"
    return [point.end for point in points], [
        float((point.consumed_kwh if consumes else point.generated_kwh) or 0) for point in points
    ]


def _clock(end: int) -> dict[str, float]:
    turn = 2 * pi * (end % _DAY) / _DAY
    return {"sin": sin(turn), "cos": cos(turn)}


def _found(name: str, mask: Any) -> DetectorAnswer:  # noqa: ANN401 - pandas has no types here
    return DetectorAnswer(flags={name: _ends(mask)})


def _ends(mask: Any) -> set[int]:  # noqa: ANN401 - pandas has no types here
    return {int(stamp.timestamp()) for stamp in mask.index[mask.fillna(value=False).astype(bool)]}
