"""Packing a site's last two days: what comes out is what went in."""

from decimal import Decimal
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.flag import Flag
from heliograph.evaluation import recent
from heliograph.evaluation.model import StoredReading
from heliograph.reading import Quality
from heliograph.registers import Note

NOW = 1_795_000_000
FIRST = NOW - 50 * 3600
FLAG = Flag("stale", Decimal("1.50"), Decimal(1), "kWh", "warning", 'one "value" for hours')

_energy = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6)
_kept = st.builds(
    StoredReading,
    st.integers(FIRST, NOW),
    st.none() | _energy,
    st.none() | _energy,
    st.sampled_from([-1, 0, 5, 1_770]),
    st.none() | st.integers(1, 86_400),
    st.sampled_from(get_args(Quality)),
    st.booleans(),
    st.just(()),
    st.sampled_from([None, "", *get_args(Note)]),
    st.sampled_from([(), (FLAG,)]),
    st.sampled_from([(), (FLAG,), (FLAG, FLAG)]),
    st.integers(0, 3),
)


@given(st.lists(_kept, unique_by=lambda each: each.end, max_size=40))
def test_readings_come_out_as_they_went_in(readings: list[StoredReading]) -> None:
    """Every digit, flag and count of those that are packed; the youngest aren't, as they may still come."""
    readings.sort(key=lambda each: each.end)
    packed = recent.pack(readings, FIRST, 7, NOW)
    assert packed is not None
    assert recent.unpack(packed) == [each for each in readings if each.end <= packed.last]
    assert (packed.turn, packed.first) == (7, FIRST)
    assert NOW - packed.last > 3600, "who is in time may still be on the way"


def test_two_days_fit_into_a_few_write_units() -> None:
    """A write unit holds 1 KB: 50 hours of 5-minute readings of four digits take less than three."""
    readings = [
        StoredReading(end, Decimal(end * 7919 % 41_000) / 10_000, Decimal(end * 104_729 % 3_000) / 10_000)
        for end in range(FIRST, NOW, 300)
    ]
    packed = recent.pack(readings, FIRST, 1, NOW)
    assert packed is not None
    assert len(packed.body) < 3_000


def test_what_is_too_much_for_an_item_isnt_packed() -> None:
    """A site that sends every second is read as it is."""
    readings = [StoredReading(end, Decimal(end * 7919 % 10**7), Decimal(end)) for end in range(FIRST, NOW, 3)]
    assert recent.pack(readings, FIRST, 1, NOW) is None
