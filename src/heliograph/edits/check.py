"""Whether an edit can be made: the one place that says what its fields may hold."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from heliograph.checks.registry import BY_NAME
from heliograph.edits.model import EDIT_ID_PATTERN, MOST_DAYS, Action, EditBody
from heliograph.errors import EditRefused, ReadingError
from heliograph.reading import end_of, parse_energy, parse_site_id, parse_timestamp, short

_ID: Final = re.compile(EDIT_ID_PATTERN.removesuffix("$") + r"\Z", re.ASCII)
_DAY: Final = 24 * 3600
_REASON: Final = range(3, 501)
# A unit is wrong by at most a million: mWh for kWh.
_FACTORS: Final = (Decimal("0.000001"), Decimal(1_000_000))
_FACTOR_DIGITS: Final = 12
# More than a year of quarters of an hour.
_MOST_SET: Final = 50_000
# What each action goes by; side and times are every action's.
_FIELDS: Final[dict[Action, frozenset[str]]] = {
    "exclude": frozenset(),
    "accept": frozenset({"rules"}),
    "set": frozenset({"generated_kwh", "consumed_kwh", "interval_seconds"}),
    "scale": frozenset({"factor"}),
    "shift": frozenset({"shift_seconds"}),
}
# The field that is wrong, and what to write instead.
_Fault = tuple[str, str]
_ALL_FIELDS: Final = frozenset[str]().union(*_FIELDS.values())


def checked(body: EditBody, now: datetime) -> EditBody:
    """Return an edit as it is kept: its times in UTC text, its reason without spaces around it. now: aware.

    Raises:
        EditRefused: it can't be made; the message says what to write instead, and the field is named.
    """
    times = {name: _read(parse_timestamp, getattr(body, name), name) for name in ("start", "end")}
    _read(parse_site_id, body.site_id, "site_id")
    kept = msgspec.structs.replace(body, **times, reason=body.reason.strip(), rules=tuple(sorted(set(body.rules))))
    if fault := next(_problems(kept, now), None):
        field, problem = fault
        raise EditRefused(problem, field)
    return kept


def _read(parse: Callable[[str], str], text: str, field: str) -> str:
    try:
        return parse(text)
    except ReadingError as error:
        raise EditRefused(str(error), field) from None


def _problems(body: EditBody, now: datetime) -> Iterator[_Fault]:
    """Say what is wrong with an edit, the first thing first."""
    if not _ID.match(body.id):
        yield "id", "id must be 1 to 64 of A-Z a-z 0-9 _ - beginning with a letter or digit; a UUID will do"
    if len(body.reason) not in _REASON:
        yield "reason", f"reason has {len(body.reason)} characters; say in 3 to 500 why the edit is right"
    length = end_of(body.end) - end_of(body.start)
    if length <= 0:
        yield "end", "end must be after start; the edit is of all intervals that end after start and by end"
    if length > MOST_DAYS * _DAY:
        yield "end", f"start and end are {length / _DAY:.0f} days apart; make edits of at most {MOST_DAYS} days"
    if end_of(body.start) < 0:
        yield "start", "start must not be before 1970"
    if end_of(body.end) > now.timestamp() + _DAY:
        yield (
            "end",
            "end is more than a day from now; an edit is of readings that are there, a feed's profile of all to come",
        )
    given = {name for name in _ALL_FIELDS if getattr(body, name) not in {None, ()}}
    stray = sorted(given - _FIELDS[body.action])
    if stray:
        yield stray[0], f"{body.action} has no {' and no '.join(stray)}; leave it out"
    yield from _PROBLEMS[body.action](body, now)


def _of_exclude(_body: EditBody, _now: datetime) -> Iterator[_Fault]:
    yield from ()


def _of_accept(body: EditBody, _now: datetime) -> Iterator[_Fault]:
    unknown = [rule for rule in body.rules if rule not in BY_NAME]
    if unknown:
        yield "rules", f"there is no rule {short(unknown[0])}; the rules are {', '.join(sorted(BY_NAME))}"
    if any(BY_NAME[rule].on_silence for rule in body.rules if rule not in unknown):
        yield "rules", "no_data is of readings that don't come, so there are none to accept; leave it out"
    if body.side != "both":
        yield "side", "accept is of readings, not of one side; leave side out"


def _of_set(body: EditBody, now: datetime) -> Iterator[_Fault]:
    values = {"generated_kwh": body.generated_kwh, "consumed_kwh": body.consumed_kwh}
    sides = {name for name in values if body.side in {"both", name.removesuffix("_kwh")}}
    given = {name for name, value in values.items() if value is not None}
    if not given:
        yield "generated_kwh", "set needs generated_kwh, consumed_kwh or both: what each interval has"
    if not given <= sides:
        yield "side", f"side is {body.side}; leave it out, or leave out {' and '.join(sorted(given - sides))}"
    for name in sorted(given):
        yield from _of_energy(values[name], name)
    if end_of(body.end) > now.timestamp():
        yield "end", "set is of the past; end must not be after now"
    seconds, length = body.interval_seconds, end_of(body.end) - end_of(body.start)
    if seconds is not None and not 1 <= seconds <= _DAY:
        yield "interval_seconds", "interval_seconds must be from 1 to 86400"
    elif seconds is not None and length % seconds:
        yield (
            "interval_seconds",
            f"start and end aren't a whole number of intervals of {seconds} seconds apart; let them be interval ends",
        )
    elif seconds is not None and length // seconds > _MOST_SET:
        yield "interval_seconds", f"these are {length // seconds:,} intervals; set at most {_MOST_SET:,} by one edit"


def _of_energy(value: Decimal | None, name: str) -> Iterator[_Fault]:
    try:
        if parse_energy(value, name) < 0:
            yield name, f"{name} must be 0 or more; energy the other way is the other side's"
    except ReadingError as error:
        yield name, str(error)


def _of_scale(body: EditBody, _now: datetime) -> Iterator[_Fault]:
    factor = body.factor
    least, most = _FACTORS
    if factor is None or not factor.is_finite() or not least <= factor <= most:
        yield "factor", "scale needs a factor from 0.000001 to 1000000, such as 0.001 where Wh came for kWh"
    elif len(factor.normalize().as_tuple().digits) > _FACTOR_DIGITS:
        yield "factor", f"factor has more than {_FACTOR_DIGITS} digits; write fewer"
    elif factor == 1:
        yield "factor", "a factor of 1 changes nothing"


def _of_shift(body: EditBody, _now: datetime) -> Iterator[_Fault]:
    seconds = body.shift_seconds
    if not seconds or abs(seconds) > _DAY:
        yield (
            "shift_seconds",
            "shift needs shift_seconds from -86400 to 86400 and not 0, such as 3600 where the clock is an hour behind",
        )


_PROBLEMS: Final = {
    "exclude": _of_exclude,
    "accept": _of_accept,
    "set": _of_set,
    "scale": _of_scale,
    "shift": _of_shift,
}
