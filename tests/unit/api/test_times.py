"""Times in a request: what people write is read, what is unclear is refused with a sentence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_api.parameters import Period, hour_of, is_timestamp, parse_day, parse_hour, parse_period
from lambda_api.problems import ProblemRaised


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22", "2026-11-22T00:00:00Z"),
        ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"),
        ("2026-11-22T09:00Z", "2026-11-22T09:00:00Z"),
        ("2026-11-22 09:00:00+00:00", "2026-11-22T09:00:00Z"),
        ("2026-11-22T09:00:00-08:00", "2026-11-22T17:00:00Z"),
        ("2026-11-22T09:00:00+02:00", "2026-11-22T07:00:00Z"),
        ("2026-11-22T09:00:00 02:00", "2026-11-22T07:00:00Z"),
        ("2026-11-22T09:00:00.000Z", "2026-11-22T09:00:00Z"),
        ("2026-11-22T09:00:00.001Z", "2026-11-22T09:00:01Z"),
    ],
)
def test_a_bound_is_read_as_utc(text: str, expected: str) -> None:
    """A date means midnight UTC; an offset is applied, even where its plus was lost; a fraction rounds up."""
    assert parse_period(text, None) == Period(expected, None)
    assert parse_period(None, text) == Period(None, expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-22T09:00:00", "offset"),
        ("2026-11-22 09:00", "offset"),
        ("yesterday", "2026-11-22T09:00:00Z"),
        ("", "2026-11-22T09:00:00Z"),
        ("2026-02-30", "2026-11-22T09:00:00Z"),
        ("0001-01-01T00:00:00+10:00", "years 1 to 9999"),
        ("9999-12-31T23:59:59.5Z", "years 1 to 9999"),
        ("x" * 200, "x\u2026".encode("ascii", "backslashreplace").decode()),
    ],
)
def test_an_unclear_bound_is_refused_with_a_sentence(text: str, said: str) -> None:
    """The problem names the parameter and says what is missing."""
    for start, end, field in ((text, None, "start"), (None, text, "end")):
        with pytest.raises(ProblemRaised) as caught:
            parse_period(start, end)
        assert caught.value.faults[0].field == field
        assert said in caught.value.detail


def test_a_period_that_holds_nothing_is_refused() -> None:
    """End must be after start, whatever offsets they are written in."""
    for end in ("2026-11-22", "2026-11-21", "2026-11-22T01:00:00+01:00"):
        with pytest.raises(ProblemRaised, match="after start"):
            parse_period("2026-11-22", end)


@given(begins=st.integers(0, 4 * 10**9), seconds=st.integers(1, 10**6))
def test_a_period_holds_its_start_and_not_its_end(begins: int, seconds: int) -> None:
    """Whole seconds are kept as they are, and the bounds are what they say."""
    moment = datetime.fromtimestamp(begins, UTC)
    period = parse_period(moment.isoformat(), (moment + timedelta(seconds=seconds)).isoformat())
    assert period.start is not None
    assert period.end is not None
    assert period.holds(period.start)
    assert not period.holds(period.end)
    assert not period.holds(moment.isoformat())


def test_a_day_and_an_hour_are_read() -> None:
    """Both come back in the form the stores use."""
    assert parse_day("2026-11-22") == parse_day("20261122") == "2026-11-22"
    assert parse_hour("20261122T09") == "20261122T09" == hour_of(datetime(2026, 11, 22, 9, 59, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "2026-11-22T09", "20261122T24", "20261322T09", "20261122", "20261122T09\n"])
def test_an_unclear_hour_is_refused(text: str) -> None:
    """The problem shows what an hour looks like."""
    with pytest.raises(ProblemRaised, match="20261122T09"):
        parse_hour(text)


@pytest.mark.parametrize("text", ["2026-11-22T09:00:00", "2026-11-22T09:00:00+00:00", "2026-11-22T09:00:00Z\n", ""])
def test_only_the_stored_form_is_a_timestamp(text: str) -> None:
    """Positions in cursors are held against this."""
    assert not is_timestamp(text)
    assert is_timestamp("2026-11-22T09:00:00Z")
