"""The API's Lambda: an HTTP API event (payload 2.0) in, an answer out, one log line a call.

The stage is `$default`, so paths have no stage before them.
"""

import os
from functools import cache
from logging import CRITICAL, getLogger
from time import perf_counter
from typing import Any, Final

from heliograph.collecting import uncollected

with uncollected():
    from mangum import Mangum
    from mangum.types import LambdaContext

    from heliograph.telemetry import logger
    from lambda_api.problems import MEDIA_TYPE
    from lambda_api.wiring import api

# Sent as they are; anything else is sent as base64.
TEXT_TYPES: Final = ["text/", "application/json", MEDIA_TYPE]


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    began = perf_counter()
    answer = adapter()(event, context)
    asked = event["requestContext"]
    logger().info(
        "request",
        method=asked["http"]["method"],
        path=asked["http"]["path"],
        status=answer["statusCode"],
        milliseconds=round((perf_counter() - began) * 1000, 1),
        request=asked.get("requestId"),
    )
    return answer


@cache
def adapter() -> Mangum:
    """Make this process's adapter between events and the API, on the first call."""
    getLogger("mangum").setLevel(CRITICAL)  # problems.py logs what failed, and `handler` every request
    with uncollected():
        return Mangum(api(), lifespan="off", text_mime_types=TEXT_TYPES)


# Lambda says so while it makes the snapshot that later starts go on from (AWS Lambda, "Defined runtime environment
# variables"). Made now, the API is in it; made with the first request, each start would make it anew, in 0.3 s.
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    adapter()
