"""Chaos, short and seeded: calls fail, a worker is killed, the embedded AWS stopped and started; nothing is lost.

`make chaos` is the long run. Each fault is also held against what botocore makes of it, so that a run proves something.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, IncompleteReadError

from chaos.faults import KINDS, Faults, Kind
from chaos.plan import Plan
from chaos.proxy import FaultProxy
from chaos.run import Chaos
from chaos.subscriber import Subscriber
from heliograph.incidents.model import Notification
from heliograph.storage.notifications import SnsPublisher
from local_stack.clients import make_session
from local_stack.stack import secret_of
from stack.harness import Harness

# Without what takes minutes: SNS down, trouble of many sites, files by the command. `make chaos` has it.
PLAN = Plan(
    files=24,
    late=0,
    seed=1,
    rate=0.06,
    kills=1,
    sns_down=(0, 0),
    submitted=0,
    scenes=False,
    watch=False,
    hidden_seconds=8,
    seconds=60,
)


@pytest.mark.cloud  # it starts a stack three times and lands files for a minute
@pytest.mark.timeout(300)
def test_nothing_is_lost_in_chaos(zips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """24 files: lost 0, doubled 0, values and totals right, unsent 0, told twice 0; and the faults really fired."""
    outcome = Chaos(PLAN, tmp_path / "chaos", zips).run()
    with capsys.disabled():
        sys.stdout.write(f"\nchaos, {outcome.seconds:.0f} s: {outcome.fired} in {outcome.calls} calls\n")
    assert outcome.good, "\n".join(outcome.lines())
    assert outcome.files.stored > 300
    assert outcome.notified.onsets
    assert outcome.fired.keys() >= {"worker killed", "engine restarted", "event doubled"}
    assert sum(outcome.fired.get(kind, 0) for kind in KINDS) >= 10


@pytest.mark.cloud  # it mostly waits, as throttled calls do: 45 seconds
@pytest.mark.timeout(300)
def test_throttles_slow_the_drain_and_lose_nothing(zips: Path, tmp_path: Path) -> None:
    """A third of all calls is throttled, whole or in part: waits and the queue bear it, no file dies of it."""
    busy: tuple[Kind, ...] = ("throttled", "slow down", "partial")
    plan = Plan(
        files=15,
        seed=2,
        rate=0.3,
        kinds=busy,
        kills=0,
        restarts=0,
        sns_down=(0, 0),
        submitted=0,
        late=0,
        scenes=False,
        watch=False,
        seconds=90,
    )
    outcome = Chaos(plan, tmp_path / "busy", zips).run()
    assert outcome.good, "\n".join(outcome.lines())
    assert outcome.files.redriven == 0
    assert outcome.fired["throttled"] + outcome.fired["partial"] >= 20


def through(harness: Harness, proxy: FaultProxy, service: str) -> Any:  # noqa: ANN401 - any service's client
    """Return a client that calls the proxy, once."""
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"})
    session = make_session(harness.stack.region, secret_of(harness.stack))
    return session.create_client(service, endpoint_url=proxy.endpoint, config=once)


def put(harness: Harness, proxy: FaultProxy, name: str) -> None:
    """Write an item through the proxy."""
    item = {"site_id": {"S": name}, "timestamp": {"S": "t"}}
    through(harness, proxy, "dynamodb").put_item(TableName=harness.stack.readings_table, Item=item)


def is_written(harness: Harness, name: str) -> bool:
    """Return whether the item is there."""
    key = {"site_id": {"S": name}, "timestamp": {"S": "t"}}
    return "Item" in harness.dynamodb.get_item(TableName=harness.stack.readings_table, Key=key)


@pytest.mark.parametrize(
    ("kind", "raised", "written"),
    [
        ("throttled", ClientError, False),
        ("server error", ClientError, False),
        ("reset", ConnectionClosedError, False),
        ("answer lost", ConnectionClosedError, True),
        ("truncated", ConnectionClosedError, True),
    ],
)
def test_a_fault_is_what_botocore_takes_for_one(
    harness: Harness, kind: Kind, raised: type[Exception], *, written: bool
) -> None:
    """Refused and reset calls do nothing; those whose answer is lost or cut short have done their work."""
    name = harness.name("fault")
    with FaultProxy(harness.stack, Faults(1.0, 1, [kind])) as proxy, pytest.raises(raised):
        put(harness, proxy, name)
    assert is_written(harness, name) == written
    assert proxy.faults.fired == {kind: 1}


def test_latency_and_no_fault_change_nothing(harness: Harness) -> None:
    """A slow call is done like any other."""
    for rate in (0.0, 1.0):
        name = harness.name("slow")
        with FaultProxy(harness.stack, Faults(rate, 1, ["latency"])) as proxy:
            put(harness, proxy, name)
        assert is_written(harness, name)


def test_objects_are_cut_short_and_slowed_down(harness: Harness) -> None:
    """S3 says SlowDown, or an object's body ends early, which the client notices."""
    landed = harness.land(b"[]" * 100)
    asked = {"Bucket": harness.stack.raw_bucket, "Key": landed.key}
    with FaultProxy(harness.stack, Faults(1.0, 1, ["slow down"])) as proxy:
        with pytest.raises(ClientError, match="SlowDown"):
            through(harness, proxy, "s3").get_object(**asked)
        proxy.faults = Faults(1.0, 1, ["truncated"])
        body = through(harness, proxy, "s3").get_object(**asked)["Body"]
        with pytest.raises((IncompleteReadError, ConnectionClosedError, Exception), match=r"(?i)read|closed"):
            body.read()


