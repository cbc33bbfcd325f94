"""What is known of a site: its registry entry.

Only the name is required. What isn't known switches off the checks that need it, and nothing is guessed.
"""

from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from heliograph.errors import SiteError
from heliograph.reading import SITE_ID_PATTERN

Kind = Literal["solar", "wind", "battery", "load"]

# To Python a `$` also stands before a line's end, which no name may have.
_WHOLE_SITE_ID: Final = SITE_ID_PATTERN.removesuffix("$") + r"\Z"


class Site(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site of the fleet.

    kind: what it is; `battery` is storage with load behind one meter, `load` only consumes.
    capacity_kw: nameplate generating power, kW, above zero.
    latitude, longitude: degrees north and east, WGS 84.
    timezone: IANA name; the site's own day is reckoned in it.
    interval_minutes: length of one reading's interval, minutes, 1 to 1440.
    """

    site_id: Annotated[str, msgspec.Meta(pattern=_WHOLE_SITE_ID)]
    kind: Kind | None = None
    capacity_kw: Annotated[float, msgspec.Meta(gt=0, le=1e9)] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    timezone: str | None = None
    interval_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None

    @property
    def max_interval_kwh(self) -> float | None:
        """What the site generates in one interval at full power, kWh; None where capacity or interval is unknown."""
        if self.capacity_kw is None or self.interval_minutes is None:
            return None
        return self.capacity_kw * self.interval_minutes / 60


def parse_sites(text: bytes) -> list[Site]:
    """Read a registry file: a JSON array of sites, or one site. Raise `SiteError` that names what to mend."""
    try:
        found = msgspec.json.decode(text, type=list[Site] | Site)
    except msgspec.MsgspecError as error:
        raise SiteError(f"the file isn't a JSON array of sites: {error}") from None
    sites = found if isinstance(found, list) else [found]
    for site in sites:
        _require_known_timezone(site)
    return sites


def _require_known_timezone(site: Site) -> None:
    try:
        if site.timezone is not None:
            ZoneInfo(site.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"site {site.site_id}: {site.timezone!r} isn't an IANA time zone, such as Europe/Berlin"
        raise SiteError(message) from None
