"""Direct calls: what they send and give is what botocore would; where they fail, botocore takes over."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from urllib3.exceptions import ProtocolError

from fakes.botocore_answers import answer_of, hook_of
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading
from heliograph.storage.batches import DUPLICATE, Keys, Statement, execute, get_many, insert_statement
from heliograph.storage.fast_path import FastDynamo
from heliograph.storage.reading_items import READING_CODEC, item_of, reading_key
from heliograph.storage.reading_pages import DynamoReadingPages
from heliograph.storage.readings import DynamoReadings
from heliograph.storage.retry_policy import StoreRetryPolicy

Answer = tuple[int, Any]


class Wire:
    """Stands for the connections of both ways; answers in turn, and keeps what was sent on which way."""

    def __init__(self, *answers: Answer | Exception) -> None:
        """Make a client with nobody behind it."""
        self.direct: list[Any] = []
        self.by_client: list[bytes] = []
        self._answers = list(answers)
        session = Session()
        session.set_credentials("key", "secret")
        config = Config(retries={"mode": "standard", "total_max_attempts": 1})
        client: Any = session.create_client("dynamodb", region_name="eu-west-1", config=config)
        client.meta.events.register("before-send.dynamodb", hook_of(self._client_sends))
        credentials = session.get_credentials()
        assert credentials is not None
        self.dynamodb: Any = FastDynamo(client, self, credentials)  # type: ignore[arg-type]

    def urlopen(self, _method: str, url: str, *, body: bytes, headers: dict[str, str]) -> SimpleNamespace:
        """Take a direct call."""
        self.direct.append(SimpleNamespace(url=url, body=body, headers=headers))
        answer = self._answer(url)
        return SimpleNamespace(status=answer.status_code, data=answer.content)

    def _client_sends(self, request: AWSPreparedRequest) -> AWSResponse:
        assert isinstance(request.body, bytes)
        self.by_client.append(request.body)
        return self._answer(str(request.url))

    def _answer(self, url: str) -> AWSResponse:
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return answer_of(url, status, content, "application/x-amz-json-1.0")


_KEEP = timedelta(days=1)
STORED = {"Responses": [{"TableName": "readings"}]}
BROKEN: list[Callable[[], Answer | Exception]] = [
    lambda: (500, {"__type": "InternalServerError"}),
    lambda: (400, {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}),
    lambda: (200, b'{"Responses": [{"Tab'),
    lambda: ProtocolError("reset"),
]


def assessed(site: str = "a", source: str = 'raw/a "b" \\ é.json@v1', generated: str = "1.50") -> Assessed:
    """Return a reading landed once."""
    reading = Reading(site, "2026-11-22T12:00:00Z", Decimal(generated), Decimal("0.000000000000000000000001"))
    return Assessed(landing(reading, Provenance("2026-11-22T12:01:00Z", source, 7)), ())


def statement() -> Statement:
    """Return an INSERT."""
    return insert_statement("readings", item_of(assessed(), 5))


def test_a_call_is_signed_and_says_what_it_wants() -> None:
    """Target, content type and signature are there; the body is what botocore would have written."""
    wire = Wire((200, STORED))
    execute(wire.dynamodb, [statement()], StoreRetryPolicy())
    (sent,) = wire.direct
    assert sent.headers["X-Amz-Target"] == "DynamoDB_20120810.BatchExecuteStatement"
    assert "/eu-west-1/dynamodb/aws4_request" in sent.headers["Authorization"]
    assert sent.url == "https://dynamodb.eu-west-1.amazonaws.com/"
    by_hand = {"Statement": statement().statement, "Parameters": statement().parameters}
    assert json.loads(sent.body) == {"Statements": [by_hand]}
    assert not wire.by_client


@pytest.mark.parametrize("broken", BROKEN)
def test_what_fails_is_left_to_botocore(broken: Callable[[], Answer | Exception]) -> None:
    """An error, a throttle, a body cut short, a broken connection: the client sends the same once more."""
    wire = Wire(broken(), (200, STORED))
    assert execute(wire.dynamodb, [statement()], StoreRetryPolicy()) == [None]
    assert [json.loads(each) for each in wire.by_client] == [json.loads(wire.direct[0].body)]


def test_botocore_s_errors_are_raised() -> None:
    """What the client refuses too is its own error."""
    denied = (400, {"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "Message": "no"})
    with pytest.raises(ClientError, match="AccessDenied"):
        execute(Wire(denied, denied).dynamodb, [statement()], StoreRetryPolicy())


def test_a_throttled_statement_is_sent_again_alone() -> None:
    """Of a batch only the statement that was refused for load comes back; the others keep their outcome."""
    throttled = {"Error": {"Code": "ThrottlingError", "Message": "later"}}
    duplicate = {"Error": {"Code": DUPLICATE, "Message": "there"}}
    wire = Wire((200, {"Responses": [{}, throttled, duplicate]}), (200, {"Responses": [{}]}))
    outcomes = execute(wire.dynamodb, [statement()] * 3, StoreRetryPolicy(sleep=lambda _: None))
    assert outcomes == [None, None, DUPLICATE]
    assert [len(json.loads(each.body)["Statements"]) for each in wire.direct] == [3, 1]


@pytest.mark.parametrize("generated", ["1.50", "-0", "0E-10", "12345678901", "0.000000000000000000000009", "1E+3"])
def test_a_plain_insert_is_the_item(generated: str) -> None:
    """The short way to an INSERT's parameters writes what the long way does, escapes and all digits included."""
    one = assessed(generated=generated)
    wire = Wire((200, STORED))
    readings = DynamoReadings(wire.dynamodb, "readings", _KEEP)
    readings.store([one], lambda _: ())
    (sent,) = json.loads(wire.direct[0].body)["Statements"]
    item = item_of(one, int(next(iter(sent["Parameters"][-1].values()))))
    assert sent["Parameters"] == list(item.values())
    assert sent["Statement"] == insert_statement("readings", item).statement


