"""Faults: each does what its name says, at most one a day, and the truth about it is exact."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.feed import RejectedRecord, decode
from lambda_simulator import schedule
from lambda_simulator.energy import INTERVAL, Energy, clean_energy
from lambda_simulator.faults import FAULTS, Case, Fault, Record
from lambda_simulator.fleet import SimulatedSite, make_fleet
from lambda_simulator.plants import sun_at
from lambda_simulator.schedule import FaultOccurrence, FaultPlan, day_of, incident_at, incident_of_day

FLEET = make_fleet(40, 1)
SOLAR, WIND, BATTERY, LOAD = FLEET[:4]
FAULT = {fault.name: fault for fault in FAULTS}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 2, 0, tzinfo=UTC)

sites = st.sampled_from(FLEET)
days = st.integers(20_000, 21_000)


def case(site: SimulatedSite = SOLAR, tick_end: datetime = NOON, onset: datetime = NOON) -> Case:
    """Set a site in a fault of two hours."""
    return Case(site, tick_end, clean_energy(site, tick_end, 1), onset, onset + timedelta(hours=2), 1)


def only(records: list[Record]) -> tuple[Any, Any]:
    """Return the energies of the one record that was sent."""
    (record,) = records
    return record["energy_generated_kwh"], record["energy_consumed_kwh"]


def decoded(records: list[Record]) -> list[Any]:
    """Read records with the core's own decoder."""
    return list(decode(msgspec.json.encode({"readings": records})))


def test_the_names_are_the_ones_agreed() -> None:
    """Labels are joined to checks by these names."""
    assert set(FAULT) == {
        "negative", "over_capacity", "sentinel", "night_generation", "future_timestamp", "stale", "zero_output",
        "unit_error", "no_data", "malformed", "conflicting_values", "unit_error_mwh", "spike", "catch_up",
        "interpolated", "incomplete_day",
    }  # fmt: skip


@pytest.mark.parametrize(("site", "place"), [(SOLAR, 0), (WIND, 0), (BATTERY, 0), (LOAD, 1)])
@pytest.mark.parametrize("tick_end", [NOON, MIDNIGHT])
def test_negative_is_beyond_any_deadband(site: SimulatedSite, place: int, tick_end: datetime) -> None:
    """The energy that matters at the site is below -5 % of its most, even where it was zero."""
    assert only(FAULT["negative"].apply(case(site, tick_end)))[place] <= -0.0499 * site.scale_kwh


def test_over_capacity_is_well_over() -> None:
    """It is 1.3 to 3 times the nameplate."""
    assert 1.29 * SOLAR.scale_kwh < only(FAULT["over_capacity"].apply(case()))[0] < 3.01 * SOLAR.scale_kwh


def test_sentinel_is_minus_999_twice() -> None:
    """Both energies carry the logger's mark."""
    assert only(FAULT["sentinel"].apply(case())) == (-999, -999)


def test_night_generation_is_of_a_days_size_and_only_in_the_dark() -> None:
    """At midnight it is 28 % of capacity or more; at noon nothing changes."""
    assert only(FAULT["night_generation"].apply(case(tick_end=MIDNIGHT, onset=MIDNIGHT)))[0] > 0.28 * SOLAR.scale_kwh
    assert only(FAULT["night_generation"].apply(case())) == case().energy


def test_a_future_timestamp_is_a_day_ahead() -> None:
    """The values are right, the stamp isn't."""
    (record,) = FAULT["future_timestamp"].apply(case())
    assert record["timestamp"] == "2026-06-02T12:00:00Z"
    assert only([record]) == case().energy


@given(st.integers(0, 100))
def test_stuck_repeats_the_onset(steps: int) -> None:
    """However long it lasts, the values are those of the first interval."""
    stale = case(tick_end=NOON + steps * INTERVAL)
    assert only(FAULT["stale"].apply(stale)) == clean_energy(SOLAR, NOON, 1)


def test_zero_output_is_zero_by_day_and_harmless_by_night() -> None:
    """A healthy plant's auxiliary consumption at night stays as it is."""
    assert only(FAULT["zero_output"].apply(case())) == (0.0, 0.0)
    assert only(FAULT["zero_output"].apply(case(tick_end=MIDNIGHT))) == case(tick_end=MIDNIGHT).energy


def test_a_unit_error_is_a_thousandfold() -> None:
    """Both energies are Wh in a kWh field."""
    assert only(FAULT["unit_error"].apply(case(BATTERY))) == pytest.approx(
        [1000 * each for each in case(BATTERY).energy]
    )


def test_silence_is_no_record() -> None:
    """Nothing is sent."""
    assert FAULT["no_data"].apply(case()) == []


