"""Lighten what botocore reads at each start: much of an init was decoding words that nobody reads there.

Its models of services hold their documentation, and its table of endpoints those of all services. Both are read whole.
What stays is as it was; a client made from it is the same (tests compare them).
"""

import gzip
from pathlib import Path
from typing import Any, Final

import msgspec

from lambda_zips.contents import SERVICES

_MODEL: Final = "service-2.json"
_DOCUMENTATION: Final = "documentation"
# Beside our services the one that credentials may come from.
_ENDPOINTS_OF: Final = SERVICES | {"sts"}


def slim(folder: Path) -> None:
    """Rewrite botocore's data below a folder of installed packages; where it isn't there, there is nothing to do."""
    data = folder / "botocore" / "data"
    for packed in sorted(data.glob(f"*/*/{_MODEL}.gz")):
        if packed.parts[-3] in SERVICES:
            model = msgspec.json.decode(gzip.decompress(packed.read_bytes()))
            _write(packed.with_suffix(""), without_documentation(model))
            packed.unlink()
    endpoints = data / "endpoints.json"
    if endpoints.exists():
        _write(endpoints, of_our_services(msgspec.json.decode(endpoints.read_bytes())))


def without_documentation(model: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return a part of a model with its words emptied, since botocore asks for some of them by name.

    A shape may have a member called documentation, which stays.
    """
    if isinstance(model, list):
        return [without_documentation(each) for each in model]
    if not isinstance(model, dict):
        return model
    return {
        name: "" if name == _DOCUMENTATION and isinstance(each, str) else without_documentation(each)
        for name, each in model.items()
    }


def of_our_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Return the table of endpoints with the services that are used, in every partition."""
    partitions = [
        {**each, "services": {name: service for name, service in each["services"].items() if name in _ENDPOINTS_OF}}
        for each in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _write(path: Path, content: object) -> None:
    """Write a new file: the old one may be a link into uv's cache."""
    path.unlink(missing_ok=True)
    path.write_bytes(msgspec.json.encode(content))
