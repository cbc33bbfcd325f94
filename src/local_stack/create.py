"""Create all resources, in the order of their dependencies. Existing ones stay.

First what a person calls, then what it works with: the API's Lambda takes a second to start, and does so meanwhile.
"""

from pathlib import Path

from local_stack.clients import LocalClients
from local_stack.create_api import ensure_api
from local_stack.create_functions import (
    LAMBDA,
    SCHEDULER,
    ensure_function,
    ensure_role,
    ensure_schedule,
    ensure_source,
    read_zip,
)
from local_stack.create_storage import ensure_bucket, ensure_queue, ensure_table, ensure_topic
from local_stack.names import Place
from local_stack.resources import Resources


def create_functions(wanted: Resources, aws: LocalClients, place: Place, zips: Path) -> None:
    """Make the Lambdas and the HTTP API, or bring them up to date. zips: the folder with the Lambdas' zips.

    Raises:
        StackError: a zip is missing.
    """
    for schedule in wanted.schedules:
        ensure_role(aws.roles, schedule.role, SCHEDULER)
    for function in wanted.functions:
        ensure_role(aws.roles, function.role, LAMBDA)
        ensure_function(aws.functions, function, read_zip(zips, function), place)
    ensure_api(aws.apis, aws.functions, wanted.api, place)


def create_storage(wanted: Resources, aws: LocalClients, place: Place) -> None:
    """Make all that the Lambdas read and write, or bring it up to date.

    Raises:
        StackError: a table is there that another version made.
    """
    sqs, dynamodb = aws.sqs(), aws.dynamodb()
    for queue in wanted.queues:
        ensure_queue(sqs, queue, place)
    ensure_topic(aws.sns(), wanted.topic, place)
    for table in wanted.tables:
        ensure_table(dynamodb, table)
    ensure_bucket(aws.s3(), wanted.bucket, place)


def create_triggers(wanted: Resources, aws: LocalClients, place: Place) -> None:
    """Have the Lambdas called: by the queues and by the clock."""
    for source in wanted.sources:
        ensure_source(aws.functions, source, place)
    for schedule in wanted.schedules:
        ensure_schedule(aws.scheduler, schedule, place)
