"""A line of the doctor's output, and how an error becomes one."""

from collections.abc import Callable
from typing import Literal

import msgspec

from heliograph_cli.failures import tell

DiagnosisState = Literal["ok", "warn", "missing"]


class Line(msgspec.Struct, frozen=True):
    """What was looked at, how it is, what was found, and what to do; `do` is empty where there's nothing to do."""

    what: str
    state: DiagnosisState
    found: str
    do: str = ""


def look(what: str, check: Callable[..., Line], *things: object) -> Line:
    """Look at one thing; where that fails for what may be the user's doing, the error says what to do."""
    try:
        return check(what, *things)
    except Exception as error:
        told = tell(error)
        if told is None:
            raise
        found, _, to_do = told[1].partition("; ")
        return Line(what, "missing", found, to_do)
