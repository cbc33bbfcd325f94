"""Any Lambda's init: its handler's module is imported, and what its first call makes is made."""

import importlib
import os
from collections.abc import Callable
from typing import Any

_MADE = {
    "lambda_processor": "processor",
    "lambda_watch": "watch",
    "lambda_api": "api",
    "lambda_simulator": None,
}


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import and make; a run is nothing."""
    os.environ.update(settings["environment"])
    package = settings["package"]
    importlib.import_module(f"{package}.handler")
    if maker := _MADE[package]:
        getattr(importlib.import_module(f"{package}.wiring"), maker)()
    return lambda: None