def statements(harness: Harness, client: Any, name: str) -> int:  # noqa: ANN401 - DynamoDB's client
    """Insert 25 items by PartiQL; return how many were refused."""
    insert = f"INSERT INTO \"{harness.stack.readings_table}\" VALUE {{'site_id': ?, 'timestamp': ?}}"
    asked = [{"Statement": insert, "Parameters": [{"S": name}, {"S": f"{n:02}"}]} for n in range(25)]
    answers = client.batch_execute_statement(Statements=asked)["Responses"]
    assert len(answers) == 25
    return sum("Error" in each for each in answers)


def keys(harness: Harness, client: Any, name: str) -> int:  # noqa: ANN401 - DynamoDB's client
    """Read 25 items; return how many were left unread."""
    table = harness.stack.readings_table
    wanted = [{"site_id": {"S": name}, "timestamp": {"S": f"{n:02}"}} for n in range(25)]
    answer = client.batch_get_item(RequestItems={table: {"Keys": wanted, "ConsistentRead": True}})
    left = answer["UnprocessedKeys"][table]
    assert left["ConsistentRead"]
    return len(left["Keys"])


def items(harness: Harness, client: Any, name: str) -> int:  # noqa: ANN401 - DynamoDB's client
    """Write 25 items; return how many were left unwritten."""
    table = harness.stack.readings_table
    puts = [{"PutRequest": {"Item": {"site_id": {"S": name}, "timestamp": {"S": f"{n:02}"}}}} for n in range(25)]
    return len(client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"][table])


@pytest.mark.parametrize("batch", [statements, keys, items])
def test_a_batch_is_done_in_part(harness: Harness, batch: Callable[[Harness, Any, str], int]) -> None:
    """Inside an answer of 200 some entries are refused, and the others are done."""
    with FaultProxy(harness.stack, Faults(1.0, 1, ["partial"])) as proxy:
        name = harness.name("part")
        refused = batch(harness, through(harness, proxy, "dynamodb"), name)
    assert 0 < refused < 25
    if batch is not keys:
        assert len(harness.dynamodb.query(**every_item(harness, name))["Items"]) == 25 - refused


def every_item(harness: Harness, name: str) -> dict[str, Any]:
    """Ask for a site's items."""
    values = {":site": {"S": name}}
    return {
        "TableName": harness.stack.readings_table,
        "KeyConditionExpression": "site_id = :site",
        "ExpressionAttributeValues": values,
    }


def test_a_transaction_is_cancelled_and_queue_messages_are_refused_in_part(harness: Harness) -> None:
    """A transaction that meets another says so; of ten messages to a queue some are taken."""
    put = {"Put": {"TableName": harness.stack.readings_table, "Item": {"site_id": {"S": "x"}, "timestamp": {"S": "t"}}}}
    entries = [{"Id": str(n), "MessageBody": "chaos"} for n in range(10)]
    with FaultProxy(harness.stack, Faults(1.0, 1, ["partial"])) as proxy:
        with pytest.raises(ClientError) as cancelled:
            through(harness, proxy, "dynamodb").transact_write_items(TransactItems=[put])
        sent = through(harness, proxy, "sqs").send_message_batch(QueueUrl=harness.stack.alerts_inbox, Entries=entries)
    assert cancelled.value.response["CancellationReasons"][0]["Code"] in {"TransactionConflict", "ThrottlingError"}
    assert len(sent["Failed"]) + len(sent["Successful"]) == 10
    assert 0 < len(sent["Failed"]) < 10
    for _ in sent["Successful"]:
        harness.take(harness.stack.alerts_inbox, lambda body: body == "chaos")


def test_messages_rejected_in_part_are_published_once_each(harness: Harness) -> None:
    """Of ten messages SNS takes some; the publisher sends the others again, alone: each arrives, none twice."""
    name = harness.name("told")
    messages = [Notification(f"{name} {n}", f"{name} /incidents/{n}", {"kind": "onset"}) for n in range(10)]
    with FaultProxy(harness.stack, Faults(0.7, 3, ["partial"])) as proxy:
        SnsPublisher(through(harness, proxy, "sns"), harness.stack.alerts_topic).publish(messages)
    assert proxy.faults.fired["partial"] >= 1
    arrived = [harness.take(harness.stack.alerts_inbox, lambda body: name in body) for _ in messages]
    assert {f"{name} {n}" for n in range(10)} == {subject(body) for body in arrived}
    with pytest.raises(AssertionError, match="waited"):
        harness.take(harness.stack.alerts_inbox, lambda body: name in body, seconds=2)


def test_a_message_whose_answer_is_lost_is_noted(harness: Harness) -> None:
    """The proxy knows which incidents' message SNS took without the sender hearing so: those may be told again."""
    message = Notification(
        "lost", f"{harness.name('lost')} /incidents/some-incident", {"kind": "onset", "phase": "onset"}
    )
    subscriber = Subscriber(lambda: None)
    with FaultProxy(harness.stack, Faults(1.0, 1, ["answer lost"])) as proxy:
        proxy.on_unheard.append(subscriber.note_unheard)
        with pytest.raises(ConnectionClosedError):
            SnsPublisher(through(harness, proxy, "sns"), harness.stack.alerts_topic).publish([message])
    assert subscriber.unheard == {("onset", "some-incident"): 1}
    harness.take(harness.stack.alerts_inbox, lambda body: message.text in body)


def subject(body: str) -> str:
    """Read a message's subject as SNS hands it on."""
    found: str = json.loads(body)["Subject"]
    return found
