"""The yardstick of the processor's init: import boto3 and make three clients."""

import os
from collections.abc import Callable
from typing import Any


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import and make; a run is nothing."""
    os.environ.update(settings["environment"])
    import boto3  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the import is what is measured

    clients = [boto3.client(service) for service in ("s3", "dynamodb", "sns")]
    return lambda: clients