def test_every_malformed_record_ends_in_quarantine() -> None:
    """Whatever way it is broken, the core refuses it for its generation; all three ways occur."""
    ways = [FAULT["malformed"].apply(case(onset=NOON - step * INTERVAL)) for step in range(20)]
    rejected = [reject for way in ways for reject in decoded(way)]
    assert all(isinstance(reject, RejectedRecord) for reject in rejected)
    reasons = {reject.reason for reject in rejected}
    assert len(reasons) == 3
    assert all(reason.startswith("energy_generated_kwh") for reason in reasons)


def test_a_duplicate_has_the_same_key_and_other_values() -> None:
    """Site and timestamp agree, the second energy is smaller."""
    first, second = FAULT["conflicting_values"].apply(case())
    assert (first["site_id"], first["timestamp"]) == (second["site_id"], second["timestamp"])
    assert 0.79 < second["energy_generated_kwh"] / first["energy_generated_kwh"] < 0.98


def test_a_duplicate_of_nothing_is_one_record() -> None:
    """Where both energies are zero there is no second value to send."""
    nothing = msgspec.structs.replace(case(), energy=Energy(0.0, 0.0))
    assert len(FAULT["conflicting_values"].apply(nothing)) == 1


def test_a_thousandth_is_what_is_left_of_mwh() -> None:
    """Both energies are MWh in a kWh field."""
    assert only(FAULT["unit_error_mwh"].apply(case(BATTERY))) == pytest.approx(
        [each / 1000 for each in case(BATTERY).energy], abs=1e-6
    )


@pytest.mark.parametrize(
    ("site", "place", "least", "most"),
    [(SOLAR, 0, 0.6, 1.2), (WIND, 0, 0.6, 1.2), (BATTERY, 0, 0.6, 1.2), (LOAD, 1, 6, 10)],
)
def test_a_spike_is_of_the_sites_own_size(site: SimulatedSite, place: int, least: float, most: float) -> None:
    """It adds 60 to 120 % of the most to what is generated, or 6 to 10 times to a load, and leaves the other alone."""
    sent, true = only(FAULT["spike"].apply(case(site))), case(site).energy
    assert (least - 0.001) * site.scale_kwh < sent[place] - true[place] < (most + 0.001) * site.scale_kwh
    assert sent[1 - place] == true[1 - place]


def test_catching_up_brings_all_that_was_lost() -> None:
    """Zeros or nothing while the connection is lost, both occur, and then the sum in the last interval."""
    for onset in (NOON - step * INTERVAL for step in range(20)):
        ends = [onset + step * INTERVAL for step in range(24)]
        sent = [FAULT["catch_up"].apply(case(BATTERY, end, onset)) for end in ends]
        true = [clean_energy(BATTERY, end, 1) for end in ends]
        assert all(record == [] for record in sent[:-1]) or all(only(record) == (0, 0) for record in sent[:-1])
        assert only(sent[-1]) == pytest.approx([sum(column) for column in zip(*true, strict=True)])
    ways = {len(FAULT["catch_up"].apply(case(onset=NOON - step * INTERVAL))) for step in range(20)}
    assert ways == {0, 1}


def test_an_interpolated_stretch_is_straight_between_true_values() -> None:
    """Its ends are true, and every step is as large as the next, to the meter's last digit."""
    ends = [NOON + step * INTERVAL for step in range(24)]
    sent = [only(FAULT["interpolated"].apply(case(tick_end=end))) for end in ends]
    assert sent[0] == clean_energy(SOLAR, ends[0], 1)
    assert sent[-1] == clean_energy(SOLAR, ends[-1], 1)
    steps = [later[0] - sooner[0] for sooner, later in pairwise(sent)]
    assert max(steps) - min(steps) <= 2.1 * 10**-SOLAR.decimals


def test_an_incomplete_day_lacks_a_third_to_two_thirds() -> None:
    """Records are missing here and there, and the others are true."""
    cases = [case(tick_end=NOON + step * INTERVAL) for step in range(288)]
    sent = [FAULT["incomplete_day"].apply(each) for each in cases]
    assert 0.25 < sent.count([]) / 288 < 0.8
    assert all(only(records) == each.energy for records, each in zip(sent, cases, strict=True) if records)


@pytest.mark.parametrize("name", ["negative", "over_capacity", "night_generation", "spike", "conflicting_values"])
def test_a_larger_size_is_further_from_the_truth(name: str) -> None:
    """Half the size is half as far off, and twice is twice."""
    at = MIDNIGHT if name == "night_generation" else NOON
    half, standard, double = (
        decoded(FAULT[name].apply(msgspec.structs.replace(case(tick_end=at, onset=at), size=size)))[-1].reading
        for size in (0.5, 1.0, 2.0)
    )
    off = [
        abs(float(each.energy_generated_kwh) - case(tick_end=at).energy.generated) for each in (half, standard, double)
    ]
    assert off[0] < off[1] < off[2]


