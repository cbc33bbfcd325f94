"""A tick: a function of (seed, tick), clean where it is clean, and labelled exactly where it isn't."""

import os
import random
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.feed import Numbered, decode
from heliograph.reading import format_timestamp, moment_of
from lambda_simulator.energy import INTERVAL, is_asleep
from lambda_simulator.faults import Record
from lambda_simulator.fleet import make_fleet
from lambda_simulator.plants import sun_at
from lambda_simulator.schedule import incident_at
from lambda_simulator.tick import Tick, delivered_at, floor_to_tick, simulate_tick, ticks_between

_MOST_DRAWN = 0.0061  # of capacity: what turbines at rest draw, where the meter counts it as negative
FLEET = make_fleet(40, 1)
SITE_OF = {site.site_id: site for site in FLEET}
START = datetime(2026, 3, 1, tzinfo=UTC)

ticks = st.integers(0, 365 * 288).map(lambda number: START + number * INTERVAL)
seeds = st.integers(0, 3)


def by_site(tick: Tick) -> dict[str, list[Record]]:
    """Group a tick's records by the site they are of."""
    grouped = defaultdict(list)
    for record in tick.records:
        grouped[record["site_id"]].append(record)
    return grouped


def test_any_process_gives_the_same_tick() -> None:
    """Neither the hash seed nor what ran before makes a difference."""
    program = (
        "from datetime import UTC, datetime\nimport msgspec\nfrom lambda_simulator.fleet import make_fleet\n"
        "from lambda_simulator.tick import simulate_tick\n"
        "tick = simulate_tick(make_fleet(40, 1), datetime(2026, 7, 1, 12, tzinfo=UTC), 1, 1.0)\n"
        "print(msgspec.json.encode(tick).decode())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)  # noqa: S603 - our own program
    assert other.stdout.strip() == msgspec.json.encode(
        simulate_tick(FLEET, datetime(2026, 7, 1, 12, tzinfo=UTC), 1, 1.0)
    )


def test_random_access_equals_a_walk() -> None:
    """Asking for a day's ticks in any order gives what walking through it gives."""
    walk = list(ticks_between(START, START + timedelta(days=1)))
    walked = {tick_end: simulate_tick(FLEET[:8], tick_end, 1, 1.0) for tick_end in walk}
    random.Random(5).shuffle(walk)  # noqa: S311 - an order, not a secret
    assert all(simulate_tick(FLEET[:8], tick_end, 1, 1.0) == walked[tick_end] for tick_end in walk)


@settings(max_examples=50)
@given(ticks, seeds)
def test_a_clean_tick_is_healthy(tick_end: datetime, seed: int) -> None:
    """Every site that is awake sends what comes in then, readable and within its capacity; nothing is labelled."""
    tick = simulate_tick(FLEET, tick_end, seed, 0.0)
    assert tick.labels == []
    read = list(decode(msgspec.json.encode({"readings": tick.records})))
    sent = [(each.reading.site_id, each.reading.timestamp) for each in read if isinstance(each, Numbered)]
    assert sent == [
        (site.site_id, format_timestamp(end))
        for site in FLEET
        for end in delivered_at(site, tick_end)
        if not is_asleep(site, end)
    ]
    for record in tick.records:
        site = SITE_OF[record["site_id"]]
        most, count = site.site.max_interval_kwh or 0.0, site.meter.step_kwh or 0.0
        assert -_MOST_DRAWN * most <= record["energy_generated_kwh"] <= most + count
        assert record["energy_consumed_kwh"] >= 0


def test_a_portal_delivers_yesterday_in_the_morning() -> None:
    """At six o'clock local all of the day before comes, its faults labelled; at any other tick nothing."""
    site = next(site for site in FLEET if site.meter.delivers_at is not None)
    zone = ZoneInfo(site.region.timezone)
    morning = datetime(2026, 6, 2, 6, tzinfo=zone).astimezone(UTC)
    came = simulate_tick([site], morning, 1, 0.0).records
    midnight = datetime(2026, 6, 1, tzinfo=zone).astimezone(UTC)
    assert [moment_of(record["timestamp"]) for record in came] == list(
        ticks_between(midnight, midnight + timedelta(days=1))
    )
    day = [morning + step * INTERVAL for step in range(1, 288)]
    assert not any(simulate_tick([site], each, 1, 1.0).records for each in day)
    mornings = [simulate_tick([site], morning + timedelta(days=each), 1, 1.0) for each in range(7)]
    assert sum(bool(each.labels) for each in mornings) >= 6
    assert site.site.delivered_within == "31h"


def test_a_logger_that_sleeps_sends_by_day_alone() -> None:
    """At night there is no record and so no label, unless the fault is generation in the dark."""
    site = next(site for site in FLEET if site.meter.sleeps)
    told = set()
    for tick_end in ticks_between(START, START + timedelta(days=40)):
        tick = simulate_tick([site], tick_end, 3, 1.0)
        if is_asleep(site, tick_end):
            told |= {label.fault for label in tick.labels}
            assert bool(tick.records) == bool(tick.labels)
        assert simulate_tick([site], tick_end, 3, 0.0).labels == []
    assert told <= {"night_generation"}


@settings(max_examples=50)
@given(ticks, seeds)
def test_solar_is_quiet_at_night(tick_end: datetime, seed: int) -> None:
    """With the sun down a solar meter reads zero or the little of its auxiliary consumption."""
    solar = [site for site in FLEET if site.site.kind == "solar"]
    for record in simulate_tick(solar, tick_end, seed, 0.0).records:
        site = SITE_OF[record["site_id"]]
        middle = moment_of(record["timestamp"]) - INTERVAL / 2
        if site.meter.step_kwh is None and sun_at(middle, site.latitude, site.longitude).elevation <= 0:
            assert -0.0012 * site.scale_kwh <= record["energy_generated_kwh"] <= 0


@settings(max_examples=100)
@given(ticks, seeds)
def test_labels_tell_exactly_which_sites_changed(tick_end: datetime, seed: int) -> None:
    """A site has a label if and only if it sent something else than a faultless meter; the label names its fault."""
    live = [site for site in FLEET if site.meter.delivers_at is None]
    clean, faulty = by_site(simulate_tick(live, tick_end, seed, 0.0)), simulate_tick(live, tick_end, seed, 1.0)
    sent = by_site(faulty)
    labels = {label.site_id: label for label in faulty.labels}
    assert len(labels) == len(faulty.labels)
    assert {site_id for site_id in SITE_OF if sent.get(site_id, []) != clean[site_id]} == set(labels)
    for site_id, label in labels.items():
        incident = incident_at(SITE_OF[site_id], tick_end, seed, 1.0)
        assert incident is not None
        assert (label.fault, moment_of(label.onset), moment_of(label.ends)) == (
            incident.fault.name, incident.onset, incident.ends,
        )  # fmt: skip
        assert incident.onset <= tick_end < incident.ends
        assert {record["timestamp"] for record in sent.get(site_id, clean[site_id])} == {label.timestamp}


def test_a_small_fleet_shows_some_faults_within_days() -> None:
    """Four sites at the default rate have a labelled reading on more than 8 days of a month."""
    labelled = {
        tick_end.date()
        for tick_end in ticks_between(START, START + timedelta(days=30))
        if simulate_tick(FLEET[:4], tick_end, 1, 0.15).labels
    }
    assert len(labelled) > 8


@given(st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_the_floor_is_the_last_tick_that_ended(naive: datetime, minutes: int) -> None:
    """It is a multiple of 5 minutes, less than 5 minutes ago, and never ahead."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    floored = floor_to_tick(moment)
    assert timedelta(0) <= moment - floored < INTERVAL
    assert floored.timestamp() % 300 == 0
    assert floored.tzinfo is UTC


@given(st.integers(0, 100_000), st.integers(0, 20_000))
def test_ticks_between_are_the_whole_intervals_inside(offset: int, length: int) -> None:
    """Each begins at or after the start and ends at or before the end, and none is left out."""
    start, end = START + timedelta(seconds=offset), START + timedelta(seconds=offset + length)
    found = list(ticks_between(start, end))
    walk = (START + step * INTERVAL for step in range(offset // 300, (offset + length) // 300 + 2))
    assert found == [tick_end for tick_end in walk if tick_end - INTERVAL >= start and tick_end <= end]


def test_what_is_no_tick_is_refused() -> None:
    """A moment inside an interval, or one without an offset, is a mistake of the caller's."""
    with pytest.raises(ValueError, match="isn't the end of an interval"):
        simulate_tick(FLEET, START + timedelta(minutes=1), 1, 0.0)
    with pytest.raises(ValueError, match="no offset"):
        floor_to_tick(START.replace(tzinfo=None))


def test_an_offset_is_only_another_way_to_write_a_tick() -> None:
    """The same moment written in another zone gives the same tick."""
    there = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert simulate_tick(FLEET, there, 1, 1.0) == simulate_tick(FLEET, START, 1, 1.0)
