"""Whether a solar feed's stamps start or end their intervals, by the sun at the site's place.

Read the wrong way, each interval lies its own length off, so that the first or the last output of a day comes in the
dark. That can't be, so the other way is right. Where neither way has output in the dark, the sun doesn't tell.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import radians, sin
from statistics import median
from typing import Final, Literal

from heliograph.baseline import DAY_SECONDS
from heliograph.checks.place import SECONDS_A_DEGREE, SitePlace, registered_place
from heliograph.checks.sun import sun_sine
from heliograph.errors import HeliographError, ProfileError, SiteError
from heliograph.profiles.model import Profile
from heliograph.profiles.profiled import ProfiledReading
from heliograph.profiles.read import read_file
from heliograph.site_entries import read_site

# Below it daylight is a thousandth of a bright day's, degrees; refraction and a place some miles off are within it.
_DARK: Final = sin(radians(-2.0))
# Output of so small a share of a day's most is standby or a meter's noise.
_NOISE: Final = 0.002
_LEAST_DAYS: Final = 3
# Of the days with output, as many may have some in the dark, such as one of a fault.
_FEW: Final = 0.05


def place_of(text: str) -> SitePlace | None:
    """Read an answer such as `52.1,5.2`; None where there is none.

    Raises:
        ProfileError: it is no place.
    """
    if not text:
        return None
    try:
        latitude, longitude = map(float, text.split(","))
        site = read_site({"site_id": "site-1", "latitude": latitude, "longitude": longitude})
    except (ValueError, SiteError):
        raise ProfileError(f"place: {text!r} isn't a latitude and a longitude in degrees, such as 52.1,5.2") from None
    return registered_place(site.latitude, site.longitude)


def marks_by_sun(profile: Profile, body: bytes, place: SitePlace) -> tuple[Literal["start", "end", ""], str]:
    """Return whether stamps are starts or ends, and why; nothing where the sun doesn't tell.

    profile: reads the stamps as starts.
    """
    try:
        readings = read_file(profile, body).readings
    except HeliographError:
        return "", ""
    seconds = median([reading.seconds or 0 for reading in readings]) if readings else 0
    shifts: dict[Literal["start", "end"], int] = {"start": 0, "end": -int(seconds)}
    days = _days(readings, place)
    dark = {
        marks: sum(any(_is_dark(each, shift, place) for each in day) for day in days) for marks, shift in shifts.items()
    }
    impossible = [marks for marks in shifts if dark[marks] >= max(_LEAST_DAYS, _FEW * len(days))]
    if len(impossible) == len(shifts):
        return (
            "",
            "the site has output before the sun rises or after it sets, whatever a stamp marks: is the zone right?",
        )
    if not impossible or any(dark[marks] for marks in shifts if marks not in impossible):
        return "", ""
    wrong = impossible[0]
    return ("start" if wrong == "end" else "end"), f"by the sun; else {dark[wrong]} days would have output in the dark"


def _days(readings: Sequence[ProfiledReading], place: SitePlace) -> list[list[ProfiledReading]]:
    """Return the intervals of each day by the sun that have output; one without any is left out."""
    days: dict[int, list[ProfiledReading]] = defaultdict(list)
    for reading in readings:
        if reading.generated is not None and reading.seconds:
            days[int(reading.end + place.longitude * SECONDS_A_DEGREE) // DAY_SECONDS].append(reading)
    found = []
    for day in days.values():
        least = _NOISE * float(max(each.generated or 0 for each in day))
        found.append([each for each in day if each.generated and float(each.generated) > least])
    return [day for day in found if day]


def _is_dark(reading: ProfiledReading, shift: int, place: SitePlace) -> bool:
    """Return whether the sun is below the horizon throughout an interval that is shifted by some seconds."""
    end = reading.end + shift
    moments = (end - (reading.seconds or 0), end)
    return all(sun_sine(moment, place.latitude, place.longitude) < _DARK for moment in moments)
