"""Make the Lambdas, what feeds them and what calls them, or bring those there are up to date."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local_stack.errors import StackError
from local_stack.names import Place
from local_stack.resources import ARCHITECTURE, RUNTIME, EventSource, Function, Schedule

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_scheduler import EventBridgeSchedulerClient

LAMBDA: Final = "lambda.amazonaws.com"
SCHEDULER: Final = "scheduler.amazonaws.com"


def ensure_role(iam: "IAMClient", name: str, service: str) -> None:
    """Make a role that a service may take, if it isn't there.

    It holds no rights: the engine asks for none here. The cloud's rights are Terraform's.
    """
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        iam.get_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)


def read_zip(zips: Path, function: Function) -> bytes:
    """Read a Lambda's zip.

    Raises:
        StackError: it isn't there.
    """
    path = zips / function.zip_name
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise StackError(f"{path} is missing: run `make build`") from None


def ensure_function(functions: "LambdaClient", function: Function, code: bytes, place: Place) -> None:
    """Make a Lambda, or return the one there is the code and settings it must have."""
    settings = function_settings(function, place)
    try:
        found = functions.get_function_configuration(FunctionName=function.name)
    except functions.exceptions.ResourceNotFoundException:
        functions.create_function(**settings, Architectures=[ARCHITECTURE], Code={"ZipFile": code})
        if function.event_seconds:
            functions.put_function_event_invoke_config(
                FunctionName=function.name, MaximumEventAgeInSeconds=function.event_seconds, MaximumRetryAttempts=1
            )
        return
    # A change ends the Lambda's workers, and with them whatever they are at; so only where something changes.
    if {**settings, **{name: found.get(name) for name in settings}} != settings:
        functions.update_function_configuration(**settings)
    if found["CodeSha256"] != base64.b64encode(sha256(code).digest()).decode():
        functions.update_function_code(FunctionName=function.name, ZipFile=code, Architectures=[ARCHITECTURE])


def function_settings(function: Function, place: Place) -> dict[str, Any]:
    """Return a Lambda's settings as CreateFunction and UpdateFunctionConfiguration take them."""
    return {
        "FunctionName": function.name,
        "Runtime": RUNTIME,
        "Handler": function.handler,
        "Role": place.role_arn(function.role),
        "Timeout": function.timeout,
        "MemorySize": function.memory,
        "Environment": {"Variables": function.environment},
    }


def ensure_source(functions: "LambdaClient", source: EventSource, place: Place) -> None:
    """Have a queue feed a Lambda."""
    queue = place.arn("sqs", source.queue)
    settings: dict[str, Any] = {
        "FunctionName": source.function,
        "BatchSize": source.batch_size,
        "MaximumBatchingWindowInSeconds": source.window_seconds,
        "ScalingConfig": {"MaximumConcurrency": source.max_concurrency},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    there = functions.list_event_source_mappings(FunctionName=source.function, EventSourceArn=queue)
    if found := there["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=found[0]["UUID"], **settings)
    else:
        functions.create_event_source_mapping(EventSourceArn=queue, **settings)


def ensure_schedule(scheduler: "EventBridgeSchedulerClient", schedule: Schedule, place: Place) -> None:
    """Have a Lambda called at a rate, or not for now."""
    settings: dict[str, Any] = {
        "Name": schedule.name,
        "ScheduleExpression": schedule.rate,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "ENABLED" if schedule.on else "DISABLED",
        "Target": {"Arn": place.function_arn(schedule.function), "RoleArn": place.role_arn(schedule.role)},
    }
    try:
        scheduler.update_schedule(**settings)
    except scheduler.exceptions.ResourceNotFoundException:
        scheduler.create_schedule(**settings)
