"""Who lies beside whom: places along the curve, keys in the index, and the nearest of what two queries find."""

import json
from base64 import b64encode
from collections.abc import Callable
from itertools import islice
from math import inf
from random import Random
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from hypothesis import given
from hypothesis import strategies as st

from fakes.botocore_answers import answer_of, hook_of
from heliograph.estimation.hours import DayHours, pack_hours, unpack_hours
from heliograph.site import Site
from heliograph.storage.neighbours import (
    MOST_NEIGHBOURS,
    DynamoNeighbours,
    beside_keys,
    coded_place,
    kilometres,
    nearest,
    place_code,
)

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


def client_of(answer: Callable[[AWSPreparedRequest], AWSResponse]) -> Any:  # noqa: ANN401 - boto's own
    """Return a DynamoDB client whose requests are answered by a function."""
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    client: Any = session.create_client("dynamodb", region_name="eu-west-1")
    client.meta.events.register("before-send.dynamodb", hook_of(answer))
    return client


class Index:
    """A DynamoDB that answers queries of the index `beside` from some sites. `read` counts the items it gave."""

    def __init__(self, *sites: Site) -> None:
        """Index the sites that have a region and a kind."""
        self.client = client_of(self._answer)
        self._items = [{"site_id": site.site_id} | keys for site in sites if (keys := beside_keys(site))]
        self.queries = self.read = 0

    def neighbours_of(self, site: Site, most: int = MOST_NEIGHBOURS) -> list[str]:
        """Ask the store."""
        return DynamoNeighbours(self.client, "sites").neighbours_of(site, most)

    def _answer(self, request: AWSPreparedRequest) -> AWSResponse:
        assert isinstance(request.body, bytes)
        asked = json.loads(request.body)
        assert asked["IndexName"] == "beside"
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        chosen = [
            each
            for each in self._items
            if each["beside"] == values[":p"] and values[":low"] <= each["beside_at"] <= values[":high"]
        ]
        chosen.sort(key=lambda each: each["beside_at"], reverse=not asked["ScanIndexForward"])
        page = list(islice(chosen, asked["Limit"]))
        self.queries += 1
        self.read += len(page)
        items = [{name: {"S": each[name]} for name in ("site_id", "beside_at")} for each in page]
        more = {"LastEvaluatedKey": items[-1]} if len(chosen) > len(page) else {}
        body = {"Items": items, "Count": len(items), **more}
        return answer_of(str(request.url), 200, json.dumps(body).encode(), "application/x-amz-json-1.0")


def plant(name: str, latitude: float | None, longitude: float | None, zone: str | None = "Europe/Rome") -> Site:
    """Return a solar site at a place."""
    return Site(name, "solar", latitude=latitude, longitude=longitude, timezone=zone)


@given(latitudes, longitudes)
def test_a_place_is_read_back_from_its_code_to_some_metres(latitude: float, longitude: float) -> None:
    """Twelve digits hold any place of the earth to 2.4 m."""
    code = place_code(latitude, longitude)
    place = coded_place(code)
    assert place is not None
    assert len(code) == 12
    assert kilometres((latitude, longitude), place) < 0.0025


@given(latitudes, longitudes, st.integers(0, 23))
def test_the_curve_keeps_a_cell_together(latitude: float, longitude: float, halvings: int) -> None:
    """Places whose codes begin alike lie in one cell, which is half as large with every bit."""
    code = int(place_code(latitude, longitude), 16)
    rest = 48 - 2 * halvings
    first = coded_place(f"{code >> rest << rest:012x}")
    last = coded_place(f"{(code >> rest << rest) | (1 << rest) - 1:012x}")
    assert first is not None
    assert last is not None
    assert last[0] - first[0] <= 180 / 2**halvings
    assert last[1] - first[1] <= 360 / 2**halvings
    assert first[0] - 1e-4 <= latitude <= last[0] + 1e-4
    assert first[1] - 1e-4 <= longitude <= last[1] + 1e-4


def test_kilometres_are_those_of_the_map() -> None:
    """Berlin to Munich is 504 km, Auckland to Fiji's east is short though the date line lies between."""
    assert kilometres((52.52, 13.40), (48.14, 11.58)) == pytest.approx(504, abs=5)
    assert kilometres((-17.0, 179.9), (-17.0, -179.9)) == pytest.approx(21.3, abs=0.5)


def test_a_site_is_in_the_index_where_its_region_and_kind_are_known() -> None:
    """A place isn't needed; without a zone the longitude says the region; without either, or a kind, there's no key."""
    assert beside_keys(plant("a", None, None)) == {"beside": "Europe/Rome#solar", "beside_at": "-#a"}
    by_longitude = beside_keys(plant("a", 45.0, 9.0, zone=None))
    assert by_longitude == {"beside": "UTC+01:00#solar", "beside_at": f"{place_code(45.0, 9.0)}#a"}
    assert beside_keys(plant("a", 45.0, None, zone=None)) == {}
    assert beside_keys(Site("a", timezone="Europe/Rome")) == {}


