"""The page of the API's paths, from its OpenAPI document, and that document itself."""

import json
from typing import TYPE_CHECKING, Any, Final, cast

from docs_pages.markdown import code, page, table
from lambda_api.app import make_app

if TYPE_CHECKING:
    from lambda_api.ports import ApiStores

_INTRO = """
Made from [openapi.json](openapi.json), which clients can be generated from. The running API serves the same at
`/openapi.json`, and Swagger UI at `/docs`, where each operation can be tried. `heliograph status` prints the API's
address.

Who may call it is set by `api_auth` ([settings of Terraform](terraform.md)): `iam` takes requests signed with AWS
credentials, `jwt` takes `Authorization: Bearer TOKEN`, `none` takes all. On the laptop it takes all. Each operation
says which role it needs: a *viewer* reads, a *logger* also lands readings, an *operator* may do all. [How to
deploy](../how-to/deploy.md#give-people-and-loggers-a-role) says how a caller comes by one. A body of JSON is sent as
`Content-Type: application/json`. How many requests a second it takes from all callers together is set by
`api_throttle`.

The authorizer stands before `/docs` and `/openapi.json` too. A browser can't sign, and sends no token with an address
that is typed in. So run `heliograph open`, and open `/docs` at the address that it prints: its proxy authorizes the
page and whatever you try there. Where a gateway of your own lets the page through, give Swagger UI a token by
*Authorize*.
"""
_BY: Final = {"viewer": "a viewer", "logger": "a logger", "operator": "an operator"}
Json = dict[str, Any]


def api_page() -> str:
    """Return the page."""
    document = _document()
    tags = {each["name"]: each["description"] for each in document["tags"]}
    operations = [
        (path, method, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    ]
    parts = []
    for tag, says in tags.items():
        mine = [each for each in operations if tag in each[2].get("tags", [])]
        parts += [f"## {tag.capitalize()}", says, *(part for each in mine for part in _operation(document, *each))]
    return page("The API", _INTRO, document["info"]["description"], *parts, "## Schemas", *_schemas(document))


def openapi_text() -> str:
    """Return the OpenAPI document as it is kept: a change of it reads well in a diff."""
    return json.dumps(_document(), indent=2, ensure_ascii=False) + "\n"


def _document() -> Json:
    return make_app(cast("ApiStores", None)).openapi()  # it is described without any store


def _operation(document: Json, path: str, method: str, operation: Json) -> list[str]:
    says = f"`{operation['operationId']}`, for {_BY[operation['x-role']]}. " + operation.get("description", "")
    parts = [f"### {method.upper()} {path}", says]
    parameters = [_resolved(document, each) for each in operation.get("parameters", [])]
    if parameters:
        rows = [
            (code(each["name"]), each["in"], _kind(each["schema"]), each.get("description", "")) for each in parameters
        ]
        parts.append(table(("parameter", "in", "type", "meaning"), rows))
    if body := operation.get("requestBody"):
        parts.append(f"Body: {_contents(body)}.")
    answers = [(status, each["description"], _contents(each)) for status, each in operation["responses"].items()]
    return [*parts, table(("answer", "meaning", "content"), answers)]


def _schemas(document: Json) -> list[str]:
    parts = []
    for name, schema in sorted(document["components"]["schemas"].items()):
        if schema.get("properties"):
            required = schema.get("required", [])
            rows = [
                (code(field), _kind(each), "" if field in required else "may be missing", each.get("description", ""))
                for field, each in schema["properties"].items()
            ]
            says = " ".join(schema.get("description", "").split())
            parts += [f"### {name}", says, table(("field", "type", "", "meaning"), rows)]
    return parts


def _resolved(document: Json, value: Json) -> Json:
    found = value
    while "$ref" in found:
        found = document["components"][found["$ref"].split("/")[2]][found["$ref"].split("/")[3]]
    return found


def _contents(answer: Json) -> str:
    kinds = [f"`{media}`: {_kind(each.get('schema', {}))}" for media, each in answer.get("content", {}).items()]
    return ", ".join(kinds)


def _kind(schema: Json) -> str:
    """Return a schema's type in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    for alternatives in ("anyOf", "oneOf", "allOf"):
        if alternatives in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[alternatives]))
    if "enum" in schema:
        return " or ".join(code(each) for each in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return " ".join([str(schema.get("format") or schema.get("type") or "any"), *_limits(schema)])


def _limits(schema: Json) -> list[str]:
    words = {"minimum": "from", "maximum": "to", "exclusiveMinimum": "above", "maxLength": "of at most"}
    found = [f"{word} {schema[name]}" for name, word in words.items() if name in schema]
    return found + ([f"({schema['default']} if not given)"] if schema.get("default") is not None else [])
