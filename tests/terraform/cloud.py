"""A stack as AWS's own describe calls show it, with names made alike, so that two stacks can be compared."""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from local_stack.clients import LocalClients
from terraform.workspace import Workspace

Shown = dict[str, Any]

_OF_THE_BOOTSTRAP = ("heliograph-state-", "heliograph-artifacts-")


class Cloud(msgspec.Struct, frozen=True):
    """A stack that `make deploy` made. printed: by it."""

    workspace: Workspace
    aws: LocalClients
    endpoint: str
    printed: str


def api_address(endpoint: str, outputs: dict[str, Any]) -> str:
    """Return where the API that Terraform made is reached on the embedded AWS, which has no host names of its own."""
    return f"{endpoint}/_aws/execute-api/{outputs['api'].removeprefix('http://').partition('.')[0]}"


def describe(aws: LocalClients, prefix: str, bucket: str) -> Shown:
    """Ask AWS for all there is under a prefix; return it flat, as `queues.STACK-ingestion.visibility` and its value."""
    shown = {
        "tables": {name: _table(aws, name) for name in _ours(aws.dynamodb().list_tables()["TableNames"], prefix)},
        "queues": {name: _queue(aws, name) for name in _queues(aws, prefix)},
        "bucket": _bucket(aws, bucket),
        "functions": {name: _function(aws, name) for name in _functions(aws, prefix)},
        "sources": {
            each["FunctionArn"].rpartition(":")[2]: _source(each)
            for each in aws.functions.list_event_source_mappings()["EventSourceMappings"]
        },
        "schedules": {name: _schedule(aws, name) for name in _schedules(aws, prefix)},
        "apis": {each["Name"]: _api(aws, each) for each in aws.apis.get_apis()["Items"]},
        "topics": {each["TopicArn"]: _subscribed(aws, each["TopicArn"]) for each in aws.sns().list_topics()["Topics"]},
        "roles": {
            each["RoleName"]: _takers(each) for each in aws.roles.list_roles()["Roles"] if _is_ours(each, prefix)
        },
    }
    return dict(_flat(_alike(shown, prefix, bucket)))


def remove_strays(aws: LocalClients, routes: Collection[str]) -> None:
    """Remove routes but those that Terraform knows.

    Under load its client loses an answer of the embedded AWS now and then ("use of closed network connection") and asks
    again. AWS refuses a second route of a key; the embedded AWS makes one.
    """
    for api in aws.apis.get_apis()["Items"]:
        for each in aws.apis.get_routes(ApiId=api["ApiId"])["Items"]:
            if each["RouteId"] not in routes:
                aws.apis.delete_route(ApiId=api["ApiId"], RouteId=each["RouteId"])


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


def _ours(names: Iterable[str], prefix: str) -> list[str]:
    return [name for name in names if name.startswith(prefix)]


def _queues(aws: LocalClients, prefix: str) -> list[str]:
    return _ours((url.rpartition("/")[2] for url in aws.sqs().list_queues()["QueueUrls"]), prefix)


def _functions(aws: LocalClients, prefix: str) -> list[str]:
    return _ours((each["FunctionName"] for each in aws.functions.list_functions()["Functions"]), prefix)


def _schedules(aws: LocalClients, prefix: str) -> list[str]:
    return _ours((each["Name"] for each in aws.scheduler.list_schedules()["Schedules"]), prefix)


def _is_ours(role: Any, prefix: str) -> bool:  # noqa: ANN401 - botocore's answer
    # GitHub's roles are the bootstrap's.
    return role["RoleName"].startswith(prefix) and "-github-" not in role["RoleName"]


def _takers(role: Any) -> list[str]:  # noqa: ANN401 - botocore's answer
    return [each["Principal"]["Service"] for each in role["AssumeRolePolicyDocument"]["Statement"]]


def _subscribed(aws: LocalClients, topic: str) -> list[str]:
    return [each["Protocol"] for each in aws.sns().list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]


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
        "senders": _senders(found),
    }


def _senders(attributes: Any) -> list[str]:  # noqa: ANN401 - botocore's answer
    statements = json.loads(attributes.get("Policy", '{"Statement": []}'))["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    return [f"{each['Principal']['Service']} {each['Condition']['ArnEquals']['aws:SourceArn']}" for each in allowed]


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
        "environment": dict.fromkeys(found["Environment"]["Variables"], "set"),
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
    return {"rate": found["ScheduleExpression"], "state": found["State"], "calls": found["Target"]["Arn"]}


def _api(aws: LocalClients, api: Any) -> Shown:  # noqa: ANN401 - botocore's answer
    stages = aws.apis.get_stages(ApiId=api["ApiId"])["Items"]
    (integration,) = aws.apis.get_integrations(ApiId=api["ApiId"])["Items"]
    return {
        "protocol": api["ProtocolType"],
        "origins": api.get("CorsConfiguration", {}).get("AllowOrigins"),
        "routes": sorted(
            (each["RouteKey"], each.get("AuthorizationType", "NONE"))
            for each in aws.apis.get_routes(ApiId=api["ApiId"])["Items"]
        ),
        "integration": (integration["IntegrationType"], integration["PayloadFormatVersion"]),
        "calls": integration["IntegrationUri"].removesuffix("/invocations").rpartition("function:")[2],
        "stages": [(stage["StageName"], stage["AutoDeploy"]) for stage in stages],
    }


def _alike(shown: Shown, prefix: str, bucket: str) -> Shown:
    """Replace the names that differ by design, so that only true differences are left."""
    alike: Shown = json.loads(json.dumps(shown).replace(bucket, "DATA").replace(prefix, "STACK"))
    return alike


def _flat(shown: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(shown, dict) and shown:
        for name, value in shown.items():
            yield from _flat(value, f"{path}.{name}" if path else name)
    else:
        yield path, shown
