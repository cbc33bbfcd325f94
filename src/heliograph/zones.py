"""Which names of time zones a registry may hold: one for each zone, so that sites of one zone share their digest.

The rule: the names of the IANA database's own list for people to choose from (`zone.tab`, a row for each zone of each
country, such as Europe/Oslo), and `UTC`, `Etc/UTC` and the fixed offsets `Etc/GMT+1`. Other names of the database are
links of former days (Asia/Calcutta, US/Pacific, EST5EDT); they are refused with the name that is valid.
"""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

_FIXED: Final = re.compile(r"Etc/GMT[+-](?:[1-9]|1[0-4])\Z", re.ASCII)
_UTC: Final = frozenset({"UTC", "Etc/UTC"})
_ALSO_UTC: Final = frozenset({"Etc/UTC", "Etc/GMT"})


def zone_fault(name: str) -> str:
    """Return why a name isn't one that a site's time zone may have; empty where it is."""
    canonical = _canonical()
    if name in canonical or name in _UTC or _FIXED.match(name):
        return "" if _exists(name) else _unknown(name)
    known = {each.lower(): each for each in (*canonical, *_links(), *_UTC)}
    found = known.get(name.lower())
    if found is None:
        # Without the database's lists, what can be opened under this very name has to do.
        if not _exists(name):
            return _unknown(name)
        return _placeless(name) if canonical else ""
    valid = _target(found)
    if valid is None:
        return _placeless(name)
    return f"{name!r} isn't the zone's canonical name; use {valid!r}"


def _target(name: str) -> str | None:
    """Return the canonical name of a zone; None where it has none."""
    canonical, links = _canonical(), _links()
    while name not in canonical and name not in _UTC and name in links:
        name = links[name]
    if name in _ALSO_UTC:
        return "UTC"
    return name if name in canonical or name in _UTC else None


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _placeless(name: str) -> str:
    return f"{name!r} belongs to no place; use the site's own zone, such as Europe/Berlin, or UTC"


def _unknown(name: str) -> str:
    return f"{name!r} isn't an IANA time zone, such as Europe/Berlin"


@cache
def _canonical() -> frozenset[str]:
    """Return the names of zone.tab: country, coordinates, name, remarks, parted by tabs."""
    rows = (line.split("\t") for line in _database("zone.tab").splitlines() if not line.startswith("#"))
    return frozenset(row[2] for row in rows if len(row) > 2)  # noqa: PLR2004 - the third column


@cache
def _links() -> dict[str, str]:
    """Return the database's other names, each with the name it stands for; a line `L target name` each."""
    lines = (line.split() for line in _database("tzdata.zi").splitlines() if line.startswith("L "))
    return {name: target for _, target, name in lines}


def _database(file: str) -> str:
    """Return a file of the IANA database: of the package tzdata, else of this machine; empty where neither has it."""
    try:
        return (files("tzdata") / "zoneinfo" / file).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        paths = (Path(folder) / file for folder in TZPATH)
        return next((path.read_text("utf-8") for path in paths if path.is_file()), "")
