"""The client's types and routes are those of the API's OpenAPI document."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest

from heliograph_client import ApiEdit, ApiFlag, ApiIncident, ApiReading, ApiSite, NewEdit, resources
from lambda_api.app import make_app
from unit.api.fleet import stores_of

DOCUMENT: Final[dict[str, Any]] = make_app(stores_of()).openapi()
ROUTES: Final = [name for name in vars(resources) if name.isupper()]


@pytest.mark.parametrize(
    ("type_", "shape"),
    [
        (ApiFlag, "Flag"),
        (ApiReading, "Reading"),
        (ApiSite, "SiteDetail"),
        (ApiIncident, "Incident"),
        (ApiEdit, "EditAnswer"),
        (NewEdit, "EditFields"),
    ],
)
def test_the_client_reads_each_field_as_the_api_declares_it(type_: type[msgspec.Struct], shape: str) -> None:
    """No field of the client's has another name or another type: it would be empty for ever, or no answer be read."""
    _, known = msgspec.json.schema_components([type_])
    ours = known[type_.__name__]["properties"]
    theirs = DOCUMENT["components"]["schemas"][shape]["properties"]
    assert ours.keys() <= theirs.keys()
    for name, field in ours.items():
        assert set(_kinds(theirs[name])) <= {*_kinds(field)}, name


@pytest.mark.parametrize("name", ROUTES)
def test_the_client_s_routes_are_there(name: str) -> None:
    """Each is a path of the API, or what a path begins with."""
    route = getattr(resources, name)
    assert any(path == route or path.startswith(f"{route}/") for path in DOCUMENT["paths"])


def _kinds(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the JSON types a schema allows; decimals are numbers on their way, and an integer is a number."""
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _kinds(each)
    elif schema.get("format") == "decimal":
        yield from ("number", "integer")
    else:
        yield "object" if "$ref" in schema else schema.get("type", "string")