@given(sites, days, st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_a_fault_without_a_value_grows_in_length(site: SimulatedSite, day: int, size: float) -> None:
    """It is longer or shorter by the size, at most to the day's end; the others keep their length."""
    standard, sized = (incident_of_day(site, day, 1, 1.0, FaultPlan(each)) for each in (1.0, size))
    assert standard is not None
    assert sized is not None
    assert sized.fault == standard.fault
    ratio = (sized.ends - sized.onset) / (standard.ends - standard.onset)
    assert day_of(site, sized.ends - 2 * INTERVAL) == day
    assert (ratio >= 1 if size > 1 else ratio <= 1) if sized.fault.grows else ratio == 1


@settings(max_examples=200)
@given(sites, days, st.integers(0, 5))
def test_an_incident_fits_its_site_and_day(site: SimulatedSite, day: int, seed: int) -> None:
    """It can befall this kind of site, lasts as long as it may, and ends within the site's own day."""
    incident = incident_of_day(site, day, seed, 1.0)
    assert incident is not None
    assert site.site.kind in incident.fault.kinds
    shortest, longest = (timedelta(minutes=each) for each in incident.fault.minutes)
    assert shortest - INTERVAL / 2 <= incident.ends - incident.onset <= longest + INTERVAL / 2
    assert day_of(site, incident.onset - INTERVAL) == day_of(site, incident.ends - 2 * INTERVAL) == day
    assert incident.onset.timestamp() % 300 == 0


@settings(max_examples=50)
@given(sites, days)
def test_a_tick_finds_its_days_incident(site: SimulatedSite, day: int) -> None:
    """An incident is found at its onset and up to its end, not before and not after."""
    incident = incident_of_day(site, day, 1, 1.0)
    assert incident is not None

    def found(tick_end: datetime) -> FaultOccurrence | None:
        return incident_at(site, tick_end, 1, 1.0)

    assert found(incident.onset) == found(incident.ends - INTERVAL) == incident
    assert found(incident.onset - INTERVAL) != incident
    assert found(incident.ends) != incident


def test_faults_come_as_often_as_asked() -> None:
    """A rate of 0.15 gives 15 faulty days in 100; 0 gives none; a higher rate keeps those of a lower."""
    pairs = [(site, day) for site in FLEET for day in range(20_000, 20_200)]
    low, high, none = (
        {(site.site_id, day): incident for site, day in pairs if (incident := incident_of_day(site, day, 1, rate))}
        for rate in (0.15, 0.5, 0)
    )
    assert 0.13 < len(low) / len(pairs) < 0.17
    assert all(high[place] == incident for place, incident in low.items())
    assert none == {}


def test_every_fault_gets_its_turn() -> None:
    """Over a hundred faults a kind at a solar site, each name comes up, about evenly."""
    counts = Counter(incident.fault.name for day in range(1600) if (incident := incident_of_day(SOLAR, day, 1, 1.0)))
    assert set(counts) == set(FAULT)
    assert min(counts.values()) > 60


def test_solar_faults_fall_where_they_can_be_seen() -> None:
    """Night generation begins in the dark; stuck and zero output begin in daylight."""
    for site in (each for each in FLEET if each.site.kind == "solar"):
        for incident in (incident_of_day(site, day, 1, 1.0) for day in range(20_600, 20_650)):
            assert incident is not None
            elevation = sun_at(incident.onset - INTERVAL / 2, site.latitude, site.longitude).elevation
            assert incident.fault.name != "night_generation" or elevation < 0
            assert incident.fault.name not in {"stale", "zero_output"} or elevation > -3


def test_solar_faults_begin_within_their_hours() -> None:
    """By the sun's clock over the site, an onset lies in its fault's window, to half a tick."""
    epoch, half_tick = datetime(1970, 1, 1, tzinfo=UTC), INTERVAL / 2 / timedelta(hours=1) + 1e-6
    for day in range(20_000, 22_000):
        incident = incident_of_day(SOLAR, day, 1, 1.0)
        assert incident is not None
        begins = (incident.onset - INTERVAL - epoch) / timedelta(hours=1) + SOLAR.longitude / 15 - 24 * day
        earliest, latest = incident.fault.solar_onset
        assert earliest - half_tick <= begins <= latest + half_tick


def test_a_new_fault_leaves_the_other_days_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding to the registry changes only the days that the newcomer takes."""
    before = [incident_of_day(SOLAR, day, 1, 1.0) for day in range(300)]
    newcomer = Fault("newcomer", "", FAULT["no_data"].apply, (5, 5))
    monkeypatch.setitem(schedule._FAULTS_OF, "solar", (*schedule._FAULTS_OF["solar"], newcomer))
    after = [incident_of_day(SOLAR, day, 1, 1.0) for day in range(300)]
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert 10 < len(changed) < 50
    assert {incident.fault.name for incident in changed if incident} == {"newcomer"}
