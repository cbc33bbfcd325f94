"""The answers that the browser's tests look at have the shapes that the API promises."""

from typing import Final

import pytest
from pydantic import BaseModel
from starlette.responses import JSONResponse

from browser.server import World
from browser.world import HERO, INGESTION, UNPLACED
from lambda_api import models, view_models

_DAY: Final = {"start": "2026-11-21T00:00:00Z", "end": "2026-11-22T00:00:00Z"}
_ANSWERS: Final[list[tuple[str, dict[str, str], type[BaseModel]]]] = [
    ("fleet", {}, view_models.FleetPage),
    (f"sites/{HERO}", {}, models.SiteDetail),
    (f"sites/{UNPLACED}", {}, models.SiteDetail),
    (f"readings/{HERO}", _DAY, models.ReadingPage),
    (f"totals/{HERO}", {"start": "2025-11-22", "end": "2026-11-23"}, view_models.Totals),
    ("incidents", {"state": "open"}, models.IncidentPage),
    ("incidents", {"state": "closed"}, models.IncidentPage),
    ("ingestions", {"hour": "20261122T09"}, models.IngestionPage),
    (f"ingestions/{INGESTION}/rejected", {}, view_models.QuarantinePage),
    ("pipeline", {}, view_models.Pipeline),
    ("summary", {}, models.Summary),
]


@pytest.mark.parametrize(("path", "query", "model"), _ANSWERS)
def test_an_answer_has_the_apis_shape(path: str, query: dict[str, str], model: type[BaseModel]) -> None:
    """Every field the API's model has is there, with its type, and none besides."""
    answer = World().answer(path, query)
    assert isinstance(answer, JSONResponse)
    strict = type(model.__name__, (model,), {"model_config": {"extra": "forbid"}})
    strict.model_validate_json(answer.body)
