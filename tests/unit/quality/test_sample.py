"""Samples: what the store ends with, and how labels become events."""

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quality.counts import count_readings, split
from quality.sample import Sample, Sent, event_of, runs_of, stored
from unit.quality.a_home import HOUR, SITE

ONE, TWO = Decimal(1), Decimal(2)


def test_the_latest_landing_holds() -> None:
    """Each interval is stored once, in order of time, with the values that landed last."""
    points = stored([Sent(30, 20, TWO, ONE), Sent(20, 20, ONE, ONE), Sent(40, 10, ONE, ONE)])
    assert [(point.end, point.generated_kwh) for point in points] == [(10, ONE), (20, TWO)]


@given(st.sets(st.integers(0, 50)))
def test_runs_have_no_gap_and_lose_nothing(places: set[int]) -> None:
    """Joined again they are what was given; between two runs an interval is missing."""
    ends = [place * HOUR for place in sorted(places)]
    runs = runs_of(ends, HOUR)
    assert [end for run in runs for end in run] == ends
    assert all(later[0] - sooner[-1] > HOUR for sooner, later in itertools.pairwise(runs))


def test_readings_are_counted_one_by_one() -> None:
    """Hits, false alarms and misses, over all readings or over some."""
    sent = [Sent(end, end, ONE, ONE) for end in range(6)]
    sample = Sample(SITE, sent, [event_of("stale", [1, 2, 3])])
    assert count_readings({2, 3, 4, 99}, sample) == (2, 1, 1)
    assert count_readings({2, 3, 4}, sample, among=[3, 4, 5]) == (1, 1, 0)


def test_a_third_is_for_tuning() -> None:
    """Both parts together are all of it, the first part first."""
    tuned, reported = split(Sample(SITE, [Sent(end, end, ONE, ONE) for end in range(9)], []))
    assert (tuned, reported) == ([0, 1, 2], [3, 4, 5, 6, 7, 8])
