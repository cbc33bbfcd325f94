"""What an edit may say, and what is said of one that can't be made."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from heliograph.edits.check import checked
from heliograph.edits.model import EditBody, made
from heliograph.errors import EditRefused

NOW = datetime(2026, 12, 1, tzinfo=UTC)
EXCLUDE = EditBody(
    id="e1",
    site_id="north",
    action="exclude",
    start="2026-11-28T01:00:00+01:00",
    end="2026-11-29T00:00:00Z",
    reason=" a test ",
)


def body(**changes: Any) -> EditBody:  # noqa: ANN401 - fields of any type
    """Return the edit with other fields."""
    return msgspec.structs.replace(EXCLUDE, **changes)


def test_an_edit_is_kept_in_utc() -> None:
    """Its times whatever offset they came with, its reason without spaces around, its rules each once."""
    kept = checked(EXCLUDE, NOW)
    assert (kept.start, kept.reason) == ("2026-11-28T00:00:00Z", "a test")
    assert checked(body(action="accept", rules=("stale", "spike", "stale")), NOW).rules == ("spike", "stale")
    assert made(kept, "ada", "2026-12-01T00:00:00.000000Z").body == kept


@pytest.mark.parametrize(
    "wanted",
    [
        body(),
        body(action="accept"),
        body(action="accept", rules=("stale",)),
        body(action="set", generated_kwh=Decimal(0)),
        body(action="set", consumed_kwh=Decimal("1.25"), side="consumed", interval_seconds=900),
        body(action="scale", factor=Decimal("0.001"), side="generated"),
        body(action="shift", shift_seconds=-3600),
        body(end="2026-12-02T00:00:00Z"),
        body(start="2025-11-28T00:00:00Z"),
    ],
)
def test_an_edit_that_can_be_made(wanted: EditBody) -> None:
    """Is kept as it says."""
    kept = checked(wanted, NOW)
    assert (kept.action, kept.factor, kept.shift_seconds) == (wanted.action, wanted.factor, wanted.shift_seconds)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (body(id=""), "id must be"),
        (body(id="a.undo"), "id must be"),
        (body(id="a/b"), "id must be"),
        (body(site_id="../x"), "site_id"),
        (body(reason=" x "), "reason has 1 characters"),
        (body(reason="x" * 501), "reason has 501"),
        (body(start="2026-11-28T00:00:00"), "no offset"),
        (body(start="2026-11-29T00:00:00Z"), "end must be after start"),
        (body(start="2025-10-01T00:00:00Z"), "at most 400 days"),
        (body(end="2026-12-02T00:00:01Z"), "more than a day from now"),
        (body(start="1969-01-01T00:00:00Z", end="1969-02-01T00:00:00Z"), "1970"),
        (body(factor=Decimal(2)), "exclude has no factor; leave it out"),
        (body(action="shift", shift_seconds=60, rules=("stale",), factor=Decimal(2)), "no factor and no rules"),
        (body(action="accept", rules=("stail",)), "there is no rule .stail.; the rules are"),
        (body(action="accept", side="generated"), "leave side out"),
        (body(action="accept", rules=("gap", "no_data")), "none to accept"),
        (body(action="set"), "set needs generated_kwh"),
        (body(action="set", generated_kwh=Decimal(1), side="consumed"), "leave out generated_kwh"),
        (body(action="set", generated_kwh=Decimal(-1)), "0 or more"),
        (body(action="set", generated_kwh=Decimal("NaN")), "finite"),
        (body(action="set", generated_kwh=Decimal("1e12")), "12 digits"),
        (body(action="set", generated_kwh=Decimal(1), end="2026-12-02T00:00:00Z"), "not be after now"),
        (body(action="set", generated_kwh=Decimal(1), interval_seconds=0), "1 to 86400"),
        (body(action="set", generated_kwh=Decimal(1), interval_seconds=7000), "whole number of intervals"),
        (body(action="set", generated_kwh=Decimal(1), interval_seconds=1), "86,400 intervals; set at most 50,000"),
        (body(action="scale"), "scale needs a factor"),
        (body(action="scale", factor=Decimal(0)), "scale needs a factor"),
        (body(action="scale", factor=Decimal("-0.001")), "scale needs a factor"),
        (body(action="scale", factor=Decimal("NaN")), "scale needs a factor"),
        (body(action="scale", factor=Decimal("Infinity")), "scale needs a factor"),
        (body(action="scale", factor=Decimal("1.0000000000001")), "12 digits"),
        (body(action="scale", factor=Decimal("1.0")), "changes nothing"),
        (body(action="shift"), "shift needs"),
        (body(action="shift", shift_seconds=0), "shift needs"),
        (body(action="shift", shift_seconds=86401), "shift needs"),
    ],
)
def test_an_edit_that_cannot_be_made(wanted: EditBody, says: str) -> None:
    """Is refused with a sentence that says what to write instead."""
    with pytest.raises(EditRefused, match=says):
        checked(wanted, NOW)


def test_an_edit_says_from_when_on_it_changes_something() -> None:
    """A shift backwards also before its start."""
    assert checked(body(action="shift", shift_seconds=-3600), NOW).since == "2026-11-27T23:00:00Z"
    assert checked(body(action="shift", shift_seconds=3600), NOW).since == "2026-11-28T00:00:00Z"


def test_an_edit_is_of_the_intervals_that_end_within_it() -> None:
    """Not of the one that ends as it begins; of the one that ends with it."""
    kept = checked(body(start="1970-01-01T00:01:00Z", end="1970-01-01T00:02:00Z"), NOW)
    assert [end for end in range(59, 122) if kept.covers(end)] == [*range(61, 121)]
