"""Query parameters that a route doesn't have are refused, for every route.

Passed over, they would change an answer's meaning in silence: `?from=2026-11-01` for `start` would give all readings.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from lambda_api.openapi import problem_answers
from lambda_api.problems import INVALID_REQUEST, ProblemField, ProblemRaised

# What a signed address carries for API Gateway (AWS Signature Version 4, "Add the signature to the query string").
_SIGNATURE: Final = "x-amz-"
_SHOWN: Final = 60  # characters of a name
_MOST: Final = 10  # names that are spoken of
# What other APIs call it.
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "start": ("from", "since", "after", "begin", "start_date", "start_time", "date_from"),
    "end": ("to", "until", "before", "stop", "end_date", "end_time", "date_to"),
    "limit": ("size", "count", "per_page", "page_size", "max", "top"),
    "cursor": ("next", "page", "offset", "token", "page_token"),
    "site_id": ("site", "id"),
    "day": ("date",),
    "by": ("interval", "resolution", "group_by", "period"),
}


def refuse_unknown(route: APIRoute) -> None:
    """Have a route refuse query parameters that it doesn't have, and its document say so."""
    names = parameters_of(route)
    route.app = _KnownOnly(route.app, names)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    route.responses.setdefault(int(status), problem_answers(status)[int(status)])


def parameters_of(route: APIRoute) -> tuple[str, ...]:
    """Return the names of a route's query parameters, in order."""
    return tuple(sorted(set(_names_of(route.dependant))))


def _names_of(dependant: Dependant) -> Iterator[str]:
    for each in dependant.query_params:
        yield each.alias
    for part in dependant.dependencies:
        yield from _names_of(part)


class _KnownOnly:
    """Serves a route to whoever sends its own parameters alone."""

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if query := scope["query_string"]:
            require_known(query.decode("latin-1"), self._names)
        await self._app(scope, receive, send)


def require_known(query: str, names: tuple[str, ...]) -> None:
    """Refuse a query with a name that isn't one of these.

    Raises:
        ProblemRaised: it has one; the problem says which is nearest, and which there are.
    """
    given = dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True))
    unknown = [each for each in given if each not in names and not each.lower().startswith(_SIGNATURE)]
    if unknown:
        faults = tuple(ProblemField(each[:_SHOWN] or "query", _advice(each, names)) for each in unknown[:_MOST])
        detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        raise ProblemRaised(INVALID_REQUEST, detail, faults)


def _advice(name: str, names: tuple[str, ...]) -> str:
    there_are = f"there are {', '.join(names)}" if names else "it has none"
    nearest = _nearest(name, names)
    meant = f"perhaps {nearest} is meant; " if nearest else ""
    return f"no parameter here has that name; {meant}{there_are}"


def _nearest(name: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes alone

    said = name[:_SHOWN].lower()
    of_others = [each for each in names if said in _OTHERS.get(each, ())]
    return next(iter(of_others or get_close_matches(said, names, n=1)), "")
