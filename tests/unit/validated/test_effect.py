"""What an edit would change: the values used of its stretch, without it and with it, and nothing beside."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.checks.flag import Flag
from heliograph.edits.model import Edit, EditBody, made
from heliograph.evaluation.model import StoredReading
from heliograph.reading import text_of
from heliograph.site import Site
from heliograph.validated.effect import effect_of, readings_for, stretch_of

HOUR: Final = 3600
NOON: Final = 1_795_867_200 // HOUR * HOUR
SITE: Final = Site("s", "load", 50.0, interval_minutes=60)
FROZEN: Final = Flag("stale", Decimal(9), Decimal(6), "readings", "warning", "the value is frozen")


def body(action: Any, first: int = 0, last: int = 6, **more: Any) -> EditBody:  # noqa: ANN401 - any field
    """Return an edit of the hours after NOON."""
    start, end = (text_of(NOON + hour * HOUR) for hour in (first, last))
    return EditBody(id="e", site_id="s", action=action, start=start, end=end, reason="why", **more)


def hourly(hours: int = 8, **more: Any) -> list[StoredReading]:  # noqa: ANN401 - any field
    """Return readings of successive hours after NOON that use 1, 2, 3… kWh and generate nothing."""
    ends = range(1, hours + 1)
    return [StoredReading(NOON + hour * HOUR, Decimal(0), Decimal(hour), 5, HOUR, **more) for hour in ends]


def used(edit: EditBody, stored: list[StoredReading], *edits: Edit) -> tuple[Any, ...]:
    """Return how many intervals change, and what is consumed before and after."""
    effect = effect_of(edit, stored, edits, SITE)
    return effect.intervals, effect.before.consumed_kwh, effect.after.consumed_kwh


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (body("scale", factor=Decimal("0.5")), (6, 21, Decimal("10.5"))),
        (body("scale", 2, 4, factor=Decimal(2)), (2, 7, 14)),
        (body("exclude"), (6, 21, None)),
        (body("exclude", side="generated"), (6, 21, 21)),
        (body("set", consumed_kwh=Decimal(1)), (6, 21, 6)),
        (body("accept"), (0, 21, 21)),
        (body("shift", 6, 8, shift_seconds=HOUR), (3, 15, 15)),
        (body("exclude", 20, 30), (0, None, None)),
    ],
    ids=lambda each: each.action if isinstance(each, EditBody) else "",
)
def test_an_edit_s_stretch_before_and_after(edit: EditBody, said: tuple[int, int, Any]) -> None:
    """How many intervals have another value or code, and what the stretch adds up to."""
    assert used(edit, hourly()) == said


def test_a_flag_of_a_value_that_is_edited_holds_no_more() -> None:
    """What excludes the old value doesn't exclude the new one; another rule that is accepted changes nothing."""
    flagged = hourly(watched=(FROZEN,))
    assert used(body("scale", factor=Decimal("0.5")), flagged) == (6, None, Decimal("10.5"))
    assert used(body("accept", rules=("stale",)), flagged) == (6, None, 21)
    assert used(body("accept", rules=("spike",)), flagged) == (0, None, None)
    assert used(body("scale", factor=Decimal("0.5"), side="generated"), hourly(flags=(FROZEN,)))[0] == 6


def test_the_site_s_other_edits_apply_first() -> None:
    """The edit changes what they left; one of its own id, made before, isn't one of them."""
    other = made(body("exclude", 0, 1), "ada", "2026-12-01T00:00:00.000000Z")
    half = body("scale", factor=Decimal("0.5"))
    assert used(half, hourly(), *[_named(other, "o")]) == (5, 20, 10)
    assert used(half, hourly(), made(half, "ada", "2026-12-01T00:00:00.000000Z")) == (6, 21, Decimal("10.5"))


def _named(edit: Edit, name: str) -> Edit:
    fields = {each: getattr(edit, each) for each in Edit.__struct_fields__}
    return Edit(**{**fields, "id": name})


@given(
    first=st.integers(0, 20),
    length=st.integers(1, 20),
    factor=st.decimals("0.001", "1000", places=3),
    more=st.integers(0, 30),
)
@settings(max_examples=60, deadline=None)
def test_what_lies_beside_changes_nothing(first: int, length: int, factor: Decimal, more: int) -> None:
    """A scale is its factor of what was there, however many readings lie around; none of them is needed."""
    edit = body("scale", first, first + length, factor=factor)
    stored = hourly(first + length + more)
    effect = effect_of(edit, stored, (), SITE)
    assert effect.after.consumed_kwh == (effect.before.consumed_kwh or 0) * factor
    begin, end = readings_for(edit, ())
    assert begin < stretch_of(edit)[0] < stretch_of(edit)[1] < end
    needed = [each for each in stored if begin <= each.end <= end]
    assert effect_of(edit, needed, (), SITE) == effect
