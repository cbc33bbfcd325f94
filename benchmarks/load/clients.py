"""Clients side by side, for a while: each asks, waits for the answer, and asks again."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from heliograph_cli.api_access import sign_for
from heliograph_client import ONCE, ApiError, Client
from load.requests import Request, asked_by
from local_stack import Stack

_TIMEOUT_SECONDS: Final = 120.0


class Answered(msgspec.Struct, frozen=True):
    """A request that was answered, or wasn't: how long that took, and what was wrong, empty where nothing was."""

    name: str
    seconds: float
    fault: str


def ask_for(stack: Stack, sites: list[str], clients: int, seconds: float) -> list[Answered]:
    """Have so many clients ask for so many seconds; the last answers come a little later."""
    ends = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        found = pool.map(lambda client: _client(stack, sites, client, ends), range(clients))
    return [each for answered in found for each in answered]


def _client(stack: Stack, sites: list[str], client: int, ends: float) -> list[Answered]:
    answered: list[Answered] = []
    with Client(stack.api, auth=sign_for(stack), retry=ONCE, timeout=_TIMEOUT_SECONDS) as api:
        for request in asked_by(client, sites):
            if time.monotonic() >= ends:
                break
            answered.append(_ask(api, request))
    return answered


def _ask(api: Client, request: Request) -> Answered:
    began, fault = time.perf_counter(), ""
    try:
        api.request(request.method, request.path, json=request.body, accept=request.accept)
    except ApiError as error:
        fault = f"{type(error).__name__}: {error}"[:200]
    return Answered(request.name, time.perf_counter() - began, fault)
