"""Answers to botocore's clients that no server sends: a hook gives them before a request leaves."""

from collections.abc import Callable
from io import BytesIO
from typing import cast

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse


def answer_of(url: str, status: int, body: bytes, kind: str = "application/xml") -> AWSResponse:
    """Return an answer as botocore gets it from urllib3. kind: its media type."""
    headers = HTTPHeaders()
    headers["content-type"] = kind
    return AWSResponse(url, status, headers, HTTPResponse(BytesIO(body), preload_content=False))


def hook_of(answer: Callable[[AWSPreparedRequest], AWSResponse]) -> Callable[..., None]:
    """Return a handler of the event `before-send` that answers each request.

    Botocore sends nothing where a handler returns an answer; its stubs know none that returns one.
    """

    def hook(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return answer(request)

    return cast("Callable[..., None]", hook)
