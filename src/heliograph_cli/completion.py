"""Names that tab completes: of sites and of incidents, from the API where it answers at once; else none, silently."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_SECONDS: Final = 1.0
_MOST: Final = 200


def complete_site(incomplete: str) -> list[str]:
    """Return the sites whose names begin so."""
    return [name for name in _names("/sites", "site_id") if name.startswith(incomplete)]


def complete_incident(incomplete: str) -> list[str]:
    """Return the open incidents whose ids begin so."""
    return [name for name in _names("/incidents", "id") if name.startswith(incomplete)]


def _names(path: str, field: str) -> list[str]:
    # A shell waits, and shows whatever is printed: no name is better than an error.
    with suppress(Exception):
        return [str(item[field]) for item in _items(path)]
    return []


def _items(path: str) -> list[dict[str, Any]]:
    # Imported only when a shell asks for names.
    import json  # noqa: PLC0415
    from urllib.request import ProxyHandler, build_opener  # noqa: PLC0415

    address = _address()
    proxies: dict[str, str] | None = {} if "://127.0.0.1" in address or "://localhost" in address else None
    with build_opener(ProxyHandler(proxies)).open(f"{address}{path}?limit={_MOST}", timeout=_SECONDS) as answer:
        items: list[dict[str, Any]] = json.load(answer)["items"]
    return items


def _address() -> str:
    """Return the address of the API: the one that is named, or the local stack's.

    Raises:
        OSError: neither is there.
    """
    import json  # noqa: PLC0415

    named = os.environ.get("HELIOGRAPH_API")
    if named:
        return named.rstrip("/")
    folder = Path(os.environ.get("HELIOGRAPH_STATE_DIR", ".heliograph"))
    return str(json.loads((folder / "stack.json").read_bytes())["api"])
