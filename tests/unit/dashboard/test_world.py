"""The answers that the browser's tests look at have the shapes that the API promises."""

import json
from typing import Final

import pytest
from starlette.responses import JSONResponse

from browser.server import World
from browser.world import HERO, INGESTION, OFFER, UNPLACED, edited, incident
from unit.api.fleet import require_shape

_DAY: Final = {"start": "2026-11-21T00:00:00Z", "end": "2026-11-22T00:00:00Z"}
_ANSWERS: Final[list[tuple[str, dict[str, str], str]]] = [
    ("fleet", {}, "FleetPage"),
    (f"sites/{HERO}", {}, "SiteDetail"),
    (f"sites/{UNPLACED}", {}, "SiteDetail"),
    (f"readings/{HERO}", _DAY, "ReadingPage"),
    (f"totals/{HERO}", {"start": "2025-11-22", "end": "2026-11-23"}, "Totals"),
    ("incidents", {"state": "open"}, "IncidentPage"),
    ("incidents", {"state": "closed"}, "IncidentPage"),
    ("ingestions", {"hour": "20261122T09"}, "IngestionPage"),
    (f"ingestions/{INGESTION}/rejected", {}, "QuarantinePage"),
    ("pipeline", {}, "Pipeline"),
    ("summary", {}, "Summary"),
]


def test_an_edits_answer_has_the_apis_shape() -> None:
    """Tried or made; and so has an incident with its offer."""
    for tried in (True, False):
        sent = {name: value for name, value in OFFER.items() if name != "command"} | {"id": "x"}
        require_shape(json.dumps(edited(sent, tried=tried)).encode(), "EditAnswer")
    require_shape(json.dumps(incident(HERO, "unit_error") | {"offer": OFFER}).encode(), "Incident")


@pytest.mark.parametrize(("path", "query", "shape"), _ANSWERS)
def test_an_answer_has_the_apis_shape(path: str, query: dict[str, str], shape: str) -> None:
    """Every field the API's shape has is there, with its type, and none besides."""
    answer = World().answer(path, query)
    assert isinstance(answer, JSONResponse)
    require_shape(bytes(answer.body), shape)
