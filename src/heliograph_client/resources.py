"""What the API serves: its routes, and what they answer as values.

Fields that aren't declared here are ignored; `Client.items(route, dict[str, Any])` gives them all.
"""

from decimal import Decimal
from typing import Final

import msgspec

READINGS: Final = "/readings"  # a site's, by GET; any, by POST
ANOMALIES: Final = "/anomalies"
SITES: Final = "/sites"
INCIDENTS: Final = "/incidents"
INGESTIONS: Final = "/ingestions"
FLEET: Final = "/fleet"
PIPELINE: Final = "/pipeline"
SUMMARY: Final = "/summary"
TOTALS: Final = "/totals"
HEALTH: Final = "/health"


class ApiFlag(msgspec.Struct, frozen=True):
    """One rule's finding on one reading: `observed` against `limit`, both in `unit`. severity: info to critical."""

    rule: str
    severity: str = "warning"
    message: str = ""
    observed: Decimal | None = None
    limit: Decimal | None = None
    unit: str = ""


class ApiReading(msgspec.Struct, frozen=True):
    """One site's energy in one interval, kWh, exact, with what the checks say of it.

    timestamp: the END of the interval, UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    energy_generated_kwh, energy_consumed_kwh: None on a side without a measured value, which is never zero.
    anomaly: a flag is more than information.
    net_energy_kwh: generated minus consumed, or the one side that the site measures, signed; None where a measured
    side has no value. interval_seconds: the interval's length, where its file states it.
    quality: `actual`, or that the feed's values are `estimated` or `substituted`.
    """

    site_id: str
    timestamp: str
    energy_generated_kwh: Decimal | None
    energy_consumed_kwh: Decimal | None
    anomaly: bool = False
    flags: tuple[ApiFlag, ...] = ()
    net_energy_kwh: Decimal | None = None
    interval_seconds: int | None = None
    quality: str = "actual"


class ApiSite(msgspec.Struct, frozen=True):
    """What is known of a site; only its id always is. The list of all sites leaves out the first and last reading."""

    site_id: str
    kind: str | None = None
    timezone: str | None = None
    longitude: float | None = None
    interval_minutes: int | None = None
    first_reading: ApiReading | None = None
    last_reading: ApiReading | None = None


class ApiIncident(msgspec.Struct, frozen=True):
    """What one rule found at one site, from its onset to its recovery; None while it lasts. Times: UTC text.

    last_seen: the END of the last interval in it.
    """

    id: str
    site_id: str
    rule: str
    onset: str
    last_seen: str
    severity: str = "warning"
    recovery: str | None = None
    message: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether it lasts."""
        return self.recovery is None
