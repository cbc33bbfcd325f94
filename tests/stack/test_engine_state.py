"""What an engine keeps of tables, queues and objects: whole after a kill, never silently empty, safe on a full disk."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from local_stack import EngineFailed
from local_stack.clients import LocalClients
from local_stack.engine import Engine, run_engine
from local_stack.state_folder import StateFolder
from stack.harness import wait_until

REGION: Final = "eu-west-1"
SETTINGS = {"MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": "000000000000"}
BUCKET = "data"
MIB = 1024 * 1024


class Bench:
    """An engine without a stack: one table, one topic with an inbox, one bucket that tells a queue."""

    def __init__(self, engine: Engine) -> None:
        """Make clients; nothing is called yet."""
        self.engine = engine
        aws = LocalClients(engine.endpoint, REGION, engine.secret)
        self.s3, self.sqs, self.sns, self.dynamodb = aws.s3(), aws.sqs(), aws.sns(), aws.dynamodb()

    def close(self) -> None:
        """Let go of the connections."""
        for client in (self.s3, self.sqs, self.sns, self.dynamodb):
            client.close()

    def make(self) -> None:
        """Make the resources."""
        self.dynamodb.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        )
        inbox = self.sqs.create_queue(QueueName="inbox")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = self.sns.create_topic(Name="topic")["TopicArn"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        told = self.sqs.create_queue(QueueName="told")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=told, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.s3.put_bucket_notification_configuration(
            Bucket=BUCKET,
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
        )

    def put(self, key: str, value: str) -> None:
        """Put an item."""
        self.dynamodb.put_item(TableName="things", Item={"k": {"S": key}, "v": {"S": value}})

    def items(self) -> dict[str, str]:
        """Return all items."""
        return {item["k"]["S"]: item["v"]["S"] for item in self.dynamodb.scan(TableName="things")["Items"]}

    def publish(self, text: str) -> None:
        """Publish to the topic."""
        self.sns.publish(TopicArn=self.sns.list_topics()["Topics"][0]["TopicArn"], Message=text)

    def take(self, queue: str) -> list[str]:
        """Take all messages off a queue that can be had now."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        taken = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in taken:
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in taken]

    def kill(self) -> None:
        """Kill the engine, as the power going would."""
        os.kill(self.engine.pid, signal.SIGKILL)
        self.engine.wait()
        self.engine.stop()


@contextmanager
def running(folder: StateFolder, **settings: str) -> Iterator[Bench]:
    """Run an engine for a while."""
    engine = run_engine(folder, {**SETTINGS, **settings})
    bench = Bench(engine)
    try:
        yield bench
    finally:
        bench.close()
        engine.stop()


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    """A folder of this test's own."""
    return StateFolder(tmp_path / "own")


def snapshots(folder: StateFolder) -> list[Path]:
    """Return the snapshots, oldest first."""
    return sorted(folder.state.glob("snapshot-*.state"))


def test_what_was_answered_survives_a_kill(folder: StateFolder) -> None:
    """Items written, changed and removed, and messages told and taken, are as they were when the engine was killed."""
    with running(folder) as bench:
        bench.make()
        bench.put("a", "1")
        bench.put("b", "1")
        bench.publish("taken")
        wait_until(lambda: snapshots(folder), "a snapshot of the new resources", 30)
        bench.put("a", "2")
        bench.dynamodb.delete_item(TableName="things", Key={"k": {"S": "b"}})
        statement = "INSERT INTO \"things\" VALUE {'k': 'c', 'v': '3'}"
        bench.dynamodb.batch_execute_statement(Statements=[{"Statement": statement}])
        assert len(bench.take("inbox")) == 1
        bench.publish("told")
        bench.kill()
    with running(folder) as bench:
        assert bench.items() == {"a": "2", "c": "3"}
        (told,) = bench.take("inbox")
        assert '"told"' in told
        found = folder.to_rebuild()
        assert found
        assert not found.notes
        folder.note_rebuilt()
    with running(folder) as bench:
        assert bench.items() == {"a": "2", "c": "3"}
        assert not bench.take("inbox")
        assert folder.to_rebuild() is None


def test_a_damaged_state_is_named_and_never_taken_for_an_empty_one(folder: StateFolder) -> None:
    """The snapshot before it and all that was noted since give the same; with none left, that is said as well."""
    with running(folder) as bench:
        bench.make()
        wait_until(lambda: snapshots(folder), "a snapshot of the new resources", 30)
        bench.put("a", "1")
    newest = snapshots(folder)[-1]
    newest.write_bytes(newest.read_bytes()[:-50])
    with running(folder) as bench:
        assert bench.items() == {"a": "1"}
        found = folder.to_rebuild()
        assert found
        (note,) = found.notes
        assert newest.name in note
    for path in (*snapshots(folder), *folder.state.glob("journal-*")):
        path.write_bytes(b"\x00\n")
    with running(folder) as bench:
        assert not bench.dynamodb.list_tables()["TableNames"]
        found = folder.to_rebuild()
        assert found
        assert len(found.notes) >= 2
    assert list(folder.state.glob("*.unreadable"))


def test_a_state_that_means_nothing_stops_the_start(folder: StateFolder) -> None:
    """Queues that no engine wrote are named in a sentence, instead of a traceback or an engine without them."""
    folder.state.mkdir(parents=True)
    (folder.state / "sqs.json").write_text('{"__ministack_format__": 2, "payload": {"queues": [1]}}')
    with pytest.raises(EngineFailed, match=r"the state of sqs in .* means nothing to the engine") as failed:
        run_engine(folder, SETTINGS)
    assert "Traceback" not in str(failed.value)


