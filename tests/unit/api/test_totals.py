"""Totals by hour, day and month: exact, by the site's own clock, and bounded."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

import msgspec
import pytest

from heliograph.history import Assessed
from heliograph.reading import end_of
from heliograph.site import Site
from heliograph.storage.sites import DayTotals
from heliograph.zones import midnight, span_of, zone_of
from unit.api.fleet import LONG, TOO_HIGH, Answer, assessed, client_of, day, require_shape, stores_of

BERLIN = Site("solar-1", "solar", 50.0, 48.1, 11.6, "Europe/Berlin", 5)


class Query(TypedDict, total=False):
    """The query of a request for totals."""

    by: str
    start: str
    end: str


def ask(*readings: Assessed, days: Sequence[DayTotals] = (), site: Site = BERLIN, **query: Unpack[Query]) -> Answer:
    """Ask for a site's totals."""
    stores = stores_of(readings, [site], days={site.site_id: days})
    answer = client_of(stores).get(f"/totals/{site.site_id}", **query)
    if answer.status == 200:
        require_shape(answer.body, "Totals")
    return answer


def labels(answer: Answer) -> list[str]:
    """Return what is summed up."""
    return [each["label"] for each in answer.json()["items"]]


def test_days_are_those_of_the_watch() -> None:
    """Each day with its sums, exact, its bounds, its counts; the last 31 unless others are asked for."""
    kept = [day("2026-10-22"), day("2026-10-23"), day("2026-11-22", LONG, "0.1", flags=2)]
    body = ask(days=kept).json()
    assert [each["label"] for each in body["items"]] == ["2026-10-23", "2026-11-22"]
    assert (body["by"], body["timezone"], body["next"]) == ("day", "Europe/Berlin", None)
    last = body["items"][-1]
    assert str(last["net_energy_kwh"]) == "0.200000000000000000000004"
    assert (last["start"], last["end"]) == ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z")
    assert (last["readings"], last["expected"], last["flagged"]) == (108, 288, 2)
    assert [each["expected_so_far"] for each in body["items"]] == [288, 114], "9.5 of the running day's 24 hours"


def test_the_day_that_runs_has_what_came_since_it_was_summed_up() -> None:
    """What is newer than the watch's sums is added on top, so that the day says what its hours sum to."""
    runs = day("2026-11-22", "13")
    newer = [assessed(timestamp=f"2026-11-22T09:{minute}:00Z", generated="1.25") for minute in ("00", "05", "10")]
    for by in ("day", "month"):
        (found,) = ask(*newer, days=[runs], by=by).json()["items"]
        assert (found["generated_kwh"], found["readings"]) == (Decimal("15.5"), runs.readings + 2)


def test_dates_are_chosen_with_their_end_left_out() -> None:
    """`start` is included and `end` isn't, as everywhere."""
    kept = [day(f"2026-03-0{number}") for number in range(1, 6)]
    assert labels(ask(days=kept, start="2026-03-02", end="2026-03-04")) == ["2026-03-02", "2026-03-03"]


def test_months_are_sums_of_days() -> None:
    """Twelve months unless others are asked for, each from its first day that is there to its last."""
    kept = [day("2025-11-30"), day("2025-12-01", "1.1"), day("2025-12-31", "2.2", flags=1), day("2026-11-22")]
    answer = ask(days=kept, by="month")
    assert labels(answer) == ["2025-12", "2026-11"]
    december = answer.json()["items"][0]
    assert (december["generated_kwh"], december["flagged"], december["readings"]) == (Decimal("3.3"), 1, 216)
    assert (december["start"], december["end"]) == ("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert labels(ask(days=kept, by="month", start="2025-11-15", end="2025-12-02")) == ["2025-11", "2025-12"]


def test_hours_are_summed_up_from_readings() -> None:
    """An interval belongs to the hour it lies in, its END included; flagged are the anomalous ones.

    What a flag says can't be is no energy of the hour, as it is none of the day.
    """
    readings = [
        assessed(timestamp="2026-11-22T08:00:00Z", generated="1"),
        assessed(timestamp="2026-11-22T08:05:00Z", generated="0.1"),
        assessed(timestamp="2026-11-22T09:00:00Z", generated="0.2", flags=(TOO_HIGH,)),
    ]
    first, second = ask(*readings, by="hour").json()["items"]
    assert (first["label"], first["readings"], first["expected"]) == ("2026-11-22T08:00+01:00", 1, 12)
    assert (second["start"], second["end"]) == ("2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z")
    assert (second["label"], second["generated_kwh"], second["flagged"]) == (
        "2026-11-22T09:00+01:00",
        Decimal("0.1"),
        1,
    )


def test_hours_leave_out_what_can_t_be_energy() -> None:
    """A sentinel, or more than the site can give, is counted and not summed, as in days' totals."""
    readings = [
        assessed(timestamp=f"2026-11-22T08:0{n}:00Z", generated=value) for n, value in enumerate(["1", "-999"], 1)
    ]
    readings.append(assessed(timestamp="2026-11-22T08:03:00Z", generated="500"))
    (hour,) = ask(*readings, by="hour").json()["items"]
    assert (hour["generated_kwh"], hour["readings"]) == (1, 3)


def test_an_hour_that_comes_twice_is_two() -> None:
    """When summer time ends, the same hour has two offsets."""
    readings = [assessed(timestamp=f"2026-10-25T0{hour}:30:00Z") for hour in (0, 1)]
    answer = ask(*readings, by="hour", start="2026-10-25", end="2026-10-26")
    assert labels(answer) == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]


