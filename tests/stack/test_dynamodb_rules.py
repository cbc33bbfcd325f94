"""What DynamoDB refuses and the embedded AWS forgives. That the stack does none of it, its other tests show here."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stack.conftest import ON_DYNAMODB_LOCAL
from stack.harness import Harness

pytestmark = [
    pytest.mark.referee,
    pytest.mark.skipif(not ON_DYNAMODB_LOCAL, reason="the embedded AWS forgives it; see `make test-referee`"),
]

Attempt = Callable[[Any, str], object]


def insert(dynamodb: Any, table: str, *rows: tuple[str, dict[str, str]], more: str = "n") -> None:  # noqa: ANN401 - DynamoDB's client
    """Insert rows of one site, each a timestamp and a value, in one batch; raise for a statement that is refused."""
    text = f"INSERT INTO \"{table}\" VALUE {{'site_id': ?, 'timestamp': ?, '{more}': ?}}"
    asked = [{"Statement": text, "Parameters": [{"S": "rules"}, {"S": when}, value]} for when, value in rows]
    answers = dynamodb.batch_execute_statement(Statements=asked)["Responses"]
    refused = [each["Error"] for each in answers if "Error" in each]
    if refused:
        raise ClientError({"Error": {"Code": refused[0]["Code"], "Message": refused[0]["Message"]}}, "Batch")


def put(dynamodb: Any, table: str, **more: Any) -> None:  # noqa: ANN401 - DynamoDB's client, and any attributes
    """Put an item with these attributes beside its key."""
    dynamodb.put_item(TableName=table, Item={"site_id": {"S": "rules"}, "timestamp": {"S": "t"}, **more})


def overlap(dynamodb: Any, table: str) -> None:  # noqa: ANN401 - DynamoDB's client
    """Set and remove one attribute in one update."""
    key = {"site_id": {"S": "rules"}, "timestamp": {"S": "t"}}
    dynamodb.update_item(
        TableName=table, Key=key, UpdateExpression="SET a=:a REMOVE a", ExpressionAttributeValues={":a": {"S": "x"}}
    )


ONE = {"N": "1"}
REFUSED: dict[str, tuple[str, Attempt]] = {
    "an item twice in a batch of statements": ("duplicates", lambda d, t: insert(d, t, ("a", ONE), ("a", ONE))),
    "a number of 39 digits in a statement": ("38 digits", lambda d, t: insert(d, t, ("b", {"N": "1" * 39}))),
    "a sort key over 1,024 bytes in a statement": ("1024 bytes", lambda d, t: insert(d, t, ("c" * 1025, ONE))),
    "a statement over 8,192 characters": ("8192", lambda d, t: insert(d, t, ("d", ONE), more="n" * 8192)),
    "an index key over 1,024 bytes": ("Size limit", lambda d, t: put(d, t, anomaly_at={"S": "x" * 1025})),
    "an attribute's name over 64 KB": ("too large", lambda d, t: put(d, t, **{"x" * 65536: ONE})),
    "two changes of one attribute": ("overlap", overlap),
}


@pytest.mark.parametrize("what", REFUSED)
def test_dynamodb_refuses(harness: Harness, what: str) -> None:
    """AWS's own code says no, and names the rule."""
    words, attempt = REFUSED[what]
    with pytest.raises(ClientError, match=words):
        attempt(harness.dynamodb, harness.stack.readings_table)