def test_a_client_without_a_fast_path_stores_readings() -> None:
    """Behind a proxy botocore sends the INSERTs, of plain readings too, whose parameters are ready as JSON."""
    wire = Wire((200, STORED))
    outcomes = DynamoReadings(wire.dynamodb._client, "readings", _KEEP).store([assessed()], lambda _: ())
    assert outcomes == ["stored"]
    (sent,) = json.loads(wire.by_client[0])["Statements"]
    assert sent["Parameters"][2] == {"N": "1.50"}


def test_a_raw_page_is_what_the_slow_way_reads() -> None:
    """Plain readings, flagged ones, revised ones: the fast page equals the slow one, and says whether more follows."""
    plain = assessed()
    second = landing(plain.history.reading, Provenance("2026-11-22T13:00:00Z", "raw/b", 1))
    revised = Assessed(msgspec.structs.replace(second, inserted_by=plain.history.current.provenance), (), merges=2)
    body = {"Items": [item_of(each, 5) for each in (plain, revised, plain)], "Count": 3}
    fast = Wire((200, body))
    slow = Wire((200, body))
    wanted = DynamoReadingPages(slow.dynamodb._client, "readings").of_site("a", None, None, 2, None)
    found = DynamoReadingPages(fast.dynamodb, "readings").of_site("a", None, None, 2, None)
    again = Wire((500, {}), (200, body))  # by botocore, and its parser, where the short way fails
    by_botocore = DynamoReadingPages(again.dynamodb, "readings")
    assert by_botocore.of_site("a", None, None, 2, None) == wanted
    assert found == wanted
    assert found.more
    assert len(fast.direct) == len(slow.by_client) == 1
    assert json.loads(fast.direct[0].body) == json.loads(slow.by_client[0])


def test_a_page_that_comes_in_pieces_asks_for_the_rest() -> None:
    """DynamoDB may give fewer items than asked for: the next call begins behind them, and asks for what is left."""
    key = {"site_id": {"S": "a"}, "timestamp": {"S": "2026-11-22T12:00:00Z"}}
    item = item_of(assessed(), 5)
    wire = Wire((200, {"Items": [item], "LastEvaluatedKey": key}), (200, {"Items": [item, item]}))
    page = DynamoReadingPages(wire.dynamodb, "readings").of_site("a", None, None, 2, None)
    assert (len(page.items), page.more) == (2, True)
    asked = [json.loads(each.body) for each in wire.direct]
    assert [each["Limit"] for each in asked] == [3, 2]
    assert [each.get("ExclusiveStartKey") for each in asked] == [None, key]


def test_keys_that_were_not_read_are_asked_for_again() -> None:
    """What BatchGetItem leaves unprocessed is read by a second call, and that alone."""
    item, keys = item_of(assessed(), 5), [reading_key("a", "2026-11-22T12:00:00Z"), reading_key("b", "x")]
    left = {"readings": {"Keys": keys[1:], "ConsistentRead": True}}
    wire = Wire((200, {"Responses": {"readings": [item]}, "UnprocessedKeys": left}), (200, {"Responses": {}}))
    found = get_many(wire.dynamodb, Keys("readings", keys), READING_CODEC, StoreRetryPolicy(sleep=lambda _: None))
    assert found == [assessed()]
    assert [json.loads(each.body)["RequestItems"] for each in wire.direct][1] == left
