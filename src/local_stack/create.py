"""Create all resources, in the order of their dependencies, or find them as they were left and bring them up to date.

First what a person calls, then what it works with: the API's Lambda takes a second to start, and does so meanwhile.
"""

import base64
import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local_stack.clients import LocalClients
from local_stack.resources import (
    ARCHITECTURE,
    RUNTIME,
    Bucket,
    EventSource,
    Function,
    HttpApi,
    NamedTable,
    QueueDefinition,
    Resources,
    Schedule,
    Topic,
)
from local_stack.stack import Place, StackError

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_iam import IAMClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client
    from types_boto3_scheduler import EventBridgeSchedulerClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

LAMBDA: Final = "lambda.amazonaws.com"
SCHEDULER: Final = "scheduler.amazonaws.com"
_DEFAULT = "$default"


def ensure_queue(sqs: "SQSClient", queue: QueueDefinition, place: Place) -> None:
    """Make a queue, or set the attributes of the one there is."""
    attributes = queue_attributes(queue, place)
    url = sqs.create_queue(QueueName=queue.name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def queue_attributes(queue: QueueDefinition, place: Place) -> dict[Any, str]:
    """Return a queue's attributes as SQS takes them."""
    attributes = {
        "VisibilityTimeout": str(queue.visibility_seconds),
        "MessageRetentionPeriod": str(queue.keeps_seconds),
    }
    if queue.dead_letter:
        target = place.arn("sqs", queue.dead_letter)
        attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": queue.max_receives})
    if queue.senders:
        statements = [_may_send(place.arn("sqs", queue.name), *sender) for sender in queue.senders]
        attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return attributes


def _may_send(queue_arn: str, service: str, source: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }


def ensure_topic(sns: "SNSClient", topic: Topic, place: Place) -> None:
    """Make a topic with its inbox subscribed; both are only made once, however often they are asked for."""
    arn = sns.create_topic(Name=topic.name)["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=place.arn("sqs", topic.inbox))


def ensure_bucket(s3: "S3Client", bucket: Bucket, place: Place) -> None:
    """Make a bucket with versions, and have it notify its queue of what lands."""
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=bucket.name,
            CreateBucketConfiguration={"LocationConstraint": place.region},  # type: ignore[typeddict-item]
        )
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    wanted = notification(bucket, place)
    found: Any = s3.get_bucket_notification_configuration(Bucket=bucket.name)
    # Each change is announced to the queue by a test event; so only where something changes.
    if _notified_queues(found) != _notified_queues(wanted):
        s3.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration=wanted)


def notification(bucket: Bucket, place: Place) -> Any:  # noqa: ANN401 - S3's own shape
    """Return of what a bucket notifies its queue, as S3 takes it."""
    rule = {"Name": "prefix", "Value": bucket.prefix}
    configuration = {
        "Id": "landed",
        "QueueArn": place.arn("sqs", bucket.queue),
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [rule]}},
    }
    return {"QueueConfigurations": [configuration]}


def _notified_queues(configuration: dict[str, Any]) -> list[tuple[str, str]]:
    queues = configuration.get("QueueConfigurations", [])
    return [(each["QueueArn"], each["Filter"]["Key"]["FilterRules"][0]["Value"]) for each in queues]


def ensure_table(dynamodb: "DynamoDBClient", table: NamedTable) -> None:
    """Make a table, or check that the one there is has the keys and indexes it must have.

    Raises:
        StackError: it was made by a version of Heliograph that kept things otherwise.
    """
    wanted = table_definition(table)
    try:
        dynamodb.create_table(**wanted)
    except dynamodb.exceptions.ResourceInUseException:
        found: Any = dynamodb.describe_table(TableName=table.name)["Table"]
        if _shape(found) != _shape(wanted):
            raise StackError(
                f"the table {table.name} was made by another version of Heliograph, with other keys or indexes: "
                "remove the stack's folder to begin anew, or use another one"
            ) from None
        return
    if table.keys.expires_by:
        expiry = {"Enabled": True, "AttributeName": table.keys.expires_by}
        dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=expiry)  # type: ignore[arg-type]


def table_definition(table: NamedTable) -> dict[str, Any]:
    """Return a table as CreateTable takes it. All keys are text."""
    keys = table.keys
    names = {keys.partition, keys.sort} | {name for index in keys.indexes for name in (index.partition, index.sort)}
    definition: dict[str, Any] = {
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)],
        "KeySchema": _key_schema(keys.partition, keys.sort),
    }
    if keys.indexes:
        definition["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema(index.partition, index.sort),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in keys.indexes
        ]
    return definition


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _shape(table: dict[str, Any]) -> tuple[Any, ...]:
    indexes = table.get("GlobalSecondaryIndexes") or []
    return table["KeySchema"], sorted((index["IndexName"], str(index["KeySchema"])) for index in indexes)


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
        "Role": place.role_arn(function.name),
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


def ensure_api(apis: "ApiGatewayV2Client", functions: "LambdaClient", api: HttpApi, place: Place) -> None:
    """Make an HTTP API that hands every request to its Lambda."""
    if _is_there(apis, api.api_id):
        return
    apis.create_api(Name=api.name, ProtocolType="HTTP", Tags={"ms-custom-id": api.api_id})
    integration = apis.create_integration(
        ApiId=api.api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=place.function_arn(api.function),
        PayloadFormatVersion="2.0",
    )
    target = f"integrations/{integration['IntegrationId']}"
    for route in api.routes:
        apis.create_route(ApiId=api.api_id, RouteKey=route, Target=target)
    _allow_calls(functions, api, place)
    # Last, so that an API with a stage is a whole one.
    apis.create_stage(ApiId=api.api_id, StageName=_DEFAULT, AutoDeploy=True)


def _is_there(apis: "ApiGatewayV2Client", api_id: str) -> bool:
    """Return whether the API is there, whole; what a broken start left of it is removed."""
    try:
        stages = apis.get_stages(ApiId=api_id)["Items"]
    except apis.exceptions.NotFoundException:
        return False
    if not stages:
        apis.delete_api(ApiId=api_id)
    return bool(stages)


def _allow_calls(functions: "LambdaClient", api: HttpApi, place: Place) -> None:
    try:
        functions.add_permission(
            FunctionName=api.function,
            StatementId="http-api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=place.arn("execute-api", f"{api.api_id}/*/*"),
        )
    except functions.exceptions.ResourceConflictException:
        return


def create_functions(wanted: Resources, aws: LocalClients, place: Place, zips: Path) -> None:
    """Make the Lambdas and the HTTP API, or bring them up to date. zips: the folder with the Lambdas' zips.

    Raises:
        StackError: a zip is missing.
    """
    for schedule in wanted.schedules:
        ensure_role(aws.roles, schedule.role, SCHEDULER)
    for function in wanted.functions:
        ensure_role(aws.roles, function.name, LAMBDA)
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
