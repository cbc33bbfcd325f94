"""The processor's Lambda behind a simulated queue: a bad file harms only itself, and a throttled store no file."""

import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import pytest

from fakes.sqs import START, Clock, Died, FakeSqs, FakeTries
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
from heliograph.errors import RefusedForGood, StillThrottled
from heliograph.events import Landed
from heliograph.history import StoreOutcome
from heliograph.incidents.notification import NotificationOptions
from heliograph.storage.retry_policy import Deadline
from lambda_processor import handler as page
from lambda_processor.alarm import time_of
from lambda_processor.attempts import Places
from lambda_processor.process import EvaluationJobs, Outcome, Processor, ProcessorOptions, ProcessorStores
from lambda_processor.profiled import ProfiledFiles
from lambda_processor.sites import KnownSites
from lambda_processor.wiring import ProcessorSettings
from local_stack.resources import INGEST_QUEUE, resources
from unit.local_stack.test_resources import OPTIONS, PLACE

SETTINGS = ProcessorSettings("b", "r", "s", "i", "a", "topic", "https://queue", "https://watch", "https://dead")
(QUEUE,) = (each for each in resources(OPTIONS, PLACE).queues if each.name == INGEST_QUEUE)
GOOD = b'{"site_id": "%b", "timestamp": "2026-11-22T12:00:00Z", "energy_generated_kwh": 1, "energy_consumed_kwh": 0}'
HOUR = 3600.0


class Context:
    """What Lambda tells: the time left of 300 seconds, by the virtual clock, or as long as a test says."""

    def __init__(self, clock: Clock, seconds: float = 300.0) -> None:
        """Begin an invocation now."""
        self._clock = clock
        self._ends = clock.now + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return int((self._ends - self._clock.now) * 1000)


class Throttled(FakeReadings):
    """A readings table that refuses for load, as long as the clock stands before a moment."""

    def __init__(self, clock: Clock) -> None:
        """Begin well."""
        super().__init__()
        self.clock = clock
        self.until = 0.0
        self.slow_seconds = 20.0

    def store(self, landings: Sequence[Any], judge: Any) -> list[StoreOutcome]:  # noqa: ANN401 - as a table takes it
        """Store, or use up the caller's patience and refuse."""
        if self.clock.now < self.until:
            self.clock.now += self.slow_seconds
            raise StillThrottled("write to DynamoDB: still throttled")
        return super().store(landings, judge)


class Pipeline:
    """The processor's Lambda with stores that are fakes, behind a simulated queue."""

    def __init__(self) -> None:
        """Begin with nothing landed."""
        self.clock = Clock()
        self.objects, self.ingestions, self.readings = FakeObjects(), FakeIngestions(), Throttled(self.clock)
        self.queue = FakeSqs(self.clock, QUEUE.max_receives, QUEUE.visibility_seconds)
        self.tries = FakeTries()
        self.seconds = 300.0
        incidents = FakeIncidents()
        calls = EvaluationJobs(FakeJobs(), 25, 60, self._now)
        known = KnownSites(FakeSites(), lambda: 0.0)
        stores = ProcessorStores(
            self.objects,
            FakeFileZones(),
            self.readings,
            known,
            self.ingestions,
            incidents,
            incidents,
            FakePublisher(),
            calls,
            ProfiledFiles(FakeFeeds(), FakeFileProfiles(), self.ingestions),
        )
        self.processor = Processor(stores, ProcessorOptions(10**6, NotificationOptions(), "test", self._now))

    def land(self, name: str, body: bytes) -> None:
        """Land a file, and have its event queued."""
        version = self.objects.put(f"raw/{name}", body)
        event = {
            "Records": [
                {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": f"raw/{name}", "versionId": version}}}
            ]
        }
        self.queue.put(json.dumps(event), name)

    def land_batch(self, poison: bytes) -> None:
        """Land nine good files, and one that isn't in their midst."""
        for number in range(10):
            self.land("poison" if number == 4 else f"good-{number}", poison if number == 4 else GOOD % b"s%d" % number)

    def run(self) -> None:
        """Have all done that can be done."""
        self.queue.drain(self.call)

    def call(self, batch: list[dict[str, Any]]) -> list[str]:
        """Call the Lambda."""
        answer = page.handler({"Records": batch}, Context(self.clock, self.seconds))
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now, UTC)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """A Lambda wired to fakes."""
    made = Pipeline()
    monkeypatch.setattr(page, "processor", lambda: made.processor)
    monkeypatch.setattr(page, "settings", lambda: SETTINGS)
    monkeypatch.setattr(page, "INVOCATION", Deadline(made.clock))
    places = Places(cast("Any", made.tries), made.queue, made.queue)
    monkeypatch.setattr(page, "places", lambda: places)
    monkeypatch.setattr(page, "random", random.Random(1))  # noqa: S311 - waits
    return made


