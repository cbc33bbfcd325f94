"""A stack as AWS's own describe calls show it, with names made alike, so that two stacks can be compared."""

import json
import re
from typing import Any

import msgspec

from local_stack.clients import LocalClients
from terraform.workspace import Workspace

Shown = dict[str, Any]

_OF_THE_BOOTSTRAP = ("heliograph-state-", "heliograph-artifacts-")


class Cloud(msgspec.Struct, frozen=True):
    """A stack that Terraform made."""

    workspace: Workspace
    aws: LocalClients
    endpoint: str


def describe(aws: LocalClients, prefix: str, bucket: str) -> Shown:
    """Ask AWS what there is under a prefix."""
    shown = {
        "tables": {name: _table(aws, name) for name in _tables(aws, prefix)},
        "queues": {name: _queue(aws, name) for name in (f"{prefix}-ingest", f"{prefix}-dead-letter")},
        "bucket": _bucket(aws, bucket),
        "functions": {name: _function(aws, f"{prefix}-{name}") for name in ("processor", "simulator", "api")},
        "event sources": [_source(each) for each in aws.functions.list_event_source_mappings()["EventSourceMappings"]],
        "schedule": _schedule(aws, f"{prefix}-simulator"),
        "api": _api(aws, f"{prefix}-api"),
        "topics": [each["TopicArn"] for each in aws.sns().list_topics()["Topics"]],
    }
    return _alike(shown, prefix, bucket)


def what_is_left(aws: LocalClients) -> list[str]:
    """Name what is there beside what the bootstrap made."""
    found = [f"table {name}" for name in aws.dynamodb().list_tables()["TableNames"] if name != "heliograph-locks"]
    found += [f"queue {url}" for url in aws.sqs().list_queues().get("QueueUrls", [])]
    found += [f"function {each['FunctionName']}" for each in aws.functions.list_functions()["Functions"]]
    buckets = [each["Name"] for each in aws.s3().list_buckets()["Buckets"]]
    found += [
        f"bucket {name}" for name in buckets if not name.startswith(("heliograph-state-", "heliograph-artifacts-"))
    ]
    found += [f"api {each['Name']}" for each in aws.apis.get_apis()["Items"]]
    found += [f"topic {each['TopicArn']}" for each in aws.sns().list_topics()["Topics"]]
    found += [f"schedule {each['Name']}" for each in aws.scheduler.list_schedules()["Schedules"]]
    roles = [each["RoleName"] for each in aws.roles.list_roles()["Roles"]]
    return found + [f"role {name}" for name in roles if name.startswith("heliograph") and "-github-" not in name]


def _tables(aws: LocalClients, prefix: str) -> list[str]:
    return [name for name in aws.dynamodb().list_tables()["TableNames"] if name.startswith(prefix)]


def _table(aws: LocalClients, name: str) -> Shown:
    found = aws.dynamodb().describe_table(TableName=name)["Table"]
    expiry = aws.dynamodb().describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    indexes = found.get("GlobalSecondaryIndexes", [])
    return {
        "keys": found["KeySchema"],
        "attributes": sorted(each["AttributeName"] for each in found["AttributeDefinitions"]),
        "billing": found.get("BillingModeSummary", {}).get("BillingMode"),
        "indexes": {each["IndexName"]: (each["KeySchema"], each["Projection"]["ProjectionType"]) for each in indexes},
        "expires by": expiry.get("AttributeName"),
    }


def _queue(aws: LocalClients, name: str) -> Shown:
    sqs = aws.sqs()
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(found.get("RedrivePolicy", "{}"))
    return {
        "visibility": found["VisibilityTimeout"],
        "keeps": found["MessageRetentionPeriod"],
        "dead letters": redrive.get("deadLetterTargetArn"),
        "receives": int(redrive.get("maxReceiveCount", 0)),
    }


def _bucket(aws: LocalClients, name: str) -> Shown:
    told = aws.s3().get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    return {
        "versioning": aws.s3().get_bucket_versioning(Bucket=name)["Status"],
        "tells": [(each["QueueArn"], each["Events"], _prefixes(each)) for each in told],
    }


def _prefixes(told: Any) -> list[str]:  # noqa: ANN401 - botocore's answer
    return [rule["Value"] for rule in told["Filter"]["Key"]["FilterRules"] if rule["Name"].lower() == "prefix"]


def _function(aws: LocalClients, name: str) -> Shown:
    found = aws.functions.get_function_configuration(FunctionName=name)
    return {
        "handler": found["Handler"],
        "runtime": found["Runtime"],
        "architectures": found.get("Architectures"),
        "timeout": found["Timeout"],
        "memory": found["MemorySize"],
        "environment": sorted(found["Environment"]["Variables"]),
    }


def _source(found: Any) -> Shown:  # noqa: ANN401 - botocore's answer
    return {
        "queue": found["EventSourceArn"],
        "function": found["FunctionArn"],
        "batch": found["BatchSize"],
        "answers": found["FunctionResponseTypes"],
        "concurrency": found["ScalingConfig"]["MaximumConcurrency"],
        "window": found.get("MaximumBatchingWindowInSeconds", 0),
    }


def _schedule(aws: LocalClients, name: str) -> Shown:
    found = aws.scheduler.get_schedule(Name=name)
    target = found["Target"]["Arn"]
    return {"rate": found["ScheduleExpression"], "state": found["State"], "calls": target}


def _api(aws: LocalClients, name: str) -> Shown:
    (api,) = [each for each in aws.apis.get_apis()["Items"] if each["Name"] == name]
    stages = aws.apis.get_stages(ApiId=api["ApiId"])["Items"]
    (integration,) = aws.apis.get_integrations(ApiId=api["ApiId"])["Items"]
    return {
        "protocol": api["ProtocolType"],
        "routes": [each["RouteKey"] for each in aws.apis.get_routes(ApiId=api["ApiId"])["Items"]],
        "integration": (integration["IntegrationType"], integration["PayloadFormatVersion"]),
        "calls": integration["IntegrationUri"].removesuffix("/invocations").rpartition("function:")[2],
        "stages": [(stage["StageName"], stage["AutoDeploy"]) for stage in stages],
    }


def _alike(shown: Shown, prefix: str, bucket: str) -> Shown:
    """Replace the names that differ by design, so that only true differences are left."""
    text = json.dumps(shown).replace(bucket, "DATA").replace(prefix, "STACK")
    alike: Shown = json.loads(re.sub(r":function:STACK-(\w+):live", r":function:STACK-\1", text))
    return alike
