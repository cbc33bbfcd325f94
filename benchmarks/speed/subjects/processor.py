"""The processor as it is shipped: its handler, called with a message that names a file."""

import importlib
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import the handler and make its stores, as its first call does; a run is a call."""
    os.environ.update(settings["environment"])
    handler = importlib.import_module("lambda_processor.handler").handler
    wiring = importlib.import_module("lambda_processor.wiring")
    known = wiring.processor()._stores.sites._kept  # noqa: SLF001 - there is no other way to make it forget
    event, context = (
        settings["event"],
        SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 300_000),
    )

    def run() -> None:
        known.clear()  # each run reads the registry, which a busy processor does once a minute
        answer = handler(event, context)
        if answer["batchItemFailures"]:
            raise SystemExit(f"the processor failed: {answer}")

    return run
