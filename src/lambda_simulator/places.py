"""Where simulated sites stand: towns of a few regions, each region with its climate and its time zone."""

from typing import Final

import msgspec


class Region(msgspec.Struct, frozen=True):
    """A stretch of land under one weather.

    cloudiness: median share of the sky that clouds cover, 0 to 1.
    wind_mps: mean wind speed at hub height, m/s.
    january_load: by how much of itself a load there swings with the year; above 0 it peaks in January, below in July.
    """

    name: str
    timezone: str
    cloudiness: float
    wind_mps: float
    january_load: float


class Town(msgspec.Struct, frozen=True):
    """A place that sites stand around; degrees north and east."""

    region: Region
    latitude: float
    longitude: float


BAVARIA: Final = Region("bavaria", "Europe/Berlin", 0.66, 6.5, 0.22)
ANDALUSIA: Final = Region("andalusia", "Europe/Madrid", 0.22, 6.8, -0.12)
HIGHLANDS: Final = Region("highlands", "Europe/London", 0.78, 8.2, 0.25)
WEST_TEXAS: Final = Region("west-texas", "America/Chicago", 0.28, 8.2, -0.20)
CENTRAL_VALLEY: Final = Region("central-valley", "America/Los_Angeles", 0.20, 5.8, -0.22)
RAJASTHAN: Final = Region("rajasthan", "Asia/Kolkata", 0.25, 6.2, -0.18)
NEW_SOUTH_WALES: Final = Region("new-south-wales", "Australia/Sydney", 0.33, 7.0, 0.10)
KAROO: Final = Region("karoo", "Africa/Johannesburg", 0.20, 7.4, -0.12)

TOWNS: Final = (
    Town(BAVARIA, 48.37, 10.90),  # Augsburg
    Town(BAVARIA, 49.01, 12.10),  # Regensburg
    Town(ANDALUSIA, 37.39, -5.98),  # Seville
    Town(ANDALUSIA, 37.18, -3.60),  # Granada
    Town(HIGHLANDS, 57.48, -4.22),  # Inverness
    Town(WEST_TEXAS, 32.45, -99.73),  # Abilene
    Town(WEST_TEXAS, 33.58, -101.86),  # Lubbock
    Town(CENTRAL_VALLEY, 36.74, -119.79),  # Fresno
    Town(CENTRAL_VALLEY, 35.37, -119.02),  # Bakersfield
    Town(RAJASTHAN, 26.24, 73.02),  # Jodhpur
    Town(NEW_SOUTH_WALES, -32.25, 148.60),  # Dubbo
    Town(KAROO, -30.65, 24.01),  # De Aar
)
