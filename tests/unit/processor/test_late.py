"""Which readings the watch is asked to look at again, and how."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fakes.watch import FakeQueue
from heliograph.evaluation.cycle import DueSite
from heliograph.history import StoreOutcome
from heliograph.reading import Reading
from lambda_processor.process import EvaluationJobs, LateReadings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reading(time: str, site_id: str = "a") -> Reading:
    """Return a reading of today."""
    return Reading(site_id, f"2026-11-22T{time}:00Z", Decimal(1), Decimal(0))


@pytest.mark.parametrize(
    ("time", "store_outcome", "called_for"),
    [
        ("11:55", "stored", False),
        ("11:00", "stored", False),
        ("10:59", "stored", True),
        ("10:59", "already_stored", False),
        ("11:55", "revised", True),
        ("12:30", "stored", False),
    ],
)
def test_what_is_late(time: str, store_outcome: StoreOutcome, called_for: bool) -> None:  # noqa: FBT001
    """A reading stored over an hour after its end, and any that is revised; never a repeat."""
    late = LateReadings()
    late.add(reading(time), store_outcome, NOW)
    assert bool(late.due_sites()) == called_for


def test_each_site_is_called_for_once_a_file() -> None:
    """However many late readings a file has of a site, it is evaluated once, from the earliest on; in groups."""
    late, queue = LateReadings(), FakeQueue()
    for time, site_id in (("09:00", "b"), ("08:00", "b"), ("09:30", "b"), ("07:00", "a"), ("07:30", "c")):
        late.add(reading(time, site_id), "stored", NOW)
    assert late.due_sites()[1] == DueSite("b", "2026-11-22T08:00:00Z")
    EvaluationJobs(queue, 2, 60, lambda: NOW).ask(late)
    bodies = [json.loads(body) for body, _ in queue.sent]
    assert [[site["site_id"] for site in body["sites"]] for body in bodies] == [["a", "b"], ["c"]]
    assert {body["at"] for body in bodies} == {"2026-11-22T12:00:00Z"}
    assert [delay for _, delay in queue.sent] == [60, 60]


def test_most_files_call_for_nothing() -> None:
    """Without late readings nothing is sent."""
    queue = FakeQueue()
    EvaluationJobs(queue, 25, 60, lambda: NOW).ask(LateReadings())
    assert queue.sent == []
