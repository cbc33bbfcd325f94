"""Times in options: how long ago, or when."""

import re
from datetime import datetime, timedelta
from typing import Final

from heliograph.errors import ReadingError
from heliograph.reading import moment_of, parse_timestamp
from heliograph_cli.exits import WrongUse

_AGO: Final = re.compile(r"(\d{1,5})([smhd])\Z", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=1)


def since_of(text: str | None, now: datetime) -> datetime:
    """Read how long ago, as `15m`, or a moment with offset; `now` where there's nothing to read.

    Raises:
        WrongUse: it is neither, or longer ago than a day.
    """
    if text is None:
        return now
    ago = _AGO.match(text)
    try:
        since = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else moment_of(parse_timestamp(text))
    except ReadingError:
        raise WrongUse(f"--since: {text} is neither 15m, 2h or the like nor ISO 8601 with offset") from None
    if since < now - _LONGEST:
        raise WrongUse("--since: it begins a day ago at most; `heliograph incidents` and `audit` go back further")
    return since
