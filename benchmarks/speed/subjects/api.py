"""The API as it is shipped: its handler, called with a request from an HTTP API."""

import importlib
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

_OK = (200, 304)


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import the handler and make its app, as its first call does; a run is a call."""
    os.environ.update(settings["environment"])
    module = importlib.import_module("lambda_api.handler")
    module.adapter()
    event, context = settings["event"], SimpleNamespace(aws_request_id="1")

    def run() -> None:
        answer = module.handler(event, context)
        if answer["statusCode"] not in _OK:
            raise SystemExit(f"the API answered {answer}")

    return run
