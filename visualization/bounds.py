"""From when to when: the range the user asks for, in a site's own time."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from errors import ChartsError
from zones import Zone, midnight

Bound: TypeAlias = date | datetime | None


def parse_bound(text: str | None) -> Bound:
    """Read a day, or a moment with an offset; None for none.

    Raises:
        ChartsError: the text is neither.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ChartsError(f"{text!r} is neither a day (2016-08-01) nor a moment (2016-08-01T06:00:00-08:00)") from None
    if moment.tzinfo is None:
        raise ChartsError(f"{text!r} has no offset: add Z or one like -08:00")
    return moment


def require_order(start: Bound, end: Bound) -> None:
    """Raise a `ChartsError` where the range is empty whatever the time zone."""
    if type(start) is type(end) and start is not None and end is not None and start >= end:
        raise ChartsError(f"the range from {start} to {end} is empty: --end is exclusive and comes after --start")


def in_utc(bound: Bound, zone: Zone) -> datetime | None:
    """Return the moment a bound means for a site.

    A day begins at the site's own midnight. A reading is stamped with the END of its interval, so the one stamped with
    midnight itself belongs to the day before: a day's bound is a second later.
    """
    if bound is None or isinstance(bound, datetime):
        return None if bound is None else bound.astimezone(UTC)
    return midnight(bound, zone) + timedelta(seconds=1)


def as_query(moment: datetime | None) -> str | None:
    """Write a moment as the API takes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
