"""GET /rules: every rule of the registry, and nothing that somebody copied by hand."""

import subprocess
import sys
from decimal import Decimal

import pytest

from heliograph.checks import registry
from heliograph.checks.flag import Limit, Rule
from unit.api.fleet import Client, client_of, stores_of


@pytest.fixture
def client() -> Client:
    """Serve the API over nothing."""
    return client_of(stores_of())


def test_every_rule_is_listed_with_its_advice_and_limits(client: Client) -> None:
    """The list is the registry, in its order: what each checks, with what figures, and what to do next."""
    items = client.get("/rules").json()["items"]
    assert [each["name"] for each in items] == [rule.name for rule in registry.RULES]
    (over,) = [each for each in items if each["name"] == "over_capacity"]
    assert (over["scopes"], over["severity"], over["unit"]) == (["reading"], "warning", "kWh")
    assert over["advice"].startswith("Compare capacity_kw")
    assert [(limit["name"], limit["value"]) for limit in over["limits"]] == [
        ("most of nameplate", Decimal("1.1")),
        ("a nameplate that is too low", Decimal("1.03")),
    ]


def test_a_new_rule_is_listed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is registered is served, without a word in the API."""
    limits = (Limit("whole values", 24, "readings", "a day of them is no chance"),)
    new = Rule(
        name="too_round",
        severity="info",
        unit="readings",
        sentence="values without a fraction",
        advice="Ask for the meter's own digits.",
        limits=limits,
        on_series=lambda _view: iter(()),
    )
    monkeypatch.setattr(registry, "RULES", (*registry.RULES, new))
    assert client.get("/rules").json()["items"][-1] == {
        "name": "too_round",
        "scopes": ["series"],
        "severity": "info",
        "unit": "readings",
        "sentence": "values without a fraction",
        "advice": "Ask for the meter's own digits.",
        "limits": [limits[0]._asdict()],
    }


def test_the_api_loads_no_check_before_its_rules_are_asked_for() -> None:
    """A cold start has nothing of the checks but flags and what can be energy; the sun's package is not among it."""
    script = (
        "import sys, lambda_api.wiring\n"
        "print(*(each for each in sys.modules if each == 'astral' or each.startswith('heliograph.checks.')))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert set(found.stdout.split()) == {"heliograph.checks.flag", "heliograph.checks.plausible"}
