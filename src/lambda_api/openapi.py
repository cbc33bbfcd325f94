"""The OpenAPI document: what each route answers, declared by the names of shapes, and the shapes, described once.

A route names a shape instead of passing its model, so that no model is imported before the document is asked for. To
make the models took 25 ms of each cold start, and to make FastAPI's fields of them 10 ms more.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.models import Components
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from lambda_api import problems

TITLE: Final = "Heliograph"
DESCRIPTION: Final = """Readings of renewable-energy sites, each with what was found wrong with it.

Every list is `{"items": [...], "next": ...}`: send `next` back as `cursor`, or follow the `Link` header, until it is \
null. Times are UTC. Energies are exact decimal numbers in kWh. Every error is a problem (RFC 9457) with a `type` that \
never changes: """ + ", ".join(f"`{kind.type}` ({kind.status})" for kind in problems.KINDS)
TAGS: Final = [
    {"name": "readings", "description": "What the sites measured, judged."},
    {"name": "sites", "description": "What is known of the sites."},
    {"name": "incidents", "description": "Incidents: what is wrong, from when to when, and when it was notified."},
    {"name": "ingestions", "description": "What became of the files that landed."},
    {"name": "service", "description": "The service itself."},
]

# Where the document lies, so that it holds at a domain's root and behind a gateway's longer path (OpenAPI 3.1, 4.8.5).
SERVERS: Final[list[dict[str, Any]]] = [{"url": ".", "description": "The API that served this document."}]
_SECURITY_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": 'A token of the identity provider, where the API asks for one (`api_auth = "jwt"`). '
        "Through `heliograph open` none is needed: its proxy signs each request, or adds your token.",
    }
}
_NONE_OR_TOKEN: Final[list[dict[str, list[str]]]] = [{}, {"token": []}]

# As RFC 9110 has them; Python's own follow it from 3.13 on.
_PHRASES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}

# What the document says first of itself.
_ORDER: Final = ("openapi", "info", "servers", "security", "paths", "components", "tags")
_SHAPES: Final = "#/components/schemas/"
# Bodies of requests: what they may leave out isn't there, where an answer has it as its default.
_SENT: Final = frozenset({"Reading", "SiteFields"})

Responses = dict[int | str, dict[str, Any]]


def answers(shape: str, *statuses: HTTPStatus) -> Responses:
    """Declare what a route that reads stores answers: a body of a shape, as `answer` has it, or a problem."""
    return {**answer(shape), **problem_answers(*statuses)}


def answer(
    shape: str,
    status: HTTPStatus = HTTPStatus.OK,
    description: str = "Successful Response",
    others: Mapping[str, dict[str, str]] = MappingProxyType({}),
) -> Responses:
    """Declare a JSON body.

    shape: the name of a model of `models`, `view_models` or `sent_models`. others: what may be sent in its place,
    schemas by media type.
    """
    schemas = {"application/json": {"$ref": f"{_SHAPES}{shape}"}, **others}
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {int(status): {"description": description, "content": content}}


def problem_answers(*statuses: HTTPStatus) -> Responses:
    """Declare the problems a route that reads stores may answer with: those given, 500 and 503."""
    always = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
    schema = {"$ref": f"{_SHAPES}Problem"}
    content = {problems.MEDIA_TYPE: {"schema": schema}}
    phrases = {int(status): _PHRASES.get(status, status.phrase) for status in (*statuses, *always)}
    return {status: {"description": phrase, "content": content} for status, phrase in phrases.items()}


class Documented(FastAPI):
    """An app whose OpenAPI document also describes the shapes; nothing is worked out until it is asked."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["security"] = _NONE_OR_TOKEN
            document["components"] = {"schemas": _described(document["paths"]), "securitySchemes": _SECURITY_SCHEMES}
            self.openapi_schema = {key: document[key] for key in _ORDER}
        return self.openapi_schema


def _described(paths: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of each shape that some paths name, and of those that these hold, by name.

    Raises:
        KeyError: there's no shape of a name.
    """
    from lambda_api import models, sent_models, view_models  # noqa: PLC0415 - 25 ms that only the document needs

    known: dict[str, Any] = {**vars(models), **vars(sent_models), **vars(view_models)}
    named = set(re.findall(rf'"{_SHAPES}(\w+)"', json.dumps(paths)))
    modes: list[tuple[Any, JsonSchemaMode]] = [
        (known[name], "validation" if name in _SENT else "serialization") for name in sorted(named)
    ]
    _, described = models_json_schema(modes, ref_template=f"{_SHAPES}{{model}}")
    # FastAPI's own model of the document puts each schema's keys in the order that people read them in.
    ordered = Components(schemas=dict(sorted(described["$defs"].items())))
    return dict(ordered.model_dump(mode="json", by_alias=True, exclude_unset=True)["schemas"])
