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
from stack.yard import Yard, reading, wait_until

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

    def land(self, yard: Yard, files: int) -> None:
        """Land so many files of one reading each; end where the engine is gone."""
        for _ in range(files):
            self._number += 1
            site, minute = f"site-{self._number % SITES}", self._number // SITES
            timestamp = f"2026-06-01T{minute // 60:02}:{minute % 60:02}:00Z"
            key = f"{RAW}test/{self._number:04}.json"
            body = msgspec.json.encode([reading(site, timestamp)])
            try:
                yard.s3.put_object(Bucket=yard.stack.raw_bucket, Key=key, Body=body)
            except (BotoCoreError, ClientError):
                return
            self.acknowledged[key] = site, timestamp


def kill(running: RunningStack) -> None:
    """Kill the engine as a power cut would, and clear away what is left of its processes."""
    os.kill(running.stack.pid, signal.SIGKILL)
    assert running.wait(20)
    running.stop()
    assert not running.ended_well


def test_killed_in_mid_burst_it_rebuilds_by_itself(options: StackOptions, make_yard: Callable[[Stack], Yard]) -> None:
    """Two kills during a burst, then a start and nothing else: each acknowledged reading is there once.

    The totals are exact, and a message that was told before a kill waits in the inbox once.
    """
    burst = Burst()
    for each in range(2):
        running = start(options)
        yard = make_yard(running.stack)
        yard.aws.sns().publish(TopicArn=running.stack.alerts_topic, Message=f"told {each}")
        landing = threading.Thread(target=burst.land, args=(yard, 40))
        landing.start()
        wait_until(lambda: len(burst.acknowledged) > 20 * (each + 1), "files", 30)  # noqa: B023 - within the loop
        kill(running)
        landing.join()
    with start(options) as running:
        assert running.recovery
        yard = make_yard(running.stack)
        yard.wait_until_idle(60)
        stored = {
            (site_id, each.history.timestamp): each.history.versions
            for site_id in {site for site, _ in burst.acknowledged.values()}
            for each in yard.readings_of(site_id)
        }
        landed = list(list_versions(yard.s3, running.stack.raw_bucket, RAW))
        assert set(burst.acknowledged.values()) <= stored.keys()
        assert len(stored) == len(landed), "each file holds one reading, and brought it once"
        assert all(len(versions) == 1 for versions in stored.values())
        totals = yard.ingests.totals()
        assert (totals.files, totals.records, totals.stored, totals.sites) == (*[len(landed)] * 3, SITES)
        told = yard.sqs.receive_message(QueueUrl=running.stack.alerts_inbox, MaxNumberOfMessages=10)["Messages"]
        assert sorted(msgspec.json.decode(each["Body"])["Message"] for each in told) == ["told 0", "told 1"]
    assert running.ended_well
