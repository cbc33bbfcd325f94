"""When what waits for the daily digest is due. It stands apart, since stores that never write a message ask it, too."""

from datetime import datetime, time, timedelta
from typing import Final

from heliograph.zones import zone_of_region

# Before the working day begins, and after the sun is up in most seasons: what failed in the night is in it.
DIGEST_TIME: Final = time(7)
# What is found later is for the next day, so that what a digest holds is written when it is sent: it is three times as
# long as a Lambda runs that writes it.
_LEAD: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)


def next_digest(moment: datetime, region: str) -> datetime:
    """Return when the digest is due in a region that holds what is found at a moment; both with their time zones."""
    zone = zone_of_region(region)
    local = moment.astimezone(zone)
    due = datetime.combine(local.date(), DIGEST_TIME, zone)
    # Clocks change while people sleep, so moments are compared, and not what clocks say.
    return (
        due
        if moment <= due.astimezone(moment.tzinfo) - _LEAD
        else datetime.combine(local.date() + _DAY, DIGEST_TIME, zone)
    )
