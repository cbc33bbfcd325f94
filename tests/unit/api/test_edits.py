"""Edits by the API: kept once with who and when, refused where they can't be, and the site is evaluated anew."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import msgspec
import pytest
from botocore.exceptions import ClientError

from fakes.edits import FakeEdits
from fakes.watch import FakeQueue
from heliograph.checks.flag import Flag
from heliograph.evaluation.cycle import DueSite, read_job
from heliograph.site import Site
from lambda_api.app import make_app
from lambda_api.ports import ApiStores
from unit.api.fleet import (
    AS_JSON,
    NOW,
    OPERATOR,
    Answer,
    Client,
    Failing,
    all_pages,
    assessed,
    client_of,
    require_shape,
    stores_of,
)

SCALE: Final = {
    "id": "e-1",
    "site_id": "solar-1",
    "action": "scale",
    "start": "2026-11-21T00:00:00+01:00",
    "end": "2026-11-22T00:00:00Z",
    "factor": 0.001,
    "reason": "the logger sent Wh for kWh",
}
UNIT_ERROR: Final = Flag("unit_error", Decimal(4100), Decimal(50), "kWh", "warning", "1000 times what is usual")
SITE: Final = Site("solar-1", "solar", 50.0, interval_minutes=60)
ADA: Final = {
    "jwt": {"claims": {"iss": "https://id.example.com/", "sub": "ada", "scope": "heliograph/operate", "aud": "x"}}
}


def stores(**more: Any) -> ApiStores:  # noqa: ANN401 - of the fleet
    """Make stores with a site that sent 4.1 kWh an hour on the day before."""
    readings = [assessed(timestamp=f"2026-11-21T{hour:02d}:00:00Z", **more) for hour in range(1, 24)]
    return stores_of(readings, sites=[SITE])


def post(known: ApiStores, query: str = "", authorizer: Mapping[str, Any] | None = None, **changes: Any) -> Answer:  # noqa: ANN401 - fields
    """Send the edit with other fields; None leaves one out."""
    body = {name: value for name, value in {**SCALE, **changes}.items() if value is not None}
    return send(client_of(known), body, query, authorizer)


def send(client: Client, body: object, query: str = "", authorizer: Mapping[str, Any] | None = None) -> Answer:
    """Send an edit as it is."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.ask("POST", "/edits", query, content, AS_JSON, authorizer)


def jobs(known: ApiStores) -> list[DueSite]:
    """Return what the watch was asked to evaluate."""
    assert isinstance(known.jobs, FakeQueue)
    assert not [delay for _, delay in known.jobs.sent if delay]
    return [site for body, _ in known.jobs.sent for site in read_job(body).sites]


def kept(known: ApiStores) -> FakeEdits:
    """Return the edits that are kept."""
    assert isinstance(known.edits, FakeEdits)
    return known.edits


