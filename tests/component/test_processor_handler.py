"""The processor's Lambda handler over fake stores: only what failed comes back, after a wait that grows."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fakes.sqs import Clock, FakeSqs, FakeTries
from fakes.stores import (
    FakeFeeds,
    FakeFileProfiles,
    FakeFileZones,
    FakeIncidents,
    FakeIngestions,
    FakeObjects,
    FakePublisher,
    FakeReadings,
    FakeSites,
)
from fakes.watch import FakeQueue as FakeJobs
from heliograph.incidents.notification import NotificationOptions
from lambda_processor import handler as page
from lambda_processor.attempts import Places
from lambda_processor.process import EvaluationJobs, Processor, ProcessorOptions, ProcessorStores
from lambda_processor.profiled import ProfiledFiles
from lambda_processor.sites import KnownSites
from lambda_processor.wiring import ProcessorSettings

SETTINGS = ProcessorSettings("b", "r", "s", "i", "a", "topic", "https://queue", "https://watch", "https://dead")


class Waiting(FakeSqs):
    """Keeps how long each message is to wait."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(Clock(), 200, 1800)
        self.waits: dict[str, int] = {}

    def hide(self, receipt: str, seconds: int) -> None:
        """Keep a wait."""
        self.waits[receipt] = seconds

    def hide_all(self, receipts: Iterable[str], seconds: int) -> None:
        """Keep how long a batch is hidden."""
        self.waits |= dict.fromkeys(receipts, seconds)


class Lambda:
    """A processor Lambda over fakes."""

    def __init__(self) -> None:
        """Begin with an empty world."""
        self.objects, self.readings, self.queue = FakeObjects(), FakeReadings(), Waiting()
        known = KnownSites(FakeSites(), lambda: 0.0)
        incidents = FakeIncidents()
        calls = EvaluationJobs(FakeJobs(), 25, 60, lambda: datetime(2026, 11, 22, 13, tzinfo=UTC))
        stores = ProcessorStores(
            self.objects,
            FakeFileZones(),
            self.readings,
            known,
            FakeIngestions(),
            incidents,
            incidents,
            FakePublisher(),
            calls,
            ProfiledFiles(FakeFeeds(), FakeFileProfiles(), FakeIngestions()),
        )
        options = ProcessorOptions(10**6, NotificationOptions(), "test", lambda: datetime(2026, 11, 22, 13, tzinfo=UTC))
        self.processor = Processor(stores, options)

    def message(self, body: bytes, name: str, attempt: int = 1) -> dict[str, Any]:
        """Land a file and return the queue's message about it."""
        version = self.objects.put(f"raw/{name}", body)
        item = {"key": f"raw/{name}", "versionId": version}
        event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": item}}]}
        return queued(json.dumps(event), name, attempt)


def queued(body: str, name: str, attempt: int = 1) -> dict[str, Any]:
    """Return a message as the queue hands it to a Lambda."""
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(attempt)},
        "eventSource": "aws:sqs",
    }


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    """A Lambda wired to fakes."""
    world = Lambda()
    monkeypatch.setattr(page, "processor", lambda: world.processor)
    monkeypatch.setattr(page, "places", lambda: Places(FakeTries(), world.queue, world.queue))
    monkeypatch.setattr(page, "settings", lambda: SETTINGS)
    monkeypatch.setattr(page, "random", SimpleNamespace(random=lambda: 0.0))
    return world


GOOD = json.dumps(
    {"site_id": "a", "timestamp": "2026-11-22T12:00:00Z", "energy_generated_kwh": 1, "energy_consumed_kwh": 0}
).encode()


def call(*messages: dict[str, Any]) -> list[str]:
    """Call the handler; return the ids of the messages it wants back."""
    answer = page.handler({"Records": list(messages)}, None)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_only_what_failed_comes_back(running: Lambda) -> None:
    """In a batch of good and bad files the good are stored, and only the bad are handed back."""
    failed = call(
        running.message(GOOD, "good.json"),
        running.message(b"[{", "broken.json"),
        queued("not an event", "strange"),
        queued(json.dumps({"Event": "s3:TestEvent"}), "test-event"),
    )
    assert failed == ["broken.json", "strange"]
    assert list(running.readings.kept) == [("a", "2026-11-22T12:00:00Z")]


def test_a_batch_that_fails_whole_comes_back_whole(running: Lambda) -> None:
    """Every message is named; the handler itself doesn't fail, so each keeps its own count of attempts."""
    assert call(running.message(b"", "x"), running.message(b"[", "y")) == ["x", "y"]


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (9, 900)])
def test_a_failed_file_waits_longer_each_time(running: Lambda, attempt: int, seconds: int) -> None:
    """The wait doubles with each attempt, up to a quarter of an hour."""
    call(running.message(b"[", "broken.json", attempt))
    assert running.queue.waits == {"handle-broken.json": seconds}


def test_a_batch_at_work_comes_back_soon_if_its_worker_dies(running: Lambda) -> None:
    """Several files, or one that came back, are hidden a little longer than a worker lives; a new file isn't."""
    call(running.message(GOOD, "alone.json"))
    assert running.queue.waits == {}
    call(running.message(GOOD, "one.json"), running.message(GOOD, "two.json"))
    call(running.message(GOOD, "again.json", 2))
    assert running.queue.waits == dict.fromkeys(["handle-one.json", "handle-two.json", "handle-again.json"], 330)


def test_every_call_says_what_it_did(
    running: Lambda, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log line names the file and its counts, and the metrics are printed as EMF."""
    call(running.message(GOOD, "good.json"))
    (log,) = [record.__dict__ for record in caplog.records if record.getMessage() == "file processed"]
    assert (log["object_key"], log["stored"], log["rejected"]) == ("raw/good.json", 1, 0)
    (emf,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert emf["ReadingsStored"] == [1.0]
    assert emf["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Heliograph"
