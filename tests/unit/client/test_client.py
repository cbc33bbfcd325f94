"""What the client gives: tables, values, pages, and errors that say what to do."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import msgspec
import pytest

from heliograph.reading import format_timestamp, moment_of
from heliograph_client import (
    AccessDenied,
    ApiError,
    ApiUnavailable,
    Client,
    InvalidAddress,
    NewEdit,
    RequestRejected,
    UnexpectedAnswer,
)
from heliograph_client import client as client_module
from heliograph_client.resources import FLEET, PIPELINE
from unit.api.fleet import LONG, TOO_HIGH, assessed, incident
from unit.client.conftest import ADDRESS, Handler, RealApi, always, client_for

START = "2026-11-01T00:00:00Z"


def many(count: int) -> RealApi:
    """Return an API with so many readings of solar-1, a minute apart."""
    ends = (moment_of(START) + timedelta(minutes=number) for number in range(count))
    return RealApi([assessed(timestamp=format_timestamp(end), generated=LONG) for end in ends])


def test_a_table_has_every_digit_of_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings come in time order over as many pages as there are, exact, with times in UTC."""
    monkeypatch.setattr(client_module, "_LONGEST_TABLE", 100)
    api = many(201)
    table = api.client().readings("solar-1")
    assert (table.num_rows, len(api.asked)) == (201, 3)
    assert str(table.schema.field("energy_generated_kwh").type) == "decimal128(38, 24)"
    assert table["energy_generated_kwh"][200].as_py() == Decimal(LONG)
    ends = table["timestamp"].to_pylist()
    assert (ends[0], ends) == (datetime(2026, 11, 1, tzinfo=UTC), sorted(ends))


def test_floats_make_columns_that_pandas_computes_with() -> None:
    """An exact decimal is an object in pandas; with floats=True it is a float64, and all else stays as it is."""
    api = RealApi([assessed(), assessed(timestamp="2026-11-22T09:05:00Z", flags=(TOO_HIGH,))])
    exact = api.client().readings("solar-1").to_pandas()
    frame = api.client().readings("solar-1", floats=True).to_pandas()
    assert str(exact.dtypes["energy_generated_kwh"]) == "object"
    kinds = {
        name: str(frame.dtypes[name]) for name in ("energy_generated_kwh", "net_energy_kwh", "timestamp", "anomaly")
    }
    floats = dict.fromkeys(("energy_generated_kwh", "net_energy_kwh"), "float64")
    assert kinds == {**floats, "timestamp": "datetime64[s, UTC]", "anomaly": "bool"}
    assert frame["energy_generated_kwh"].sum() == pytest.approx(8.2)


def test_a_table_of_nothing_has_its_columns() -> None:
    """A site without a reading in the range gives no row, and no error."""
    table = RealApi([assessed()]).client().readings("solar-1", "2030-01-01", floats=True)
    assert (table.num_rows, str(table.schema.field("net_energy_kwh").type)) == (0, "double")


def test_anomalies_are_a_table_too() -> None:
    """Only readings with a flag that is more than information are in it."""
    api = RealApi([assessed(), assessed(timestamp="2026-11-22T09:05:00Z", flags=(TOO_HIGH,))])
    assert api.client().anomalies("solar-1")["flags"].to_pylist() == ["over_capacity"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-01T01:00:00+01:00", "2026-11-02"),
        (date(2026, 11, 1), date(2026, 11, 2)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)),
    ],
)
def test_bounds_are_text_or_values(start: str | date, end: str | date) -> None:
    """The start is included, the end isn't, whichever way they are given."""
    api = RealApi([assessed(timestamp=f"2026-{day}T00:00:00Z") for day in ("10-31", "11-01", "11-02")])
    assert [each.timestamp[5:10] for each in api.client().each_reading("solar-1", start, end)] == ["11-01"]


def test_a_time_without_its_offset_is_refused() -> None:
    """It could be UTC or the site's own, so nothing is asked."""
    with pytest.raises(ValueError, match=r"has no offset: add one, such as tzinfo=datetime\.UTC"):
        client_for(always(200)).readings("solar-1", datetime(2026, 11, 1))  # noqa: DTZ001 - what is refused


def test_readings_one_by_one_have_their_flags_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a value with exact energies, over as many pages as there are."""
    readings = [assessed(timestamp="2026-11-22T09:05:00Z", generated=LONG, flags=(TOO_HIGH,))]
    (found,) = RealApi(readings).client().each_reading("solar-1")
    assert (found.energy_generated_kwh, found.anomaly) == (Decimal(LONG), True)
    assert (found.flags[0].rule, found.flags[0].limit) == ("over_capacity", Decimal("4.58333"))
    monkeypatch.setattr(client_module, "LONGEST_PAGE", 100)
    assert len(list(many(201).client().each_reading("solar-1"))) == 201


def test_sites_and_incidents_are_values() -> None:
    """A site has the ends of its series; of its incidents the open ones come first."""
    over = incident(onset="2026-11-21T08:00:00Z", recovery="2026-11-21T10:00:00Z")
    client = RealApi([assessed(), assessed("solar-2")], [over, incident()]).client()
    assert [site.site_id for site in client.sites()] == ["solar-1", "solar-2"]
    site = client.site("solar-1")
    assert site.last_reading is not None
    assert site.last_reading.timestamp == "2026-11-22T09:00:00Z"
    assert [each.is_open for each in client.incidents("solar-1")] == [True, False]


def test_any_route_is_read_as_it_comes() -> None:
    """What has no type here is given as the API sends it."""
    client = RealApi([assessed()]).client()
    assert client.get(PIPELINE, dict[str, Any])["queues"]["ingest"]["waiting"] == 3
    assert [each["site_id"] for each in client.items(FLEET, dict[str, Any], limit=1)] == ["solar-1"]


def test_a_site_s_name_stays_one_part_of_the_path() -> None:
    """A slash or a question mark in it leads to no other route."""
    asked: list[bytes] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.raw_path)
        return httpx2.Response(404)

    with pytest.raises(RequestRejected):
        client_for(handle).site("../a?b")
    assert asked == [b"/v1/sites/..%2Fa%3Fb"]


def test_a_cursor_comes_back_as_it_was_given() -> None:
    """It is opaque: a plus or a slash in it survives."""
    asked: list[str] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.params.get("cursor", ""))
        link = {} if len(asked) > 1 else {"Link": '<?limit=2&cursor=a%2Bb%2F%3D>; rel="next"'}
        return httpx2.Response(200, json={"items": []}, headers=link)

    list(client_for(handle).sites())
    assert asked == ["", "a+b/="]


def test_a_cursor_that_stands_still_ends_the_reading() -> None:
    """An API that gives one page for ever doesn't keep us for ever."""
    handle = always(200, json={"items": []}, headers={"Link": '<?cursor=same>; rel="next"'})
    with pytest.raises(UnexpectedAnswer, match="its cursor does not move"):
        list(client_for(handle).sites())