def test_neighbours_are_the_nearest_of_the_same_region_and_kind() -> None:
    """Nearest first; other kinds, other regions and the site itself are none."""
    own = plant("own", 45.0, 9.0)
    beside = [plant(f"n{number}", 45.0 + number / 100, 9.0) for number in range(1, 12)]
    others = [Site("load", "load", latitude=45.0, longitude=9.0, timezone="Europe/Rome"), plant("bern", 45, 9, "UTC")]
    index = Index(own, *others, *beside, plant("nowhere", None, None))
    assert index.neighbours_of(own) == [f"n{number}" for number in range(1, 9)]
    assert index.neighbours_of(own, 2) == ["n1", "n2"]
    assert index.neighbours_of(plant("own", 45.0, 9.0, "Europe/Oslo")) == []


def test_sites_of_no_known_place_stand_by_their_names() -> None:
    """The inverters of a plant are mostly named alike; sites with a place come behind."""
    names = [f"plant-{number:03d}" for number in range(100)]
    index = Index(*(plant(each, None, None) for each in names), plant("a", 45.0, 9.0))
    found = index.neighbours_of(plant("plant-050", None, None), 4)
    assert sorted(found) == ["plant-048", "plant-049", "plant-051", "plant-052"]
    assert "a" in Index(plant("b", None, None), plant("a", 45.0, 9.0)).neighbours_of(plant("b", None, None))


def test_a_region_of_many_sites_is_asked_for_few() -> None:
    """Two queries of at most 17 items each, though a hundred thousand stand there; most of the nearest are found."""
    chance = Random(1)  # noqa: S311 - no secret
    sites = [plant(f"s{number}", chance.uniform(36, 47), chance.uniform(7, 18)) for number in range(20_000)]
    index = Index(*sites)
    own = sites[7]
    found = index.neighbours_of(own)
    assert (index.queries, index.read) == (2, 34)
    assert len(found) == MOST_NEIGHBOURS
    place = {site.site_id: (site.latitude or 0.0, site.longitude or 0.0) for site in sites}
    ranked = sorted(place, key=lambda each: kilometres(place[own.site_id], place[each]))[1:]
    assert max(ranked.index(each) for each in found) < 100


@given(st.lists(st.tuples(latitudes, longitudes) | st.none(), max_size=12), st.integers(1, 8))
def test_of_what_is_found_the_nearest_are_chosen_once_each(places: list[tuple[float, float] | None], most: int) -> None:
    """Whatever both sides hold, no site comes twice, itself never, and none left out with a place is nearer."""
    sites = {f"s{number}": place for number, place in enumerate(places)}
    keys = [(name, f"{place_code(*place) if place else '-'}#{name}") for name, place in sites.items()]
    own = plant("own", 10.0, 20.0)
    chosen = nearest(own, [[*keys, ("own", f"{place_code(10.0, 20.0)}#own")], keys[::-1]], most)
    assert len(chosen) == len(set(chosen)) == min(most, len(sites))
    assert "own" not in chosen
    far = [kilometres((10.0, 20.0), place) if (place := sites[name]) else inf for name in chosen]
    left = [kilometres((10.0, 20.0), place) if place else inf for name, place in sites.items() if name not in chosen]
    assert far == pytest.approx(sorted(far), abs=0.01)
    assert not left or far[-1] <= min(left) + 0.01


def test_days_are_read_in_one_call_by_their_hours_alone() -> None:
    """Each site's days come oldest first; a day without hours, or with those of another version, is left out."""
    hours = DayHours("2026-06-01", 1_780_264_800, [0.0, 1.5], [0.0, 0.0], [1.0, 0.5])
    later = msgspec.structs.replace(hours, date="2026-06-02", start=hours.start + 86_400)
    packed = {"a": later, "b": hours}
    items = [
        {"site_id": {"S": name}, "hours": {"B": b64encode(pack_hours(day)).decode()}} for name, day in packed.items()
    ]
    items += [{"site_id": {"S": "a"}, "hours": items[1]["hours"]}, {"site_id": {"S": "c"}}]
    asked: list[dict[str, Any]] = []

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        assert isinstance(request.body, bytes)
        asked.append(json.loads(request.body)["RequestItems"]["sites"])
        body = json.dumps({"Responses": {"sites": items}, "UnprocessedKeys": {}}).encode()
        return answer_of(str(request.url), 200, body, "application/x-amz-json-1.0")

    found = DynamoNeighbours(client_of(answer), "sites").hours_of(["a", "b", "c", "a"], ["2026-06-01", "2026-06-02"])
    assert {name: [day.date for day in days] for name, days in found.items()} == {
        "a": ["2026-06-01", "2026-06-02"],
        "b": ["2026-06-01"],
    }
    assert found["b"] == [unpack_hours(pack_hours(hours))]
    (only,) = asked
    assert (len(only["Keys"]), only["ConsistentRead"]) == (6, False)
    assert sorted(only["ExpressionAttributeNames"].values()) == ["hours", "site_id"]
