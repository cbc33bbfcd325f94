"""The engine is killed: nothing that was accepted is lost, and `start` alone makes it whole."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.object_keys import RAW
from heliograph.storage.listing import list_versions
from local_stack import RunningStack, Stack, StackOptions, start
from stack.harness import Harness, reading, wait_until

SITES = 4


@pytest.fixture
def options(tmp_path: Path, zips: Path) -> StackOptions:
    """A stack of this test's own."""
    return StackOptions(state_dir=tmp_path / "own", zips=zips, sites=4, schedule=False, watch=False)


class Burst:
    """Lands a file a call until its stack is killed, and remembers those that were acknowledged."""

    def __init__(self) -> None:
        """Nothing is landed yet."""
        self.acknowledged: dict[str, tuple[str, str]] = {}
        self._number = 0

    def land(self, harness: Harness, files: int) -> None:
        """Land so many files of one reading each; end where the engine is gone."""
        for _ in range(files):
            self._number += 1
            site, minute = f"site-{self._number % SITES}", self._number // SITES
            timestamp = f"2026-06-01T{minute // 60:02}:{minute % 60:02}:00Z"
            key = f"{RAW}test/{self._number:04}.json"
            body = msgspec.json.encode([reading(site, timestamp)])
            try:
                harness.s3.put_object(Bucket=harness.stack.raw_bucket, Key=key, Body=body)
            except (BotoCoreError, ClientError):
                return
            self.acknowledged[key] = site, timestamp


def kill(running: RunningStack) -> None:
    """Kill the engine as a power cut would, and clear away what is left of its processes."""
    os.kill(running.stack.pid, signal.SIGKILL)
    assert running.wait(20)
    running.stop()
    assert not running.ended_well


@pytest.mark.cloud  # a minute of kills and rebuilds: `make test-cloud` has it
def test_killed_in_mid_burst_it_rebuilds_by_itself(
    options: StackOptions, make_harness: Callable[[Stack], Harness]
) -> None:
    """Two kills during a burst, and after the second one the state is broken as well: a start makes it whole.

    After the first kill a message that was told waits in the inbox, once, and what was done isn't done again. After the
    second one each acknowledged reading is there once, the totals are exact, and the registry says what people said.
    """
    burst = Burst()
    with start(options) as running:
        harness = make_harness(running.stack)
        harness.aws.sns().publish(TopicArn=running.stack.alerts_topic, Message="told")
        assert harness.http.put("sites/by-hand", json={"kind": "wind", "capacity_kw": 50}).status_code == 201
        burst.land(harness, 1)
        harness.wait_until_idle()
        land_and_kill(burst, running, harness)
    with start(options) as running:
        assert running.recovery
        assert running.recovery.found
        assert not running.recovery.found.notes
        assert running.recovery.files < running.recovery.objects
        harness = make_harness(running.stack)
        inbox = harness.sqs.receive_message(QueueUrl=running.stack.alerts_inbox, MaxNumberOfMessages=10)["Messages"]
        assert [msgspec.json.decode(each["Body"])["Message"] for each in inbox] == ["told"]
        land_and_kill(burst, running, harness)
    state = options.state_dir / "engine" / "state"
    for path in (*state.glob("snapshot-*"), *state.glob("journal-*")):
        path.write_bytes(b"\x00\n")
    with start(options) as running:
        assert running.recovery
        assert running.recovery.found
        assert running.recovery.found.notes
        harness = make_harness(running.stack)
        harness.wait_until_idle(90)
        check_everything(burst, harness)
    assert running.ended_well


def land_and_kill(burst: Burst, running: RunningStack, harness: Harness) -> None:
    """Land files, and kill the engine in the middle of it."""
    before = len(burst.acknowledged)
    landing = threading.Thread(target=burst.land, args=(harness, 40))
    landing.start()
    wait_until(lambda: len(burst.acknowledged) > before + 20, "files", 30)
    kill(running)
    landing.join()


def check_everything(burst: Burst, harness: Harness) -> None:
    """Check readings, totals and registry against what was acknowledged."""
    sites = {site for site, _ in burst.acknowledged.values()}
    stored = {
        (site_id, each.history.timestamp): each.history.versions
        for site_id in sites
        for each in harness.readings_of(site_id)
    }
    landed = list(list_versions(harness.s3, harness.stack.raw_bucket, RAW))
    assert set(burst.acknowledged.values()) <= stored.keys()
    assert len(stored) == len(landed), "each file holds one reading, and brought it once"
    assert all(len(versions) == 1 for versions in stored.values())
    totals = harness.ingestions.totals()
    assert (totals.files, totals.records, totals.stored) == (len(landed),) * 3
    assert totals.sites == SITES + 1
    known = harness.http.get("sites/by-hand").json()
    assert (known["kind"], float(known["capacity_kw"])) == ("wind", 50)
