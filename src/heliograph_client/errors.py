"""What can go wrong when the API is asked, as one small tree. A message says what to do next where the user can act.

HeliographError
└── ApiError
    ├── InvalidAddress
    ├── ApiUnavailable
    ├── AccessDenied
    │   └── CredentialsMissing
    ├── RequestRejected
    └── UnexpectedAnswer
"""

from typing import Final

import httpx2
import msgspec

from heliograph.errors import HeliographError

# A 429 or 5xx passes; any other status comes again however often the request is sent.
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_DENIED: Final = frozenset({401, 403})


class ApiError(HeliographError):
    """The API can't be asked, or answers with an error."""


class InvalidAddress(ApiError):
    """The address isn't one that an API can have."""


class ApiUnavailable(ApiError):
    """The API can't be reached or is too busy; the same request may succeed later.

    retry_after: the `Retry-After` header as it came; empty where there is none.
    """

    def __init__(self, message: str, retry_after: str = "") -> None:
        """Keep the message and how long the API asks to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class AccessDenied(ApiError):
    """The API doesn't let this caller in (401, 403)."""


class CredentialsMissing(AccessDenied):
    """The API wants a token or AWS credentials, and there are none."""


class RequestRejected(ApiError):
    """The API rejects this request. status: the HTTP status, such as 404 or 422."""

    def __init__(self, message: str, status: int) -> None:
        """Keep the message and the status."""
        super().__init__(message)
        self.status = status


class UnexpectedAnswer(ApiError):
    """What answers isn't a Heliograph API, or not of this version."""


class _Problem(msgspec.Struct, frozen=True):
    """An RFC 9457 problem of the API, or the `message` of API Gateway."""

    title: str = ""
    detail: str = ""
    message: str = ""


def error_of(response: httpx2.Response) -> ApiError:
    """Return the error that an answer without success stands for, with the API's own reason."""
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    reason = problem.detail or problem.title or problem.message or response.reason_phrase
    status = response.status_code
    text = f"{address_of(response)} answers {status}: {reason}"
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        return ApiUnavailable(text, response.headers.get("Retry-After", ""))
    if status in _DENIED:
        return AccessDenied(f"{text}; use other AWS credentials or another token, or ask for permission")
    return RequestRejected(text, status)


def address_of(response: httpx2.Response) -> str:
    """Return the address that was asked, without its query, which may hold a cursor of 500 characters."""
    return str(response.url.copy_with(query=None))
