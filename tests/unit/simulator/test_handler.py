"""The Lambda: which files an event gives, in which order, and what it says no to."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from heliograph.errors import SettingsError
from heliograph.settings import load
from lambda_simulator import handler as page
from lambda_simulator.fleet import make_fleet
from lambda_simulator.handler import EventError, Simulator, SimulatorSettings, batches_of, handler, simulate, wire

if TYPE_CHECKING:
    from heliograph.storage.objects import S3Objects

NOW = datetime(2026, 6, 1, 12, 7, 30, tzinfo=UTC)
DAY = {"from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z"}


class FakeBucket:
    """A bucket that remembers what was put, and in which order."""

    def __init__(self) -> None:
        """Begin empty."""
        self.puts: list[str] = []
        self.bodies: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> str:
        """Keep an object."""
        self.puts.append(key)
        self.bodies[key] = body
        return ""


@pytest.fixture
def bucket() -> FakeBucket:
    """Return an empty bucket."""
    return FakeBucket()


def simulator(bucket: FakeBucket, fault_rate: float = 1.0, size: int = 8) -> Simulator:
    """Wire a small fleet to a fake bucket and a clock that stands still."""
    return Simulator(SimulatorSettings("b", size, 1, fault_rate), make_fleet(size, 1), bucket, lambda: NOW)


def test_a_scheduled_event_writes_the_tick_that_just_ended(bucket: FakeBucket) -> None:
    """The key comes from the event's own time, so a late start changes nothing."""
    written = simulate({"time": "2026-06-01T09:59:59Z", "source": "aws.scheduler"}, simulator(bucket, 0.0))
    assert bucket.puts == ["raw/simulator/2026/06/01/0955-1.json"]
    readings = json.loads(bucket.bodies[bucket.puts[0]])["readings"]
    assert written == {"files": 1, "readings": 8, "labels": 0}
    assert {reading["timestamp"] for reading in readings} == {"2026-06-01T09:55:00Z"}
    assert set(readings[0]) == {"site_id", "timestamp", "energy_generated_kwh", "energy_consumed_kwh"}


def test_an_event_without_a_time_goes_by_the_clock(bucket: FakeBucket) -> None:
    """At 12:07:30 the tick that ended last is 12:05."""
    simulate({}, simulator(bucket, 0.0))
    assert bucket.puts == ["raw/simulator/2026/06/01/1205-1.json"]


def test_a_day_is_24_files_of_an_hour(bucket: FakeBucket) -> None:
    """Each holds all sites at its 12 ticks, and lies under the day that was asked for."""
    written = simulate(DAY, simulator(bucket, 0.0))
    assert written == {"files": 24, "readings": 24 * 12 * 8, "labels": 0}
    assert bucket.puts[0] == "raw/simulator/2026/06/01/0005-0100-1.json"
    assert bucket.puts[-1] == "raw/simulator/2026/06/01/2305-0000-1.json"
    assert {len(json.loads(body)["readings"]) for body in bucket.bodies.values()} == {96}


def test_labels_are_written_first_and_only_where_there_are_any(bucket: FakeBucket) -> None:
    """A labels file stands right before its raw file, and holds labels of that file's readings."""
    written = simulate(DAY, simulator(bucket))
    labels = [key for key in bucket.puts if key.startswith("labels/")]
    assert 0 < len(labels) <= 24
    for key in labels:
        assert bucket.puts[bucket.puts.index(key) + 1] == key.replace("labels/", "raw/")
        found = json.loads(bucket.bodies[key])["labels"]
        assert set(found[0]) == {"site_id", "timestamp", "fault", "onset", "ends", "detail"}
    assert written["labels"] == sum(len(json.loads(bucket.bodies[key])["labels"]) for key in labels)


def test_the_same_event_writes_the_same_files_over_again(bucket: FakeBucket) -> None:
    """A second delivery changes no byte."""
    simulate(DAY, simulator(bucket))
    once = dict(bucket.bodies)
    simulate(DAY, simulator(bucket))
    assert bucket.bodies == once


