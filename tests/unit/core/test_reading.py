"""The reading contract: what is accepted, what is refused, and that net energy is exact."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.errors import ReadingError
from heliograph.reading import Reading, format_timestamp, moment_of, parse_energy, parse_site_id, parse_timestamp

energies = st.decimals(min_value=-999_999_999_999, max_value=999_999_999_999, places=24).map(
    lambda value: value if value.adjusted() < 12 else Decimal(0)
)


@given(energies, energies)
def test_net_energy_is_exact(generated: Decimal, consumed: Decimal) -> None:
    """Net energy is generated minus consumed to the last digit, for every pair a reading may hold."""
    net = Reading("a", "2026-01-01T00:00:00Z", generated, consumed).net_energy_kwh
    assert Fraction(there(net)) == Fraction(generated) - Fraction(consumed)


@given(energies)
def test_an_accepted_energy_is_kept_as_it_came(value: Decimal) -> None:
    """parse_energy changes nothing in a number it accepts."""
    assert parse_energy(value, "energy_generated_kwh") == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2.5", "must be a number, not the text"),
        (None, "not null"),
        (True, "not true or false"),
        ([1], "not a list"),
        ({}, "not an object"),
        (Decimal("NaN"), "NaN, not a finite number"),
        (Decimal("-Infinity"), "-Infinity, not a finite number"),
        (Decimal("1e12"), "more than 12 digits before the point"),
        (Decimal("1e999999999"), "more than 12 digits before the point"),
        (Decimal("1e-25"), "more than 24 decimals"),
        (10**4000, "more than 12 digits before the point"),
    ],
)
def test_what_is_no_energy_is_refused_with_its_reason(value: object, reason: str) -> None:
    """Each kind of value that can't be an energy has a reason of its own that names the field."""
    with pytest.raises(ReadingError, match=rf"^energy_consumed_kwh .*{reason}"):
        parse_energy(value, "energy_consumed_kwh")


@pytest.mark.parametrize("value", ["a", "A-1", "0.x_y-z", "s" * 64])
def test_site_ids_that_are_accepted(value: str) -> None:
    """Letters, digits, dot, underscore and dash, up to 64, make a site id."""
    assert parse_site_id(value) == value


@pytest.mark.parametrize("value", ["", "-a", ".a", "a b", "a/b", "é", "a\n", "s" * 65, "<b>", 7, None, ["a"]])
def test_site_ids_that_are_refused(value: object) -> None:
    """Anything else is refused, so an id is safe in keys, pages and mails."""
    with pytest.raises(ReadingError, match=r"^site_id "):
        parse_site_id(value)


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)).map(lambda moment: moment.replace(microsecond=0)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_a_timestamp_keeps_its_moment(local: datetime, offset_minutes: int) -> None:
    """A timestamp with any offset becomes the same moment in UTC, and reads back as it."""
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    parsed = parse_timestamp(moment.isoformat())
    assert moment_of(parsed) == moment
    assert parsed == format_timestamp(moment)
    assert len(parsed) == 20


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2026-01-01T00:00:00", "has no offset"),
        ("2026-01-01", "has no offset"),
        ("2026-02-30T00:00:00Z", "isn't an ISO 8601 date and time"),
        ("yesterday", "isn't an ISO 8601 date and time"),
        ("", "isn't an ISO 8601 date and time"),
        ("2026-01-01T00:00:00.5Z", "fraction of a second"),
        ("0001-01-01T00:00:00+14:00", "outside the years"),
        ("2026-01-01T00:00:00.0000001Z", "fraction of a second"),
        ("2026-01-01T00:00:00.000000999Z", "fraction of a second"),
        ("2026-01-01T00:00:00,5Z", "fraction of a second"),
        ("2026-W48-6T11:00:00Z", "isn't an ISO 8601 date and time such as"),
        ("2026-01-01x00:00:00Z", "isn't an ISO 8601 date and time such as"),
        ("2026-01-01T11Z", "isn't an ISO 8601 date and time such as"),
        ("2026-01-01T11:00:00+01:00:30", "isn't an ISO 8601 date and time such as"),
        ("2026-01-01T11:00:00+05:60", "isn't an ISO 8601 date and time"),
        ("2026-01-01T11:00:00+24:00", "isn't an ISO 8601 date and time"),
        ("20260101T110000", "has no offset"),
        (1767225600, "must be ISO 8601 text, not a number"),
        (None, "not null"),
    ],
)
def test_what_is_no_timestamp_is_refused_with_its_reason(value: object, reason: str) -> None:
    """Each kind of value that can't be a timestamp has a reason of its own."""
    with pytest.raises(ReadingError, match=rf"^timestamp .*{reason}"):
        parse_timestamp(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-28T11:00:00Z",
        "2026-11-28t11:00:00z",
        "2026-11-28 11:00:00+00:00",
        "2026-11-28T11:00Z",
        "2026-11-28T11:00:00.000000000Z",
        "2026-11-28T11:00:00,0Z",
        "20261128T110000Z",
        "20261128T1100Z",
        "2026-11-28T12:00:00+0100",
        "2026-11-28T12:00:00+01",
    ],
)
def test_the_forms_of_a_timestamp(value: str) -> None:
    """The extended and the basic form, seconds or none, a fraction of zero, Z or an offset: the same moment."""
    assert parse_timestamp(value) == "2026-11-28T11:00:00Z"


def test_a_timestamp_is_written_in_utc() -> None:
    """The end of the local midnight hour in California is 08:00 UTC."""
    assert parse_timestamp("2016-08-01T00:00:00-08:00") == "2016-08-01T08:00:00Z"
    assert format_timestamp(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
