"""Pages: every list is read whole whatever the limit, and a cursor is good for its own list and query alone."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.errors import CursorError
from heliograph.history import Assessed
from heliograph.site import Site
from lambda_api.answers import Listing, read_cursor, write_cursor
from lambda_api.app import make_app
from lambda_api.parameters import is_timestamp
from unit.api.fleet import NOW, TOO_HIGH, Client, all_pages, assessed, client_of, ingested, stores_of

SITES: Final = ("a", "b.2", "c")
TIMES: Final = tuple(f"2026-11-22T0{hour}:{minute:02d}:00Z" for hour in range(2) for minute in range(0, 60, 10))
FILES: Final = tuple(ingested(f"raw/{n}.json", f"2026-11-22T09:0{n}:12Z") for n in range(9))


def _readings() -> list[Assessed]:
    return [
        assessed(site_id, timestamp, flags=(TOO_HIGH,) if place % 3 else ())
        for site_id in SITES
        for place, timestamp in enumerate(TIMES)
    ]


CLIENT: Final = client_of(stores_of(_readings(), (Site(f"site-{n}") for n in range(5)), FILES))


@settings(max_examples=40, deadline=None)
@given(limit=st.integers(1, 50))
def test_paging_reads_every_list_whole_and_in_order(limit: int) -> None:
    """With any limit, the pages joined are the list: nothing twice, nothing left out."""
    anomalous = [timestamp for place, timestamp in enumerate(TIMES) if place % 3]
    series = all_pages(CLIENT, "/readings/a", limit=limit)
    assert [each["timestamp"] for each in series] == list(TIMES)
    series = all_pages(CLIENT, "/anomalies/a", limit=limit)
    assert [each["timestamp"] for each in series] == anomalous
    fleet = all_pages(CLIENT, "/anomalies", limit=limit)
    assert [(each["site_id"], each["timestamp"]) for each in fleet] == [(s, t) for s in SITES for t in anomalous]
    sites = all_pages(CLIENT, "/sites", limit=limit)
    assert [each["site_id"] for each in sites] == sorted([*SITES, *(f"site-{n}" for n in range(5))])
    ingestions = all_pages(CLIENT, "/ingestions", limit=limit)
    assert [each["id"] for each in ingestions] == sorted((each.id for each in FILES), reverse=True)


@settings(max_examples=60, deadline=None)
@given(bounds=st.lists(st.integers(-5, 130), min_size=2, max_size=2, unique=True).map(sorted), limit=st.integers(1, 20))
def test_a_period_includes_its_start_and_excludes_its_end(bounds: list[int], limit: int) -> None:
    """Any period, in any pages, holds the readings from its start to just before its end."""
    start, end = (
        (datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=each)).isoformat().replace("+00:00", "Z")
        for each in bounds
    )
    found = all_pages(CLIENT, "/readings/a", start=start, end=end, limit=limit)
    assert [each["timestamp"] for each in found] == [timestamp for timestamp in TIMES if start <= timestamp < end]


@pytest.mark.parametrize("path", ["/readings/a", "/anomalies/a", "/anomalies", "/sites", "/ingestions"])
def test_the_link_header_leads_to_the_same_page_as_next(path: str) -> None:
    """The link keeps every parameter, holds behind any stage, and the last page has none."""
    first = CLIENT.get(path, limit=2)
    link, relation = first.headers["link"].split("; ")
    assert relation == 'rel="next"'
    assert link.startswith("<?")
    assert link.endswith(">")
    assert parse_qs(link[2:-1])["cursor"] == [first.json()["next"]]
    by_link = CLIENT.ask("GET", path, link[2:-1])
    assert by_link.json() == CLIENT.get(path, limit=2, cursor=first.json()["next"]).json()
    assert by_link.json()["items"] != first.json()["items"]
    assert "link" not in CLIENT.get(path, limit=1000).headers


def test_the_link_keeps_the_period() -> None:
    """Start and end go on with the cursor, in UTC."""
    first = CLIENT.get("/readings/a", start="2026-11-22T01:10:00+01:00", end="2026-11-23", limit=3)
    query = parse_qs(first.headers["link"].partition(">")[0].removeprefix("<?"))
    assert (query["start"], query["end"]) == (["2026-11-22T00:10:00Z"], ["2026-11-23T00:00:00Z"])
    following = CLIENT.get("/readings/a", start=query["start"][0], end=query["end"][0], cursor=query["cursor"][0])
    assert following.json()["items"][0]["timestamp"] == "2026-11-22T00:40:00Z"


def test_a_list_of_today_goes_on_past_midnight() -> None:
    """The cursor of a default day or hour goes on in that day or hour, whatever the clock says by then."""
    stores = stores_of(_readings(), ingestions=FILES)
    later = Client(make_app(stores, lambda: NOW + timedelta(days=1)))
    for path in ("/anomalies", "/ingestions"):
        cursor = CLIENT.get(path, limit=2).json()["next"]
        expected = client_of(stores).get(path, cursor=cursor).json()["items"]
        assert later.get(path, cursor=cursor).json()["items"] == expected != []


def _first_cursor(path: str = "/readings/a", **query: object) -> str:
    cursor: str = CLIENT.get(path, limit=2, **query).json()["next"]
    return cursor


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/readings/b.2", {}),
        ("/anomalies/a", {}),
        ("/anomalies", {}),
        ("/sites", {}),
        ("/ingestions", {}),
        ("/readings/a", {"start": "2026-11-22"}),
        ("/readings/a", {"end": "2026-11-23"}),
    ],
)
def test_a_cursor_of_another_list_site_or_query_is_refused(path: str, query: dict[str, str]) -> None:
    """A cursor of one site's readings opens nothing else."""
    answer = CLIENT.get(path, **query, cursor=_first_cursor())
    assert (answer.status, answer.json()["type"]) == (400, "/problems/bad-cursor")


