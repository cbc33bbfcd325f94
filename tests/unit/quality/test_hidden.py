"""Which simulated faults no meter can show: told by physics from the truth, and only then counted apart."""

from collections.abc import Sequence

import msgspec
import pytest

from heliograph.site import Kind
from lambda_simulator.energy import Energy
from lambda_simulator.fleet import SimulatedSite, SiteMeter, make_fleet
from quality.hidden import is_hidden

STEP = 0.1
FLEET = {each.site.kind: each for each in make_fleet(4, 2)}


def site_of(kind: Kind, step: float | None = STEP) -> SimulatedSite:
    """Return a simulated site whose meter counts in steps, and whose most is 10 kWh an interval."""
    return msgspec.structs.replace(FLEET[kind], meter=SiteMeter(step), scale_kwh=10.0)


def hidden(
    fault: str, true: Sequence[float], sent: Sequence[float], site: SimulatedSite, record: Sequence[float] = ()
) -> bool:
    """Return whether a fault is hidden that sends some generation in place of the true one."""
    rows = [(Energy(one, 0.0), [Energy(other, 0.0)]) for one, other in zip(true, sent, strict=True)]
    return is_hidden(fault, site, rows, [Energy(each, 0.0) for each in record])


@pytest.mark.parametrize("fault", ["stale", "interpolated", "negative"])
@pytest.mark.parametrize(("more", "step", "is_true"), [(2, STEP, True), (3, STEP, False), (2, None, False)])
def test_two_counts_are_a_sound_meter_s_own(fault: str, *, more: int, step: float | None, is_true: bool) -> None:
    """One count may have been due before, and one may come early; a fine meter has no such excuse."""
    true = [3.0, 3.1, 3.0, 2.9]
    sent = [*true[:3], true[3] + more * STEP]
    assert hidden(fault, true, sent, site_of("solar", step), record=true) is is_true


def test_a_freeze_as_long_as_the_site_s_own_is_hidden() -> None:
    """At about that many counts; a longer one is seen, and one of twice the counts."""
    record = [1.0, 3.0, 3.0, 3.0, 3.0, 2.0]
    site = site_of("solar")
    assert hidden("stale", [1.0] * 4, [3.1] * 4, site, record)
    assert not hidden("stale", [1.0] * 5, [3.1] * 5, site, record)
    assert not hidden("stale", [1.0] * 4, [8.0] * 4, site, record)


def test_stairs_as_long_as_the_site_s_own_are_hidden() -> None:
    """A sound meter of few counts climbs along a line by itself, for so long; bends are none."""
    stairs = [1.0, 1.1, 1.1, 1.2, 1.3, 1.3]
    site = site_of("solar")
    assert hidden("interpolated", [9.0] * 6, stairs, site, [0.0, 5.0, *stairs, 5.0])
    assert not hidden("interpolated", [9.0] * 6, stairs, site, [0.0, 5.0, *stairs[:5], 5.0])
    assert not hidden("interpolated", [9.0] * 6, stairs, site, [1.0, 1.5, 1.0, 1.5, 1.0, 1.5])


@pytest.mark.parametrize(
    ("kind", "kwh", "is_true"), [("solar", -0.1, True), ("solar", 0.2, False), ("wind", 0.0, False)]
)
def test_a_silence_in_the_dark_loses_nothing(kind: Kind, kwh: float, *, is_true: bool) -> None:
    """Panels give nothing then, and many a logger is asleep; a turbine's night is as its day."""
    assert is_hidden("no_data", site_of(kind), [(Energy(kwh, 0.0), [])], []) is is_true


@pytest.mark.parametrize(("kwh", "is_true"), [(0.4, True), (0.6, False)])
def test_a_thousandth_of_next_to_nothing_is_nothing(kwh: float, *, is_true: bool) -> None:
    """A turbine in a calm shows as little by itself."""
    assert hidden("unit_error_mwh", [kwh], [kwh / 1000], site_of("wind", None)) is is_true


@pytest.mark.parametrize(("kind", "is_true"), [("battery", True), ("load", False)])
def test_a_storage_may_show_nothing_on_either_side(kind: Kind, *, is_true: bool) -> None:
    """It covers its load; a load without one never does."""
    rows = [(Energy(0.0, 3.0), [Energy(0.0, 0.0)])]
    assert is_hidden("unit_error_mwh", site_of(kind), rows, []) is is_true


def test_what_isn_t_a_value_isn_t_hidden_by_counts() -> None:
    """A stamp of tomorrow is wrong at night, too."""
    assert not hidden("future_timestamp", [0.0], [0.0], site_of("solar"))


@pytest.mark.parametrize(
    ("kwh", "kind", "is_true"), [(7.0, "solar", True), (7.5, "solar", False), (7.0, "wind", False)]
)
def test_a_gap_in_the_clouds_shows_what_a_clear_day_gives(kwh: float, kind: Kind, *, is_true: bool) -> None:
    """At that hour, in these weeks: no more, and nothing that isn't the sun's."""
    day = 288
    record = [Energy(7.0 if each == 3 * day + 144 else 1.0, 0.0) for each in range(5 * day)]
    rows = [(Energy(1.0, 0.0), [Energy(kwh, 0.0)])]
    assert is_hidden("spike", site_of(kind, None), rows, record, 2 * day + 147) is is_true
    assert not is_hidden("spike", site_of(kind, None), rows, record, 2 * day + 160)
