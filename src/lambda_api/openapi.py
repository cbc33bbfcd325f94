"""The OpenAPI document: what each route answers and takes, and the shapes of these.

A shape is a msgspec struct, declared once: what is sent is one, encoded, and the document's schema is made of it with
the descriptions, units and limits that its fields have. FastAPI is handed references to these schemas and no model: to
make its fields of pydantic's models took 35 ms of each cold start.
"""

import inspect
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import msgspec
from fastapi import FastAPI

from lambda_api import problems

TITLE: Final = "Heliograph"
DESCRIPTION: Final = """Readings of renewable-energy sites, each with what was found wrong with it.

Every list is `{"items": [...], "next": ...}`: send `next` back as `cursor`, or follow the `Link` header, until it is \
null. Times are UTC. Energies are exact decimal numbers in kWh. A query parameter that a route doesn't have is refused \
(422), and the answer names those that it has. Every error is a problem (RFC 9457) with a `type` that never \
changes: """ + ", ".join(f"`{kind.type}` ({kind.status})" for kind in problems.KINDS)
TAGS: Final = [
    {"name": "readings", "description": "What the sites measured, judged."},
    {"name": "sites", "description": "What is known of the sites."},
    {"name": "feeds", "description": "How the files of each feed are read."},
    {"name": "edits", "description": "What people correct in the readings, and why. What was measured is kept."},
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
# How the code's name of a shape ends where the core has a class of the same thing.
_RESOURCE: Final = "Resource"

Shape = type[msgspec.Struct]
Responses = dict[int | str, dict[str, Any]]


# The shapes that routes have named, by whether requests are made of them.
_NAMED: Final[dict[bool, set[Shape]]] = {False: set(), True: set()}


def answers(shape: Shape, *statuses: HTTPStatus) -> Responses:
    """Declare what a route that reads stores answers: a body of a shape, as `answer` has it, or a problem."""
    return {**answer(shape), **problem_answers(*statuses)}


def answer(
    shape: Shape,
    status: HTTPStatus = HTTPStatus.OK,
    description: str = "Successful Response",
    others: Mapping[str, dict[str, str]] = MappingProxyType({}),
) -> Responses:
    """Declare a JSON body.

    others: what may be sent in the shape's place, schemas by media type.
    """
    schemas = {"application/json": reference(shape), **others}
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {int(status): {"description": description, "content": content}}


def problem_answers(*statuses: HTTPStatus) -> Responses:
    """Declare the problems a route that reads stores may answer with: those given, 500 and 503."""
    always = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
    content = {problems.MEDIA_TYPE: {"schema": reference(problems.Problem)}}
    phrases = {int(status): _PHRASES.get(status, status.phrase) for status in (*statuses, *always)}
    return {status: {"description": phrase, "content": content} for status, phrase in phrases.items()}


def reference(shape: Shape, *, in_request: bool = False) -> dict[str, str]:
    """Return a reference to a shape's schema, and have the document describe the shape."""
    _NAMED[in_request].add(shape)
    return {"$ref": f"{_SHAPES}{_name(shape)}"}


def _name(shape: Shape) -> str:
    """Name a shape for the API's users: to them, who know no other, a `ReadingResource` is a Reading."""
    return shape.__name__.removesuffix(_RESOURCE)


class Documented(FastAPI):
    """An app whose OpenAPI document also describes the shapes; nothing is worked out until it is asked."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["security"] = _NONE_OR_TOKEN
            document["components"] = {"schemas": _schemas(), "securitySchemes": _SECURITY_SCHEMES}
            self.openapi_schema = {key: document[key] for key in _ORDER}
        return self.openapi_schema


def _schemas() -> dict[str, Any]:
    """Return the JSON Schema of each shape that routes name, and of those that these hold, by name."""
    answered, asked = (_components(_NAMED[in_request]) for in_request in (False, True))
    sparse = {_name(shape) for shape in _NAMED[False] if shape.__struct_config__.omit_defaults}
    for name, schema in answered.items():
        if name not in sparse:  # an answer has each field, whatever its value
            schema["required"] = list(schema["properties"])
            for each in schema["properties"].values():
                each.pop("default", None)
    return dict(sorted({**asked, **answered}.items()))


def _components(shapes: Iterable[Shape]) -> dict[str, dict[str, Any]]:
    _, declared = msgspec.json.schema_components(shapes, ref_template=f"{_SHAPES}{{name}}")
    # Names are keys, titles and ends of references: whatever ends so.
    found: dict[str, dict[str, Any]] = msgspec.json.decode(
        msgspec.json.encode(declared).replace(f'{_RESOURCE}"'.encode(), b'"')
    )
    for schema in found.values():
        schema["description"] = inspect.cleandoc(schema["description"])
        schema["properties"] = {name: _as_sent(each) for name, each in schema["properties"].items()}
        if not schema["required"]:
            del schema["required"]
    return found


def _as_sent(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema as the API's encoder writes it: decimals are numbers; and name the type of an enum."""
    if schema.get("format") == "decimal":
        return {name: each for name, each in schema.items() if name != "format"} | {"type": "number"}
    if "minimum" in schema:  # a tighter bound than the struct's own
        return {name: each for name, each in schema.items() if name != "exclusiveMinimum"}
    if "enum" in schema and None not in schema["enum"]:
        return {"type": "string", **schema}
    if "anyOf" in schema:
        return schema | {"anyOf": [_as_sent(each) for each in schema["anyOf"]]}
    return schema
