"""Settings: what the environment tells a Lambda, read once, when it is wired.

Each Lambda names the settings it needs as a frozen struct; `load` fills it. A field `readings_table` is the environment
variable `HELIOGRAPH_READINGS_TABLE`. Terraform, the local stack and docs/reference/settings.md use the same names.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from heliograph.errors import SettingsError

PREFIX: Final = "HELIOGRAPH_"

S = TypeVar("S", bound=msgspec.Struct)


def load(settings: type[S], environment: Mapping[str, str]) -> S:
    """Read every field of `settings` from its variable, turning text into the field's type.

    Raises:
        SettingsError: a variable is missing or has a value that can't be used; the message names it.
    """
    found = {}
    for field in msgspec.structs.fields(settings):
        name = PREFIX + field.name.upper()
        if name in environment:
            found[field.name] = _convert(name, environment[name], field.type)
        elif field.required:
            raise SettingsError(f"set the environment variable {name}: {settings.__name__} needs it")
    return settings(**found)


def _convert(name: str, text: str, to: object) -> object:
    try:
        return msgspec.convert(text, to, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"the environment variable {name}={text!r} can't be used: {error}") from None
