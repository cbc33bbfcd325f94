"""The null AWS answers in the shapes that botocore reads, counts, and goes away with who started it."""

import json
import subprocess
import sys
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from speed import feed
from speed.measure import areas_of, ratio, spread
from speed.null_aws import NullAws, NullCall
from speed.processes import BENCHMARKS, Endpoint, running


@pytest.fixture(scope="module")
def aws() -> Any:  # noqa: ANN401 - an Endpoint
    """A running null AWS."""
    with running() as endpoint:
        yield endpoint


def client(aws: Endpoint, service: str) -> Any:  # noqa: ANN401 - any service's client
    """Make botocore's client for a service."""
    session = Session()
    session.set_credentials("key", "secret")
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return session.create_client(service, region_name="eu-west-1", endpoint_url=aws.url, config=config)


def test_it_speaks_each_service(aws: Endpoint) -> None:
    """Every answer is read by botocore, and each call, item and byte is counted."""
    aws.reset()
    dynamodb, s3 = client(aws, "dynamodb"), client(aws, "s3")
    s3.put_object(Bucket="b", Key="k", Body=b"body")
    assert s3.get_object(Bucket="b", Key="k")["Body"].read() == b"body"
    statements = [{"Statement": 'INSERT INTO "t" VALUE {}'}] * 3
    assert len(dynamodb.batch_execute_statement(Statements=statements)["Responses"]) == 3
    puts = [{"PutRequest": {"Item": {"a": {"S": "b"}}}}] * 2
    assert dynamodb.batch_write_item(RequestItems={"t": puts})["UnprocessedItems"] == {}
    messages = [{"Id": str(number), "Message": "m"} for number in range(2)]
    answer = client(aws, "sns").publish_batch(TopicArn="arn:aws:sns:eu-west-1:0:t", PublishBatchRequestEntries=messages)
    assert [each["Id"] for each in answer["Successful"]] == ["0", "1"]
    queue = f"{aws.url}/0/q"
    sent = client(aws, "sqs").send_message_batch(QueueUrl=queue, Entries=[{"Id": "0", "MessageBody": "m"}])
    assert sent["Successful"][0]["Id"] == "0"
    counts = aws.counts()
    assert counts["calls"]["BatchExecuteStatement"] == 1
    assert (counts["items"]["BatchExecuteStatement"], counts["items"]["BatchWriteItem"]) == (3, 2)
    assert counts["bytes_in"] > 0


def test_it_gives_what_it_was_told_to(aws: Endpoint) -> None:
    """A canned Query, and canned items by their key."""
    aws.can("Query/t", b'{"Count":1,"Items":[{"a":{"S":"b"}}],"ScannedCount":1}')
    aws.can("BatchGetItem/t", json.dumps({"x": {"a": {"S": "x"}}}).encode())
    dynamodb = client(aws, "dynamodb")
    asked: dict[str, Any] = {"TableName": "t", "KeyConditionExpression": "a = :a"}
    assert dynamodb.query(**asked, ExpressionAttributeValues={":a": {"S": "b"}})["Items"] == [{"a": {"S": "b"}}]
    keys = [{"a": {"S": "x"}}, {"a": {"S": "y"}}]
    assert dynamodb.batch_get_item(RequestItems={"t": {"Keys": keys}})["Responses"] == {"t": [{"a": {"S": "x"}}]}


def test_it_ends_with_its_input() -> None:
    """Who started it may die: the server sees its input end, and ends."""
    server = subprocess.Popen(
        [sys.executable, "-m", "speed.null_aws"], cwd=BENCHMARKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert int(server.stdout.readline()) > 0
    server.stdin.close()
    assert server.wait(timeout=10) == 0
    server.stdout.close()


def test_a_missing_object_is_missed() -> None:
    """As S3 says it."""
    assert NullAws().answer(NullCall("GET", "/b/nothing", {}, b"")).status == 404


def test_the_file_is_in_time_and_every_check_can_run() -> None:
    """Readings of 500 sites, none from the future; each site's entry is whole; 1 % is flagged where asked for."""
    readings = json.loads(feed.file_of(5000, flagged=0.01))
    assert len({each["site_id"] for each in readings}) == 500
    assert len({(each["site_id"], each["timestamp"]) for each in readings}) == 5000
    assert 20 < sum(each["energy_generated_kwh"] < -100 for each in readings) < 90
    assert all("latitude" in item for item in feed.registry(3).values())


def test_figures() -> None:
    """A ratio is of runs side by side, a spread is the quarters, areas join functions."""
    assert ratio([1, 2, 10], [2, 4, 5]) == 2
    assert spread([1, 2, 3, 4, 5]) == (2, 4)
    functions = [{"file": "/x/botocore/auth.py", "ms": 2.0, "calls": 1}, {"file": "~", "ms": 3.0, "calls": 2}] * 2
    assert [(area.name[:8], area.ms, area.calls) for area in areas_of(functions)] == [
        ("built-in", 6.0, 4),
        ("signing", 4.0, 2),
    ]