def kind(answer: Answer) -> tuple[int, str, str]:
    """Return a problem's status, its type's name, and the field it names."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", body
    return answer.status, body["type"].rpartition("/")[2], body.get("errors", [{"field": ""}])[0]["field"]


def test_an_edit_is_kept_and_the_site_evaluated_from_its_start() -> None:
    """With who and when by the authorizer's and the clock's word; its times in UTC; the fact first."""
    known = stores()
    answer = post(known, authorizer=ADA)
    assert answer.status == 200
    require_shape(answer.body, "EditAnswer")
    said = answer.json()
    assert (said["who"], said["made_at"]) == ("https://id.example.com/ ada", f"{NOW:%Y-%m-%dT%H:%M:%S.%fZ}")
    assert (said["start"], said["factor"], said["undone_at"]) == ("2026-11-20T23:00:00Z", Decimal("0.001"), None)
    (fact,) = kept(known).facts
    assert (fact.id, fact.kind, fact.who) == ("e-1", "edits", "https://id.example.com/ ada")
    assert jobs(known) == [DueSite("solar-1", "2026-11-20T23:00:00Z")]


@pytest.mark.parametrize("name", ["who", "made_at", "undone_at", "undone_by", "effect"])
def test_who_and_when_are_never_the_body_s(name: str) -> None:
    """A body that says so is refused; nothing of it is kept."""
    known = stores()
    said: dict[str, Any] = {name: "somebody else"}
    assert kind(post(known, **said)) == (422, "invalid-request", name)
    assert (kept(known).facts, jobs(known)) == ([], [])


def test_the_same_edit_again_answers_the_same_and_is_kept_once() -> None:
    """Whoever sends it and whenever; the job is sent again, since the first may not have been."""
    known = stores()
    first = post(known, authorizer=ADA)
    later = Client(make_app(known, lambda: NOW + timedelta(hours=1), OPERATOR))
    again = send(later, {**SCALE, "start": "2026-11-20T23:00:00Z", "factor": 0.0010, "reason": f" {SCALE['reason']} "})
    assert (again.status, again.json()) == (200, first.json())
    assert len(kept(known).facts) == 1
    assert len(jobs(known)) == 2


def test_another_edit_of_an_id_is_refused() -> None:
    """409, also where it says that it is a dry run; the first one stays."""
    known = stores()
    first = post(known).json()
    for query in ("", "dry_run=true"):
        assert kind(post(known, query, factor=0.01)) == (409, "edit-conflict", "")
    assert client_of(known).get("/edits/e-1").json()["factor"] == first["factor"]
    assert len(jobs(known)) == 1


def test_a_site_nobody_knows_has_no_edits() -> None:
    """404, for each way to ask."""
    known = stores()
    assert kind(post(known, site_id="nobody")) == (404, "unknown-site", "")
    assert kind(client_of(known).get("/edits", site_id="nobody")) == (404, "unknown-site", "")
    assert kept(known).facts == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": "a/b"}, "id"),
        ({"id": 5}, "id"),
        ({"site_id": None}, "site_id"),
        ({"site_id": "../x"}, "site_id"),
        ({"action": "delete"}, "action"),
        ({"start": "2026-11-21"}, "start"),
        ({"start": "2026-11-23T00:00:00Z"}, "end"),
        ({"end": "2026-11-24T00:00:00Z"}, "end"),
        ({"reason": "?"}, "reason"),
        ({"factor": None}, "factor"),
        ({"factor": "0.001"}, "factor"),
        ({"factor": 0}, "factor"),
        ({"factor": True}, "factor"),
        ({"shift_seconds": 60}, "shift_seconds"),
        ({"action": "shift", "factor": None, "shift_seconds": 0.5}, "shift_seconds"),
        ({"action": "accept", "factor": None, "rules": ["stail"]}, "rules"),
        ({"action": "accept", "factor": None, "rules": "stale"}, "rules"),
        ({"action": "set", "factor": None, "generated_kwh": -1}, "generated_kwh"),
        ({"action": "set", "factor": None, "consumed_kwh": 1e13}, "consumed_kwh"),
        ({"side": "net"}, "side"),
        ({"facter": 5}, "facter"),
    ],
)
def test_an_edit_that_can_t_be_made_names_its_field(changes: dict[str, Any], field: str) -> None:
    """422 with a sentence; nothing is kept and nothing asked for."""
    known = stores()
    assert kind(post(known, **changes)) == (422, "invalid-request", field)
    assert (kept(known).facts, jobs(known)) == ([], [])


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"5", b'{"id": "\\ud800"}', b'{"id": 1, "id": 2}', b"[" * 5000, b'{"factor": 1e999999999}']
)
def test_what_is_no_edit_is_refused(body: bytes) -> None:
    """Whatever it is, 422."""
    known = stores()
    assert send(client_of(known), body).status == 422
    assert kept(known).facts == []


def test_a_whole_number_may_be_written_as_json_has_it() -> None:
    """3600.0 is 3600; energies and factors keep all their digits."""
    known = stores()
    shifted = post(known, id="e-2", action="shift", factor=None, shift_seconds=3600.0)
    assert (shifted.status, shifted.json()["shift_seconds"]) == (200, 3600)
    exact = send(client_of(known), json.dumps({**SCALE, "id": "e-3"}).replace("0.001", "0.00100000005").encode())
    assert exact.json()["factor"] == Decimal("0.00100000005")


def test_a_shift_onto_others_is_refused_and_names_them() -> None:
    """A 409 with the readings at the edge that stay; into a gap it can be made, however often it is sent."""
    known = stores()
    onto: dict[str, Any] = {"id": "e-2", "action": "shift", "factor": None, "shift_seconds": 7200}
    onto["end"] = "2026-11-21T12:00:00Z"
    refused = post(known, **onto)
    assert kind(refused) == (409, "edit-overlap", "")
    assert "2 intervals: 2026-11-21T13:00:00Z, 2026-11-21T14:00:00Z" in refused.json()["detail"]
    assert jobs(known) == []
    whole = {**onto, "end": "2026-11-21T23:00:00Z", "shift_seconds": -3600}
    assert [post(known, **whole).status for _ in range(2)] == [200, 200]
    assert jobs(known)[0] == DueSite("solar-1", "2026-11-20T22:00:00Z")


def test_edits_are_listed_in_their_order_page_by_page() -> None:
    """A site's own, undone ones too, in the order in which they were made; a cursor is the list's own."""
    known = stores_of(sites=[SITE, Site("solar-2")])
    for number, site_id in enumerate(["solar-1", "solar-2", "solar-1", "solar-1"]):
        client = Client(make_app(known, partial(NOW.__add__, timedelta(seconds=number)), OPERATOR))
        assert send(client, {**SCALE, "id": f"e-{9 - number}", "site_id": site_id}).status == 200
    client.ask("DELETE", "/edits/e-7")
    items = all_pages(client, "/edits", site_id="solar-1", limit=2)
    assert [each["id"] for each in items] == ["e-9", "e-7", "e-6"]
    assert [bool(each["undone_at"]) for each in items] == [False, True, False]
    page = client.get("/edits", site_id="solar-1", limit=2)
    require_shape(page.body, "EditPage")
    assert kind(client.get("/edits", site_id="solar-2", cursor=page.json()["next"])) == (400, "bad-cursor", "")


def test_an_edit_is_undone_once_and_kept() -> None:
    """With who and when; once more answers the same, and has the site evaluated again."""
    known = stores()
    post(known)
    undone = client_of(known).ask("DELETE", "/edits/e-1", authorizer=ADA)
    require_shape(undone.body, "Edit")
    assert (undone.status, undone.json()["undone_by"]) == (200, "https://id.example.com/ ada")
    later = Client(make_app(known, lambda: NOW + timedelta(hours=1), OPERATOR))
    assert later.ask("DELETE", "/edits/e-1").json() == undone.json() == later.get("/edits/e-1").json()
    assert post(known).json()["undone_at"] == undone.json()["undone_at"]
    assert set(jobs(known)) == {DueSite("solar-1", "2026-11-20T23:00:00Z")}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_edit_nobody_made_is_not_found(method: str) -> None:
    """404; an id that can't be one is 422."""
    known = stores()
    assert kind(client_of(known).ask(method, "/edits/e-2")) == (404, "unknown-edit", "")
    assert kind(client_of(known).ask(method, "/edits/a.undo"))[0] == 422
    assert jobs(known) == []


