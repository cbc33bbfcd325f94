"""The processor's Lambda: a batch of messages from the ingest queue in, the failed ones out.

A failed message comes back after a wait that doubles each time; when it has failed as often as the queue allows, the
queue moves it, the original S3 event, to the dead-letter queue.
"""

from datetime import UTC, datetime
from logging import getLogger
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import HeliographError
from heliograph.events import Landed, landed_objects
from heliograph.reading import moment_of
from heliograph.storage.queues import SqsQueue
from heliograph.telemetry import logger, metrics
from lambda_processor.process import Outcome
from lambda_processor.wiring import clients, processor, settings


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Process every message; report those that failed so that only they come back."""
    batch = BatchProcessor(
        event_type=EventType.SQS, logger=getLogger(logger().name), raise_on_entire_batch_failure=False
    )
    response = process_partial_response(event, handle_record, batch, context)
    metrics().flush_metrics()
    return response


def handle_record(record: SQSRecord) -> None:
    """Process the raw objects one message names; Powertools asks for a parameter named `record`."""
    try:
        for landed in landed_objects(record.body):
            handle_object(landed)
    except Exception:
        metrics().add_metric("FilesFailed", MetricUnit.Count, 1)
        _wait_before_retry(record)
        raise


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


def _wait_before_retry(record: SQSRecord) -> None:
    """Bring the message back after a wait that doubles with each attempt, instead of the queue's long default."""
    attempt = int(record.attributes.approximate_receive_count)
    queue = SqsQueue(clients().sqs(), settings().ingest_queue_url)
    try:
        queue.hide(record.receipt_handle, attempt, settings().retry_seconds)
    except (BotoCoreError, ClientError):  # the queue's own timeout brings the message back all the same, only later
        logger().exception("the retry's wait can't be set")