def test_a_cursor_of_another_day_or_hour_is_refused() -> None:
    """A day's cursor opens no other day, and an hour's no other hour."""
    assert CLIENT.get("/anomalies", day="2026-11-21", cursor=_first_cursor("/anomalies")).status == 400
    assert CLIENT.get("/ingestions", hour="20261122T08", cursor=_first_cursor("/ingestions")).status == 400


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_changed_cursor_is_refused(data: st.DataObject) -> None:
    """Any sign changed, added or taken away makes it a bad cursor."""
    cursor = _first_cursor()
    place = data.draw(st.integers(0, len(cursor) - 1))
    sign = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    changed = data.draw(
        st.sampled_from([cursor[:place] + sign + cursor[place + 1 :], cursor[:place], cursor + sign, sign + cursor])
    )
    expected = 200 if changed == cursor or not changed else 400
    assert CLIENT.get("/readings/a", cursor=changed).status == expected


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=80), path=st.sampled_from(["/readings/a", "/anomalies", "/sites", "/ingestions"]))
def test_no_text_but_a_cursor_is_taken_for_one(text: str, path: str) -> None:
    """Whatever is sent as a cursor, the answer is a problem and never a failure."""
    answer = CLIENT.get(path, cursor=text)
    assert answer.status == (400 if text else 200)


@settings(max_examples=200, deadline=None)
@given(position=st.lists(st.text(max_size=30), max_size=3))
def test_even_a_forged_cursor_stays_within_what_was_asked(position: list[str]) -> None:
    """A cursor with a right tag but a made-up position is refused, unless the position lies in the list."""
    asked = Listing("readings", ("a", None, None), lambda _: True)
    cursor = write_cursor(asked, tuple(position))
    lies_in = len(position) == 1 and is_timestamp(position[0])
    assert CLIENT.get("/readings/a", cursor=cursor).status == (200 if lies_in else 400)
    outside = write_cursor(Listing("readings", ("a", None, "2026-11-22T01:00:00Z"), lambda _: True), (TIMES[-1],))
    assert CLIENT.get("/readings/a", end="2026-11-22T01:00:00Z", cursor=outside).status == 400


def test_a_cursor_holds_the_position_and_a_tag_only() -> None:
    """It is base64url of a compact JSON array, and can be sent in a query as it is."""
    cursor = _first_cursor()
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?#% ")
    content = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    timestamp, tag = msgspec.json.decode(content)
    assert (timestamp, len(tag)) == (TIMES[1], 16)


def test_an_array_that_holds_no_texts_is_no_cursor() -> None:
    """JSON of another kind is refused like anything else."""
    for content in (b"[]", b"{}", b"[1,2]", b'"x"', b"\xff"):
        with pytest.raises(CursorError):
            read_cursor(Listing("x", (), lambda _: True), urlsafe_b64encode(content).rstrip(b"=").decode())
