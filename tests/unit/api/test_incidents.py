"""Incidents as the API lists them: open by onset, closed by the day of their recovery, a site's own."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.edits.model import EditBody
from heliograph.incidents.model import Incident, Symptom
from unit.api.fleet import Client, all_pages, client_of, incident, stores_of

SITES: Final = ("a", "b", "c")


def _open() -> list[Incident]:
    return [incident(site, rule, f"2026-11-22T0{n}:00:00Z") for site in SITES for n, rule in enumerate(("r", "s"))]


def _closed(day: int) -> list[Incident]:
    return [
        incident(site, "t", f"2026-11-{day - 1}T{hour:02}:00:00Z", recovery=f"2026-11-{day}T{hour:02}:30:00Z")
        for site in SITES
        for hour in range(4)
    ]


CLIENT: Final[Client] = client_of(stores_of(incidents=[*_open(), *_closed(21), *_closed(22)]))


def _order(items: list[Any], field: str) -> list[tuple[str, str]]:
    return [(each[field], each["id"]) for each in items]


@settings(max_examples=30, deadline=None)
@given(limit=st.integers(1, 30))
def test_each_list_is_read_whole_latest_first(limit: int) -> None:
    """Whatever the limit, the pages joined are the list: those open, those of a day, those of a site."""
    lists: list[tuple[dict[str, str], str, int]] = [
        ({}, "onset", 6),
        ({"state": "open", "site_id": "a"}, "onset", 2),
        ({"state": "closed"}, "recovery", 12),
        ({"state": "closed", "day": "2026-11-21"}, "recovery", 12),
        ({"state": "closed", "site_id": "b"}, "onset", 8),
    ]
    for query, field, count in lists:
        found = all_pages(CLIENT, "/incidents", **query, limit=limit)
        assert _order(found, field) == sorted(_order(found, field), reverse=True)
        assert len({each["id"] for each in found}) == len(found) == count
        assert {each["state"] for each in found} == {query.get("state", "open")}
        assert {each["site_id"] for each in found} == ({query["site_id"]} if "site_id" in query else set(SITES))


def test_an_incident_is_found_by_its_name() -> None:
    """The id of a list opens the incident itself; what isn't yet is null, and figures are exact."""
    first = CLIENT.get("/incidents").json()["items"][0]
    assert CLIENT.get(f"/incidents/{first['id']}").json() == first
    assert (first["recovery"], first["closed_at"], first["source"], first["recovery_notified_at"]) == (None,) * 4
    assert str(first["observed"]) == "5.25"


def test_an_incident_is_served_with_its_evidence_and_how_it_notifies() -> None:
    """What it explains stands beneath it, by id; an incident that another one explains names that."""
    cause, symptom = incident("a", "no_data", "2026-11-22T01:00:00Z"), incident("a", "spike", "2026-11-22T01:00:00Z")
    beneath = Symptom(symptom.id, "spike", symptom.onset, "2026-11-22T01:05:00Z", ("critical",))
    cause = msgspec.structs.replace(cause, evidence=(beneath,), notified_as=("critical",), region="Europe/Berlin")
    symptom = msgspec.structs.replace(symptom, cause=cause.id, suppressed=True)
    client = client_of(stores_of(incidents=[cause, symptom]))
    served = client.get(f"/incidents/{cause.id}").json()
    assert served["evidence"] == [
        {"id": symptom.id, "rule": "spike", "onset": symptom.onset, "notified_at": "2026-11-22T01:05:00Z"}
    ]
    assert (served["cause"], served["notified_as"], served["region"]) == (None, ["critical"], "Europe/Berlin")
    explained = client.get(f"/incidents/{symptom.id}").json()
    assert (explained["cause"], explained["evidence"], explained["returning"]) == (cause.id, [], False)


def test_an_incident_is_served_with_what_it_cost() -> None:
    """Energy, money and until when; null where the rule says nothing of it; what is settled is the watch's own."""
    plain, dear = (incident(name, "zero_output", "2026-11-22T01:00:00Z") for name in "ab")
    cost: dict[str, Any] = {"lost_kwh": Decimal("12.4"), "lost_value": Decimal("3.10"), "settled_kwh": Decimal(1)}
    dear = msgspec.structs.replace(dear, lost_until="2026-11-22T03:00:00Z", **cost)
    client = client_of(stores_of(incidents=[plain, dear]))
    served = client.get(f"/incidents/{dear.id}").json()
    assert (str(served["lost_kwh"]), str(served["lost_value"])) == ("12.4", "3.10")
    assert served["lost_until"] == "2026-11-22T03:00:00Z"
    assert not [name for name in served if name.startswith("settled")]
    unknown = client.get(f"/incidents/{plain.id}").json()
    assert (unknown["lost_kwh"], unknown["lost_value"], unknown["lost_until"]) == (None, None, None)


@pytest.mark.parametrize(
    "other",
    [
        {"state": "open"},
        {"state": "closed", "day": "2026-11-21"},
        {"state": "closed", "site_id": "a"},
    ],
)
def test_a_cursor_belongs_to_its_own_list(other: dict[str, str]) -> None:
    """A cursor of today's closed ones opens no other list."""
    cursor = CLIENT.get("/incidents", state="closed", limit=2).json()["next"]
    answer = CLIENT.get("/incidents", **other, cursor=cursor)
    assert (answer.status, answer.json()["type"]) == (400, "/problems/bad-cursor")


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60), state=st.sampled_from(["open", "closed"]))
def test_no_text_but_a_cursor_is_taken_for_one(text: str, state: str) -> None:
    """Whatever is sent as a cursor, the answer is a problem and never a failure."""
    assert CLIENT.get("/incidents", state=state, cursor=text).status == (400 if text else 200)


def test_a_wrong_unit_offers_its_edit_until_one_is_made() -> None:
    """The list and the incident itself offer one edit and its command; an edit that holds at the onset ends that."""
    wrong = msgspec.structs.replace(
        incident("plant", "unit_error"),
        message="energy_generated_kwh is 9000 kWh, 500 times the site's most",
        observed=Decimal(9000),
        limit=Decimal(90),
    )
    stores = stores_of(incidents=[wrong, incident("plant", "stale", "2026-11-22T07:00:00Z")])
    client = client_of(stores)
    offers = {each["rule"]: each["offer"] for each in client.get("/incidents").json()["items"]}
    assert offers["stale"] is None
    assert (offers["unit_error"]["action"], offers["unit_error"]["factor"]) == ("scale", Decimal("0.001"))
    assert offers["unit_error"]["command"].startswith("heliograph edit add plant scale --from 2026-11-22T07:59:00Z")
    assert client.get(f"/incidents/{wrong.id}").json()["offer"] == offers["unit_error"]
    names = ("site_id", "action", "start", "end", "side", "factor", "reason")
    made = EditBody(id="put-right", **{name: offers["unit_error"][name] for name in names})
    stores.edits.put(made, "ann", datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert {each["offer"] for each in client.get("/incidents").json()["items"]} == {None}
    stores.edits.undo("put-right", "ann", datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert client.get(f"/incidents/{wrong.id}").json()["offer"] == offers["unit_error"]
