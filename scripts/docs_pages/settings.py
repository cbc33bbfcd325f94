"""The page of settings: the environment variables of each Lambda and of the command."""

import re
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from docs_pages.markdown import code, page, table
from docs_pages.setting_words import MEANINGS, OTHERS
from docs_pages.terraform_text import TERRAFORM, environment
from heliograph.settings import PREFIX
from heliograph_cli.target import Target
from lambda_api.wiring import ApiSettings
from lambda_processor.wiring import ProcessorSettings
from lambda_simulator.handler import SimulatorSettings
from lambda_watch.wiring import WatchSettings
from local_stack import StackOptions
from local_stack.resources import resources
from local_stack.stack import Place

_LAMBDAS: Final[dict[str, type[msgspec.Struct]]] = {
    "processor": ProcessorSettings,
    "watch": WatchSettings,
    "api": ApiSettings,
    "simulator": SimulatorSettings,
}
_HEAD: Final = ("variable", "meaning", "type", "default", "Terraform", "laptop")
_INTRO = """
A Lambda reads its settings once, when it starts; a variable that is missing or can't be used stops it with a message
that names it (`src/heliograph/settings.py`). Terraform sets them from [its variables](terraform.md), `heliograph up`
sets the laptop's. A default with no entry under *Terraform* can be changed in the Lambda's `.tf` file only.
"""
_COMMAND = """
The `heliograph` command and the charts talk to the local stack, unless these name one in the cloud;
`eval "$(make --silent outputs ENV=prod)"` sets them all. Credentials and the region are botocore's own: `AWS_PROFILE`,
`AWS_DEFAULT_REGION` and their like.
"""


class Undescribed(ValueError):
    """A setting has no meaning in setting_words.py."""


def settings_page() -> str:
    """Return the page.

    Raises:
        Undescribed: a Lambda or the command has a setting that setting_words.py doesn't know.
    """
    parts = [part for name, struct in _LAMBDAS.items() for part in (_title(name), _lambda(name, struct))]
    command = [(_variable(each), _meaning(each), _type(each)) for each in msgspec.structs.fields(Target)]
    others = [(code(name), by, says) for name, (by, says) in sorted(OTHERS.items())]
    return page(
        "Settings",
        _INTRO,
        *parts,
        "## The command",
        _COMMAND,
        table(("variable", "meaning", "type"), command),
        "## Others",
        table(("variable", "read by", "meaning"), others),
    )


def _lambda(name: str, struct: type[msgspec.Struct]) -> str:
    terraform, laptop = environment(TERRAFORM / f"{name}.tf"), _laptop(name)
    rows = []
    for field in msgspec.structs.fields(struct):
        variable = PREFIX + field.name.upper()
        here = laptop.get(variable, "")
        differs = not field.required and here != str(field.default) and "://" not in here
        rows.append(
            (
                _variable(field),
                _meaning(field),
                _type(field),
                "to be set" if field.required else code(field.default) or "empty",
                code(_terraform_variable(terraform.get(variable, ""))),
                code(here) if differs else "",
            )
        )
    return table(_HEAD, rows)


def _title(name: str) -> str:
    return f"## The {'API' if name == 'api' else name}"


def _laptop(name: str) -> dict[str, str]:
    options = StackOptions(state_dir=Path(), zips=Path(), user="you")
    functions = resources(options, Place("http://localhost", "eu-west-1", "000000000000")).functions
    return next(each.environment for each in functions if each.package == f"lambda_{name}")


def _variable(field: msgspec.structs.FieldInfo) -> str:
    return code(PREFIX + field.name.upper())


def _meaning(field: msgspec.structs.FieldInfo) -> str:
    if field.name not in MEANINGS:
        raise Undescribed(f"say what {field.name} means in scripts/docs_pages/setting_words.py")
    return MEANINGS[field.name]


def _terraform_variable(expression: str) -> str:
    # The one that isn't a variable by itself, in terraform/watch.tf: the API's address where it isn't set.
    found = re.search(r"var\.([a-z_.]+)", expression.replace("local.link", "var.incidents.link"))
    return found.group(1) if found else ""


def _type(field: msgspec.structs.FieldInfo) -> str:
    """Return a field's type in words, with its bounds."""
    kind: Any = field.type
    if get_origin(kind) is Annotated:
        kind, bounds = get_args(kind)
        return " ".join([_plain(kind), *_bounds(bounds)])
    return _plain(kind)


def _plain(kind: Any) -> str:  # noqa: ANN401 - any type
    names: dict[Any, str] = {str: "text", int: "whole number", float: "number"}
    return names.get(kind) or "one of " + ", ".join(str(each) for each in get_args(kind))


def _bounds(meta: msgspec.Meta) -> list[str]:
    if meta.min_length is not None:
        return ["that isn't empty"]
    low = [f"from {meta.ge:,}"] if meta.ge is not None else []
    return low + ([f"to {meta.le:,}"] if meta.le is not None else [])
