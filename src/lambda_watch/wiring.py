"""Make a watch's stores from its settings in the environment."""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from heliograph.incidents.detection import EpisodeRules
from heliograph.incidents.keeper import IncidentKeeper
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph.storage.evaluations import DynamoSiteParts, DynamoWindows
from heliograph.storage.incidents import DynamoIncidents
from heliograph.storage.neighbours import DynamoNeighbours
from heliograph.storage.notifications import DynamoOutbox, SnsPublisher
from heliograph.storage.queues import SqsQueue
from lambda_watch.ports import WatchStores
from lambda_watch.tick import Ticker
from lambda_watch.watcher import Watcher

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A divisor of 60, so that every hour's cycles are alike.
WatchPeriod = Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]
# A little more than a cycle, so that what a fault does to many sites is one message.
_GROUP_WAIT_MORE_MINUTES = 2
_NOW = partial(datetime.now, UTC)


class WatchSettings(msgspec.Struct, frozen=True):
    """What the environment tells the watch.

    watch_period: minutes in which each site is evaluated once. watch_group: sites in one message of the queue.
    clean_readings: an incident ends after so many readings without a flag; clear_after_minutes: and not before these.
    digest_threshold: more messages than this at once become one. repeat_interval_minutes: a site's next
    message of an onset, or of a recovery, comes at least so long after its last one. link: the address in front of
    `/incidents/{id}` in messages. retention_days: how long readings and incidents are kept. retry_seconds: the first
    wait before a failed message comes back; it doubles each time.
    """

    readings_table: str
    sites_table: str
    incidents_table: str
    alerts_topic_arn: str
    watch_queue_url: str
    watch_dead_letter_queue_url: str
    watch_period: WatchPeriod = 30
    watch_group: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 25
    clean_readings: Annotated[int, msgspec.Meta(ge=1)] = 3
    clear_after_minutes: Annotated[int, msgspec.Meta(ge=0)] = 60
    digest_threshold: int = 20
    repeat_interval_minutes: int = 60
    link: str = ""
    retention_days: int = 1095
    retry_seconds: int = 30


class Watch(msgspec.Struct, frozen=True):
    """All that the handler works with."""

    settings: WatchSettings
    ticker: Ticker
    watcher: Watcher
    keeper: IncidentKeeper
    queue: SqsQueue
    dead_letters: SqsQueue


@cache
def watch() -> Watch:
    """Make this process's watch.

    Raises:
        SettingsError: a variable is missing or has a value that can't be used.
    """
    return make_watch(load(WatchSettings, os.environ), Clients())


def make_watch(chosen: WatchSettings, aws: Clients) -> Watch:
    """Make a watch of these settings over these clients."""
    dynamodb = aws.dynamodb()
    parts = DynamoSiteParts(dynamodb, chosen.sites_table)
    windows = DynamoWindows(dynamodb, chosen.readings_table)
    keeper = _keeper(chosen, dynamodb)
    retention = timedelta(days=chosen.retention_days)
    stores = WatchStores(windows, parts, keeper, DynamoNeighbours(dynamodb, chosen.sites_table))
    queue = SqsQueue(aws.sqs(), chosen.watch_queue_url)
    return Watch(
        settings=chosen,
        ticker=Ticker(parts, queue, _notifier(chosen, aws, dynamodb), _seconds),
        watcher=Watcher(stores, chosen.watch_period, _seconds, retention=retention),
        keeper=keeper,
        queue=queue,
        dead_letters=SqsQueue(aws.sqs(), chosen.watch_dead_letter_queue_url),
    )


def _keeper(chosen: WatchSettings, dynamodb: "DynamoDBClient") -> IncidentKeeper:
    store = DynamoIncidents(dynamodb, chosen.incidents_table, timedelta(days=chosen.retention_days))
    rules = EpisodeRules(clean_readings=chosen.clean_readings, clear_after_minutes=chosen.clear_after_minutes)
    return IncidentKeeper(store, rules, _NOW)


def _notifier(chosen: WatchSettings, aws: Clients, dynamodb: "DynamoDBClient") -> Notifier:
    options = NotificationOptions(
        digest_threshold=chosen.digest_threshold,
        group_wait_minutes=chosen.watch_period + _GROUP_WAIT_MORE_MINUTES,
        repeat_interval_minutes=chosen.repeat_interval_minutes,
        link=chosen.link,
    )
    publisher = SnsPublisher(aws.sns(), chosen.alerts_topic_arn)
    return Notifier(DynamoOutbox(dynamodb, chosen.incidents_table), publisher, options, _NOW)


def _seconds() -> int:
    return int(time.time())
