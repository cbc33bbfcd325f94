"""What a deed is done with: the stores that the Lambdas use, reached as a role reaches them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import uuid4

import msgspec

from heliograph.checks.flag import Flag
from heliograph.history import Assessed, Provenance, landing
from heliograph.incidents.model import Incident, SiteChange, SiteState
from heliograph.reading import Reading, format_timestamp
from heliograph.storage.evaluations import DynamoSiteParts, DynamoWindows
from heliograph.storage.incidents import DynamoIncidentPages, DynamoIncidents
from heliograph.storage.ingestions import DynamoIngestions, DynamoTries
from heliograph.storage.neighbours import DynamoNeighbours
from heliograph.storage.notifications import DynamoOutbox, SnsPublisher
from heliograph.storage.objects import S3FileZones, S3Objects
from heliograph.storage.queues import SqsQueue
from heliograph.storage.reading_pages import DynamoReadingPages
from heliograph.storage.readings import DynamoReadings
from heliograph.storage.sites import DynamoSites
from heliograph.table_keys import incident_id
from terraform.guarded import Caller, Guarded, RoleClients

KEEP = timedelta(days=1)
ENDS = "2026-06-01T12:00:00Z"
LANDED = "2026-06-01T12:01:00Z"
LATER = "2026-06-01T12:06:00Z"
SENTINEL = Flag("sentinel", Decimal(-999), Decimal(0), "kWh", "critical", "no data")


class Stores:
    """The stores over some clients, as the Lambdas wire them."""

    def __init__(self, aws: Caller, guarded: Guarded) -> None:
        """Name the stack's resources."""
        tables, dynamodb, sqs = guarded.outputs["tables"], aws.dynamodb(), aws.sqs()
        self.objects = S3Objects(aws.s3(), guarded.outputs["bucket"], 2**20)
        self.file_zones = S3FileZones(aws.s3(), guarded.outputs["bucket"])
        self.readings = DynamoReadings(dynamodb, tables["readings"], KEEP)
        self.pages = DynamoReadingPages(dynamodb, tables["readings"])
        self.windows = DynamoWindows(dynamodb, tables["readings"])
        self.sites = DynamoSites(dynamodb, tables["sites"], tables["ingestions"])
        self.parts = DynamoSiteParts(dynamodb, tables["sites"])
        self.neighbours = DynamoNeighbours(dynamodb, tables["sites"])
        self.ingestions = DynamoIngestions(dynamodb, tables["ingestions"], KEEP)
        self.incidents = DynamoIncidents(dynamodb, tables["incidents"], KEEP)
        self.outbox = DynamoOutbox(dynamodb, tables["incidents"])
        self.incident_pages = DynamoIncidentPages(dynamodb, tables["incidents"])
        self.publisher = SnsPublisher(aws.sns(), guarded.outputs["alerts_topic_arn"])
        self.watch_queue = SqsQueue(sqs, guarded.outputs["watch_queue_url"])
        self.tries = DynamoTries(dynamodb, tables["ingestions"], time.time)


class Act:
    """One deed about to be done: as whom, of whose, and on what."""

    def __init__(self, guarded: Guarded, actor: str, owner: str) -> None:
        """Act as the role `actor`, doing what the role `owner` does. site: a name of this act's own."""
        self.guarded = guarded
        self.owner = owner
        self.aws: RoleClients = guarded.acting_as(actor)
        self.site = f"site-{uuid4().hex[:12]}"
        self.bucket: str = guarded.outputs["bucket"]

    @property
    def queue(self) -> str:
        """URL of the queue that the owner takes its work from."""
        url: str = self.guarded.outputs["watch_queue_url" if self.owner == "watch" else "ingest_queue_url"]
        return url

    @property
    def dead_letters(self) -> SqsQueue:
        """Where the owner puts what failed for good, as the actor reaches it."""
        name = "watch_dead_letter_queue_url" if self.owner == "watch" else "dead_letter_queue_url"
        return SqsQueue(self.aws.sqs(), self.guarded.outputs[name])

    @cached_property
    def stores(self) -> Stores:
        """The stores, as the actor reaches them."""
        return self.guarded.kept(self.aws, Stores)

    @cached_property
    def prepared(self) -> Stores:
        """The stores, as one who may do anything."""
        return self.guarded.kept(self.guarded.aws, Stores)

    def reading(self, landed: str = LANDED, generated: str = "1.5") -> Assessed:
        """Return this site's one reading, as it landed at a time."""
        reading = Reading(self.site, ENDS, Decimal(generated), Decimal(0))
        return Assessed(landing(reading, Provenance(landed, f"raw/{self.site}@{landed}", 0)), ())

    def incident(self) -> Incident:
        """Return this site's one incident, which is found now."""
        return Incident(
            id=incident_id(self.site, SENTINEL.rule, ENDS),
            site_id=self.site,
            rule=SENTINEL.rule,
            basis="reading",
            onset=ENDS,
            last=ENDS,
            severity=SENTINEL.severity,
            message=SENTINEL.message,
            observed=SENTINEL.observed,
            limit=SENTINEL.limit,
            unit=SENTINEL.unit,
            found_at=now(),
        )

    def past(self) -> Incident:
        """Return the same incident as one that was over when it was found."""
        return msgspec.structs.replace(self.incident(), recovery=LATER, closed_at=now(), suppressed=True)

    def opening(self) -> SiteChange:
        """Return the change that opens it."""
        return SiteChange(SiteState(self.site), {}, (self.incident(),), ())


ExercisedCall = Callable[[Act], None]


def now() -> str:
    """Return this moment, UTC text."""
    return format_timestamp(datetime.now(UTC).replace(microsecond=0))
