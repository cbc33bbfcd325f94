"""What `heliograph incidents` says of an incident: how it notifies, and its evidence."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from heliograph.incidents.model import Incident, Symptom
from heliograph_cli.incidents import _lines, _plain
from unit.api.fleet import incident

WARNING = msgspec.structs.replace(
    incident("a", "stale", "2026-11-22T01:00:00Z"), severity="warning", onset_notified_at=""
)
CRITICAL = msgspec.structs.replace(WARNING, severity="critical")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (WARNING, "in the next daily digest"),
        (CRITICAL, "notification pending"),
        (msgspec.structs.replace(CRITICAL, returning=True), "in the next daily digest"),
        (msgspec.structs.replace(CRITICAL, onset_notified_at="2026-11-22T01:05:00Z"), "notified 2026-11-22T01:05:00Z"),
        (msgspec.structs.replace(CRITICAL, suppressed=True), "no notification"),
        (msgspec.structs.replace(CRITICAL, recovery="2026-11-22T02:00:00Z"), "no notification"),
        (msgspec.structs.replace(CRITICAL, suppressed=True, cause="a~gap~1"), "evidence of a~gap~1"),
    ],
)
def test_an_incident_s_line_says_how_it_notifies(known: Incident, words: str) -> None:
    """A warning is in the digest, what is critical is sent at once, and what another explains isn't sent."""
    assert f"; {words}: " in list(_lines(known))[1]


def test_an_incident_s_line_names_its_evidence() -> None:
    """The other rules that see the same event, each once."""
    seen = tuple(Symptom(f"a~{rule}~1", rule, "2026-11-22T01:00:00Z") for rule in ("spike", "catch_up", "spike"))
    assert list(_lines(msgspec.structs.replace(CRITICAL, evidence=seen)))[1].endswith("; evidence: catch_up, spike")


def test_an_incident_s_line_says_what_it_cost() -> None:
    """Energy and money, before the evidence."""
    cost: dict[str, Any] = {
        "lost_kwh": Decimal("12.43"),
        "lost_value": Decimal("3.1"),
        "lost_until": "2026-11-22T02:00:00Z",
    }
    dear = msgspec.structs.replace(CRITICAL, **cost)
    assert list(_lines(dear))[1].endswith("; lost about 12.4 kWh (3.10 of your currency)")


def test_what_is_shown_of_an_incident_has_its_cost_and_nothing_of_how_it_is_reckoned() -> None:
    """What is settled of it is between evaluations."""
    shown = _plain(msgspec.structs.replace(CRITICAL, settled_kwh=Decimal(1), settled_until="2026-11-22T00:00:00Z"))
    assert (shown["lost_kwh"], shown["state"]) == (None, "open")
    assert not [name for name in shown if name.startswith("settled")]
