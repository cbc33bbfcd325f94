"""The shapes of computed answers: fleet, totals, pipeline, quarantine; as in `models`."""

from typing import Literal

from pydantic import BaseModel, Field

from heliograph.checks.flag import Severity
from lambda_api.model_fields import Exact, Page, SiteId
from lambda_api.models import Site


class Today(BaseModel):
    """What a site gave and took today, by its own clock."""

    date: str = Field(description="The site's local date, YYYY-MM-DD.", examples=["2026-11-22"])
    readings: int = Field(description="Readings so far, a count.", examples=[118])
    expected: int = Field(description="Readings of the whole day with none missing, a count.", examples=[288])
    generated_kwh: Exact = Field(description="Energy generated so far, kWh, exact.", examples=[141.25])
    consumed_kwh: Exact = Field(description="Energy consumed so far, kWh, exact.", examples=[12.5])
    net_energy_kwh: Exact = Field(description="Generated minus consumed, kWh, exact.", examples=[128.75])


class FleetSite(Site):
    """A site at a glance."""

    state: Literal["ok", "alerting", "not_reporting", "unknown"] = Field(
        description="`not_reporting` where no readings come, `alerting` where another incident is open, `unknown` "
        "where the watch knows nothing of its last two days.",
        examples=["alerting"],
    )
    severity: Severity | None = Field(
        description="The worst of its open incidents; null where none is.", examples=["critical"]
    )
    open_incidents: int = Field(description="Incidents that are open, a count.", examples=[1])
    rules: list[str] = Field(description="The rules of these incidents, by name.", examples=[["over_capacity"]])
    last_reading_at: str | None = Field(
        description="END of its latest reading known, UTC; null where none is.",
        examples=["2026-11-22T09:05:00Z"],
    )
    today: Today | None = Field(description="Its day so far; null where nothing is known of it.")


class Total(BaseModel):
    """What a site gave and took in an hour, day or month of its own clock."""

    label: str = Field(
        description="A month YYYY-MM, a local date YYYY-MM-DD, or the start of a local hour with its offset.",
        examples=["2026-11-22"],
    )
    start: str = Field(description="When it begins, UTC.", examples=["2026-11-21T23:00:00Z"])
    end: str = Field(
        description="When it ends, UTC; of a month that isn't over, or not asked for whole, the end of its last day "
        "with readings.",
        examples=["2026-11-22T23:00:00Z"],
    )
    generated_kwh: Exact = Field(
        description="Energy generated, kWh, exact; without values that can't be energy.", examples=[212.75]
    )
    consumed_kwh: Exact = Field(
        description="Energy consumed, kWh, exact; without values that can't be energy.", examples=[31.5]
    )
    net_energy_kwh: Exact = Field(description="Generated minus consumed, kWh, exact.", examples=[181.25])
    readings: int = Field(description="Readings there are, a count.", examples=[288])
    expected: int | None = Field(
        description="Readings with none missing, a count; of an hour, null where the site's interval isn't registered.",
        examples=[288],
    )
    flagged: int = Field(
        description="Of a day or month, flags that its days have as a whole; of an hour, anomalous readings: a count.",
        examples=[0],
    )


class Totals(Page[Total]):
    """A site's totals."""

    site_id: SiteId
    by: Literal["hour", "day", "month"] = Field(description="What is summed up.", examples=["day"])
    timezone: str = Field(
        description="Time zone of these hours, days and months: an IANA name, or an offset from UTC.",
        examples=["Europe/Berlin"],
    )


class Queue(BaseModel):
    """What a queue holds, by its own estimate."""

    waiting: int = Field(description="Messages waiting, a count.", examples=[0])
    in_flight: int = Field(description="Messages being processed, a count.", examples=[2])


class Queues(BaseModel):
    """The queues."""

    ingest: Queue = Field(description="Files that landed.")
    dead_letters: Queue = Field(description="Files that failed for good.")
    watch: Queue = Field(description="Sites to be evaluated.")
    watch_dead_letters: Queue = Field(description="Evaluations that failed for good.")


class Lag(BaseModel):
    """How long files took from landing to being processed."""

    p50: float = Field(description="Half of them took at most this long, seconds.", examples=[1.0])
    max: float = Field(description="The longest, seconds.", examples=[4.0])
    files: int = Field(description="Files that were measured, a count.", examples=[100])


class Pipeline(BaseModel):
    """The pipeline, as it runs."""

    as_of: str = Field(description="When these were read, UTC.", examples=["2026-11-22T09:31:00Z"])
    queues: Queues = Field(description="What the queues hold.")
    lag_seconds: Lag | None = Field(
        description="Of the latest 100 files of this hour and the last; null where none landed."
    )


class QuarantineEntry(BaseModel):
    """A record that isn't a reading."""

    position: int = Field(description="Its line in the file, or its place in an array: a count from 1.", examples=[17])
    through: int = Field(
        description="The last one's position, a count from 1; equal where an entry is for one record.", examples=[17]
    )
    reason: str = Field(description="Why it was rejected.", examples=["energy_generated_kwh is missing"])
    record: str = Field(
        description="Its text, up to 2,000 characters; the file has all of it.",
        examples=['{"site_id": "solar-007", "timestamp": "2026-11-22T09:05:00Z"}'],
    )


class FleetPage(Page[FleetSite]):
    """A page of the fleet."""


class QuarantinePage(Page[QuarantineEntry]):
    """A page of rejected records."""
