"""The watch's Lambda: the minute's tick, or a batch of messages from the watch queue, of which the failed come back.

A store that fails doesn't count against a message: it comes back until the queue's many receives are used up. A message
whose evaluations fail for another reason goes to the watch's own dead-letter queue after its fifth receive. From there
it can be sent again at any time: it says what is to be evaluated, and what the evaluation finds is in the readings.
"""

import random
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import HeliographError
from heliograph.evaluation.cycle import EvaluationJob, read_job
from heliograph.reading import end_of
from heliograph.storage.redelivery import QueueMessage, batch_response, bring_back, receives
from heliograph.storage.retry_policy import INVOCATION, may_recover
from heliograph.telemetry import logger, metrics
from lambda_watch.watcher import EvaluationSummary
from lambda_watch.wiring import watch

_MOST_RECEIVES: Final = 5
# Left at the end of an invocation for saying what comes back.
_TO_REPORT_SECONDS: Final = 25.0
_chance = random.SystemRandom().random


def handler(event: dict[str, Any], context: LambdaContext | None) -> Mapping[str, Any]:
    """Handle a batch of messages, or a tick, which is any other event.

    Raises:
        SettingsError: a variable is missing or has a value that can't be used.
    """
    if context is not None:
        INVOCATION.set(context.get_remaining_time_in_millis() / 1000 - _TO_REPORT_SECONDS)
    answer = _batch(event["Records"]) if "Records" in event else _tick()
    INVOCATION.clear()
    metrics().flush_metrics()
    return answer


def _tick() -> dict[str, int]:
    settings = watch().settings
    ticked = watch().ticker.tick(settings.watch_period, settings.watch_group)
    logger().info("ticked", sites=ticked.sites, messages=ticked.messages)
    metrics().add_metric("SitesDue", MetricUnit.Count, ticked.sites)
    return {"sites": ticked.sites, "messages": ticked.messages}


def _batch(messages: list[QueueMessage]) -> Mapping[str, Any]:
    return batch_response([each["messageId"] for each in messages if not _is_done(each)])


def _is_done(message: QueueMessage) -> bool:
    """Evaluate the sites one message names; return whether it is done, be it as a dead letter."""
    try:
        handle_job(read_job(message["body"]))
    # One message's failure mustn't keep those behind it from being handled.
    except Exception as error:  # noqa: BLE001
        metrics().add_metric("CallsFailed", MetricUnit.Count, 1)
        if isinstance(error, HeliographError):
            logger().warning("job failed", error=str(error))
        if _is_buried(message, error):
            return True
        bring_back(watch().queue, message, watch().settings.retry_seconds, _chance())
        return False
    return True


def handle_job(job: EvaluationJob) -> None:
    """Evaluate all sites of a job, log a line and count.

    Raises:
        Exception: what was wrong with the first site that couldn't be evaluated; the others were all the same.
    """
    failures: list[Exception] = []
    done: list[EvaluationSummary] = []
    watch().keeper.fetch(due_site.site_id for due_site in job.sites)
    for due_site in job.sites:
        try:
            evaluation = watch().watcher.evaluate(due_site, end_of(job.at))
        # Whatever is wrong with one site mustn't keep those behind it from being evaluated.
        except Exception as error:  # noqa: BLE001
            logger().exception("evaluation failed", site_id=due_site.site_id)
            failures.append(error)
        else:
            done += [evaluation] if evaluation else []
    _count(job, done)
    if failures:
        raise failures[0]


def _count(job: EvaluationJob, done: list[EvaluationSummary]) -> None:
    counts = {
        "SitesEvaluated": len(done),
        "SitesReevaluated": sum(evaluation.reevaluated for evaluation in done),
        "ReadingsJudged": sum(evaluation.judged for evaluation in done),
        "ReadingsMarked": sum(evaluation.marked for evaluation in done),
        "DaysWritten": sum(evaluation.days for evaluation in done),
    }
    logger().info("evaluated", at=job.at, asked=len(job.sites), counts=counts)
    for name, value in counts.items():
        metrics().add_metric(name, MetricUnit.Count, value)


def _is_buried(message: QueueMessage, error: Exception) -> bool:
    """Write a message that failed by itself too often to the dead-letter queue; return whether it is there.

    A crash before it is reported as done leaves it in both queues, which changes nothing: evaluations can be done
    twice.
    """
    if may_recover(error) or receives(message) < _MOST_RECEIVES:
        return False
    try:
        watch().dead_letters.bury(message["body"], {"error": f"{type(error).__name__}: {error}"})
    except (BotoCoreError, ClientError):
        logger().exception("a dead letter can't be written")
        return False
    logger().error("job is a dead letter", message_id=message["messageId"], error=str(error))
    return True
