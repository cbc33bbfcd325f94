"""The OpenAPI document as one page to read: no scripts, nothing from elsewhere, everything escaped."""

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Final

Schema = dict[str, Any]

_STYLE: Final = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 22%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.45 ui-monospace, monospace }
pre { padding: .8rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line) }
h2 code { font-size: 1.25rem }
section { margin-top: 2.5rem; border-top: 2px solid var(--line) }
"""


def page(document: Schema) -> str:
    """Make the page of an OpenAPI document."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    operations = [(path, method, each) for path, way in document["paths"].items() for method, each in way.items()]
    contents = "".join(
        f'<li><a href="#{escape(each["operationId"])}">{escape(path)}</a>: {_text(each["description"])}</li>'
        for path, _, each in operations
    )
    sections = "".join(_section(path, method, each, document) for path, method, each in operations)
    introduction = "".join(f"<p>{_text(part)}</p>" for part in document["info"]["description"].split("\n\n"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><h1>{title}</h1>{introduction}<p>For programs: <a href="openapi.json">openapi.json</a></p>'
        f"<ul>{contents}</ul>{sections}</body></html>"
    )


def _section(path: str, method: str, operation: Schema, document: Schema) -> str:
    parameters = (
        (
            f"`{each['name']}`",
            each["in"],
            _kind(each["schema"]),
            each["description"],
            str(each["schema"]["examples"][0]),
        )
        for each in operation.get("parameters", ())
    )
    answers = operation["responses"].items()
    problems = ", ".join(f"{status} {each['description']}" for status, each in answers if status >= "400")
    return (
        f'<section id="{escape(operation["operationId"])}"><h2><code>{method.upper()} {escape(path)}</code></h2>'
        f"<p>{_text(operation['description'])}</p>"
        + _table(("Parameter", "In", "Type", "Meaning", "Example"), parameters)
        + _body(operation.get("requestBody", {}), document)
        + "".join(_answer(status, each, document) for status, each in answers if status < "300")
        + (f"<p>Problems: {_text(problems)}</p></section>" if problems else "</section>")
    )


def _body(body: Schema, document: Schema) -> str:
    if not body:
        return ""
    words = f"<p>{_text(body['description'])}</p>" if "description" in body else ""
    return f"<h3>Body</h3>{words}{''.join(_media(name, each, document) for name, each in body['content'].items())}"


def _answer(status: str, answer: Schema, document: Schema) -> str:
    medias = answer["content"].items()
    return f"<h3>Answer {escape(status)}</h3>{''.join(_media(name, each, document) for name, each in medias)}"


def _media(name: str, media: Schema, document: Schema) -> str:
    """Show what a body may hold: fields and an example where it is JSON, else its kind and what it says of itself."""
    schema = media.get("schema", {})
    if name != "application/json":
        return f"<p>As <code>{escape(name)}</code>. {_text(schema.get('description', ''))}</p>"
    example = json.dumps(_example(schema, document), indent=2)
    fields = _table(("Field", "Type", "Meaning"), _fields(schema, document, ""))
    return f"{fields}<h4>Example</h4><pre>{escape(example)}</pre>"


def _fields(schema: Schema, document: Schema, before: str) -> Iterator[tuple[str, str, str]]:
    """Give every field of an answer, those of its parts as `part.field` and of its lists as `list[].field`."""
    for name, each in _resolved(schema, document).get("properties", {}).items():
        yield f"`{before}{name}`", _kind(each), each["description"]
        many = "[]" if "items" in each else ""
        yield from _fields(each.get("items", each), document, f"{before}{name}{many}.")


def _example(schema: Schema, document: Schema) -> object:
    if "examples" in schema:
        return schema["examples"][0]
    found = _resolved(schema, document)
    if "properties" in found:
        return {name: _example(each, document) for name, each in found["properties"].items()}
    return [_example(found["items"], document)]


def _resolved(schema: Schema, document: Schema) -> Schema:
    """Follow a reference; where several types are allowed, the first."""
    schema = schema.get("anyOf", [schema])[0]
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Schema = document["components"]["schemas"][name] if name else schema
    return found


def _kind(schema: Schema) -> str:
    """Name a type in a few words."""
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "items" in schema:
        return f"list of {_kind(schema['items'])}"
    name = " | ".join(schema.get("enum", ())) or schema.get("type") or schema["$ref"].rpartition("/")[2]
    return f"{name}, {schema['default']} unless given" if "default" in schema else name


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["".join(f"<td>{_text(cell)}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{body}</table>" if lines else ""


def _text(text: str) -> str:
    """Escape text, and set what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
