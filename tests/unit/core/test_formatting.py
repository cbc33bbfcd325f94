"""Numbers in messages: significant digits, thousands set apart, right plurals, one way to write a duration."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.formatting import count, duration, exact, number, parse_duration, percent, quantity


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.843333, "0.8433"),
        (5.5, "5.5"),
        (12.0, "12"),
        (96449.2, "96,449"),
        (9.6449e9, "9,644,900,000"),
        (-0.0205, "-0.0205"),
        (0.00001234, "0.00001234"),
        (9.99996, "10"),
        (Decimal("1E+3"), "1,000"),
    ],
)
def test_a_computed_figure_has_four_digits(value: float | Decimal, text: str) -> None:
    """Four significant digits say what a limit means; whole thousands stay whole."""
    assert number(value) == text


@given(st.floats(1e-9, 1e12) | st.floats(-1e12, -1e-9))
def test_a_figure_is_close_and_has_no_exponent(value: float) -> None:
    """Whatever its size, a figure is within half a thousandth of the value, and written out."""
    text = number(value)
    assert "e" not in text.lower()
    assert float(text.replace(",", "")) == pytest.approx(value, rel=5.01e-4)


@pytest.mark.parametrize(
    ("value", "text"), [("9.6449E+4", "96,449"), ("353.972", "353.972"), ("5.00", "5"), ("0", "0"), ("-999", "-999")]
)
def test_a_measured_figure_keeps_its_digits(value: str, text: str) -> None:
    """What a file said stays as it was said, but for an exponent and zeros at the end."""
    assert exact(Decimal(value)) == text


def test_one_is_singular() -> None:
    """A count of one has no plural."""
    assert (count(1, "reading"), count(0, "reading"), count(1204, "site")) == ("1 reading", "0 readings", "1,204 sites")
    assert count(2, "day is", "days are") == "2 days are"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0.5, "30 s"), (12, "12 min"), (60, "1 h"), (185, "3 h 5 min"), (1440, "1 d"), (1445, "1 d"), (3120, "2 d 4 h")],
)
def test_a_duration_has_its_two_largest_units(minutes: float, text: str) -> None:
    """The same time is written in the same way wherever it stands, as the dashboard writes it."""
    assert duration(minutes) == text


@given(st.integers(1, 60 * 23) | st.integers(24, 700).map(lambda hours: 60 * hours))
def test_a_duration_is_read_as_it_is_written(minutes: int) -> None:
    """What a message says can be put into the registry."""
    assert parse_duration(duration(minutes)) == minutes


@pytest.mark.parametrize("text", ["", " ", "P", "PT", "30", "h", "30 hours", "-1h", "1h 1d", "٣h", "PT1.5H", "1h\n"])
def test_what_is_no_duration_is_none(text: str) -> None:
    """Nothing is guessed from a bare number or another word."""
    assert parse_duration(text) is None


@pytest.mark.parametrize(("share", "text"), [(0.1, "10 %"), (0.005, "0.5 %"), (0.823, "82 %"), (1, "100 %")])
def test_a_share_is_a_percentage(share: float, text: str) -> None:
    """Two digits are what a share means."""
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1", "readings", "1 reading"),
        ("8", "readings", "8 readings"),
        ("-90", "minutes", "-1 h 30 min"),
        ("5.5", "kWh", "5.5 kWh"),
        ("-6", "degrees", "-6 degrees"),
        ("60.4", "%", "60.4 %"),
    ],
)
def test_a_flag_s_quantity_has_its_unit(value: str, unit: str, text: str) -> None:
    """Minutes are a duration, and one reading is singular."""
    assert quantity(Decimal(value), unit) == text
