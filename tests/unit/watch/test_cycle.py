"""Who is evaluated when: slots, cycles, missed ticks, and the messages that ask for evaluations."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.stores import FakeSites
from fakes.watch import FakeParts, FakeQueue
from heliograph.evaluation.cycle import DueSite, NotAJob, due_slots, job_text, jobs_of, read_job
from heliograph.reading import end_of
from heliograph.site import Site
from heliograph.table_keys import SLOTS, site_slot
from lambda_watch.tick import Ticker

HOUR = end_of("2026-11-22T12:00:00Z")


class Notifier:
    """Counts how often it was asked to tell."""

    def __init__(self) -> None:
        """Begin with none."""
        self.notified = 0

    def notify(self) -> int:
        """Tell."""
        self.notified += 1
        return 0


class World:
    """Ticks over a fleet."""

    def __init__(self, sites: int) -> None:
        """Begin at noon."""
        self.now = HOUR
        self.parts = FakeParts(FakeSites(Site(f"site-{number}") for number in range(sites)))
        self.queue = FakeQueue()
        self.notifier = Notifier()
        self.ticker = Ticker(self.parts, self.queue, self.notifier, lambda: self.now)

    def tick(self, period: int = 30, group: int = 25) -> list[str]:
        """Tick, and return the sites asked for."""
        self.ticker.tick(period, group)
        return [due_site.site_id for job in self.queue.take() for due_site in job.sites]


@pytest.mark.parametrize("period", [1, 5, 30, 60])
def test_each_site_once_a_period(period: int) -> None:
    """In any stretch of a period's minutes each site is asked for exactly once."""
    world = World(300)
    asked: Counter[str] = Counter()
    for _ in range(period):
        asked.update(world.tick(period))
        world.now += 60
    assert len(asked) == 300
    assert set(asked.values()) == {1}


def test_a_round_is_even() -> None:
    """With 6,000 sites each of 30 minutes has its share of 200, give or take a third."""
    slots = Counter(site_slot(f"site-{number}") % 30 for number in range(6000))
    assert len(slots) == 30
    assert 133 < min(slots.values()) <= max(slots.values()) < 267


def test_a_minute_is_asked_for_once() -> None:
    """A second tick in the same minute, as after a retry, asks for nobody; both tell."""
    world = World(600)
    assert world.tick()
    world.now += 59
    assert world.tick() == []
    assert world.notifier.notified == 2


def test_missed_ticks_are_made_up_for() -> None:
    """After ten missed minutes their sites are all asked for, each from the minute it was missed in."""
    world = World(600)
    world.tick()
    world.now += 11 * 60
    world.ticker.tick(30, 25)
    jobs = world.queue.take()
    assert sorted({job.at for job in jobs}) == [f"2026-11-22T12:{minute:02}:00Z" for minute in range(1, 12)]
    assert all(site_slot(due_site.site_id) % 30 == int(job.at[14:16]) % 30 for job in jobs for due_site in job.sites)


def test_after_a_week_each_site_is_asked_for_once() -> None:
    """However long the watch was off, a site comes once, from the first minute it was missed in."""
    world = World(100)
    world.tick()
    world.now += 7 * 86400
    assert sorted(world.tick()) == sorted(world.parts._sites.kept)


def test_a_tick_that_dies_asks_again() -> None:
    """Where the queue refuses, nothing is noted, and the next tick asks for the same sites."""
    world = World(600)
    world.tick()
    world.now += 60

    class Refuses(FakeQueue):
        def send(self, bodies: object, delay_seconds: int = 0) -> None:
            raise ConnectionError(f"{bodies} {delay_seconds}")

    with pytest.raises(ConnectionError):
        Ticker(world.parts, Refuses(), world.notifier, lambda: world.now).tick(30, 25)
    world.now += 60
    assert {site_slot(site_id) % 30 for site_id in world.tick()} == {1, 2}


@given(st.integers(0, 10**6), st.integers(1, 10**4), st.sampled_from([1, 2, 3, 5, 15, 30, 60]))
def test_due_slots_are_those_missed(last: int, minutes: int, period: int) -> None:
    """Each slot of a missed minute is named once, with the first such minute, and no other slot is."""
    named = {slot: at for at, slots in due_slots(last * 60, (last + minutes) * 60, period) for slot in slots}
    wanted = {
        slot: minute * 60
        for minute in reversed(range(last + 1, last + minutes + 1))
        for slot in range(SLOTS)
        if slot % period == minute % period
    }
    assert named == wanted


def test_messages_are_read_back() -> None:
    """Sites go out in groups, and a message says when it was written and from where a late one is judged."""
    due_sites = [DueSite("a"), DueSite("b", "2026-01-01T00:00:00Z"), DueSite("c")]
    jobs = jobs_of(HOUR, due_sites, 2)
    assert [read_job(job_text(job)) for job in jobs] == jobs
    assert [len(job.sites) for job in jobs] == [2, 1]
    assert job_text(jobs[0]) == (
        '{"at":"2026-11-22T12:00:00Z","sites":[{"site_id":"a"},{"site_id":"b","since":"2026-01-01T00:00:00Z"}]}'
    )


@pytest.mark.parametrize("text", ["", "{}", '{"at":"now","sites":[]}', '{"at":"2026-11-22T12:00:00Z","sites":[1]}'])
def test_a_strange_message_is_refused(text: str) -> None:
    """What isn't a call is said to be none, and so ends in the dead-letter queue."""
    with pytest.raises(NotAJob):
        read_job(text)