def test_hours_may_be_bounded_by_moments_and_dates() -> None:
    """A date is the site's midnight; an interval that ends at the start lies before it."""
    readings = [assessed(timestamp=f"2026-11-20T{hour}:00:00Z") for hour in ("23", "22", "21")]
    assert labels(ask(*readings, by="hour", start="2026-11-20", end="2026-11-21")) == [
        "2026-11-20T21:00+01:00",
        "2026-11-20T22:00+01:00",
        "2026-11-20T23:00+01:00",
    ]
    assert labels(ask(*readings, by="hour", start="2026-11-20T22:00:00Z", end="2026-11-21")) == [
        "2026-11-20T23:00+01:00"
    ]


def test_an_hour_of_a_site_with_no_interval_expects_nothing() -> None:
    """Nothing is guessed; and without time zone and place the clock is UTC's."""
    (hour,) = ask(assessed(), site=Site("solar-1"), by="hour").json()["items"]
    assert (hour["expected"], hour["label"]) == (None, "2026-11-22T08:00+00:00")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"by": "year"}, "by"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2026-11-22T00:00:00Z"}, "start"),
        ({"start": "2026-11-22", "end": "2026-11-22"}, "end"),
        ({"start": "2010-01-01"}, "end"),
        ({"by": "hour", "start": "2026-10-01"}, "end"),
        ({"by": "hour", "start": "2026-10-01T00:00:00"}, "start"),
        ({"by": "hour", "end": "0001-01-01"}, "end"),
        ({"by": "hour", "end": "9999-12-31T23:59:59Z"}, "end"),
        ({"end": "0001-01-01"}, "end"),
        ({"by": "month", "end": "0001-01-01"}, "end"),
        ({"by": "month", "end": "0001-03-01", "start": "0001-03-02"}, "end"),
    ],
)
def test_what_can_t_be_read_is_told_by_field(query: Query, field: str) -> None:
    """A problem that names the parameter."""
    answer = ask(**query)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, field), answer.body


def test_ten_years_can_be_asked_for() -> None:
    """By day or month; the first and last dates there are as well."""
    assert labels(ask(days=[day("2017-01-01")], start="2017-01-01")) == ["2017-01-01"]
    assert ask(by="month", start="9999-01-01", end="9999-12-31").status == 200
    assert ask(by="month", start="0001-01-01", end="0001-12-31").status == 200


def test_an_unknown_site_is_named() -> None:
    """A site that was mistyped must not look empty."""
    answer = client_of(stores_of()).get("/totals/nobody")
    assert (answer.status, answer.json()["type"]) == (404, "/problems/unknown-site")


@pytest.mark.parametrize(
    ("site", "name"),
    [
        (BERLIN, "Europe/Berlin"),
        (Site("a", longitude=-100.0), "UTC-07:00"),
        (Site("a", timezone="Asia/Kolkata", longitude=0.0), "Asia/Kolkata"),
        (Site("a"), "UTC"),
    ],
)
def test_the_clock_is_the_watch_s(site: Site, name: str) -> None:
    """Days begin when they do for the watch."""
    assert str(zone_of(site)) == name
    for end in (1_790_000_000, 1_792_885_000):
        span = span_of(site, end)
        begins = midnight(date.fromisoformat(span.date), zone_of(site))
        assert int(begins.timestamp()) == span.start


def test_what_overlaps_counts_once_in_an_hour_and_in_the_day_that_runs() -> None:
    """The same readings again, stamped seconds later, change neither the hours nor the sums since the watch looked."""
    hours = {
        hour: [
            assessed(timestamp=f"2026-11-22T{hour + number // 12:02}:{number * 5 % 60:02}:{second}Z", generated="0.5")
            for number in range(1, 13)
            for second in ("00", "06")
        ]
        for hour in (8, 9)
    }
    (hour, *_) = ask(*hours[8], by="hour").json()["items"]
    assert (hour["generated_kwh"], hour["readings"]) == (Decimal(6), 12)
    runs = day("2026-11-22", "13")
    (found,) = ask(*hours[9][:12], days=[runs]).json()["items"]  # until half past nine, which it is
    assert (found["generated_kwh"], found["readings"]) == (Decimal(16), runs.readings + 6)


def test_what_overlaps_a_reading_in_the_sums_counts_once() -> None:
    """Since the watch looked at nine the logger sends everything a second time, seconds later; the first one, too."""
    sent = [
        assessed(timestamp=f"2026-11-22T{hour:02}:{minute:02}:{second}Z", generated="0.5")
        for hour in (7, 8, 9)
        for minute in range(0, 60, 5)
        for second in ("00", "06")
        if hour < 9 or minute <= 20
    ]
    runs = msgspec.structs.replace(day("2026-11-22", "13"), last_end=end_of("2026-11-22T09:00:00Z"))
    (found,) = ask(*sent, days=[runs]).json()["items"]
    assert (found["generated_kwh"], found["readings"]) == (Decimal(15), runs.readings + 4)


def test_hours_go_by_the_interval_of_their_readings() -> None:
    """Hours of a meter whose registry says five minutes: what an hour holds counts, and one reading is all of it."""
    hours = [assessed(timestamp=f"2026-11-22T{hour:02}:00:00Z", generated="30") for hour in range(1, 10)]
    found = ask(*hours, by="hour", start="2026-11-22").json()["items"]
    assert {(each["generated_kwh"], each["readings"], each["expected"]) for each in found} == {(Decimal(30), 1, 1)}
