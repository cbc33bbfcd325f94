"""What the engine itself says of the resources is what resources.py describes."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from local_stack.create import function_settings, notification, queue_attributes, table_definition
from local_stack.resources import ACCOUNT, Resources, resources
from local_stack.stack import Place, Stack, StackOptions
from stack.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def place(stack: Stack) -> Place:
    """Where the stack is."""
    return Place(stack.endpoint, stack.region, ACCOUNT)


@pytest.fixture
def wanted(place: Place, dynamodb: str | None) -> Resources:
    """What is described."""
    options = StackOptions(state_dir=Path(), zips=Path(), sites=4, schedule=False, watch=False, dynamodb=dynamodb)
    return resources(options, place)


def test_queues(harness: Harness, wanted: Resources, place: Place) -> None:
    """Every queue has the attributes described, with its redrive policy and who may send."""
    for queue in wanted.queues:
        url = place.queue_url(queue.name)
        found = harness.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        described = queue_attributes(queue, place)
        for name in ("RedrivePolicy", "Policy"):
            assert msgspec.json.decode(found.pop(name, "{}")) == msgspec.json.decode(described.pop(name, "{}"))
        assert described.items() <= found.items()


def test_bucket(harness: Harness, wanted: Resources, place: Place) -> None:
    """The bucket keeps versions and tells its queue of what lands under raw/."""
    bucket = wanted.bucket.name
    assert harness.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    found = harness.s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    described = notification(wanted.bucket, place)["QueueConfigurations"]
    assert [each["Events"] for each in found] == [each["Events"] for each in described]
    assert [each["QueueArn"] for each in found] == [each["QueueArn"] for each in described]
    assert found[0]["Filter"]["Key"]["FilterRules"][0]["Value"] == "raw/"


def test_tables(harness: Harness, wanted: Resources) -> None:
    """Every table is on demand, with its keys, its indexes of whole items and the attribute items expire by."""
    for table in wanted.tables:
        found = harness.dynamodb.describe_table(TableName=table.name)["Table"]
        described = table_definition(table)
        assert found["KeySchema"] == described["KeySchema"]
        assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        indexes = {
            index["IndexName"]: (index["KeySchema"], index["Projection"]["ProjectionType"])
            for index in found.get("GlobalSecondaryIndexes", [])
        }
        assert indexes == {
            index["IndexName"]: (index["KeySchema"], "ALL") for index in described.get("GlobalSecondaryIndexes", [])
        }
        expiry = harness.dynamodb.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
        assert expiry.get("AttributeName") == table.keys.expires_by


def test_functions(harness: Harness, wanted: Resources, place: Place) -> None:
    """Every Lambda has its handler, limits, role and environment."""
    for function in wanted.functions:
        found: Mapping[str, object] = harness.aws.functions.get_function_configuration(FunctionName=function.name)
        described = function_settings(function, place)
        assert {name: found[name] for name in described} == described
        assert found["Architectures"] == ["arm64"]
        assert harness.aws.roles.get_role(RoleName=function.name)["Role"]["Arn"] == found["Role"]


def test_triggers(harness: Harness, wanted: Resources, place: Place) -> None:
    """Each queue feeds its Lambda with partial failures reported; the clock calls those that are on."""
    for each in wanted.sources:
        (source,) = harness.aws.functions.list_event_source_mappings(FunctionName=each.function)["EventSourceMappings"]
        assert source["EventSourceArn"] == place.arn("sqs", each.queue)
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert (source["BatchSize"], source["ScalingConfig"]) == (each.batch_size, {"MaximumConcurrency": 2})
    for wished in wanted.schedules:
        schedule = harness.aws.scheduler.get_schedule(Name=wished.name)
        assert (schedule["ScheduleExpression"], schedule["State"]) == (wished.rate, "DISABLED")
        assert schedule["Target"]["Arn"] == place.function_arn(wished.function)


def test_alerts_reach_the_inbox(harness: Harness, wanted: Resources, place: Place) -> None:
    """The topic's only subscriber is the inbox."""
    topic = place.arn("sns", wanted.topic.name)
    found = harness.aws.sns().list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(each["Protocol"], each["Endpoint"]) for each in found] == [("sqs", place.arn("sqs", wanted.topic.inbox))]


def test_the_api_answers_any_client(harness: Harness) -> None:
    """Health, a page of sites and its own 404 are answered under the plain address; other pages are not."""
    assert harness.http.get("health").json()["status"] == "ok"
    assert "items" in harness.http.get("sites", params={"limit": 1}).json()
    missing = harness.http.get("sites/no-such-site")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    asked = harness.http.options("sites", headers={"Origin": "http://a.test", "Access-Control-Request-Method": "GET"})
    assert asked.status_code == 403
    assert "access-control-allow-origin" not in asked.headers
