"""A stack whose tables are in AWS's own DynamoDB Local, which takes them along as it ends."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import msgspec
import pytest

from local_stack import RunningStack, Stack, StackError, StackOptions, start
from stack.dynamodb_local import dynamodb_local, missing
from stack.harness import Harness, reading

pytestmark = [pytest.mark.referee, pytest.mark.skipif(bool(missing()), reason=missing())]

SITE = "roof"


@pytest.fixture
def options(tmp_path: Path, zips: Path) -> StackOptions:
    """A stack of this test's own."""
    return StackOptions(state_dir=tmp_path / "own", zips=zips, sites=4, schedule=False, watch=False)


def test_tables_that_are_gone_come_back_from_s3(
    options: StackOptions, make_harness: Callable[[Stack], Harness], tmp_path: Path
) -> None:
    """There, there again without its memory, and home to the embedded AWS: every start serves all that was landed.

    A site that a person registered and a dead letter are among it; the same DynamoDB again has nothing done again; and
    another folder may not have its tables there as well.
    """
    with dynamodb_local() as first:
        away = msgspec.structs.replace(options, dynamodb=first.address)
        with start(away) as running:
            harness = make_harness(running.stack)
            assert harness.http.put("sites/by-hand", json={"kind": "wind", "capacity_kw": 50}).status_code == 201
            harness.wait_for_ingestion(harness.land(b"no reading"))
            land(harness, 0)
            check(running, make_harness, 1)
            with pytest.raises(StackError, match="of another state folder"):
                start(msgspec.structs.replace(away, state_dir=tmp_path / "second"))
        with start(away) as running:
            assert running.recovery is None
            check(running, make_harness, 1)
    with dynamodb_local() as second, start(msgspec.structs.replace(options, dynamodb=second.address)) as running:
        assert running.recovery
        assert (running.recovery.found, running.recovery.objects, running.recovery.files) == (None, 2, 1)
        land(make_harness(running.stack), 1)
        check(running, make_harness, 2)
    with start(options) as running:
        assert running.stack.dynamodb == running.stack.endpoint
        check(running, make_harness, 2)


def test_a_dynamodb_that_is_not_there_is_told(options: StackOptions) -> None:
    """`start` says so, and leaves nothing that runs."""
    with dynamodb_local() as gone:
        pass
    with pytest.raises(httpx2.TransportError):
        httpx2.get(gone.address, trust_env=False)
    with pytest.raises(StackError, match=f"no DynamoDB takes the tables at {gone.address}"):
        start(msgspec.structs.replace(options, dynamodb=gone.address))


def land(harness: Harness, minute: int) -> None:
    """Land a file of one reading, and wait until it is stored."""
    harness.wait_for_ingestion(harness.land_readings(reading(SITE, f"2026-06-01T00:{minute:02}:00Z")))


def check(running: RunningStack, make_harness: Callable[[Stack], Harness], readings: int) -> None:
    """Check readings, registry, totals and dead letters."""
    harness = make_harness(running.stack)
    harness.wait_until_idle(60)
    served = harness.http.get(f"readings/{SITE}").json()["items"]
    assert [each["timestamp"] for each in served] == [f"2026-06-01T00:{n:02}:00Z" for n in range(readings)]
    assert float(harness.http.get("sites/by-hand").json()["capacity_kw"]) == 50
    assert harness.ingestions.totals().stored == readings
    found = harness.sqs.get_queue_attributes(
        QueueUrl=harness.stack.dead_letter_queue, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert found["Attributes"] == {"ApproximateNumberOfMessages": "1"}
