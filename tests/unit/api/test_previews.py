"""An unknown file over HTTP: how it might be read, what that would store, and what is asked; nothing is kept."""

import gzip
import io
import json
import subprocess
import sys
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from heliograph.site import Site
from unit.api.fleet import AS_JSON, Answer, Client, client_of, stores_of

CSV = (
    b"Zeitstempel (Beginn);Einspeisung kWh;Bezug kWh\n"
    b"01.06.2026 11:45;1,25;0,400\n01.06.2026 12:00;1,31;0,385\n01.06.2026 12:15;1,18;0,392\n"
)
NAME = "export_0815.csv"
# Records without a name in common: as a table they have four million cells.
OTHER_NAMES = b"\n".join(b'{"t": "2026-06-01T10:00:00Z", "a%d": 1}' % at for at in range(2000))
# Which the API must not load before a file is looked at: its start would take longer.
LATE = ("heliograph.detect.propose", "heliograph.profiles.read", "python_calamine")


def book(sheets: list[bytes]) -> bytes:
    """Return as much of a workbook as its size is known by."""
    body = io.BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<sheet />" * len(sheets))
        for number, sheet in enumerate(sheets):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", sheet)
    return body.getvalue()


def look(client: Client, body: bytes, *answers: str, content_type: str = "", **query: str) -> Answer:
    """Have the API look at a file."""
    asked = urlencode([("file_name", NAME), *query.items(), *(("answer", each) for each in answers)])
    kind = {"content-type": content_type or "application/octet-stream"}
    return client.ask("POST", "/detect", asked, body=body, headers=kind)


@pytest.fixture
def client() -> Client:
    """A client of an API that knows one site."""
    return client_of(stores_of(sites=[Site("roof-1", timezone="Europe/Berlin"), Site("roof-2")]))


def test_it_proposes_asks_and_shows_what_would_be_stored(client: Client) -> None:
    """What is asked comes with candidates, the likeliest of which the readings take meanwhile."""
    said = look(client, CSV).json()
    assert [each["key"] for each in said["ask"]] == ["zone", "site"]
    assert said["ask"][0]["candidates"][0] == "Europe/Berlin"
    assert (said["readings"], said["generated_kwh"], said["consumed_kwh"]) == (3, Decimal("3.74"), Decimal("1.177"))
    assert (said["first_end_utc"], said["last_end_utc"]) == ("2026-06-01T10:00:00Z", "2026-06-01T10:30:00Z")
    assert said["first_readings"][0] == {
        "site_id": "export_0815",
        "timestamp": "2026-06-01T10:00:00Z",
        "interval_seconds": 900,
        "energy_generated_kwh": Decimal("1.25"),
        "energy_consumed_kwh": Decimal("0.400"),
        "quality": "actual",
    }
    assert any("start" in sentence for sentence in said["sure"])


def test_answers_close_the_questions(client: Client) -> None:
    """The file sent again with them has nothing left to ask, and its profile is one that can be added."""
    said = look(client, CSV, "zone=Europe/Lisbon", "site=roof-9").json()
    assert said["ask"] == []
    assert (said["zone"], said["first_end_utc"]) == ("Europe/Lisbon", "2026-06-01T11:00:00Z")
    added = client.ask(
        "PUT", "/feeds/portal", body=json.dumps({**said["profile"], "name": "portal"}).encode(), headers=AS_JSON
    )
    assert added.status == HTTPStatus.CREATED


def test_a_registered_site_s_zone_is_not_asked(client: Client) -> None:
    """However the site is said; another zone that is said beats it; a site without one leaves it open."""
    for said in (look(client, CSV, site="roof-1").json(), look(client, CSV, "site=roof-1").json()):
        assert (said["ask"], said["zone"]) == ([], "Europe/Berlin")
    assert look(client, CSV, "zone=UTC", site="roof-1").json()["zone"] == "UTC"
    assert [each["key"] for each in look(client, CSV, site="roof-2").json()["ask"]] == ["zone"]


def test_stamps_with_an_offset_are_shown_in_the_site_s_zone(client: Client) -> None:
    """The file needs no zone, a reader does."""
    rows = b"time,site,generation kWh\n2026-06-01T10:00:00Z,roof-1,1\n2026-06-01T10:15:00Z,roof-1,2\n"
    assert look(client, rows, "marks=end").json()["zone"] == "Europe/Berlin"


