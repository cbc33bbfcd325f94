"""Landing a reading again: the same end in any order, doubled or not."""

from decimal import Decimal
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from heliograph.history import History, Stamp, landing, merge, verdict
from heliograph.reading import Reading

stamps = st.builds(
    Stamp,
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    st.sampled_from(["raw/a@1", "raw/b@1", "raw/c@1"]),
    st.integers(1, 3),
)
values = st.sampled_from([Decimal(1), Decimal("1.0"), Decimal(2), Decimal(3)])


def land(stamp: Stamp, generated: Decimal) -> History:
    """Give a landing of the one reading these tests are about."""
    return landing(Reading("site", "2026-01-01T00:00:00Z", generated, Decimal(0)), stamp)


# One record of one file has one value, so a stamp always comes with the same value.
landings = st.dictionaries(stamps, values, min_size=1, max_size=8).map(
    lambda found: [land(stamp, value) for stamp, value in found.items()]
)


def settle(order: list[History]) -> History:
    """Merge landings in the order they come."""
    return reduce(merge, order)


@given(landings, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(arrived: list[History], chance: object) -> None:
    """The same landings in any order, any of them doubled, end in the same versions."""
    doubled = arrived + arrived[: len(arrived) // 2]
    chance.shuffle(doubled)  # type: ignore[attr-defined]
    assert settle(doubled).versions == settle(arrived).versions


@given(landings)
def test_the_latest_landing_holds(arrived: list[History]) -> None:
    """The current values are those of the latest stamp, and no values are forgotten."""
    history = settle(arrived)
    latest = max(arrived, key=lambda each: each.current.stamp)
    assert history.current.values == latest.current.values
    assert {version.values for version in history.versions} == {each.current.values for each in arrived}


@given(landings)
def test_exactly_one_landing_stored_the_reading(arrived: list[History]) -> None:
    """Of all landings one is counted as stored, the first to come, also when it is asked again later."""
    history = settle(arrived)
    verdicts = [verdict(history, each) for each in arrived]
    assert verdicts.count("stored") == 1
    assert verdicts[0] == "stored"


def test_equal_values_repeat_and_other_values_revise() -> None:
    """A second file with the same number repeats it, however it is written; with another number it revises."""
    first = land(Stamp("2026-01-01T00:00:00Z", "raw/a@1", 1), Decimal(1))
    same = land(Stamp("2026-01-02T00:00:00Z", "raw/b@1", 1), Decimal("1.00"))
    other = land(Stamp("2026-01-03T00:00:00Z", "raw/c@1", 1), Decimal(2))
    assert verdict(merge(first, same), same) == "equal"
    assert verdict(merge(first, other), other) == "revised"
    assert merge(first, other).reading.energy_generated_kwh == Decimal(2)


def test_an_older_file_that_comes_late_does_not_replace() -> None:
    """What landed earlier and was processed later is kept as replaced, and counts as revised."""
    late = land(Stamp("2026-01-01T00:00:00Z", "raw/a@1", 1), Decimal(1))
    newer = land(Stamp("2026-01-02T00:00:00Z", "raw/b@1", 1), Decimal(2))
    history = merge(newer, late)
    assert history.reading.energy_generated_kwh == Decimal(2)
    assert [version.energy_generated_kwh for version in history.replaced] == [Decimal(1)]
    assert verdict(history, late) == "revised"
