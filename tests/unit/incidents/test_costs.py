"""What an incident cost: asked where it is written anyway, kept with it, and said to people, the dearest first."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.registry import RULES
from heliograph.incidents.digest import digest_of
from heliograph.incidents.groups import worst_first
from heliograph.incidents.lifecycle import plan_open
from heliograph.incidents.messages import cost_of, messages
from heliograph.incidents.model import Incident, SiteState
from heliograph.reading import end_of
from unit.incidents.scenes import HOUR, Plant, World, at, ends, flag, found, text_at

LINK = "https://api.example.com"
NOW = datetime(2026, 6, 22, 5, tzinfo=UTC)


class HourlyLosses:
    """Says that an incident cost a kWh an hour, at 0.25 a kWh. `asked` keeps how each incident stood."""

    def __init__(self) -> None:
        """Begin unasked."""
        self.asked: list[tuple[str, str]] = []

    def of(self, incident: Incident) -> Incident:
        """Return it with its cost."""
        self.asked.append((incident.state, incident.last))
        lost = Decimal(end_of(incident.last) - end_of(incident.onset)) / HOUR
        return msgspec.structs.replace(
            incident, lost_kwh=lost, lost_value=lost / 4, lost_until=incident.last, settled_until="x"
        )


def losing(site_id: str, lost: str | None, value: str | None = None, **fields: object) -> Incident:
    """Return a warning's incident with what it cost."""
    (incident,) = plan_open(SiteState(site_id), [found(site_id, at(60), "zero_output")], at(65)).opened
    cost = {"lost_kwh": Decimal(lost) if lost else None, "lost_value": Decimal(value) if value else None}
    return msgspec.structs.replace(incident, **{"severity": "warning", "lost_until": text_at(120), **cost, **fields})


def test_the_rules_that_cost_energy_are_those_of_a_plant_that_gives_less() -> None:
    """A stop and a part that is gone; a silence is unknown, and what a meter says wrongly costs nothing."""
    assert {rule.name for rule in RULES if rule.loses} == {"zero_output", "level_shift"}


def test_a_cost_is_asked_for_where_an_incident_is_written_and_at_no_other_time() -> None:
    """At its onset, hourly while it lasts, and at its end; evaluations that change nothing ask nothing."""
    world, losses = World(), HourlyLosses()
    plant = Plant("a", ends(0, 1000), {end: (flag("zero_output"),) for end in ends(100, 300)})
    for minute in range(0, 600, 10):
        world.now = at(minute)
        world.keeper.after_evaluation(plant.site, plant.seen(world.now), {}, losses)
    (incident,) = world.incidents_of()
    assert losses.asked[0] == ("open", text_at(100))
    assert losses.asked[-1] == ("closed", text_at(300))
    assert len(losses.asked) == 5
    assert (incident.lost_kwh, incident.lost_value) == (Decimal(200 * 60) / HOUR, Decimal(200 * 60) / HOUR / 4)


def test_a_cost_stays_with_an_incident_that_is_written_without_being_asked_for() -> None:
    """A watch without losses, or a rule that costs nothing, leaves what is known."""
    world, losses = World(), HourlyLosses()
    plant = Plant("a", ends(0, 1000), {end: (flag("zero_output"),) for end in ends(100, 300)})
    world.now = at(180)
    world.keeper.after_evaluation(plant.site, plant.seen(world.now), {}, losses)
    world.evaluate(plant, at(600))
    (incident,) = world.incidents_of()
    assert (incident.state, incident.lost_until) == ("closed", text_at(180))


def test_history_is_asked_what_it_cost_too() -> None:
    """What was over before it was found notifies nobody, and yet says what it cost."""
    world, losses = World(), HourlyLosses()
    plant = Plant("a", ends(0, 1000), {end: (flag("zero_output"),) for end in ends(100, 220)})
    world.now = at(900)
    world.keeper.after_evaluation(plant.site, plant.seen(world.now), {}, losses)
    (incident,) = world.incidents_of()
    assert (incident.suppressed, incident.lost_kwh) == (True, Decimal(2))


@pytest.mark.parametrize(
    ("incidents", "words"),
    [
        ([], ""),
        ([losing("a", None)], ""),
        ([losing("a", "0")], ""),
        ([losing("a", "12.4321", "3.1")], "lost about 12.4 kWh (3.10 of your currency)"),
        ([losing("a", "12.4321")], "lost about 12.4 kWh"),
        ([losing("a", "0.04321", "0.0001")], "lost about 0.0432 kWh (0.00 of your currency)"),
        ([losing("a", "1234.5", "1000"), losing("b", "1", "0.5")], "lost about 1,236 kWh (1,000.50 of your currency)"),
        ([losing("a", "2", "0.5"), losing("b", "1")], "lost about 3 kWh"),
        ([losing("a", "2", "0.5"), losing("b", None)], "lost about 2 kWh (0.50 of your currency)"),
    ],
)
def test_a_cost_is_said_in_energy_and_where_all_have_a_price_in_money(incidents: list[Incident], words: str) -> None:
    """Three digits, as good as an estimate is; nothing is said of what cost nothing or isn't known."""
    assert cost_of(*incidents) == words


def test_messages_say_what_it_cost() -> None:
    """An onset until when, a recovery in all, and a group together."""
    cost = "lost about 12.4 kWh (3.10 of your currency)"
    (onset,) = messages([losing("a", "12.4", "3.1")], "onset", 20, LINK)
    assert f"\nCost: {cost} until {text_at(120)}\n" in onset.text
    over = losing("a", "12.4", "3.1", recovery=text_at(180), closed_at=text_at(181))
    assert f"\nCost: {cost}\n" in messages([over], "recovery", 20, LINK)[0].text
    (group,) = messages([losing(name, "6.2", "1.55", region="UTC") for name in "abcd"], "onset", 20, LINK)
    assert "\nCost: lost about 24.8 kWh (6.20 of your currency).\n" in group.text
    (plain,) = messages([losing("a", None)], "onset", 20, LINK)
    assert "Cost" not in plain.text


def test_a_digest_has_the_sites_that_lost_most_first() -> None:
    """Each with what it lost, and all together; sites of which nothing is known come last."""
    lost = {"a": "1", "b": None, "c": "30", "d": "4.5"}
    waiting = [losing(name, kwh, None, rule=f"rule_{name}") for name, kwh in lost.items()]
    digest = digest_of(waiting, "UTC", NOW, LINK)
    assert "4 incidents at 4 sites began; they lost about 35.5 kWh." in digest.text
    heads = [line for line in digest.text.splitlines() if line.endswith(":")]
    assert heads == ["c, lost about 30 kWh:", "d, lost about 4.5 kWh:", "a, lost about 1 kWh:", "b:"]


@given(st.lists(st.tuples(st.sampled_from(["warning", "critical"]), st.integers(0, 9)), min_size=1, max_size=9))
def test_severity_goes_before_cost_and_cost_before_all_else(kinds: list[tuple[str, int]]) -> None:
    """However they come, the more severe are first, and among these those that lost more."""
    incidents = [losing(f"s{place}", str(lost), severity=severity) for place, (severity, lost) in enumerate(kinds)]
    ranked = [(each.severity, -(each.lost_kwh or 0)) for each in worst_first(incidents)]
    assert ranked == sorted(ranked)