def test_an_end_that_can_not_be_saved_is_told(folder: StateFolder) -> None:
    """The engine says why, ends with an exit code of its own, and the next one has it all the same."""
    with running(folder) as bench:
        bench.make()
        wait_until(lambda: snapshots(folder), "a snapshot of the new resources", 30)
        bench.put("a", "1")
        (folder.state / "clean.new").mkdir()  # in the way of the mark
    (folder.state / "clean.new").rmdir()
    assert not bench.engine.ended_well
    assert "couldn't be noted" in bench.engine.last_words
    with running(folder) as bench:
        assert bench.items() == {"a": "1"}
        assert folder.to_rebuild()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many MiB, for this test alone."""
    mounted: list[Path] = []

    def mount(mib: int) -> Path:
        place = tmp_path / f"disk-{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "heliograph-test", str(place)]
        try:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no disk can be mounted here: {error}")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", place], check=True)  # noqa: S603, S607 - our own words


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    """Return the error of a call that must fail."""
    with pytest.raises(ClientError) as failed:
        call()
    answer: dict[str, Any] = dict(failed.value.response)
    return answer


def test_a_full_disk_acknowledges_nothing_it_can_not_keep(small_disk: Callable[[int], Path]) -> None:
    """An object that doesn't fit is answered with 507: what stood under its key stands, and nobody is told of it."""
    folder = StateFolder(small_disk(8) / "own")
    with running(folder) as bench:
        bench.make()
        wait_until(lambda: snapshots(folder), "a snapshot of the new resources", 30)
        first = bench.s3.put_object(Bucket=BUCKET, Key="raw/a", Body=b"first")["VersionId"]
        bench.put("a", "1")
        for _ in range(3):
            answer = refusal(lambda: bench.s3.put_object(Bucket=BUCKET, Key="raw/a", Body=bytes(9 * MIB)))
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 507
        assert answer["ResponseMetadata"]["RetryAttempts"] == 0
        assert answer["Error"]["Code"] == "InsufficientStorage"
        refusal(lambda: bench.s3.put_object(Bucket=BUCKET, Key="raw/b", Body=bytes(9 * MIB)))
        versions = bench.s3.list_object_versions(Bucket=BUCKET)["Versions"]
        assert [(each["Key"], each["VersionId"], each["IsLatest"]) for each in versions] == [("raw/a", first, True)]
        assert bench.s3.get_object(Bucket=BUCKET, Key="raw/a")["Body"].read() == b"first"
        assert len(wait_until(lambda: bench.take("told"), "the event of the first object", 10)) <= 2
        assert not bench.take("told")
        bench.kill()
    with running(folder) as bench:
        assert bench.s3.get_object(Bucket=BUCKET, Key="raw/a", VersionId=first)["Body"].read() == b"first"
        assert len(bench.s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
        assert bench.items() == {"a": "1"}


def test_below_the_reserve_nothing_new_comes_in(small_disk: Callable[[int], Path]) -> None:
    """While less than the reserve is free, uploads are refused and tables are written; with room again, both are."""
    disk = small_disk(32)
    folder = StateFolder(disk / "own")
    with running(folder, RESERVE_BYTES=str(16 * MIB)) as bench:
        bench.make()
        filler = disk / "filler"
        filler.write_bytes(bytes(20 * MIB))
        put = lambda: bench.s3.put_object(Bucket=BUCKET, Key="raw/a", Body=b"x")  # noqa: E731
        wait_until(lambda: _is_refused(put), "a refusal", 5)
        assert "free some room" in refusal(put)["Error"]["Message"]
        bench.put("a", "1")
        filler.unlink()
        wait_until(lambda: not _is_refused(put), "an upload", 5)


def _is_refused(put: Callable[[], Any]) -> bool:
    try:
        put()
    except ClientError:
        return True
    return False


def test_a_kill_within_an_upload_leaves_no_half_of_it(folder: StateFolder) -> None:
    """An object's bytes are on the disk a moment before what is said of it. Killed in between, the upload never was.

    A new key isn't there, and an overwritten one holds what was acknowledged.
    """
    with running(folder) as bench:
        bench.make()
        bench.engine.keep_now()
        for key in ("new", "folder/old"):
            bench.s3.put_object(Bucket=BUCKET, Key=key, Body=b"acknowledged")
        objects = folder.engine / "s3" / "000000000000" / BUCKET
        said = (objects / "folder" / "old.meta.json").read_bytes()
        bench.s3.put_object(Bucket=BUCKET, Key="folder/old", Body=b"half an upload")
        bench.kill()
    (objects / "new.meta.json").unlink()
    (objects / "folder" / "old.meta.json").write_bytes(said)
    with running(folder) as bench:
        versions = bench.s3.list_object_versions(Bucket=BUCKET)["Versions"]
        assert [each["Key"] for each in versions] == ["folder/old"]
        got = bench.s3.get_object(Bucket=BUCKET, Key="folder/old", VersionId=versions[0]["VersionId"])
        assert got["Body"].read() == bench.s3.get_object(Bucket=BUCKET, Key="folder/old")["Body"].read()
        assert (objects / "folder" / "old").read_bytes() == b"acknowledged"
