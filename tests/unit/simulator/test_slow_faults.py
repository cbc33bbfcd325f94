"""Faults of more than a day: whole days of their own, only where a plan asks for them, known from any tick alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_simulator.energy import INTERVAL, clean_energy
from lambda_simulator.faults import SLOW_FAULTS, Case
from lambda_simulator.fleet import SimulatedSite, make_fleet
from lambda_simulator.schedule import FaultOccurrence, FaultPlan, day_of, incident_at, slow_incident_of

FLEET = make_fleet(40, 1)
SOLAR, WIND, BATTERY, LOAD = FLEET[:4]
FAULT = {fault.name: fault for fault in SLOW_FAULTS}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOLARS = [site for site in FLEET if site.site.kind == "solar"]
ALWAYS = FaultPlan(slow_rate=1.0)

days = st.integers(20_000, 21_000)


def incidents(site: SimulatedSite, first: int, last: int, plan: FaultPlan = ALWAYS) -> list[FaultOccurrence]:
    """Return the slow incidents of a site's days, each once."""
    found = (slow_incident_of(site, day, 1, plan) for day in range(first, last))
    return list({incident.onset: incident for incident in found if incident}.values())


def only(case: Case) -> tuple[float, float]:
    """Return the energies that a shifted clock sends."""
    (record,) = FAULT["time_shift"].apply(case)
    return record["energy_generated_kwh"], record["energy_consumed_kwh"]


def test_a_clock_shift_sends_another_hours_energy() -> None:
    """It is off by a whole number of hours, 1 to 8 either way, as long as it lasts."""
    offsets = set()
    for onset in (NOON + timedelta(days=number) for number in range(60)):
        sent = [
            only(Case(BATTERY, onset + step * INTERVAL, clean_energy(BATTERY, onset, 1), onset, onset, 1))
            for step in (0, 1, 50)
        ]
        fits = [
            hours
            for hours in range(-8, 9)
            if sent
            == [clean_energy(BATTERY, onset + step * INTERVAL - timedelta(hours=hours), 1) for step in (0, 1, 50)]
        ]
        offsets.update(fits)
        assert len(fits) == 1
    assert 0 not in offsets
    assert min(offsets) < -4
    assert max(offsets) > 4


def test_a_level_shift_takes_a_share_of_what_is_generated() -> None:
    """40 to 80 % are left by day, the same share at each tick, and nothing changes at night."""
    shares = []
    for tick_end in (NOON, NOON + INTERVAL, NOON + timedelta(hours=12)):
        true = clean_energy(SOLAR, tick_end, 1)
        (record,) = FAULT["level_shift"].apply(Case(SOLAR, tick_end, true, NOON, NOON, 1))
        if true.generated > 0:
            shares.append(record["energy_generated_kwh"] / true.generated)
        else:
            assert record["energy_generated_kwh"] == true.generated
    assert shares[0] == pytest.approx(shares[1], abs=1e-3)
    assert 0.39 < shares[0] < 0.81


@settings(max_examples=50)
@given(st.sampled_from(SOLARS), days, st.floats(0, 1))
def test_any_tick_knows_its_slow_fault(site: SimulatedSite, day: int, share: float) -> None:
    """Each of its ticks finds the whole of it, and nothing else befalls the site meanwhile."""
    for incident in incidents(site, day, day + 60):
        tick_end = incident.onset + INTERVAL * round(share * ((incident.ends - incident.onset) / INTERVAL - 1))
        assert incident_at(site, tick_end, 1, 1.0, ALWAYS) == incident
        assert incident_at(site, incident.ends, 1, 1.0, ALWAYS) != incident
        assert incident_at(site, incident.onset - INTERVAL, 1, 1.0, ALWAYS) != incident


@given(st.sampled_from(SOLARS), days)
def test_a_slow_fault_takes_whole_days(site: SimulatedSite, day: int) -> None:
    """It begins and ends with a day by the sun, lasts as long as its kind may, and is one its site can have."""
    for incident in incidents(site, day, day + 60):
        length = incident.ends - incident.onset
        shortest, longest = (timedelta(minutes=each) for each in incident.fault.minutes)
        assert shortest <= length <= longest
        assert length % timedelta(days=1) == timedelta(0)
        assert day_of(site, incident.onset - INTERVAL) == day_of(site, incident.onset - 2 * INTERVAL) + 1
        assert site.site.kind in incident.fault.kinds


def test_slow_faults_come_as_often_as_asked() -> None:
    """With a rate of 1 each block of eight weeks has one, with 0.5 half of them; each kind gets its turn."""
    every = incidents(SOLAR, 0, 56 * 100)
    assert 99 <= len(every) <= 101
    assert {incident.fault.name for incident in every} == set(FAULT)
    assert 35 < len(incidents(SOLAR, 0, 56 * 100, FaultPlan(slow_rate=0.5))) < 65


def test_the_lambda_never_sends_one() -> None:
    """Without a plan there is none, and only solar sites have any at all."""
    assert incidents(SOLAR, 0, 5600, FaultPlan()) == []
    assert incidents(LOAD, 0, 5600) == incidents(BATTERY, 0, 5600) == incidents(WIND, 0, 5600) == []
