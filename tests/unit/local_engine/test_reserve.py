"""A nearly full disk: nothing new comes in, what was accepted is finished, and everybody is told in their own words."""

from collections.abc import MutableMapping
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import Session

from event_loop import run
from local_engine.request import FULL, FULL_CODE, Refused, read_request, refuse
from local_engine.reserve import Reserve

MIB = 1024 * 1024
S3 = b"AWS4-HMAC-SHA256 Credential=test/20261128/eu-west-1/s3/aws4_request, SignedHeaders=host"
DYNAMODB = S3.replace(b"/s3/", b"/dynamodb/")


def scope(method: str, path: str, **headers: bytes) -> dict[str, Any]:
    """Return a request."""
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": named}


PUT_RAW = scope("PUT", "/bucket/raw/a.json", authorization=S3)
PUT_QUARANTINE = scope("PUT", "/bucket/quarantine/a.json", authorization=S3)
PUT_ITEM = scope("POST", "/", authorization=DYNAMODB, x_amz_target=b"DynamoDB_20120810.PutItem")
QUERY = scope("POST", "/", authorization=DYNAMODB, x_amz_target=b"DynamoDB_20120810.Query")


def refused(free_mib: int, asked: dict[str, Any]) -> bool:
    """Return whether a request is refused with a reserve of 100 MiB."""
    return Reserve(100 * MIB, lambda: free_mib * MIB).refusal(asked) is not None


@pytest.mark.parametrize(
    ("free_mib", "taken"), [(100, [PUT_RAW, PUT_QUARANTINE, PUT_ITEM]), (99, [PUT_QUARANTINE, PUT_ITEM]), (24, [])]
)
def test_what_was_accepted_may_use_the_reserve(free_mib: int, taken: list[dict[str, Any]]) -> None:
    """Below the reserve no new object comes in; below a quarter of it, nothing is written at all."""
    for asked in (PUT_RAW, PUT_QUARANTINE, PUT_ITEM):
        assert refused(free_mib, asked) == (asked not in taken)


@pytest.mark.parametrize(
    "asked",
    [
        QUERY,
        scope("GET", "/bucket/raw/a.json"),
        scope("DELETE", "/bucket/raw/a.json", authorization=S3),
        scope("POST", "/", authorization=S3, x_amz_target=b"AmazonSQS.DeleteMessage"),
        scope("POST", "/_aws/execute-api/5e110000/readings"),
    ],
)
def test_reading_and_making_room_go_on(asked: dict[str, Any]) -> None:
    """With no room at all one can look, and remove; a request of the API is refused where it writes, further in."""
    assert not refused(0, asked)


def test_a_presigned_or_unsigned_upload_is_an_upload() -> None:
    """Whoever signs in the query, or not at all, is refused as well."""
    presigned = {
        **scope("PUT", "/bucket/raw/a"),
        "query_string": b"X-Amz-Credential=test%2F2026%2Feu-west-1%2Fs3%2Faws4",
    }
    assert refused(99, presigned)
    assert refused(99, scope("PUT", "/bucket/raw/a"))
    assert not refused(99, scope("PUT", "/functions/x", authorization=S3.replace(b"/s3/", b"/lambda/")))


def test_the_disk_is_asked_once_a_second() -> None:
    """A burst of uploads doesn't become a burst of questions; no reserve asks nothing."""
    asked: list[float] = []
    now = [0.0]

    def free() -> int:
        asked.append(now[0])
        return 0

    reserve = Reserve(MIB, free, lambda: now[0])
    for second in (0.0, 0.4, 0.9, 1.0, 1.5, 2.1):
        now[0] = second
        assert reserve.refusal(PUT_RAW)
    assert asked == [0.0, 1.0, 2.1]
    assert Reserve(0, free).refusal(PUT_RAW) is None
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("s3", "PutObject", PUT_RAW),
        ("dynamodb", "PutItem", PUT_ITEM),
        ("sqs", "SendMessage", scope("POST", "/", x_amz_target=b"AmazonSQS.SendMessage")),
        ("lambda", "Invoke", scope("POST", "/functions/x", authorization=S3.replace(b"/s3/", b"/lambda/"))),
        ("sns", "Publish", scope("POST", "/", content_type=b"application/x-www-form-urlencoded; charset=utf-8")),
    ],
)
def test_every_client_understands_the_answer(service: str, operation: str, asked: dict[str, Any]) -> None:
    """Botocore itself reads code, message and status, and does not retry what it doesn't know as passing."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    run(refuse(read_request(asked), Refused(FULL_CODE, "the disk is full: 3 < 4 MiB", FULL), send))
    model = Session().get_service_model(service)
    body = sent[1]["body"]
    answer = {"status_code": sent[0]["status"], "headers": {}, "body": body, "context": {}}
    shape = model.operation_model(operation).output_shape
    assert shape is not None
    parsed = create_parser(model.metadata["protocol"]).parse(answer, shape)
    assert parsed["Error"]["Code"] == "InsufficientStorage"
    assert parsed["Error"]["Message"] == "the disk is full: 3 < 4 MiB"
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 507
