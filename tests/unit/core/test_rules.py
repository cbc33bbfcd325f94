"""Rules declare themselves: the registry has each, and everything that lists rules goes through it."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import msgspec
import pytest

import heliograph.checks
from docs_pages.flags import flags_page
from heliograph.checks import registry
from heliograph.checks.flag import ANOMALOUS, SEVERITIES, Limit, Rule, worst
from heliograph.checks.registry import BY_NAME, RULES

ROOT = Path(__file__).parents[3]

NEW = Rule(
    name="too_round",
    severity="info",
    unit="readings",
    sentence="values without a fraction, hour after hour",
    advice="Ask for the meter's own digits.",
    limits=(Limit("whole values", 24, "readings", "a day of them is no chance"),),
    on_series=lambda _view: iter(()),
)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Rule:
    """Register a rule that isn't the product's."""
    monkeypatch.setattr(registry, "RULES", (*RULES, NEW))
    return NEW


def declared() -> Iterator[Rule]:
    """Yield each rule that a file of the checks declares."""
    for module in iter_modules(heliograph.checks.__path__):
        found = vars(import_module(f"heliograph.checks.{module.name}")).values()
        yield from (each for each in found if isinstance(each, Rule))


def test_every_rule_that_is_declared_is_registered_once() -> None:
    """A rule that a file declares and the registry doesn't list would never run; no two have one name."""
    assert set(declared()) == set(RULES)
    assert len(RULES) == len(BY_NAME)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_all_of_itself(rule: Rule) -> None:
    """It has a check, limits with units and sources, a sentence, what to do next, and a section of the docs."""
    assert rule.scopes
    assert rule.limits
    assert all(limit.name and limit.unit and len(limit.source) > 10 for limit in rule.limits)
    assert rule.unit in {"kWh", "readings", "minutes", "degrees", "years", "%"}
    assert rule.sentence
    assert not rule.sentence.endswith(".")
    assert bool(rule.headline) == (rule.severity in ANOMALOUS), "a chart's title speaks of an anomaly by its headline"
    assert rule.headline.format(when="noon")[:1].isupper() or not rule.headline
    assert len(rule.advice) > 30
    assert rule.advice.endswith(".")
    assert f"\n### {rule.name}\n" in flags_page()


def test_a_flag_is_its_rule_s() -> None:
    """It has its rule's name, unit and severity, unless it says another; computed figures have six digits."""
    flag = NEW.flag(2 / 3, 1, "two thirds")
    assert (flag.rule, str(flag.observed), str(flag.limit), flag.unit) == ("too_round", "0.666667", "1", "readings")
    assert (flag.severity, flag.message) == ("info", "two thirds")
    other = NEW.flag(1, 1, "so it is", severity="warning", unit="kWh")
    assert (other.severity, other.unit) == ("warning", "kWh")


def test_a_new_rule_is_documented(registered: Rule) -> None:
    """The page of flags has its section, what to do, and its limits, by the registry alone."""
    page = flags_page()
    section = page.partition(f"\n### {registered.name}\n")[2].partition("\n#")[0]
    assert registered.advice in section
    assert "| whole values | 24 | readings | a day of them is no chance |" in section
    assert f"| [`too_round`](#too_round) | {registered.sentence} |" in page


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_a_page_counts_the_rules(page: str) -> None:
    """Where a page says how many rules there are, it is so many."""
    words = {24: "Twenty-four", 25: "Twenty-five", 26: "Twenty-six", 27: "Twenty-seven", 28: "Twenty-eight"}
    found = re.findall(r"\b([A-Z][a-z]+(?:-[a-z]+)?) rules\b", (ROOT / page).read_text())
    assert found == [words[len(RULES)]]


def test_the_worst_severity() -> None:
    """Critical is worse than a warning, and a warning than information; there is one order."""
    assert SEVERITIES == ("info", "warning", "critical")
    assert worst(["warning", "info"]) == "warning"
    assert worst(["info", "critical", "warning"]) == "critical"


def test_a_rule_can_t_be_changed() -> None:
    """What is declared stays as it is."""
    with pytest.raises(AttributeError):
        NEW.name = "other"  # type: ignore[misc]
    assert msgspec.structs.replace(NEW, name="other").name == "other"


def test_critical_is_what_costs_until_somebody_acts() -> None:
    """Critical wakes people, so each such rule is here for a reason; what can be corrected tomorrow is a warning."""
    critical = {rule.name for rule in RULES if rule.severity == "critical"}
    energy_or_data_is_lost = {"no_data", "zero_output", "sentinel"}
    nobody_watches_the_site = {"future_timestamp", "implausible_timestamp"}
    every_further_figure_is_wrong = {"unit_error", "running_total"}
    assert critical == energy_or_data_is_lost | nobody_watches_the_site | every_further_figure_is_wrong