def test_a_fill_and_the_schedule_agree(bucket: FakeBucket) -> None:
    """An hour filled in later holds the very records that the schedule would have written."""
    simulate({"from": "2026-06-01T10:00:00Z", "to": "2026-06-01T11:00:00Z"}, simulator(bucket))
    (hour,) = (json.loads(body)["readings"] for key, body in bucket.bodies.items() if key.startswith("raw/"))
    bucket.bodies.clear()
    for minute in range(5, 65, 5):
        simulate({"time": f"2026-06-01T{10 + minute // 60}:{minute % 60:02d}:01Z"}, simulator(bucket))
    ticks = [json.loads(body)["readings"] for key, body in bucket.bodies.items() if key.startswith("raw/")]
    assert hour == [reading for tick in ticks for reading in tick]


def test_an_empty_period_writes_nothing(bucket: FakeBucket) -> None:
    """From and to may be the same moment, or lie within one interval."""
    assert simulate({"from": DAY["from"], "to": DAY["from"]}, simulator(bucket))["files"] == 0
    assert simulate({"from": "2026-06-01T00:01:00Z", "to": "2026-06-01T00:06:00Z"}, simulator(bucket))["files"] == 0


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"from": DAY["to"], "to": DAY["from"]}, "ends before it begins"),
        ({"from": "2025-01-01T00:00:00Z", "to": "2026-01-02T00:00:01Z"}, "366 days long; fill at most 366"),
        ({"from": DAY["from"]}, "needs both from and to"),
        ({"from": "2026-06-01T00:00:00", "to": DAY["to"]}, "from: timestamp .* has no offset"),
        ({"from": DAY["from"], "to": None}, "to: timestamp must be ISO 8601 text"),
        ({"time": "yesterday"}, "time: timestamp .* isn't an ISO 8601"),
    ],
)
def test_a_wrong_event_is_refused_before_anything_is_written(
    bucket: FakeBucket, event: dict[str, Any], message: str
) -> None:
    """The message says what is wrong with which field."""
    with pytest.raises(EventError, match=message):
        simulate(event, simulator(bucket))
    assert bucket.puts == []


def test_a_leap_year_can_be_filled_at_once() -> None:
    """366 days are 8,784 files."""
    batches = batches_of({"from": "2024-01-01T00:00:00Z", "to": "2025-01-01T00:00:00+00:00"}, NOW)
    assert (len(batches), {len(batch) for batch in batches}) == (8784, {12})


def test_settings_come_from_the_environment() -> None:
    """The defaults are a fleet of 20; a variable that is missing or wrong is named."""
    assert load(SimulatorSettings, {"HELIOGRAPH_BUCKET": "b"}) == SimulatorSettings("b", 20, 1, 0.15)
    with pytest.raises(SettingsError, match="HELIOGRAPH_BUCKET"):
        load(SimulatorSettings, {})
    with pytest.raises(SettingsError, match=r"HELIOGRAPH_FAULT_RATE='1\.5'"):
        load(SimulatorSettings, {"HELIOGRAPH_BUCKET": "b", "HELIOGRAPH_FAULT_RATE": "1.5"})


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Yield a Lambda's environment, and forget afterwards what was wired in it."""
    for name, value in {
        "HELIOGRAPH_BUCKET": "b",
        "HELIOGRAPH_FLEET_SIZE": "4",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_SERVICE_NAME": "simulator",
    }.items():
        monkeypatch.setenv(name, value)
    wire.cache_clear()
    yield monkeypatch
    wire.cache_clear()


def test_wiring_makes_the_client_once_and_honours_the_endpoint(environment: pytest.MonkeyPatch) -> None:
    """Two calls share one client, which calls the endpoint of the environment; no network is touched."""
    del environment
    assert wire() is wire()
    assert cast("S3Objects", wire().bucket)._s3.meta.endpoint_url == "http://127.0.0.1:9"
    assert len(wire().fleet) == 4
    assert wire().clock().tzinfo is UTC


def test_the_handler_logs_one_line_and_counts(
    bucket: FakeBucket,
    environment: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It gives what it wrote, says so in one log line, and prints the same counts as metrics."""
    environment.setattr(page, "wire", lambda: simulator(bucket, 0.0))
    environment.setattr(page, "logger", lambda: logging.getLogger("simulator-test"))
    caplog.set_level(logging.INFO)
    assert handler({}, cast("Any", None)) == {"files": 1, "readings": 8, "labels": 0}
    assert [record.message for record in caplog.records] == ["simulated"]
    emf = json.loads(capsys.readouterr().out)
    assert emf["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Heliograph"
    assert (emf["SimulatedFiles"], emf["SimulatedReadings"], emf["SimulatedLabels"]) == ([1.0], [8.0], [0.0])
