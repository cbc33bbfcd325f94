"""The OpenAPI document's problem answers: declared by each route, described once."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from lambda_api import problems
from lambda_api.models import Problem

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

Responses = dict[int | str, dict[str, Any]]


def problem_answers(*statuses: HTTPStatus) -> Responses:
    """Declare the problems a route that reads stores may answer with: those given, 500 and 503."""
    always = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {problems.MEDIA_TYPE: {"schema": schema}}
    return {int(status): {"description": status.phrase, "content": content} for status in (*statuses, *always)}


class Documented(FastAPI):
    """An app whose OpenAPI document also describes its problems; nothing is worked out until it is asked for."""

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document."""
        document = super().openapi()
        _, described = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
        document["components"]["schemas"].update(described["$defs"])
        return document