def test_a_dry_run_says_what_would_change_and_keeps_nothing() -> None:
    """How many intervals, and what they add up to without the edit and with it."""
    known = stores()
    answer = post(known, "dry_run=true")
    require_shape(answer.body, "EditAnswer")
    said = answer.json()
    assert (answer.status, said["made_at"], said["effect"]["intervals"]) == (200, None, 23)
    before, after = said["effect"]["before"], said["effect"]["after"]
    assert (before["generated_kwh"], after["generated_kwh"]) == (Decimal("94.3"), Decimal("0.0943"))
    assert (before["consumed_kwh"], after["consumed_kwh"]) == (Decimal("6.9"), Decimal("0.0069"))
    assert (before["intervals"], after["intervals"], after["without_value"]) == (23, 23, 1)
    assert (kept(known).facts, jobs(known)) == ([], [])


@pytest.mark.parametrize(
    ("changes", "generated", "without"),
    [
        ({"action": "exclude"}, None, 24),
        ({"action": "exclude", "side": "consumed"}, Decimal("94.3"), 24),
        ({"action": "set", "generated_kwh": 1}, Decimal(23), 1),
        ({"action": "set", "generated_kwh": 1, "interval_seconds": 3600}, Decimal(25), 2),
        ({"action": "shift", "shift_seconds": 3600}, Decimal("94.3"), 2),
    ],
)
def test_a_dry_run_of_each_action(changes: dict[str, Any], generated: Decimal | None, without: int) -> None:
    """What would be generated, and how many intervals would have no value on a side, estimates apart."""
    after = post(stores(), "dry_run=true", factor=None, **changes).json()["effect"]["after"]
    assert (after["generated_kwh"], after["without_value"]) == (generated, without)


