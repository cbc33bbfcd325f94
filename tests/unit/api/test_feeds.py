"""Feeds over HTTP: profiles are added in versions, and a feed's files land below its name."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from heliograph.profiles.model import schema
from lambda_api.app import make_app
from unit.api.fleet import AS_JSON, Client, client_of, stores_of

PROFILE: dict[str, Any] = {
    "layout": {"format": "csv"},
    "site": {"id": "roof"},
    "time": {"columns": ["t"], "marks": "end"},
    "quantity": "interval",
    "unit": "kWh",
    "generated": [{"column": "out"}],
}
BY_NAME = {**PROFILE, "site": {"file_name": r"(\d+)"}}


def put(client: Client, profile: object, name: str = "portal") -> Any:  # noqa: ANN401 - the client's answer
    """Add a version of a feed's profile."""
    return client.ask("PUT", f"/feeds/{name}", body=json.dumps(profile).encode(), headers=AS_JSON)


@pytest.fixture
def client() -> Client:
    """A client of an API whose feed `portal` has a profile."""
    made = client_of(stores_of())
    assert put(made, PROFILE).status == HTTPStatus.CREATED
    return made


def test_each_change_is_a_version(client: Client) -> None:
    """The same profile again adds none; another is the next version; both are served with it."""
    assert put(client, PROFILE).status == HTTPStatus.OK
    changed = put(client, {**PROFILE, "unit": "Wh"})
    assert (changed.status, changed.json()["version"]) == (HTTPStatus.CREATED, 2)
    assert client.get("/feeds/portal").json()["profile"] == {"name": "portal", **PROFILE, "unit": "Wh"}
    assert [(each["name"], each["version"]) for each in client.get("/feeds").json()["items"]] == [("portal", 2)]


@pytest.mark.parametrize(
    ("name", "profile", "said"),
    [
        ("submit", PROFILE, "taken"),
        ("portal", {**PROFILE, "name": "other"}, "the address says portal"),
        ("portal", {**PROFILE, "unti": "Wh"}, "unti"),
        ("portal", {**PROFILE, "unit": "kW"}, "no unit of energy"),
        ("portal", [], "isn't a JSON object"),
        ("Portal!", PROFILE, "name"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(client: Client, name: str, profile: object, said: str) -> None:
    """The problem names what to correct, and the feed stays as it is."""
    answer = put(client, profile, name)
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.body
    assert client.get("/feeds/portal").json()["version"] == 1


def test_the_document_asks_for_what_a_profile_must_have() -> None:
    """The API's document requires the parts that the profile's own schema does, but for the name in the address."""
    operation = make_app(stores_of()).openapi()["paths"]["/feeds/{name}"]["put"]
    said = operation["requestBody"]["content"]["application/json"]["schema"]["required"]
    assert {*said, "name"} == set(schema()["$defs"]["Profile"]["required"])


def test_a_feed_that_is_not_there(client: Client) -> None:
    """Neither it nor readings of it are taken; the problem says how to add it."""
    for answer in (client.get("/feeds/other"), client.ask("POST", "/readings", "feed=other", body=b"t,out\n")):
        assert answer.status == HTTPStatus.NOT_FOUND
        assert "PUT /feeds/other" in answer.body


def test_a_removed_profile_is_listed_and_takes_no_files(client: Client) -> None:
    """Its versions stay; removing it again changes nothing; the same profile brings it back as a version."""
    for _ in range(2):
        removed = client.ask("DELETE", "/feeds/portal")
        assert (removed.status, removed.json()["version"], removed.json()["removed"]) == (HTTPStatus.OK, 2, True)
    assert client.get("/feeds").json()["items"][0]["removed"] is True
    assert client.get("/feeds/portal").json()["profile"] == {"name": "portal", **PROFILE}
    refused = client.ask("POST", "/readings", "feed=portal", body=b"t,out\n")
    assert refused.status == HTTPStatus.NOT_FOUND
    assert "heliograph feeds restore portal" in refused.body
    back = put(client, PROFILE)
    assert (back.status, back.json()["version"], back.json()["removed"]) == (HTTPStatus.CREATED, 3, False)
    assert client.ask("DELETE", "/feeds/other").status == HTTPStatus.NOT_FOUND


def test_a_prefix_in_use_gets_no_profile_by_mistake() -> None:
    """Where a gateway's native files land, a first profile, or one after a removal, needs `replace`; others don't."""
    stores = stores_of()
    stores.feeds.landed.add("gateway-7")  # type: ignore[attr-defined]
    client = client_of(stores)
    refused = put(client, PROFILE, "gateway-7")
    assert (refused.status, refused.json()["type"]) == (HTTPStatus.CONFLICT, "/problems/feed-in-use")
    assert "replace=true" in refused.body
    assert client.get("/feeds").json()["items"] == []
    body = json.dumps(PROFILE).encode()
    replaced = client.ask("PUT", "/feeds/gateway-7", "replace=true", body=body, headers=AS_JSON)
    assert replaced.status == HTTPStatus.CREATED
    assert put(client, {**PROFILE, "unit": "Wh"}, "gateway-7").status == HTTPStatus.CREATED
    client.ask("DELETE", "/feeds/gateway-7")
    assert put(client, PROFILE, "gateway-7").status == HTTPStatus.CONFLICT


def test_a_file_lands_below_its_feed(client: Client) -> None:
    """Any bytes land, a workbook too, under the name that the file had."""
    headers = {"content-type": "application/octet-stream"}
    answer = client.ask(
        "POST", "/readings", "feed=portal&file_name=a%20b.xlsx", body=b"PK\x03\x04\xff", headers=headers
    )
    assert answer.status == HTTPStatus.ACCEPTED
    key = answer.json()["object_key"]
    assert key.startswith("raw/api/feeds/portal/")
    assert key.endswith("/a b.xlsx")


def test_bytes_that_are_no_text_are_not_sent_as_text(client: Client) -> None:
    """On AWS they would arrive spoilt, so they are refused here, too."""
    for body in (b"PK\x03\x04\xff", "t;Wert\u00e4".encode("latin-1")):
        answer = client.ask("POST", "/readings", "feed=portal", body=body, headers={"content-type": "text/csv"})
        assert answer.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        assert "octet-stream" in answer.body


def test_a_site_from_the_file_s_name_needs_the_name() -> None:
    """Nothing is read from a name that nobody sent."""
    client = client_of(stores_of())
    assert put(client, BY_NAME).status == HTTPStatus.CREATED
    answer = client.ask("POST", "/readings", "feed=portal", body=b"t,out\n")
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "file_name" in answer.body


@pytest.mark.parametrize("name", ["%EF%BF%BF.csv", "%EF%BF%BE.csv", "a%00.csv", "a%2Fb.csv", ""])
def test_a_name_that_no_key_may_have_is_refused(client: Client, name: str) -> None:
    """It is the caller's mistake, and the problem names it."""
    answer = client.ask("POST", "/readings", f"feed=portal&file_name={name}", body=b"t,out\n")
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "file_name" in answer.body
