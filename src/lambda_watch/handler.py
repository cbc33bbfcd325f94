"""The watch's Lambda: the minute's tick, or a batch of messages from the watch queue, of which the failed come back.

A message whose looks fail as often as the queue allows goes to the watch's own dead-letter queue. From there it can be
sent again at any time: it says what is to be looked at, and what the look finds is in the readings.
"""

from collections.abc import Mapping
from logging import getLogger
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import HeliographError
from heliograph.series import end_of
from heliograph.telemetry import logger, metrics
from heliograph.watching.rounds import Call, read_call
from lambda_watch.watcher import Looked
from lambda_watch.wiring import watch


def handler(event: dict[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Handle a batch of messages, or a tick, which is any other event.

    Raises:
        SettingsError: a variable is missing or has a value that can't be used.
    """
    answer = _batch(event, context) if "Records" in event else _tick()
    metrics().flush_metrics()
    return answer


def _tick() -> dict[str, int]:
    settings = watch().settings
    ticked = watch().ticker.tick(settings.watch_period, settings.watch_group)
    logger().info("ticked", sites=ticked.sites, messages=ticked.messages)
    metrics().add_metric("SitesDue", MetricUnit.Count, ticked.sites)
    return {"sites": ticked.sites, "messages": ticked.messages}


def _batch(event: dict[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    batch = BatchProcessor(
        event_type=EventType.SQS, logger=getLogger(logger().name), raise_on_entire_batch_failure=False
    )
    return process_partial_response(event, handle_record, batch, context)


def handle_record(record: SQSRecord) -> None:
    """Look at the sites one message names; Powertools asks for a parameter named `record`."""
    try:
        handle_call(read_call(record.body))
    except Exception as error:
        metrics().add_metric("CallsFailed", MetricUnit.Count, 1)
        if isinstance(error, HeliographError):
            logger().warning("call failed", error=str(error))
        _wait_before_retry(record)
        raise


def handle_call(call: Call) -> None:
    """Look at all sites of a call, log a line and count.

    Raises:
        Exception: what was wrong with the first site that couldn't be looked at; the others were all the same.
    """
    failures: list[Exception] = []
    done: list[Looked] = []
    watch().keeper.fetch(visit.site_id for visit in call.sites)
    for visit in call.sites:
        try:
            look = watch().watcher.visit(visit, end_of(call.at))
        # Whatever is wrong with one site mustn't keep those behind it from being looked at.
        except Exception as error:  # noqa: BLE001
            logger().exception("look failed", site_id=visit.site_id)
            failures.append(error)
        else:
            done += [look] if look else []
    _count(call, done)
    if failures:
        raise failures[0]


def _count(call: Call, done: list[Looked]) -> None:
    counts = {
        "SitesLookedAt": len(done),
        "SitesSwept": sum(look.swept for look in done),
        "ReadingsJudged": sum(look.judged for look in done),
        "ReadingsMarked": sum(look.marked for look in done),
        "DaysWritten": sum(look.days for look in done),
    }
    logger().info("looked", at=call.at, asked=len(call.sites), counts=counts)
    for name, value in counts.items():
        metrics().add_metric(name, MetricUnit.Count, value)


def _wait_before_retry(record: SQSRecord) -> None:
    """Bring the message back after a wait that doubles with each attempt, instead of the queue's long default."""
    attempt = int(record.attributes.approximate_receive_count)
    try:
        watch().queue.hide(record.receipt_handle, attempt, watch().settings.retry_seconds)
    except (BotoCoreError, ClientError):  # the queue's own timeout brings the message back all the same, only later
        logger().exception("the retry's wait can't be set")
