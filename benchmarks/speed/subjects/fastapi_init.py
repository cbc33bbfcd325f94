"""The yardstick of the API's first answer: import FastAPI and Mangum, and make one botocore client."""

import os
from collections.abc import Callable
from typing import Any


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import and make; a run is nothing."""
    os.environ.update(settings["environment"])
    import botocore.session  # noqa: PLC0415 - the imports are what is measured
    import fastapi  # noqa: PLC0415
    import mangum  # noqa: PLC0415

    client = botocore.session.get_session().create_client("dynamodb")
    return lambda: (fastapi, mangum, client)
