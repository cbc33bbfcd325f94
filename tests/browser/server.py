"""The dashboard's own routes, served on loopback over answers of a made-up world: a browser's other end in tests."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from socket import AF_INET, SOCK_STREAM, socket
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from fastapi import FastAPI, Request
from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response

from browser import world
from browser.world import Json
from heliograph.checks.registry import RULES
from lambda_api.http_semantics import OwnPages, Revalidation
from lambda_api.known_parameters import parameters_of
from lambda_api.parameters import provide
from lambda_api.problems import problem_response, register, unknown_site
from lambda_api.roles import Access
from lambda_api.routes import ROUTES, feeds, landing, previews, service
from lambda_api.routes.rules import rule_of
from unit.api.fleet import stores_of

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework

# As the emulator has an API's address: behind a path, where a page with absolute addresses would find nothing.
PREFIX: Final = "/_aws/execute-api/0a1b2c3d"


class World:
    """What is answered; a test changes it.

    sites: how many there are. state: what each says of itself. down: answer nothing but the page's files.
    """

    def __init__(self) -> None:
        """Begin with a fleet of 40, some of it in trouble."""
        self.sites = 40
        self.state = "ok"
        self.down = False
        self.incidents = [
            world.incident(world.HERO, "over_capacity"),
            world.incident("wind-009", "stale", severity="warning"),
            world.incident("load-003", "no_data", "closed"),
        ]
        self.files = [
            world.ingestion("solar-001.json", rejected=2),
            world.ingestion("wind-009.csv"),
            world.ingestion("broken.json.gz", error="not gzip: it ends early"),
        ]
        self.landed = world.ingestion("export_0815.csv", rejected=2)
        self.stores = stores_of()  # of the routes that are real: those of feeds, and the one that lands
        self.edits: list[Json] = []  # those that were sent, tried or made
        self.asked: list[str] = []
        self.sent: list[int] = []  # the status of each answer

    def answer(self, path: str, query: dict[str, str]) -> Response:
        """Answer a request below the prefix; a parameter that the real route doesn't have is refused as there."""
        self.asked.append(path)
        route = next(each for each in ROUTES if each.path_regex.match(f"/{path}") and "GET" in (each.methods or ()))
        if not set(query) <= set(parameters_of(route)):
            return JSONResponse({"detail": f"{path} doesn't take all of {sorted(query)}"}, 422)
        if self.down:
            return JSONResponse({"detail": "the store is busy; send the same request again in a moment"}, 503)
        name, _, rest = path.partition("/")
        found = getattr(self, f"_{name}")(rest, query)
        return found if isinstance(found, Response) else JSONResponse(found)

    def _fleet(self, _rest: str, _query: dict[str, str]) -> Json:
        odd = [{**world.fleet_site(7), **world.site(world.UNPLACED), "state": "unknown"}] if self.sites else []
        return _page([*(world.fleet_site(at) for at in range(1, self.sites)), *odd])

    def _sites(self, site_id: str, _query: dict[str, str]) -> Json | Response:
        if not site_id.startswith(("solar", "wind", "battery", "load", "meter")):
            unknown = unknown_site(site_id)
            return problem_response(unknown.kind, unknown.detail, f"/sites/{site_id}")
        lacking = ["kind isn't registered, so the check night_generation is off"] if site_id == world.UNPLACED else []
        ends = {"first_reading": datetime(2025, 1, 1, tzinfo=UTC), "last_reading": world.NOW}
        known = {name: world.reading(site_id, moment) for name, moment in ends.items()}
        return {**world.site(site_id), "state": self.state, **known, "unjudged": lacking}

    def _readings(self, site_id: str, query: dict[str, str]) -> Json:
        return _page(world.readings(site_id, *_times(query)))

    def _totals(self, site_id: str, query: dict[str, str]) -> Json:
        return {**_page(world.days(*_times(query))), "site_id": site_id, "by": "day", "timezone": "Europe/Berlin"}

    def _incidents(self, _rest: str, query: dict[str, str]) -> Json:
        state, site_id = query.get("state", "open"), query.get("site_id")
        found = [each for each in self.incidents if each["state"] == state and site_id in {None, each["site_id"]}]
        return _page([each for each in found if query.get("day", "") in {"", (each["recovery"] or "")[:10]}])

    def _ingestions(self, rest: str, query: dict[str, str]) -> Json:
        if rest:
            return _page(world.REJECTED) if rest.endswith("/rejected") else self.landed
        return _page(self.files if query["hour"] == "20261122T09" else [])

    def _rules(self, _rest: str, _query: dict[str, str]) -> Json:
        return _page([msgspec.to_builtins(rule_of(each)) for each in RULES])

    def _pipeline(self, _rest: str, _query: dict[str, str]) -> Json:
        return world.PIPELINE

    def _summary(self, _rest: str, _query: dict[str, str]) -> Json:
        return world.SUMMARY


def _page(items: list[Any]) -> Json:
    return {"items": items, "next": None}


def _times(query: dict[str, str]) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(query[name]) for name in ("start", "end"))
    return start.replace(tzinfo=start.tzinfo or UTC), end.replace(tzinfo=end.tzinfo or UTC)


def make_app(answers: World) -> FastAPI:
    """Make the app: the real dashboard in the real middlewares, over these answers."""
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    inner.add_middleware(OwnPages, origins="")
    inner.add_middleware(Revalidation)
    inner.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=1)
    provide(inner, answers.stores, lambda: world.NOW, Access("somebody", "operator"))
    register(inner)
    for resource in (service, previews, feeds, landing):
        inner.include_router(resource.router)

    @inner.post("/edits")
    async def edit(request: Request) -> Response:
        answers.edits.append(await request.json())
        return JSONResponse(world.edited(answers.edits[-1], tried="dry_run" in request.query_params))

    @inner.get("/{path:path}")
    async def answer(path: str, request: Request) -> Response:
        return answers.answer(path, dict(request.query_params))

    @inner.middleware("http")
    async def note(request: Request, following: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await following(request)
        answers.sent.append(response.status_code)
        return response

    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    outer.mount(PREFIX, inner)
    return outer


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port of loopback; yield its address, with a slash at its end."""
    listening = socket(AF_INET, SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]  # the server closes it
    config.loglevel = "ERROR"
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=_run, args=(loop, app, config, ended))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}{PREFIX}/"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, app: FastAPI, config: Config, ended: asyncio.Event) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serve(cast("ASGIFramework", app), config, shutdown_trigger=ended.wait))
