"""Make a processor's stores from its settings in the environment."""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import msgspec

import heliograph
from heliograph.incidents.notification import NotificationOptions
from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph.storage.feeds import Feeds, S3FileProfiles
from heliograph.storage.incidents import DynamoIncidents
from heliograph.storage.ingestions import DynamoIngestions, DynamoTries
from heliograph.storage.listing import S3VersionOrder
from heliograph.storage.notifications import DynamoOutbox, SnsPublisher
from heliograph.storage.objects import S3FileZones, S3Objects
from heliograph.storage.queues import SqsQueue
from heliograph.storage.readings import DynamoReadings
from heliograph.storage.sites import DynamoSites
from lambda_processor.attempts import Places
from lambda_processor.process import EvaluationJobs, Processor, ProcessorOptions, ProcessorStores
from lambda_processor.profiled import ProfiledFiles
from lambda_processor.sites import KnownSites

_MIB = 1024 * 1024
_NOW = partial(datetime.now, UTC)


class ProcessorSettings(msgspec.Struct, frozen=True):
    """What the environment tells the processor.

    retention_days: how long readings and ingestions are kept, counted from landing. max_unpacked_mib: the most a file
    may unpack to. digest_threshold: more messages of one file become one. repeat_interval_minutes: a
    site's next message of an onset comes at least so long after its last one. link: the address in front of
    `/incidents/{id}` in messages. retry_seconds: the first wait before a failed file comes back; it doubles each time.
    hidden_seconds: how long the files of a batch stay hidden while it is at work; a little more than the function's own
    timeout. watch_group: sites in one message of the watch queue. late_delay_seconds: how long a job for an evaluation
    of late readings waits for more of them.
    """

    bucket: str
    readings_table: str
    sites_table: str
    ingestions_table: str
    incidents_table: str
    alerts_topic_arn: str
    ingest_queue_url: str
    watch_queue_url: str
    dead_letter_queue_url: str
    retention_days: int = 1095
    max_unpacked_mib: int = 256
    digest_threshold: int = 20
    repeat_interval_minutes: int = 60
    link: str = ""
    retry_seconds: int = 30
    hidden_seconds: int = 330
    watch_group: int = 25
    late_delay_seconds: int = 60


@cache
def settings() -> ProcessorSettings:
    """Read the settings of this process."""
    return load(ProcessorSettings, os.environ)


@cache
def clients() -> Clients:
    """Return this process's AWS clients."""
    return Clients()


@cache
def places() -> Places:
    """Make what this process counts attempts in, takes messages from and puts dead letters into."""
    sqs = clients().sqs()
    return Places(
        tries=DynamoTries(clients().dynamodb(), settings().ingestions_table, time.time),
        queue=SqsQueue(sqs, settings().ingest_queue_url),
        dead_letters=SqsQueue(sqs, settings().dead_letter_queue_url),
    )


@cache
def processor() -> Processor:
    """Make this process's processor."""
    return make_processor(settings(), clients())


def make_processor(chosen: ProcessorSettings, aws: Clients) -> Processor:
    """Make a processor of these settings over these clients."""
    dynamodb, s3 = aws.dynamodb(), aws.s3()
    keep = timedelta(days=chosen.retention_days)
    limit_bytes = chosen.max_unpacked_mib * _MIB
    sites = DynamoSites(dynamodb, chosen.sites_table, chosen.ingestions_table)
    ingestions = DynamoIngestions(dynamodb, chosen.ingestions_table, keep)
    feeds = Feeds(dynamodb, chosen.sites_table, lambda: s3, chosen.bucket)
    stores = ProcessorStores(
        objects=S3Objects(s3, chosen.bucket, limit_bytes),
        file_zones=S3FileZones(s3, chosen.bucket),
        profiled=ProfiledFiles(feeds, S3FileProfiles(lambda: s3, chosen.bucket), ingestions),
        readings=DynamoReadings(dynamodb, chosen.readings_table, keep, order=S3VersionOrder(s3, chosen.bucket)),
        sites=KnownSites(sites, time.monotonic),
        ingestions=ingestions,
        incidents=DynamoIncidents(dynamodb, chosen.incidents_table, keep),
        outbox=DynamoOutbox(dynamodb, chosen.incidents_table),
        publisher=SnsPublisher(aws.sns(), chosen.alerts_topic_arn),
        watch=EvaluationJobs(
            SqsQueue(aws.sqs(), chosen.watch_queue_url), chosen.watch_group, chosen.late_delay_seconds, _NOW
        ),
    )
    notifying = NotificationOptions(
        digest_threshold=chosen.digest_threshold,
        repeat_interval_minutes=chosen.repeat_interval_minutes,
        link=chosen.link,
    )
    options = ProcessorOptions(limit_bytes, notifying, heliograph.__version__, _NOW)
    return Processor(stores, options)
