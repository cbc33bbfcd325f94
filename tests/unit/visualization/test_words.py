"""Figures and dates read well."""

from datetime import date, datetime
from decimal import Decimal

import pytest

import words


@pytest.mark.parametrize(
    ("kwh", "text"),
    [
        ("0", "0 kWh"),
        ("0.25", "250 Wh"),
        ("12.34", "12.3 kWh"),
        ("-812", "\N{MINUS SIGN}812 kWh"),
        ("1234", "1.23 MWh"),
        ("2500000", "2.50 GWh"),
        ("1234567890", "1,235 GWh"),
    ],
)
def test_energy_takes_the_unit_that_keeps_it_short(kwh: str, text: str) -> None:
    """An amount is written with about three digits, in Wh to GWh."""
    assert words.energy(float(kwh)) == text


def test_a_signed_amount_says_which_way() -> None:
    """A net amount above zero carries its plus; zero has no sign."""
    assert words.energy(5, signed=True) == "+5.00 kWh"
    assert words.energy(0, signed=True) == "0 kWh"
    assert words.energy(0.1 + 0.2 - 0.3, signed=True) == "0 kWh"


@pytest.mark.parametrize(
    ("share", "text"),
    [("0", "0 %"), ("0.0014", "0.14 %"), ("0.034", "3.4 %"), ("0.344", "34 %"), ("0.9951", "99.5 %"), ("1", "100 %")],
)
def test_a_share_never_reads_as_nothing_or_all_when_it_is_not(share: str, text: str) -> None:
    """Near the ends a percentage keeps the decimals that tell it from 0 and 100."""
    assert words.percent(float(share)) == text


def test_lists_end_with_and() -> None:
    """A long list says how many it leaves out."""
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_dates_and_intervals_are_plain() -> None:
    """A month is named, one day isn't a range, and an hour isn't 60 minutes."""
    assert words.days(date(2016, 8, 1), date(2016, 8, 1)) == "1 Aug 2016"
    assert words.days(date(2016, 8, 1), date(2017, 7, 31)) == "1 Aug 2016 \N{EN DASH} 31 Jul 2017"
    assert words.clock(datetime(2016, 8, 1, 14, 5)) == "Mon 1 Aug 2016, 14:05"  # noqa: DTZ001 - a clock's face
    assert [words.interval(minutes) for minutes in (1, 5, 60, 120)] == ["minute", "5 minutes", "hour", "2 hours"]


def test_a_value_is_quoted_as_it_was_observed() -> None:
    """A flag's figures keep all their digits, without exponents."""
    assert words.exact(Decimal("1E+3"), "kWh") == "1,000 kWh"
    assert words.exact(Decimal("-0.0205"), "kWh") == "\N{MINUS SIGN}0.0205 kWh"
    assert words.exact(None, "kWh") == ""
