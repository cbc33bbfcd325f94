"""The first view: sites that alert are compared with the faults that the simulator put in."""

from datetime import UTC, datetime, timedelta

from first_view import Shown, SimulatedFault, compare, faults_of, newest_of
from lambda_simulator.fleet import make_fleet
from lambda_simulator.tick import simulate_tick, ticks_between

FLEET = make_fleet(20, 1)
NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def shown(state: str, *anomalies: datetime) -> Shown:
    """Make a view of one site."""
    return Shown({"a": state}, {"a": list(anomalies)})


def test_faults_are_those_that_were_labelled() -> None:
    """One of each onset, from its first to its last changed reading that has come in."""
    faults = faults_of(FLEET, NOW - 24 * HOUR, NOW, 1)
    labels = [
        (label.site_id, label.onset)
        for tick_end in ticks_between(NOW - 24 * HOUR, NOW)
        for label in simulate_tick(FLEET, tick_end, 1, 0.5).labels
    ]
    assert len(faults) == len(set(labels)) > 3
    assert all(each.onset <= each.last <= NOW for each in faults)


def test_an_alert_needs_a_fault_that_goes_on_or_has_just_ended() -> None:
    """An incident closes an hour of clean readings after its fault; then an alert is unfounded."""
    for ago, unfounded in ((0.1, 0), (1.2, 0), (3, 1)):
        fault = SimulatedFault("a", "stale", NOW - 5 * HOUR, NOW - ago * HOUR)
        assert len(compare(shown("alerting"), [fault], {}, NOW).unfounded) == unfounded
    assert len(compare(shown("not_reporting"), [], {}, NOW).unfounded) == 1
    assert compare(shown("ok"), [], {}, NOW).alerting == 0


def test_what_was_true_at_the_newest_reading_goes_on() -> None:
    """A portal's file ended at midnight: what it showed then is all that is known."""
    fault = SimulatedFault("a", "stale", NOW - 16 * HOUR, NOW - 12 * HOUR)
    assert compare(shown("alerting"), [fault], {"a": NOW - 12 * HOUR}, NOW).unfounded == []
    assert set(newest_of(FLEET, NOW)) == {"solar-0008", "load-0003"}


def test_a_fault_that_goes_on_is_shown() -> None:
    """Its site alerts, once the watch had time; and its readings are anomalous, on history too."""
    fault = SimulatedFault("a", "stale", NOW - 2 * HOUR, NOW)
    view = compare(shown("ok"), [fault], {}, NOW)
    assert (view.unseen, view.unflagged) == ([fault], [fault])
    view = compare(shown("alerting", NOW - HOUR), [fault], {}, NOW)
    assert (view.unseen, view.unflagged) == ([], [])
    young = SimulatedFault("a", "stale", NOW - HOUR / 2, NOW)
    assert compare(shown("ok"), [young], {}, NOW).unseen == []


def test_zeros_show_nothing_but_at_a_solar_site() -> None:
    """Of a load whose link is lost and sends zeros, a day shows the sum at the end; a solar site's day shows them."""
    fleet, start = make_fleet(20, 3), datetime(2026, 11, 29, 11, 30, tzinfo=UTC)
    [lost] = [each for each in faults_of(fleet, start, start + 4 * HOUR, 3) if each.site_id == "load-0001"]
    assert (lost.name, lost.can_show) == ("catch_up", False)
    now = start + 4 * HOUR
    assert compare(shown("ok"), [lost._replace(site_id="a")], {}, now).unseen == []
    [over] = [each for each in faults_of(fleet, start, start + 8 * HOUR, 3) if each.site_id == "load-0001"]
    assert over.can_show
    assert all(each.can_show for each in faults_of(fleet, start, now, 3) if each.site_id.startswith("solar"))
