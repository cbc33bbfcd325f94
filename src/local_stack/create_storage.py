"""Make the queues, the topic, the bucket and the tables, or find them as they were left."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from local_stack.errors import StackError
from local_stack.names import Place
from local_stack.resources import Bucket, NamedTable, Queue, Topic

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient


def ensure_queue(sqs: "SQSClient", queue: Queue, place: Place) -> None:
    """Make a queue, or set the attributes of the one there is."""
    attributes = queue_attributes(queue, place)
    url = sqs.create_queue(QueueName=queue.name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def queue_attributes(queue: Queue, place: Place) -> dict[Any, str]:
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
    """Make a bucket with versions, and have it tell its queue what lands."""
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=bucket.name,
            CreateBucketConfiguration={"LocationConstraint": place.region},  # type: ignore[typeddict-item]
        )
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    wanted = notification(bucket, place)
    found: Any = s3.get_bucket_notification_configuration(Bucket=bucket.name)
    # Each change is announced to the queue by a test event; so only where something changes.
    if _queues_told(found) != _queues_told(wanted):
        s3.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration=wanted)


def notification(bucket: Bucket, place: Place) -> Any:  # noqa: ANN401 - S3's own shape
    """Return what a bucket tells its queue, as S3 takes it."""
    rule = {"Name": "prefix", "Value": bucket.tells_of}
    told = {
        "Id": "landed",
        "QueueArn": place.arn("sqs", bucket.tells),
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [rule]}},
    }
    return {"QueueConfigurations": [told]}


def _queues_told(configuration: dict[str, Any]) -> list[tuple[str, str]]:
    told = configuration.get("QueueConfigurations", [])
    return [(each["QueueArn"], each["Filter"]["Key"]["FilterRules"][0]["Value"]) for each in told]


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
