"""From landing to alert, on the local engine: a file of 50 sites, one of them with a fault, until the message is there.

Beside it a Lambda that does nothing but publish: what the engine itself takes. A message on its queue starts it,
so it is spared the object and its event.

    PYTHONPATH=src:benchmarks python -m speed.alerting
"""

import argparse
import io
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Final
from uuid import uuid4

import msgspec

from harness import own_stack
from heliograph.object_keys import raw_key
from heliograph.reading import format_timestamp
from local_stack import Stack, clients_for

P95_SECONDS: Final = 2.0
_SITES: Final = 50
_GIVE_UP_SECONDS: Final = 30.0
# After 20 messages in a short time the next incidents wait for one message; one round isn't counted.
_ROUNDS: Final = 19
_ONLY_PUBLISHES: Final = """
import json, os
import botocore.session

sns = botocore.session.get_session().create_client("sns")


def handler(event, context):
    for record in event["Records"]:
        sns.publish(TopicArn=os.environ["TOPIC"], Subject="bench", Message=record["body"])
    print("published")
    return {"batchItemFailures": []}
"""


class AlertBench:
    """A running stack with a second Lambda beside it, which only publishes."""

    def __init__(self, stack: Stack) -> None:
        """Make the clients and the second Lambda."""
        self._stack = stack
        self._aws = clients_for(stack)
        self._s3, self._sqs = self._aws.s3(), self._aws.sqs()
        self._queue = self._sqs.create_queue(QueueName="only-publishes")["QueueUrl"]
        self._make_publisher()

    def ours(self) -> float:
        """Land a file with one bad reading; return the seconds until its alert is there."""
        bad = f"bad-{uuid4().hex[:10]}"
        body = msgspec.json.encode(
            [_record(name, name == bad) for name in [f"ok-{n}" for n in range(_SITES - 1)] + [bad]]
        )
        key = raw_key("bench", datetime.now(UTC), f"{bad}.json")
        return self._until(bad, lambda: self._s3.put_object(Bucket=self._stack.raw_bucket, Key=key, Body=body))

    def reference(self) -> float:
        """Tell the other Lambda to publish; return the seconds until its message is there."""
        word = uuid4().hex
        return self._until(word, lambda: self._sqs.send_message(QueueUrl=self._queue, MessageBody=word))

    def _until(self, word: str, act: Callable[[], object]) -> float:
        begun = time.perf_counter()
        act()
        while time.perf_counter() - begun < _GIVE_UP_SECONDS:
            answer = self._sqs.receive_message(
                QueueUrl=self._stack.alerts_inbox, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            arrived = time.perf_counter()
            found = False
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._stack.alerts_inbox, ReceiptHandle=message["ReceiptHandle"])
                found = found or word in message["Body"]
            if found:
                return arrived - begun
        raise SystemExit(f"no alert in {_GIVE_UP_SECONDS:g} s")

    def _make_publisher(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("publish.py", _ONLY_PUBLISHES)
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        function = self._aws.functions.create_function(
            FunctionName="only-publishes",
            Runtime="python3.13",
            Role=self._aws.functions.get_function(FunctionName=self._stack.processor_function)["Configuration"]["Role"],
            Handler="publish.handler",
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": {"TOPIC": self._stack.alerts_topic}},
        )
        self._aws.functions.create_event_source_mapping(
            EventSourceArn=arn["Attributes"]["QueueArn"], FunctionName=function["FunctionName"], BatchSize=10
        )


def _record(site_id: str, is_bad: bool) -> dict[str, object]:  # noqa: FBT001 - one of two kinds
    end = datetime.now(UTC) - timedelta(minutes=1)
    generated = -999.0 if is_bad else 1.5
    return {
        "site_id": site_id,
        "timestamp": format_timestamp(end),
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": 0.1,
    }


class Alerting(msgspec.Struct, frozen=True):
    """Seconds from landing to alert, and from telling the Lambda that only publishes to its message; round by round."""

    ours: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()


def p95(seconds: Sequence[float]) -> float:
    """Return what 19 of 20 stay below."""
    return quantiles(seconds, n=20, method="inclusive")[-1]


def measured(rounds: int) -> Alerting:
    """Measure both in turn on a stack of its own. The first round isn't counted."""
    with own_stack() as stack:
        bench = AlertBench(stack)
        pairs = [(bench.ours(), bench.reference()) for _ in range(rounds + 1)][1:]
    return Alerting(tuple(ours for ours, _ in pairs), tuple(reference for _, reference in pairs))


def main() -> int:
    """Measure and print; return the exit status, 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, choices=range(2, _ROUNDS + 1), metavar="N")
    found = measured(parser.parse_args().rounds)
    for name, seconds in (("landing to alert", found.ours), ("a Lambda that only publishes", found.reference)):
        sys.stdout.write(f"{name:<30} median {median(seconds):.2f} s, p95 {p95(seconds):.2f} s\n")
    ratio = median(found.ours) / median(found.reference)
    sys.stdout.write(f"ratio of the medians {ratio:.1f}; bar: p95 ≤ {P95_SECONDS:g} s\n")
    return int(p95(found.ours) > P95_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
