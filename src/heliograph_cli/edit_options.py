"""What is typed of an edit: numbers, lengths of time, and times in the site's own zone."""

from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from heliograph.formatting import parse_duration
from heliograph.reading import format_timestamp
from heliograph.zones import zone_at
from heliograph_cli.commands import WrongUse
from heliograph_client import Client, NewEdit

_SECONDS: Final = 60


def read_decimal(text: str | None, name: str) -> Decimal | None:
    """Read a number of an option.

    Raises:
        WrongUse: it isn't one.
    """
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise WrongUse(f"--{name} {text!r} isn't a number; write it such as 0.001") from None
    if not value.is_finite():
        raise WrongUse(f"--{name} {text!r} isn't a finite number")
    return value


def read_seconds(text: str | None, name: str) -> int | None:
    """Read a length of time of an option, seconds; negative behind a minus.

    Raises:
        WrongUse: it isn't one.
    """
    if text is None:
        return None
    sign, size = (-1, text[1:]) if text.startswith("-") else (1, text)
    if size.endswith("s") and size[:-1].isascii() and size[:-1].isdigit():
        return sign * int(size[:-1])
    minutes = parse_duration(size)
    if minutes is None:
        raise WrongUse(f"--{name} {text!r} isn't a length of time; write it such as 1h, 30min or 37s")
    return sign * minutes * _SECONDS


def in_utc(edit: NewEdit, client: Client) -> NewEdit:
    """Return an edit with its times in UTC; where one is local, the site's zone is asked for."""
    start, end = _read(edit.start, "from"), _read(edit.end, "to")
    zone: tzinfo = UTC
    if not (start.tzinfo and end.tzinfo):
        site = client.site(edit.site_id)
        if site.timezone is None and site.longitude is None:
            said = f"no time zone is registered for {edit.site_id}"
            raise WrongUse(f"{said}; write times with their offset, such as 2026-11-22T09:00+01:00")
        zone = zone_at(site.timezone, site.longitude)
    times = {"start": _in_zone(start, zone, "from"), "end": _in_zone(end, zone, "to")}
    return msgspec.structs.replace(edit, **{name: format_timestamp(each) for name, each in times.items()})


def _read(text: str, name: str) -> datetime:
    """Read a date, which begins at its midnight, or a time, with or without its offset."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--{name} {text!r} isn't a date or a time; write it such as 2026-11-22T09:00") from None


def _in_zone(moment: datetime, zone: tzinfo, name: str) -> datetime:
    """Return a moment in UTC; one without an offset is of a zone.

    Raises:
        WrongUse: the clocks are put forward or back there, so it comes never or twice.
    """
    if moment.tzinfo is not None:
        return moment
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        both = " or ".join(each.isoformat() for each in (first, second))
        what = f"--{name} {moment.isoformat()} comes never or twice in {zone}"
        raise WrongUse(f"{what}; write it with its offset, {both}")
    return first.astimezone(UTC)
