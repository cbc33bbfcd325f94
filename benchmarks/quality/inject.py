"""Faults put into a real series, at random places by a seed, with labels: what an examiner would do.

It knows the series alone, not the plant behind it, and shares no code with the simulator or the checks. Each kind has a
standard size; `size` makes it smaller or larger: in value where it has one, else in length.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from statistics import mode
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from quality.sample import Event, Sample, Sent

_DAY: Final = 86_400
_DAYLIGHT: Final = 0.2  # of the most: from here on it is broad day
_PLACES: Final = Decimal("0.0001")
_QUIET_DAYS: Final = 1  # without a fault, before and after each

_NEAR_DAYS: Final = 3

_Values = tuple[float, float]
_ASLEEP: Final[_Values] = (0.0, 0.0)  # of a logger that sends nothing at night


class FaultWindow(NamedTuple):
    """The place of one fault: the ENDs it may touch, the true energies by END, and what is drawn for it."""

    ends: Sequence[int]
    true: dict[int, _Values]
    most: float
    size: float
    draw: Random
    digits: Decimal = _PLACES  # the meter's last

    def sent(self, end: int, generated: float, consumed: float, later: int = 0) -> Sent:
        """Write a record of the interval that ends at `end`, stamped `later` seconds after it."""
        return Sent(end, end + later, _decimal(generated, self.digits), _decimal(consumed, self.digits))


_Fault = Callable[[FaultWindow], dict[int, list[Sent]]]


class FaultKind(NamedTuple):
    """A kind of fault. hours, intervals: how long it lasts, at least and at most; days: the same, of slow faults."""

    apply: _Fault
    hours: tuple[float, float] = (0, 0)
    intervals: tuple[int, int] = (1, 1)
    days: tuple[int, int] = (0, 0)
    at: str = "day"
    grows: bool = False  # `size` makes it longer
    makes: bool = False  # it may send readings where the site sent none


class Choice(NamedTuple):
    """Which faults are put in, and what a site leaves to them.

    only: the kinds; those of `USUAL` where it is empty. taken: days, from 1970, to leave alone. digits: the meter's
    last one, kWh. larger: kinds that have to be so many times their standard size to be surely none of its own doing.
    """

    only: Sequence[str] = ()
    taken: frozenset[int] = frozenset()
    digits: Decimal = _PLACES
    larger: Mapping[str, float] = MappingProxyType({})


_ANY: Final = Choice()


def inject(sample: Sample, seed: int, each: int = 2, size: float = 1.0, choice: Choice = _ANY) -> Sample:
    """Put faults into a clean sample: `each` of every kind that lasts under a day, and one of every slow kind.

    The first four weeks stay as they are.
    """
    draw = Random(f"{seed} {sample.site.site_id}")  # noqa: S311 - a place, not a secret
    true = {one.end: (float(one.generated_kwh), float(one.consumed_kwh)) for one in sample.sent}
    names = [name for name in choice.only or USUAL for _ in range(1 if KINDS[name].days[1] else each)]
    names.sort(key=lambda name: -KINDS[name].days[1])
    changed: dict[int, list[Sent]] = {}
    events = []
    taken = set(choice.taken)
    for name in names:
        window = _place(name, true, taken, size * choice.larger.get(name, 1.0), draw)
        if window is None:
            continue
        window = window._replace(digits=choice.digits)
        applied = KINDS[name].apply(window)
        altered = {end: new for end, new in applied.items() if new != _unchanged(window, end)}
        if altered:
            changed |= altered
            events.append(_event(name, altered))
    sent = [new for one in sample.sent for new in changed.get(one.end, [one])]
    sent += [new for end, several in changed.items() if end not in true for new in several]
    return msgspec.structs.replace(
        sample, sent=sorted(sent, key=lambda one: one.landed), events=sorted(events, key=lambda event: event.onset)
    )


def _unchanged(window: FaultWindow, end: int) -> list[Sent]:
    return [window.sent(end, *window.true[end])] if end in window.true else []


def _event(name: str, altered: dict[int, list[Sent]]) -> Event:
    carried = {one.end for new in altered.values() for one in new} or set(altered)
    return Event(name, min(altered), max(altered), frozenset(carried))


def _place(name: str, true: dict[int, _Values], taken: set[int], size: float, draw: Random) -> FaultWindow | None:
    """Find days that are free and a moment in them that the kind can be seen at, and take them."""
    kind, ends, most = KINDS[name], sorted(true), _most(true)
    step = mode(later - sooner for sooner, later in pairwise(ends))
    for _ in range(400):
        first = _moment(kind, ends, step, draw)
        length = _length(kind, step, size if kind.grows else 1.0, draw)
        last = first + (length - 1) * step
        days = set(range(first // _DAY - _QUIET_DAYS, last // _DAY + 1 + _QUIET_DAYS))
        room = first >= ends[0] + 28 * _DAY and last <= ends[-1] - 2 * _DAY
        if room and not days & taken and _suits(kind.at, first, true, most):
            inside = [end for end in range(first, last + step, step) if end in true or kind.makes]
            if len(inside) < length and not _lasts_a_day(kind):
                continue
            taken |= days
            return FaultWindow(inside, true, most, size, draw)
    return None


def _lasts_a_day(kind: FaultKind) -> bool:
    """Return whether it lasts at least a day, in which a logger may be asleep for hours."""
    return kind.hours[0] >= 24 or kind.days[1] > 0  # noqa: PLR2004 - hours


def _moment(kind: FaultKind, ends: Sequence[int], step: int, draw: Random) -> int:
    """Draw the end of an interval: one that was sent, or at night one of the grid, as many a logger is asleep."""
    if kind.at != "night":
        return draw.choice(ends)
    return ends[0] + draw.randrange((ends[-1] - ends[0]) // step) * step


def _length(kind: FaultKind, step: int, longer: float, draw: Random) -> int:
    if kind.days[1]:
        return round(draw.randint(*kind.days) * longer * _DAY / step)
    intervals = draw.randint(*kind.intervals)
    hours = round(draw.uniform(*kind.hours) * 3600 / step)
    return max(kind.intervals[0], round(max(intervals, hours) * longer))


def _suits(at: str, first: int, true: dict[int, _Values], most: float) -> bool:
    if at == "day":
        return true[first][0] > _DAYLIGHT * most
    return at == "any" or _is_night(first, true)


def _is_night(first: int, true: dict[int, _Values]) -> bool:
    """Return whether the hours around `first` never have output within three days, in which the site sent by day."""
    near = range(-_NEAR_DAYS, _NEAR_DAYS + 1)
    nights = (first + day * _DAY + hour * 3600 for day in near for hour in (-2, -1, 0, 1, 2))
    days = (any(true.get(first + day * _DAY + hour * 3600, (0.0,))[0] > 0 for hour in range(6, 19)) for day in near)
    return all(true.get(end, (0.0,))[0] <= 0 for end in nights) and all(days)


def _most(true: dict[int, _Values]) -> float:
    """Return what the site generates in an interval at its usual most: the 99.9th percentile, kWh."""
    generated = sorted(each for each, _ in true.values())
    return generated[int(0.999 * (len(generated) - 1))]


def _decimal(value: float, digits: Decimal) -> Decimal:
    return Decimal(value).quantize(digits)


def _each(change: Callable[[FaultWindow, int, float, float], _Values]) -> _Fault:
    """Make a fault of a change of each interval by itself."""
    return lambda window: {end: [window.sent(end, *change(window, end, *window.true[end]))] for end in window.ends}


def _negative(window: FaultWindow, _end: int, generated: float, consumed: float) -> _Values:
    return -max(generated, 0.05 * window.most) * window.size, consumed


def _over_capacity(window: FaultWindow, _end: int, _generated: float, consumed: float) -> _Values:
    return window.most * (1.15 + window.size * window.draw.uniform(0.3, 2.0)), consumed


def _sentinel(_window: FaultWindow, _end: int, _generated: float, _consumed: float) -> _Values:
    return -999.0, -999.0


def _zero_output(_window: FaultWindow, _end: int, _generated: float, consumed: float) -> _Values:
    return 0.0, consumed


def _unit_error(_window: FaultWindow, _end: int, generated: float, consumed: float) -> _Values:
    return 1000 * generated, 1000 * consumed


def _unit_error_mwh(_window: FaultWindow, _end: int, generated: float, consumed: float) -> _Values:
    return generated / 1000, consumed / 1000


def _spike(window: FaultWindow, _end: int, generated: float, consumed: float) -> _Values:
    return generated + window.size * window.draw.uniform(0.6, 1.2) * window.most, consumed


def _night_generation(window: FaultWindow) -> dict[int, list[Sent]]:
    share = window.size * window.draw.uniform(0.3, 0.8)
    return {
        end: [window.sent(end, window.most * share * window.draw.uniform(0.95, 1.05), window.true.get(end, _ASLEEP)[1])]
        for end in window.ends
        if window.true.get(end, _ASLEEP)[0] <= 0
    }


def _future_timestamp(window: FaultWindow) -> dict[int, list[Sent]]:
    ahead = round(24 * window.size) * 3600
    return {end: [window.sent(end, *window.true[end], later=ahead)] for end in window.ends}


def _stale(window: FaultWindow) -> dict[int, list[Sent]]:
    frozen = window.true[window.ends[0]]
    return {end: [window.sent(end, *frozen)] for end in window.ends}


def _no_data(window: FaultWindow) -> dict[int, list[Sent]]:
    return {end: [] for end in window.ends}


def _conflicting_values(window: FaultWindow) -> dict[int, list[Sent]]:
    left = 1 - window.size * window.draw.uniform(0.03, 0.2)
    return {end: _twice(window, end, left) for end in window.ends}


def _twice(window: FaultWindow, end: int, left: float) -> list[Sent]:
    generated, consumed = window.true[end]
    return [window.sent(end, generated, consumed), window.sent(end, generated * left, consumed * left)]


def _catch_up(window: FaultWindow) -> dict[int, list[Sent]]:
    *lost, last = window.ends
    nothing = window.draw.random() < 0.5  # noqa: PLR2004 - a coin
    sums = [sum(column) for column in zip(*(window.true[end] for end in window.ends), strict=True)]
    return {end: [] if nothing else [window.sent(end, 0.0, 0.0)] for end in lost} | {last: [window.sent(last, *sums)]}


def _interpolated(window: FaultWindow) -> dict[int, list[Sent]]:
    first, *middle, last = window.ends
    ends = (window.true[first], window.true[last])
    lines = {}
    for end in middle:
        share = (end - first) / (last - first)
        generated, consumed = (low + share * (high - low) for low, high in zip(*ends, strict=True))
        lines[end] = [window.sent(end, generated, consumed)]
    return lines


def _incomplete_day(window: FaultWindow) -> dict[int, list[Sent]]:
    share = min(0.95, window.size * window.draw.uniform(0.35, 0.7))
    return {end: [] for end in window.ends if window.draw.random() < share}


def _time_shift(window: FaultWindow) -> dict[int, list[Sent]]:
    hours = max(1, round(window.size * window.draw.randint(1, 8))) * window.draw.choice((-1, 1))
    moved = {end: window.true.get(end - hours * 3600) for end in window.ends}
    return {end: [] if values is None else [window.sent(end, *values)] for end, values in moved.items()}


def _level_shift(window: FaultWindow) -> dict[int, list[Sent]]:
    left = max(0.05, 1 - window.size * window.draw.uniform(0.2, 0.6))
    return {end: [window.sent(end, window.true[end][0] * left, window.true[end][1])] for end in window.ends}


KINDS: Final[dict[str, FaultKind]] = {
    "negative": FaultKind(_each(_negative), (0.2, 2)),
    "over_capacity": FaultKind(_each(_over_capacity)),
    "sentinel": FaultKind(_each(_sentinel), (0.1, 3), at="any", grows=True),
    "night_generation": FaultKind(_night_generation, (0.5, 3), (2, 2), at="night", makes=True),
    "future_timestamp": FaultKind(_future_timestamp, intervals=(1, 3), at="any"),
    "stale": FaultKind(_stale, (2, 12), (8, 12), grows=True),
    "zero_output": FaultKind(_each(_zero_output), (2, 4), (2, 2), grows=True),
    "unit_error": FaultKind(_each(_unit_error), (1, 6), grows=True),
    "unit_error_mwh": FaultKind(_each(_unit_error_mwh), (2, 6), (2, 2), grows=True),
    # Three missing intervals are lost messages, a fourth may be on its way.
    "no_data": FaultKind(_no_data, (3, 12), (5, 5), at="any", grows=True),
    "conflicting_values": FaultKind(_conflicting_values, intervals=(1, 3)),
    "spike": FaultKind(_each(_spike)),
    "catch_up": FaultKind(_catch_up, (2, 8), (4, 8), grows=True),
    "interpolated": FaultKind(_interpolated, (1, 6), (8, 14), grows=True),
    "incomplete_day": FaultKind(_incomplete_day, (24, 24), at="any"),
    "time_shift": FaultKind(_time_shift, days=(5, 15), at="any", makes=True),
    "level_shift": FaultKind(_level_shift, days=(14, 28), at="any"),
    "zero_consumption": FaultKind(_each(_zero_output), (12, 48), (12, 12), at="any", grows=True),
}
# Those of a site that generates by the sun. A load's are put into it with its sides exchanged.
USUAL: Final = tuple(name for name in KINDS if name != "zero_consumption")