def test_sums_of_more_than_a_thousand_kwh_are_numbers(client: Client) -> None:
    """What people read has thousands set apart; an answer's numbers haven't."""
    rows = b"time,generation kWh,import kWh\n2026-06-01T10:00:00Z,1200.5,34000\n2026-06-01T11:00:00Z,1300.25,34000\n"
    said = look(client, rows, "marks=end", site="roof-1").json()
    assert (said["generated_kwh"], said["consumed_kwh"]) == (Decimal("2500.75"), 68_000)


def test_gzip_is_unpacked(client: Client) -> None:
    """As where it lands."""
    assert look(client, gzip.compress(CSV)).json()["readings"] == 3


@pytest.mark.parametrize(
    ("body", "answers", "status", "said"),
    [
        (b"hello\nworld\n", (), HTTPStatus.UNPROCESSABLE_ENTITY, "nothing in the file looks like rows"),
        (CSV, ("zone=Mars/Olympus",), HTTPStatus.UNPROCESSABLE_ENTITY, "Mars/Olympus"),
        (CSV, ("marks",), HTTPStatus.UNPROCESSABLE_ENTITY, "answer"),
        (gzip.compress(b"0" * (4 * 2**20 + 1)), (), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "feeds detect"),
        (b"t;e\n" + b"1;" * 300_001, (), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "300,000 cells"),
        (b"t;e\n" + b"1;" * 400 + b"\n", (), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "401 columns; at most 400"),
        (book([b""] * 33), (), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "33 sheets; at most 32 are looked at. Choose"),
        (book([b"<row/>" * 80_000] * 2), (), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "sheets have 160,000 cells"),
        (OTHER_NAMES, (), HTTPStatus.UNPROCESSABLE_ENTITY, "no table"),
        (b"<a>" * 700_000, (), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "elements of XML"),
        (b"PK\x03\x04 half a workbook", (), HTTPStatus.UNPROCESSABLE_ENTITY, "damaged"),
        (b"", (), HTTPStatus.UNPROCESSABLE_ENTITY, "empty"),
    ],
)
def test_what_cannot_be_looked_at_says_why(
    client: Client, body: bytes, answers: tuple[str, ...], status: int, said: str
) -> None:
    """Of the file, of an answer, or that it is too large and where larger ones are looked at."""
    answer = look(client, body, *answers)
    assert answer.status == status
    assert said in answer.body


def test_too_many_rows_are_refused(client: Client) -> None:
    """More than a year of 5 minutes would take longer than an answer may."""
    rows = b"".join(b"2026-01-01T%02d:%02d:00Z;1\n" % (at // 60 % 24, at % 60) for at in range(110_001))
    answer = look(client, b"time;generation kWh\n" + rows, "marks=end", site="roof-1")
    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "110,000 rows" in answer.body


def test_a_workbook_sent_as_text_is_refused(client: Client) -> None:
    """It would arrive spoilt on AWS."""
    assert look(client, b"PK\x03\x04\xff", content_type="text/csv").status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_rejected_rows_come_with_their_reasons(client: Client) -> None:
    """A row that can't be read is counted and said; the others are read."""
    rows = b"".join(b"%02d.06.2026 12:00;1,1;0,1\n" % day for day in range(1, 31))
    bad = b"01.07.2026 12:00;12 Euro;0,1\n"
    said = look(client, CSV.splitlines()[0] + b"\n" + rows + bad, site="roof-1").json()
    assert (said["readings"], said["rejected"]) == (30, 1)
    assert said["first_rejected"][0]["position"] == 32
    assert "12 Euro" in said["first_rejected"][0]["reason"]


def test_nothing_is_kept(client: Client) -> None:
    """Neither a feed nor a file."""
    look(client, CSV, "zone=UTC", "site=roof-1")
    assert client.get("/feeds").json()["items"] == []


def test_the_parsers_load_late() -> None:
    """The API starts without them."""
    code = f"import sys, lambda_api.handler; print([name for name in {LATE!r} if name in sys.modules])"
    found = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
