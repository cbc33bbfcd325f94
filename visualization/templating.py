"""The pages' templates: everything put into them is escaped, and they hold what they need."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE: Final = Path(__file__).resolve().parent / "templates"


def filled(template: str, **values: object) -> str:
    """Fill a template; a value that is missing is an error."""
    return _environment().get_template(template).render(values)


def in_script(value: object) -> str:
    """Write a value as JSON that stays inside the script it stands in, whatever text it holds."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
