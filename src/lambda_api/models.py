"""The shapes of what is stored, for the OpenAPI document: each field with its unit, its meaning and an example.

Answers are encoded by `encode`; the tests hold what is sent against these.
"""

from typing import Literal

from pydantic import BaseModel, Field

from heliograph.checks.flag import Severity
from heliograph.checks.rule import Scope
from heliograph.incidents.model import Basis, IncidentState
from heliograph.ingestion import State
from heliograph.site import Kind
from lambda_api.model_fields import Consumed, Exact, Generated, LandedAt, Page, SiteId, Source


class Flag(BaseModel):
    """One rule's word on one reading."""

    rule: str = Field(description="The rule's name.", examples=["over_capacity"])
    observed: Exact = Field(description="What was seen, in `unit`.", examples=[19.2])
    limit: Exact = Field(description="The bound that was crossed, in `unit`.", examples=[4.58333])
    unit: str = Field(description="Their unit: kWh, readings, minutes, degrees, years or %.", examples=["kWh"])
    severity: Severity = Field(
        description="`info` only explains; `warning` and `critical` make the reading anomalous.", examples=["critical"]
    )
    message: str = Field(
        description="The same in a sentence, with where the limit comes from.",
        examples=["energy_generated_kwh is 19.2 kWh; 50 kW gives at most 4.583 kWh in 5 min"],
    )


class RuleLimit(BaseModel):
    """A figure that a rule compares with."""

    name: str = Field(description="What it is, in words.", examples=["most of nameplate"])
    value: float = Field(description="The figure, in `unit`.", examples=[1.1])
    unit: str = Field(description="Its unit.", examples=["share of capacity"])
    source: str = Field(description="Where it comes from.", examples=["inverters limit at nameplate"])


class Rule(BaseModel):
    """A check, and what an operator should know of it."""

    name: str = Field(description="The rule's name, as in flags and incidents.", examples=["over_capacity"])
    scopes: list[Scope] = Field(
        description="What its checks see: one `reading` as it lands, the `series` around it, a whole `day`, or "
        "`silence`; first where it belongs.",
        examples=[["reading"]],
    )
    severity: Severity = Field(description="The worst that it gives.", examples=["critical"])
    unit: str = Field(description="The unit of what it sees, unless a flag says another.", examples=["kWh"])
    sentence: str = Field(
        description="What a flag of it says.", examples=["more than the nameplate can give in an interval"]
    )
    advice: str = Field(
        description="What to do next.", examples=["Compare capacity_kw and interval_minutes with the plant."]
    )
    limits: list[RuleLimit] = Field(description="The figures that it compares with.")


class Revision(BaseModel):
    """Values a reading was landed with that no longer hold."""

    energy_generated_kwh: Generated
    energy_consumed_kwh: Consumed
    source: Source
    landed_at: LandedAt


class Reading(BaseModel):
    """A site's energy in one interval, and what was found wrong with it."""

    site_id: SiteId
    timestamp: str = Field(description="The END of the interval, UTC.", examples=["2026-11-22T09:05:00Z"])
    energy_generated_kwh: Generated
    energy_consumed_kwh: Consumed
    net_energy_kwh: Exact = Field(description="Generated minus consumed, kWh, exact.", examples=[3.815])
    anomaly: bool = Field(description="Whether any flag is more than information.", examples=[True])
    flags: list[Flag] = Field(description="What was found, each explained; mostly empty.")
    source: Source
    landed_at: LandedAt
    revisions: list[Revision] = Field(
        description="Values replaced by a later landing, latest first: the newest few; mostly empty."
    )
    revision_count: int = Field(
        description=(
            "Other pairs of values that were landed, each once: a count. Exact where `revisions` holds them all; where "
            "it is more than `revisions` has, there were at least so many."
        ),
        examples=[0],
    )


class Site(BaseModel):
    """A site as it is registered; null is what nobody has registered."""

    site_id: SiteId
    kind: Kind | None = Field(
        description="What it is; `battery` is storage with load behind one meter, `load` only consumes.",
        examples=["solar"],
    )
    capacity_kw: float | None = Field(description="Nameplate generating power, kW.", examples=[50.0])
    latitude: float | None = Field(description="Degrees north, WGS 84.", examples=[48.14])
    longitude: float | None = Field(description="Degrees east, WGS 84.", examples=[11.58])
    timezone: str | None = Field(description="IANA name of the site's time zone.", examples=["Europe/Berlin"])
    interval_minutes: int | None = Field(description="Length of one reading's interval, minutes.", examples=[5])


class SiteDetail(Site):
    """A site, the ends of its series, and which checks are off for it."""

    first_reading: Reading | None = Field(description="Its earliest reading; null where it has none.")
    last_reading: Reading | None = Field(description="Its latest reading; null where it has none.")
    unjudged: list[str] = Field(
        description="Which checks are off because something isn't registered, in sentences; empty where all run.",
        examples=[["kind isn't registered, so the check night_generation is off"]],
    )


