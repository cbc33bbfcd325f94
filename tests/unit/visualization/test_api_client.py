"""The client pages, waits and says what is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest
from fake_api import FakeApi
from samples import sunny

from api_client import ATTEMPTS, ApiClient
from errors import ApiError

URL = "https://api.example.org/v1"
START = datetime(2026, 6, 1, tzinfo=UTC)

Handler = Callable[[httpx2.Request], httpx2.Response]


def client_of(handler: Handler, waits: list[float] | None = None) -> ApiClient:
    """Return a client that is answered by a function and notes its waits instead of waiting."""
    http = httpx2.Client(transport=httpx2.MockTransport(handler))
    return ApiClient(URL + "/", http, (waits if waits is not None else []).append)


def test_every_page_is_read_once_and_in_order(fake_api: FakeApi) -> None:
    """A site's readings come in time order over as many pages as there are, cursors given back as they were."""
    fake_api.add("home-01", sunny("home-01", START, 2500))
    client = ApiClient("http://fake", httpx2.Client(transport=fake_api.transport()))
    found = [reading.timestamp for reading in client.readings("home-01", None, None)]
    assert found == [reading["timestamp"] for reading in fake_api.readings["home-01"]]
    assert fake_api.asked[1:] == [f"/readings/home-01?limit=1000&cursor=at%2B{at}" for at in (1000, 2000)]


def test_bounds_are_asked_for(fake_api: FakeApi) -> None:
    """Start is inclusive and end exclusive, and both reach the API."""
    fake_api.add("home-01", sunny("home-01", START, 10))
    client = ApiClient("http://fake", httpx2.Client(transport=fake_api.transport()))
    found = client.readings("home-01", "2026-06-01T02:00:00Z", "2026-06-01T04:00:00Z")
    assert [reading.timestamp[11:13] for reading in found] == ["02", "03"]


def test_all_sites_are_listed(fake_api: FakeApi) -> None:
    """The fleet is read over several pages too."""
    for number in range(5):
        fake_api.add(f"home-{number}", [])
    client = ApiClient("http://fake", httpx2.Client(transport=fake_api.transport()))
    assert [site.site_id for site in client.sites()] == [f"home-{number}" for number in range(5)]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_asked_again(status: int) -> None:
    """Load and short outages don't end the run, and each wait is longer."""
    waits: list[float] = []
    answers = iter([status, status, 200])

    def handle(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(next(answers), json={"items": [], "next": None})

    assert list(client_of(handle, waits).sites()) == []
    assert len(waits) == 2
    assert 0 < waits[0] <= waits[1] <= 0.8


def test_the_api_may_say_how_long_to_wait() -> None:
    """Retry-After is followed, up to a bound."""
    waits: list[float] = []
    answers = iter(["3", "86400", None])

    def handle(_request: httpx2.Request) -> httpx2.Response:
        after = next(answers)
        if after is None:
            return httpx2.Response(200, json={"items": [], "next": None})
        return httpx2.Response(429, headers={"Retry-After": after})

    list(client_of(handle, waits).sites())
    assert waits == [3.0, 20.0]


def test_an_outage_that_lasts_is_told_with_its_reason() -> None:
    """After the last attempt the API's own reason is given, not the address's query."""
    waits: list[float] = []

    def handle(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(503, json={"title": "Service Unavailable", "detail": "the store is being moved"})

    with pytest.raises(ApiError, match=r"/v1/readings/a answers 503: the store is being moved\Z"):
        list(client_of(handle, waits).readings("a", None, None))
    assert len(waits) == ATTEMPTS - 1


def test_an_api_that_is_not_there_is_named() -> None:
    """A refused connection is tried again, then told with the address."""
    waits: list[float] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("Connection refused", request=request)

    with pytest.raises(ApiError, match=r"https://api\.example\.org/v1 can't be reached: Connection refused"):
        list(client_of(handle, waits).sites())
    assert len(waits) == ATTEMPTS - 1


def test_a_refusal_is_not_asked_again() -> None:
    """What won't pass by waiting is told at once."""
    waits: list[float] = []

    def handle(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(403, text="<html>no</html>")

    with pytest.raises(ApiError, match="answers 403: Forbidden"):
        client_of(handle, waits).site("home-01")
    assert waits == []


def test_a_cursor_that_stands_still_ends_the_run() -> None:
    """An API that gives one page for ever doesn't keep us for ever."""
    client = client_of(lambda _request: httpx2.Response(200, json={"items": [], "next": "same"}))
    with pytest.raises(ApiError, match="its cursor does not move"):
        list(client.sites())


@pytest.mark.parametrize("body", ["<html>a portal</html>", '{"sites": []}', '{"items": [{"id": 1}], "next": null}'])
def test_another_service_at_the_address_is_noticed(body: str) -> None:
    """An answer that isn't Heliograph's is told as such, not as a programming error."""
    with pytest.raises(ApiError, match="doesn't answer like a Heliograph API"):
        list(client_of(lambda _request: httpx2.Response(200, text=body)).sites())