def poisoned(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, does: Any) -> list[Landed]:  # noqa: ANN401 - anything
    """Have the file `poison` do something when it is processed; the answer lists when it was."""
    real, met = pipeline.processor.process, []

    def process(landed: Landed) -> Outcome:
        if landed.key == "raw/poison":
            met.append(landed)
            does()
        return real(landed)

    monkeypatch.setattr(pipeline.processor, "process", process)
    return met


def assert_only_the_poison_died(pipeline: Pipeline, reason: str) -> None:
    """Check that nine files are stored, and one dead letter says why."""
    assert len(pipeline.readings.kept) == 9
    (letter,) = pipeline.queue.dead
    assert "raw/poison" in letter
    assert reason in pipeline.queue.reasons[letter]
    assert pipeline.ingestions.of("raw/poison").state == "failed"
    assert reason in pipeline.ingestions.of("raw/poison").error


def test_a_file_that_can_t_be_read_is_one_dead_letter(pipeline: Pipeline) -> None:
    """Nine good files of its batch are stored; after its third attempt it is a dead letter that says why."""
    pipeline.land_batch(b"[{")
    pipeline.run()
    assert_only_the_poison_died(pipeline, "broken")
    assert pipeline.queue.most_receives == 3


def test_a_file_that_kills_its_worker_is_one_dead_letter(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its batch goes down with it twice at most, and is stored; it is a dead letter after four workers, in an hour."""

    def die() -> None:
        raise Died

    met = poisoned(pipeline, monkeypatch, die)
    pipeline.land_batch(GOOD % b"poison")
    whole: list[float] = []

    def call(batch: list[dict[str, Any]]) -> list[str]:
        if len(pipeline.readings.kept) == 9:
            whole.append(pipeline.clock.now - START)
        return pipeline.call(batch)

    pipeline.queue.drain(call)
    assert_only_the_poison_died(pipeline, "its worker ended before it was done")
    assert len(met) == 4
    assert pipeline.clock.now - START < HOUR
    assert whole[0] < 3 * 331, "its mates wait for two workers that died at most, and not for the queue's timeout"


def test_a_file_that_takes_all_the_time_is_one_dead_letter(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that computes on and on is ended in time to report the others, as often as any file that fails."""

    def spin() -> None:
        while True:
            pass

    met = poisoned(pipeline, monkeypatch, spin)
    # A whole processor, however busy this machine is: by its share of one, computing is told from waiting.
    monkeypatch.setattr(page, "time_of", partial(time_of, cpu=time.monotonic))
    pipeline.seconds = 0.2
    pipeline.land_batch(GOOD % b"poison")
    pipeline.run()
    assert_only_the_poison_died(pipeline, "wasn't done")
    assert len(met) == 3


def test_a_call_that_hangs_is_no_fault_of_the_file(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes all the time without computing waits for a store: it comes back, uncounted, until it is done."""
    left = iter([30.0] * 5)  # seconds to wait, as for an answer that never comes
    met = poisoned(pipeline, monkeypatch, lambda: time.sleep(next(left, 0)))
    pipeline.seconds = 0.2
    pipeline.land_batch(GOOD % b"poison")
    pipeline.run()
    assert (len(met), pipeline.queue.dead, len(pipeline.readings.kept)) == (6, [], 10)


def test_an_hour_of_throttling_makes_no_dead_letter(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table refuses for an hour, that of the attempts half the time: all files are stored afterwards, none dies."""
    chance = random.Random(7)  # noqa: S311 - faults
    pipeline.tries = FakeTries(lambda: pipeline.clock.now < START + HOUR and chance.random() < 0.5)
    places = Places(cast("Any", pipeline.tries), pipeline.queue, pipeline.queue)
    monkeypatch.setattr(page, "places", lambda: places)
    pipeline.readings.until = START + HOUR
    for number in range(200):
        pipeline.land(f"good-{number}", GOOD % b"s%d" % number)
    pipeline.run()
    assert (pipeline.queue.dead, len(pipeline.readings.kept)) == ([], 200)
    assert pipeline.queue.most_receives < 20, "a day of it could be borne as well"
    assert pipeline.clock.now - START < HOUR + 1000, "all are back within a quarter of an hour"


def test_a_day_of_throttling_makes_no_dead_letter(pipeline: Pipeline) -> None:
    """Waits grow to a quarter of an hour, so that a day uses up no more than the queue's receives."""
    pipeline.readings.until = START + 24 * HOUR
    for number in range(5):
        pipeline.land(f"good-{number}", GOOD % b"s%d" % number)
    pipeline.run()
    assert (pipeline.queue.dead, len(pipeline.readings.kept)) == ([], 5)


def test_files_that_nothing_ails_cost_no_write(pipeline: Pipeline) -> None:
    """Attempts are counted of what came back only: a file of one reading costs what it did."""
    pipeline.land_batch(GOOD % b"fine")
    pipeline.run()
    assert (pipeline.tries.writes, len(pipeline.readings.kept)) == (0, 10)


def test_no_file_is_begun_that_there_is_little_time_for(pipeline: Pipeline) -> None:
    """When a third of the time is used up, the other files come back untried, and are nobody's fault."""
    pipeline.readings.until = START + 150
    pipeline.readings.slow_seconds = 110.0
    pipeline.land_batch(GOOD % b"fine")
    failed = pipeline.call(pipeline.queue.receive())
    assert len(failed) == 10
    assert pipeline.clock.now - START == 110, "one file was tried"
    pipeline.run()
    assert (pipeline.queue.dead, len(pipeline.readings.kept)) == ([], 10)


def test_a_crash_after_a_dead_letter_makes_no_second_one(pipeline: Pipeline) -> None:
    """The worker dies when it has written the dead letter and not yet said so: the message is just done with."""
    crashed: list[bool] = []

    def call(batch: list[dict[str, Any]]) -> list[str]:
        failed = pipeline.call(batch)
        if pipeline.queue.dead and not crashed:
            crashed.append(True)
            raise Died
        return failed

    pipeline.land("poison", b"[{")
    pipeline.queue.drain(call)
    assert crashed
    assert len(pipeline.queue.dead) == 1


def test_a_store_that_refuses_the_dead_letter_gets_it_later(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message whose dead letter can't be written comes back, and ends as one when it can."""
    refusals = iter([True, True, False])
    real = pipeline.queue.bury

    def bury(body: str, reasons: dict[str, str]) -> None:
        if next(refusals):
            raise StillThrottled("the queue is down")
        real(body, reasons)

    monkeypatch.setattr(pipeline.queue, "bury", bury)
    pipeline.land("poison", b"[{")
    pipeline.run()
    assert len(pipeline.queue.dead) == 1


def test_what_is_no_event_is_a_dead_letter(pipeline: Pipeline) -> None:
    """A message that names nothing is tried three times, and kept as it was."""
    pipeline.queue.put("what?", "strange")
    pipeline.run()
    assert pipeline.queue.dead == ["what?"]
    assert "isn't an S3 event" in pipeline.queue.reasons["what?"]


def test_what_a_store_refuses_for_what_it_is_counts(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that is too large is too large the next time: that is the file's own fault."""

    def refuse() -> None:
        raise RefusedForGood("DynamoDB refused a statement: ValidationError: item size")

    met = poisoned(pipeline, monkeypatch, refuse)
    pipeline.land_batch(GOOD % b"poison")
    pipeline.run()
    assert_only_the_poison_died(pipeline, "item size")
    assert len(met) == 3