class Incident(BaseModel):
    """What one rule found at one site, from its onset to its recovery."""

    id: str = Field(description="The incident's name.", examples=["solar-007~over_capacity~20261122T090500Z"])
    site_id: SiteId
    rule: str = Field(description="The rule that opened it.", examples=["over_capacity"])
    state: IncidentState = Field(description="`open` while it lasts, then `closed`.", examples=["closed"])
    severity: Severity = Field(description="The worst so far.", examples=["critical"])
    onset: str = Field(
        description="END of the first interval in it, UTC; for a silence, of the last reading before it; for a day's "
        "fault, the day's start.",
        examples=["2026-11-22T09:05:00Z"],
    )
    last_seen: str = Field(
        description="END of the last interval in it, UTC; for an open one it may lag by an hour.",
        examples=["2026-11-22T09:40:00Z"],
    )
    recovery: str | None = Field(
        description="END of the reading that completed the recovery, UTC; null while it is open.",
        examples=["2026-11-22T10:40:00Z"],
    )
    message: str = Field(
        description="What was first seen, in a sentence, with where the limit comes from.",
        examples=["energy_generated_kwh is 19.2 kWh; 50 kW gives at most 4.583 kWh in 5 min"],
    )
    observed: Exact = Field(description="What was first seen, in `unit`.", examples=[19.2])
    limit: Exact = Field(description="The bound that was crossed, in `unit`.", examples=[4.58333])
    unit: str = Field(description="The unit of `observed` and `limit`.", examples=["kWh"])
    basis: Basis = Field(
        description="What shows it: single readings, whole days, or that none comes.", examples=["reading"]
    )
    source: str | None = Field(
        description="The file that opened it, its version behind an @; null where an evaluation did.",
        examples=["raw/submit/2026/11/22/day.json@v1"],
    )
    found_at: str = Field(description="When it was found, UTC.", examples=["2026-11-22T09:06:12Z"])
    closed_at: str | None = Field(
        description="When it was found to be over, UTC; null while it is open.", examples=["2026-11-22T10:52:00Z"]
    )
    suppressed: bool = Field(
        description="Whether it sends no notification, as it was over or two days old when found.",
        examples=[False],
    )
    onset_notified_at: str | None = Field(
        description="When its onset was notified, UTC; null before.", examples=["2026-11-22T09:06:13Z"]
    )
    recovery_notified_at: str | None = Field(
        description="When its recovery was notified, UTC; null before.",
        examples=["2026-11-22T11:24:00Z"],
    )


class Ingestion(BaseModel):
    """What became of one raw file: records = stored + already_stored + revised + rejected."""

    id: str = Field(description="The ingestion's name.", examples=["20261122T093000Z-0123456789abcdef0123"])
    object_key: str = Field(description="The file's key.", examples=["raw/submit/2026/11/22/day.json"])
    version: str = Field(description="The file's version; empty in a bucket without versions.", examples=["v1"])
    landed_at: LandedAt
    size_bytes: int = Field(description="Size as it lies in the bucket, bytes.", examples=[48213])
    state: State = Field(description="`done`, or `failed` with the reason in `error`.", examples=["done"])
    error: str = Field(description="Why it failed; empty where it didn't.", examples=[""])
    records: int = Field(description="Records in the file, a count.", examples=[288])
    stored: int = Field(description="Readings first stored by this file, a count.", examples=[286])
    already_stored: int = Field(description="Repeats of what was stored, a count.", examples=[1])
    revised: int = Field(description="Readings that other landings had with other values, a count.", examples=[0])
    rejected: int = Field(description="Records put into quarantine, a count.", examples=[1])
    flagged: int = Field(description="Anomalous ones among the stored, a count.", examples=[2])
    processed_at: str = Field(description="When it was processed, UTC.", examples=["2026-11-22T09:30:02Z"])
    code_version: str = Field(description="Version of the processor that did it.", examples=["0.1.0"])
    attempts: int = Field(description="How often a different outcome was written, a count.", examples=[1])


class Summary(BaseModel):
    """The fleet's totals: sums over all files that landed."""

    sites: int = Field(description="Sites known, a count.", examples=[12])
    files: int = Field(description="Files processed, a count.", examples=[3456])
    failed_files: int = Field(description="Files that couldn't be read, a count.", examples=[0])
    bytes: int = Field(description="Size of all files as they landed, bytes.", examples=[166623128])
    readings: int = Field(description="Readings stored, a count.", examples=[995328])
    records: int = Field(description="Records in all files, a count.", examples=[995400])
    already_stored: int = Field(description="Repeats of what was stored, a count.", examples=[40])
    revised: int = Field(description="Landings with other values than another landing, a count.", examples=[12])
    rejected: int = Field(description="Records in quarantine, a count.", examples=[20])
    flagged: int = Field(description="Readings anomalous by themselves, a count.", examples=[512])
    as_of: str = Field(description="When these were read, UTC.", examples=["2026-11-22T09:31:00Z"])


class Health(BaseModel):
    """The service's word that it runs."""

    status: Literal["ok"] = Field(description="Always `ok`.", examples=["ok"])
    version: str = Field(description="Version of the code that answers.", examples=["0.1.0"])


class ProblemField(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(description="The parameter or field.", examples=["limit"])
    message: str = Field(description="What is wrong with it.", examples=["Input should be less than or equal to 1000"])


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(
        description="Which kind of problem; it never changes, so clients may act on it. `about:blank` where the status "
        "says all.",
        examples=["/problems/unknown-site"],
    )
    title: str = Field(description="The kind in words.", examples=["Unknown site"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="What is wrong with this request, and what to do.",
        examples=["there's no site solar-007; GET /sites lists those there are"],
    )
    instance: str = Field(description="The path that was asked for.", examples=["/sites/solar-007"])
    errors: list[ProblemField] = Field(default=[], description="Each field that can't be used; only with status 422.")


class ReadingPage(Page[Reading]):
    """A page of readings."""


class SitePage(Page[Site]):
    """A page of sites."""


class IncidentPage(Page[Incident]):
    """A page of incidents."""


class IngestionPage(Page[Ingestion]):
    """A page of ingestions."""


class RulePage(Page[Rule]):
    """Every rule, on one page."""
