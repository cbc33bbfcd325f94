"""Where a run's time goes: a profile's functions, put together by what they are for."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

_AREAS: Final = (
    ("/lambda_processor/", "processor"),
    ("/heliograph/feed/", "decoding"),
    ("/heliograph/reading.py", "decoding"),
    ("/heliograph/checks/", "checks"),
    ("/heliograph/storage/", "stores: items, statements, answers"),
    ("/heliograph/", "the rest of the core"),
    ("/botocore/validate.py", "botocore: checking parameters"),
    ("/botocore/serialize.py", "botocore: writing bodies"),
    ("/botocore/parsers.py", "botocore: reading answers"),
    ("/botocore/auth.py", "signing"),
    ("/botocore/", "botocore: the rest"),
    ("/urllib3/", "HTTP"),
    ("/http/", "HTTP"),
    ("/email/", "HTTP"),
    ("/aws_lambda_powertools/", "logs and metrics"),
    ("/logging/", "logs and metrics"),
    ("/json/", "json"),
)
_BUILT_IN: Final = "~"


class Area(msgspec.Struct):
    """A part of a run: its functions' own time, ms, as the profiler stretches it, and the calls of them."""

    name: str
    ms: float
    calls: int


def areas_of(functions: Iterable[dict[str, Any]]) -> list[Area]:
    """Put functions together, the area with the most time first."""
    found: dict[str, Area] = {}
    for each in functions:
        name = _area(each["file"])
        area = found.setdefault(name, Area(name, 0.0, 0))
        area.ms += each["ms"]
        area.calls += each["calls"]
    return sorted(found.values(), key=lambda area: -area.ms)


def _area(file: str) -> str:
    if file == _BUILT_IN:
        return "built-in functions, msgspec among them"
    return next((name for part, name in _AREAS if part in file), "the standard library")
