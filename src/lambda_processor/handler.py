"""The processor's Lambda: a batch of messages from the ingest queue in, the failed ones out.

A failed message comes back after a wait that doubles each time; when it has failed as often as the queue allows, the
queue moves it, the original S3 event, to the dead-letter queue.
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import HeliographError
from heliograph.events import Landed, landed_objects
from heliograph.reading import moment_of
from heliograph.storage.queues import SqsQueue
from heliograph.telemetry import logger, metrics
from lambda_processor.process import Outcome
from lambda_processor.wiring import clients, processor, settings

Message = dict[str, Any]
Failures = dict[str, list[dict[str, str]]]


def handler(event: dict[str, Any], _context: object) -> Failures:
    """Process every message; report those that failed so that only they come back.

    Powertools has this too, and with it every event that AWS knows of: a sixth of the init.
    """
    failed = [message["messageId"] for message in event["Records"] if not handle_message(message)]
    metrics().flush_metrics()
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def handle_message(message: Message) -> bool:
    """Process the raw objects one message names; False where one failed, whatever was wrong with it."""
    try:
        for landed in landed_objects(message["body"]):
            handle_object(landed)
    except HeliographError as error:
        logger().warning("message failed", message_id=message["messageId"], error=str(error))
    except Exception:  # noqa: BLE001 - whatever is wrong with one file mustn't keep the others from being processed
        logger().exception("message failed", message_id=message["messageId"])
    else:
        return True
    metrics().add_metric("FilesFailed", MetricUnit.Count, 1)
    _wait_before_retry(message)
    return False


def handle_object(landed: Landed) -> None:
    """Process one raw object, log a line and count."""
    try:
        outcome = processor().process(landed)
    except HeliographError as error:
        logger().warning("file failed", object_key=landed.key, version=landed.version, error=str(error))
        raise
    _count(outcome)
    ingest = outcome.ingest
    counts = {name: getattr(ingest, name) for name in ("records", "stored", "equal", "revised", "refused", "flagged")}
    logger().info("file processed", object_key=ingest.object_key, ingest=ingest.id, told=outcome.told, **counts)


def _count(outcome: Outcome) -> None:
    ingest = outcome.ingest
    lag = (datetime.now(UTC) - moment_of(ingest.landed_at)).total_seconds()
    for name, value in {
        "FilesProcessed": 1,
        "ReadingsStored": ingest.stored,
        "ReadingsRevised": ingest.revised,
        "RecordsRefused": ingest.refused,
        "ReadingsFlagged": ingest.flagged,
        "AlertsSent": outcome.told,
    }.items():
        metrics().add_metric(name, MetricUnit.Count, value)
    metrics().add_metric("LandingToStored", MetricUnit.Seconds, lag)


def _wait_before_retry(message: Message) -> None:
    """Bring the message back after a wait that doubles with each attempt, instead of the queue's long default."""
    attempt = int(message["attributes"]["ApproximateReceiveCount"])
    queue = SqsQueue(clients().sqs(), settings().ingest_queue_url)
    try:
        queue.hide(message["receiptHandle"], attempt, settings().retry_seconds)
    except (BotoCoreError, ClientError):  # the queue's own timeout brings the message back all the same, only later
        logger().exception("the retry's wait can't be set")
