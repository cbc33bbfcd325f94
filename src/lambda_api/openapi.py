"""The OpenAPI document's problem answers, declared by each route and described once, and its requests' bodies."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from lambda_api import problems
from lambda_api.models import Problem
from lambda_api.sent_models import Reading, SiteFields

TITLE: Final = "Heliograph"
DESCRIPTION: Final = """Readings of renewable-energy sites, each with what was found wrong with it.

Every list is `{"items": [...], "next": ...}`: send `next` back as `cursor`, or follow the `Link` header, until it is \
null. Times are UTC. Energies are exact decimal numbers in kWh. Every error is a problem (RFC 9457) with a `type` that \
never changes: """ + ", ".join(f"`{kind.type}` ({kind.status})" for kind in problems.KINDS)
TAGS: Final = [
    {"name": "readings", "description": "What the sites measured, judged."},
    {"name": "sites", "description": "What is known of the sites."},
    {"name": "alerts", "description": "Incidents: what is wrong, since when, until when, and who was told when."},
    {"name": "ingests", "description": "What became of the files that landed."},
    {"name": "service", "description": "The service itself."},
]

# As RFC 9110 has them; Python's own follow it from 3.13 on.
_PHRASES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}

Responses = dict[int | str, dict[str, Any]]


def problem_answers(*statuses: HTTPStatus) -> Responses:
    """Declare the problems a route that reads stores may answer with: those given, 500 and 503."""
    always = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {problems.MEDIA_TYPE: {"schema": schema}}
    phrases = {int(status): _PHRASES.get(status, status.phrase) for status in (*statuses, *always)}
    return {status: {"description": phrase, "content": content} for status, phrase in phrases.items()}


class Documented(FastAPI):
    """An app whose OpenAPI document also describes problems and bodies; nothing is worked out until it is asked."""

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document."""
        document = super().openapi()
        _, described = models_json_schema(
            [(Problem, "serialization"), (SiteFields, "validation"), (Reading, "validation")],
            ref_template="#/components/schemas/{model}",
        )
        document["components"]["schemas"].update(described["$defs"])
        return document
