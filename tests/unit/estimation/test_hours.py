"""A day's hours: they add up, they are small, and they come back as they were written."""

from hypothesis import given
from hypothesis import strategies as st

from heliograph.estimation.hours import DayHours, Measured, day_hours, pack_hours, unpack_hours

START = 1_700_000_000 // 86_400 * 86_400
energies = st.floats(min_value=-1e9, max_value=1e9, width=32)


@st.composite
def days(draw: st.DrawFn) -> DayHours:
    """Draw the hours of a day of 23 to 25 hours."""
    count = draw(st.integers(23, 25))
    values = st.lists(energies, min_size=count, max_size=count)
    shares = st.lists(st.integers(0, 240).map(lambda each: each / 240), min_size=count, max_size=count)
    none: list[float] = []
    usual = st.one_of(st.just(none), st.lists(st.floats(0, 1e6), min_size=count, max_size=count))
    begin = draw(st.integers(-14, 14)) * 3600
    return DayHours(
        "2023-11-14",
        START + begin,
        draw(values),
        draw(values),
        draw(shares),
        draw(st.one_of(st.just(none), shares)),
        (draw(usual), draw(usual)),
    )


@given(days())
def test_hours_come_back_and_are_small(hours: DayHours) -> None:
    """They fit into 250 bytes, and differ by less than their scale's step once read back."""
    packed = pack_hours(hours)
    found = unpack_hours(packed)
    assert len(packed) <= 250
    assert found is not None
    assert (found.date, found.start, found.coverage) == (hours.date, hours.start, hours.coverage)
    assert found.coverage_of("consumed") == hours.coverage_of("consumed")
    for side in ("generated", "consumed"):
        written, read = hours.energy_of(side), found.energy_of(side)
        step = max(map(abs, written)) / 32_767 * 0.51
        assert all(abs(one - other) <= step for one, other in zip(written, read, strict=True))


@given(days())
def test_hours_read_back_are_written_alike(hours: DayHours) -> None:
    """What was read back is the same once more: estimates don't depend on how often a day was stored."""
    first = unpack_hours(pack_hours(hours))
    assert first is not None
    assert unpack_hours(pack_hours(first)) == first


def test_what_another_version_wrote_is_made_anew() -> None:
    """Bytes of another layout, and bytes that are cut off, aren't read."""
    packed = pack_hours(DayHours("2023-11-14", START, [1.0] * 24, [0.0] * 24, [0.5] * 24))
    assert unpack_hours(b"") is None
    assert unpack_hours(b"\x09" + packed[1:]) is None
    assert unpack_hours(packed[:40]) is None


def test_intervals_add_up_by_the_hour() -> None:
    """An interval across two hours is shared out by time, and a side without a value covers nothing."""
    measured = [
        Measured(START + 3600, 3600, 2.0, None),
        Measured(START + 2 * 3600 + 1800, 3600, 4.0, 1.0),
        Measured(START + 86_400, 900, 0.5, 0.25),
    ]
    found = day_hours("2023-11-14", START, START + 86_400, measured)
    assert found.generated == [2.0, 2.0, 2.0, *[0.0] * 20, 0.5]
    assert found.coverage == [1.0, 0.5, 0.5, *[0.0] * 20, 0.25]
    assert found.coverage_of("consumed") == [0.0, 0.5, 0.5, *[0.0] * 20, 0.25]
    assert found.consumed == [0.0, 0.5, 0.5, *[0.0] * 20, 0.25]


def test_a_day_whose_clock_is_set_has_its_own_hours() -> None:
    """Days of 23 and 25 hours, and of 24 and a half, have an entry for each hour that elapses."""
    lengths = (23 * 3600, 25 * 3600, 24 * 3600 + 1800)
    counts = [len(day_hours("2023-11-14", START, START + length, []).coverage) for length in lengths]
    assert counts == [23, 25, 25]
    half = day_hours("2023-11-14", START, START + 24 * 3600 + 1800, [Measured(START + 88_200, 1800, 1.0, 1.0)])
    assert half.coverage[-1] == 1.0
