"""A Heliograph API in memory: addresses, pages, cursors and problems as the real one, over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from heliograph.site import Site
from lambda_api.problems import unknown_site

Json = dict[str, Any]


class FakeApi:
    """Sites and their readings, open to all; `asked` holds every other address that was asked for, in order."""

    def __init__(self) -> None:
        """Begin without a site."""
        self.sites: dict[str, Json] = {}
        self.readings: dict[str, list[Json]] = {}
        self.incidents: dict[str, list[Json]] = {}
        self.asked: list[str] = []

    def add(self, site_id: str, readings: list[Json], **fields: object) -> None:
        """Add a site; what isn't given of it is null."""
        unknown = dict.fromkeys(name for name in Site.__struct_fields__ if name != "site_id")
        self.sites[site_id] = {"site_id": site_id, **unknown, "groups": [], "tags": [], **fields}
        self.readings[site_id] = readings

    def answer(self, target: str) -> tuple[int, Json]:
        """Return the status and body for one address, path and query."""
        if target == "/health":
            return 200, {}
        self.asked.append(target)
        split = urlsplit(target)
        query, path = dict(parse_qsl(split.query)), [unquote(part) for part in split.path.split("/")[1:]]
        if path == ["sites"]:
            return 200, _page(list(self.sites.values()), query, most=2)
        if len(path) == 2 and path[0] == "sites" and path[1] in self.sites:
            readings = self.readings[path[1]]
            ends = {
                "first_reading": readings[0] if readings else None,
                "last_reading": readings[-1] if readings else None,
            }
            return 200, {**self.sites[path[1]], **ends}
        if len(path) == 2 and path[0] == "readings" and path[1] in self.readings:
            return 200, _page(_between(self.readings[path[1]], query), query, most=1000)
        if path == ["incidents"]:
            is_open = query["state"] == "open"
            found = [each for each in self.incidents.get(query["site_id"], []) if (each["recovery"] is None) == is_open]
            return 200, _page(found, query, most=1000)
        unknown = unknown_site(path[-1])
        kind = unknown.kind
        return 404, {"type": kind.type, "title": kind.title, "status": 404, "detail": unknown.detail}


@contextmanager
def serve(api: FakeApi) -> Iterator[str]:
    """Serve an API over HTTP on a free port of this machine until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = api.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in _link(body).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _link(body: Json) -> dict[str, str]:
    """Return the header that leads to the next page."""
    following = body.get("next")
    return {"Link": f'<?{urlencode({"cursor": following})}>; rel="next"'} if following else {}


def _between(readings: list[Json], query: dict[str, str]) -> list[Json]:
    start, end = query.get("start", ""), query.get("end", "9999")
    return [each for each in readings if start <= each["timestamp"] < end]


def _page(items: list[Json], query: dict[str, str], most: int) -> Json:
    limit, start = min(most, int(query.get("limit", most))), int(query.get("cursor", "at+0").removeprefix("at+"))
    end = start + limit
    # A plus and a slash: a cursor is opaque, and must come back as it was given.
    return {"items": items[start:end], "next": f"at+{end}" if end < len(items) else None}