@pytest.mark.parametrize("body", ["<html>a portal</html>", '{"sites": []}', '{"items": [{"id": 1}]}'])
def test_another_service_at_the_address_is_noticed(body: str) -> None:
    """An answer that isn't Heliograph's is an error that names the address, for values and for tables."""
    client = client_for(always(200, text=body))
    with pytest.raises(UnexpectedAnswer, match=r"/v1/sites doesn't answer like a Heliograph API"):
        list(client.sites())
    with pytest.raises(UnexpectedAnswer, match="doesn't answer with an Arrow stream"):
        client.readings("solar-1")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, AccessDenied, "answers 403: not you; use other AWS credentials or another token"),
        (404, RequestRejected, "answers 404: not you"),
        (429, ApiUnavailable, "answers 429: not you"),
        (503, ApiUnavailable, "answers 503: not you"),
    ],
)
def test_an_error_tells_the_api_s_own_reason(status: int, kind: type[ApiError], words: str) -> None:
    """Each kind can be caught apart; the address has no query, so no cursor fills the line."""
    handle = always(status, json={"title": "Title", "detail": "not you"})
    with pytest.raises(kind, match=f"{ADDRESS}/sites {words}"):
        list(client_for(handle).sites())


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        (always(400, text="<html>no</html>"), "Bad Request"),
        (always(400, json={"message": "Not Found"}), "Not Found"),
        (always(400, json=["no problem"]), "Bad Request"),
    ],
)
def test_an_error_without_a_problem_has_a_reason_too(handle: Handler, reason: str) -> None:
    """API Gateway's own message is taken, else the status in words."""
    with pytest.raises(RequestRejected, match=f"answers 400: {reason}"):
        client_for(handle).site("a")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost:8000", "isn't an address like http://127.0.0.1:8000"),
        ("https://api.example.org?x=1", "isn't an address like"),
        ("https://api.example.org:port", "isn't an address: Invalid port"),
        ("https://me:pw@api.example.org", "holds a password"),
        ("", "set HELIOGRAPH_API"),
    ],
)
def test_what_is_no_address_is_refused_at_once(address: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked, no password is repeated, and the message shows what an address looks like."""
    monkeypatch.delenv("HELIOGRAPH_API", raising=False)
    with pytest.raises(InvalidAddress, match=words) as raised:
        Client(address)
    assert "pw" not in str(raised.value)


def test_the_address_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is given, HELIOGRAPH_API names it; a slash at its end means nothing."""
    monkeypatch.setenv("HELIOGRAPH_API", f"{ADDRESS}/")
    assert Client().address == ADDRESS


def test_importing_it_opens_and_loads_nothing_large() -> None:
    """Neither pyarrow nor botocore is loaded before it is needed."""
    check = "import sys, heliograph_client; sys.exit(bool({'pyarrow', 'pandas', 'botocore'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", check], check=True)  # noqa: S603 - our own


def test_edits_are_made_listed_and_undone() -> None:
    """Each is a value; a number keeps its digits on the way; the same edit again is made once."""
    client = RealApi([assessed()]).client()
    edit = NewEdit(
        id="e-1",
        site_id="solar-1",
        action="scale",
        start="2026-11-21T09:00:00+01:00",
        end="2026-11-22T10:00:00+01:00",
        factor=Decimal("0.00100000005"),
        reason="Wh for kWh",
    )
    tried = client.make_edit(edit, dry_run=True)
    assert (tried.made_at, tried.holds, list(client.edits("solar-1"))) == (None, False, [])
    assert tried.effect is not None
    assert tried.effect.before.generated_kwh == Decimal("4.1")
    made = client.make_edit(edit)
    assert (made.factor, made.start, made.holds) == (Decimal("0.00100000005"), "2026-11-21T08:00:00Z", True)
    assert [client.make_edit(edit), client.edit("e-1"), *client.edits("solar-1")] == [made] * 3
    undone = client.undo_edit("e-1")
    assert (undone.holds, undone.undone_by, client.undo_edit("e-1")) == (False, "anonymous", undone)
    with pytest.raises(RequestRejected, match="says something else"):
        client.make_edit(msgspec.structs.replace(edit, reason="another"))
    with pytest.raises(RequestRejected, match="no edit other"):
        client.edit("other")
