"""When snow may lie on a site's panels: then a stop, or a logger that lives off them and sleeps, needn't be a fault."""

from math import radians, sin
from typing import Final

from heliograph.checks.flag import Limit
from heliograph.checks.sun import noon_sine
from heliograph.checks.view import View

SNOW_LATITUDE: Final = Limit("snow", 30.0, "degrees", "nearer the equator snow lies on mountains only")
SNOW_NOON: Final = Limit(
    "winter",
    40.0,
    "degrees",
    "of the sun at noon: lower from October to March at 45 degrees, the months in which snow lies",
)
SPRING_NOON: Final = Limit(
    "spring in the mountains",
    62.0,
    "degrees",
    "of the sun at noon, reached in the middle of May at 47 degrees: till then snow falls above 1,500 m in the Alps",
)
SNOW_IS_POSSIBLE: Final = "; snow is possible"

_DAY: Final = 86_400


def may_snow(view: View, moment: int) -> bool:
    """Return whether snow may lie on the panels: by latitude and the noon sun's height; not where these are unknown.

    moment: seconds since 1970. In spring only where the site has lost days of its last weeks: where it lay before.
    """
    place = view.place
    if place is None or abs(place.latitude) < SNOW_LATITUDE.value:
        return False
    noon = noon_sine(moment, place.latitude)
    is_spring = noon < sin(radians(SPRING_NOON.value)) and noon < noon_sine(moment + _DAY, place.latitude)
    return noon < sin(radians(SNOW_NOON.value)) or (is_spring and view.baseline.lost_days > 0)
