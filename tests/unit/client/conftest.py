"""What answers the client: the API's own code in this process, or a function."""

from collections.abc import Callable, Sequence
from typing import Final

import httpx2

from heliograph.history import Assessed
from heliograph.incidents.model import Incident
from heliograph.site import Site
from heliograph_client import Client, RetryPolicy
from heliograph_client.auth import Scheme
from unit.api.fleet import client_of, stores_of

ADDRESS: Final = "https://api.example.org/v1"
Handler = Callable[[httpx2.Request], httpx2.Response]
Given = tuple[int, dict[str, str], bytes]  # status, headers, body


class RealApi:
    """The API's own code over stores in memory. asked: each path with its query, in order."""

    def __init__(
        self, readings: list[Assessed], incidents: list[Incident] | None = None, sites: Sequence[Site] = ()
    ) -> None:
        """Keep what it serves."""
        self.stores = stores_of(readings, sites, incidents=incidents or [])
        self._api = client_of(self.stores)
        self.asked: list[str] = []

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Given:
        """Answer one request."""
        self.asked.append(target)
        path, _, query = target.partition("?")
        sent = {name.lower(): value for name, value in headers.items()}
        passed = {name: value for name, value in sent.items() if name in {"accept", "content-type"}}
        answer = self._api.ask(method, path, query, body or None, {"accept": "*/*", **passed})
        return answer.status, answer.headers, answer.content

    def client(self) -> Client:
        """Return a client of it."""

        def handle(request: httpx2.Request) -> httpx2.Response:
            target = request.url.raw_path.decode().removeprefix("/v1")
            status, headers, content = self.answer(request.method, target, dict(request.headers), request.content)
            return httpx2.Response(status, headers=headers, content=content)

        return client_for(handle)


def client_for(handler: Handler, waits: list[float] | None = None, auth: Scheme | httpx2.Auth = "none") -> Client:
    """Return a client that a function answers, and that notes its waits instead of waiting."""
    sleep = ([] if waits is None else waits).append
    return Client(ADDRESS, auth=auth, retry=RetryPolicy(sleep=sleep), transport=httpx2.MockTransport(handler))


def always(
    status: int, *, json: object = None, text: str | None = None, headers: dict[str, str] | None = None
) -> Handler:
    """Return what answers each request alike."""
    return lambda _request: httpx2.Response(status, json=json, text=text, headers=headers)
