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
EDITS: Final = "/edits"
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


class NewEdit(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An edit to be made, of a site's intervals with start < END <= end; its fields depend on its action.

    id: made by its author, such as a UUID, so that the same edit is made once however often it is sent.
    action: exclude, accept, set, scale or shift. start, end: times with their offsets. side: both, generated or
    consumed. rules: of accept, those whose flags are wrong; empty for all. factor: of scale. generated_kwh,
    consumed_kwh: of set, of each interval. interval_seconds: of set, how long an interval without a reading is.
    shift_seconds: of shift, forward in time where positive.
    """

    id: str
    site_id: str
    action: str
    start: str
    end: str
    reason: str
    side: str = "both"
    rules: tuple[str, ...] = ()
    factor: Decimal | None = None
    generated_kwh: Decimal | None = None
    consumed_kwh: Decimal | None = None
    interval_seconds: int | None = None
    shift_seconds: int | None = None


class ApiEnergy(msgspec.Struct, frozen=True):
    """What a stretch adds up to, kWh, exact, without estimates; how many intervals have a value, and how many none."""

    generated_kwh: Decimal | None
    consumed_kwh: Decimal | None
    intervals: int
    without_value: int


class ApiEffect(msgspec.Struct, frozen=True):
    """What an edit would change: how many intervals, and its stretch as it is and as it would be."""

    intervals: int
    before: ApiEnergy
    after: ApiEnergy


class ApiEdit(msgspec.Struct, frozen=True, kw_only=True):
    """An edit that was made, see `NewEdit`; made_at is None of one that was only tried, and then there is its effect.

    who: made it, and undone_by: undid it, as the API knows them. Times: UTC text.
    """

    id: str
    site_id: str
    action: str
    start: str
    end: str
    reason: str
    side: str
    rules: tuple[str, ...]
    factor: Decimal | None
    generated_kwh: Decimal | None
    consumed_kwh: Decimal | None
    interval_seconds: int | None
    shift_seconds: int | None
    who: str
    made_at: str | None
    undone_at: str | None
    undone_by: str | None
    effect: ApiEffect | None = None

    @property
    def holds(self) -> bool:
        """Return whether it was made and not undone."""
        return bool(self.made_at) and not self.undone_at
