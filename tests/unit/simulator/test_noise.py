"""Hashed numbers: the same for ever, spread as told, and smooth where they should be."""

from statistics import fmean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from lambda_simulator.noise import between, jitter, key_of, pick, smooth, uniform

keys = st.integers(0, 2**64 - 1)
moments = st.floats(-1e9, 4e9)


def test_keys_never_change() -> None:
    """A name's number is pinned: another one would rewrite every simulated past."""
    assert key_of(1, "solar-0001", "meter") == 15210938968463305975
    assert round(uniform(key_of("a"), 7), 12) == 0.923817208574


def test_names_do_not_run_together() -> None:
    """("ab", "c") and ("a", "bc") are different names."""
    assert key_of("ab", "c") != key_of("a", "bc")


@given(keys, st.integers(-(2**40), 2**40))
def test_numbers_stay_in_range(key: int, index: int) -> None:
    """Uniform numbers are 0 <= x < 1, jitter is -1 <= x < 1."""
    assert 0 <= uniform(key, index) < 1
    assert -1 <= jitter(key, index) < 1


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.text(max_size=5))
def test_between_and_pick_keep_to_what_is_offered(low: float, width: float, name: str) -> None:
    """A number between two limits lies there; a pick is one of the options."""
    assert low <= between(low, low + width, name) <= low + width
    assert pick("xyz", name) in "xyz"


@given(keys, moments, st.floats(60, 1e6))
def test_smooth_noise_is_smooth(key: int, seconds: float, period: float) -> None:
    """A ten-thousandth of a period moves the noise by next to nothing."""
    assert abs(smooth(key, seconds + period / 10_000, period) - smooth(key, seconds, period)) < 0.02


def test_smooth_noise_has_mean_0_and_deviation_1_everywhere() -> None:
    """Half way between two knots the noise is as lively as at a knot."""
    for place in (0.0, 0.25, 0.5):
        values = [smooth(3, (knot + place - uniform(3)) * 60, 60) for knot in range(4000)]
        assert abs(fmean(values)) < 0.1
        assert abs(pstdev(values) - 1) < 0.1