def test_a_dry_run_of_flagged_readings() -> None:
    """A flag that excludes a value holds before; accepted, or of another value, it holds no more."""
    known = stores(generated="4100", flags=(UNIT_ERROR,))
    scaled = post(known, "dry_run=true").json()["effect"]
    assert (scaled["before"]["generated_kwh"], scaled["after"]["generated_kwh"]) == (None, Decimal("94.3"))
    accepted = post(known, "dry_run=true", action="accept", factor=None).json()["effect"]
    assert (accepted["intervals"], accepted["after"]["generated_kwh"]) == (23, Decimal(94300))


def test_a_dry_run_of_an_edit_that_is_made_is_as_if_it_weren_t() -> None:
    """It says what this edit changes."""
    known = stores()
    first = post(known, "dry_run=true").json()["effect"]
    post(known)
    assert post(known, "dry_run=true").json()["effect"] == first


def test_a_dry_run_of_more_than_an_answer_has_time_for_says_nothing_of_its_effect() -> None:
    """It is checked all the same; the site's own interval counts, or one of 5 minutes."""
    known = stores_of(sites=[SITE, Site("solar-2")])
    long: dict[str, Any] = {"start": "2026-08-01T00:00:00Z"}
    assert post(known, "dry_run=true", **long).json()["effect"] is not None
    assert post(known, "dry_run=true", **long, site_id="solar-2").json()["effect"] is None
    assert kind(post(known, "dry_run=true", **long, site_id="solar-2", factor=1))[0] == 422


def test_a_site_without_readings_can_be_edited() -> None:
    """It changes nothing yet; late data is edited when it comes."""
    known = stores_of(sites=[SITE])
    assert post(known, "dry_run=true").json()["effect"]["intervals"] == 0
    shift: dict[str, Any] = {"action": "shift", "factor": None, "shift_seconds": 60}
    assert (post(known).status, post(known, id="e-2", **shift).status) == (200, 200)


def test_what_the_bucket_refuses_is_no_edit() -> None:
    """507 says what to do; no job is sent."""
    full = ClientError({"Error": {"Code": "InsufficientStorage", "Message": "3 MiB are free; free some"}}, "PutObject")

    class Full(FakeEdits):
        put = Failing(full).put

    known = msgspec.structs.replace(stores(), edits=Full())
    assert kind(post(known)) == (507, "disk-full", "")
    assert jobs(known) == []
