"""The processor's Lambda: a batch of messages from the ingest queue in, those that come back out.

What comes back, when, and what becomes a dead letter instead is the business of `attempts`.
"""

import random
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from heliograph.errors import HeliographError
from heliograph.events import Landed, NotAnEvent, landed_objects
from heliograph.reading import moment_of
from heliograph.storage.redelivery import BatchResponse, QueueMessage, batch_response
from heliograph.storage.retry_policy import INVOCATION
from heliograph.telemetry import logger, metrics
from lambda_processor.alarm import Alarm, Context, OutOfTime, time_of
from lambda_processor.attempts import Attempts, Ended, Waits
from lambda_processor.process import Outcome
from lambda_processor.wiring import places, processor, settings


def handler(event: dict[str, Any], context: Context | None) -> BatchResponse:
    """Process every message; report those that aren't done so that only they come back.

    Powertools has this too, and with it every event that AWS knows of: a sixth of the init.

    Raises:
        SettingsError: a variable is missing or has a value that can't be used; no message is to blame for it.
    """
    processor()
    waits = Waits(settings().retry_seconds, settings().hidden_seconds)
    with time_of(context, INVOCATION) as alarm:
        attempts = Attempts(places(), waits, INVOCATION, random.random, give_up)
        ended = attempts.run(event["Records"], lambda message: handle_message(message, alarm))
    _count_messages(ended)
    metrics().flush_metrics()
    return batch_response(message_id for message_id, how in ended.items() if how not in {"done", "buried"})


def handle_message(message: QueueMessage, alarm: Alarm) -> None:
    """Process the raw objects one message names.

    Raises:
        Exception: what was wrong with the first that failed.
        OutOfTime: the invocation's time was nearly up.
    """
    try:
        for landed in landed_objects(message["body"]):
            with alarm.over():
                handle_object(landed)
    except (HeliographError, OutOfTime) as error:
        logger().warning("message failed", message_id=message["messageId"], error=str(error))
        raise
    except Exception:
        logger().exception("message failed", message_id=message["messageId"])
        raise


def handle_object(landed: Landed) -> None:
    """Process one raw object, log a line and count."""
    try:
        outcome = processor().process(landed)
    except HeliographError as error:
        logger().warning("file failed", object_key=landed.key, version=landed.version, error=str(error))
        raise
    _count(outcome)
    ingestion = outcome.ingestion
    counts = {
        name: getattr(ingestion, name)
        for name in ("records", "stored", "already_stored", "revised", "rejected", "flagged")
    }
    logger().info(
        "file processed",
        object_key=ingestion.object_key,
        ingestion=ingestion.id,
        notifications=outcome.notifications,
        **counts,
    )


def give_up(message: QueueMessage, reason: str) -> None:
    """Record of what a message names that it failed for good, and why.

    Raises:
        StorageError: a store refused.
    """
    try:
        named = landed_objects(message["body"])
    except NotAnEvent:
        return
    for landed in named:
        processor().give_up(landed, reason)


def _count(outcome: Outcome) -> None:
    ingestion = outcome.ingestion
    lag = (datetime.now(UTC) - moment_of(ingestion.landed_at)).total_seconds()
    for name, value in {
        "FilesProcessed": 1,
        "ReadingsStored": ingestion.stored,
        "ReadingsRevised": ingestion.revised,
        "RecordsRejected": ingestion.rejected,
        "ReadingsFlagged": ingestion.flagged,
        "NotificationsSent": outcome.notifications,
    }.items():
        metrics().add_metric(name, MetricUnit.Count, value)
    metrics().add_metric("LandingToStored", MetricUnit.Seconds, lag)


def _count_messages(ended: dict[str, Ended]) -> None:
    """Count what failed for itself, and what a store or the time kept waiting."""
    hows = list(ended.values())
    failed = hows.count("file failed") + hows.count("buried")
    for name, count in {
        "FilesFailed": failed,
        "FilesHeldUp": hows.count("store failed"),
        "FilesUntried": hows.count("untried"),
    }.items():
        if count:
            metrics().add_metric(name, MetricUnit.Count, count)
