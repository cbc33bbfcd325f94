"""Every route's answer has the shape its OpenAPI entry promises, with exact numbers."""

from decimal import Decimal
from typing import Final

import pytest

from heliograph import __version__
from heliograph.history import Assessed, Provenance, history_of, landing
from heliograph.ingestion import IngestionTotals
from heliograph.reading import Reading
from heliograph.site import Site
from unit.api.fleet import (
    LONG,
    NOW,
    TOO_HIGH,
    Client,
    assessed,
    client_of,
    incident,
    ingested,
    relanded,
    require_shape,
    stores_of,
)

WIND: Final = Site("wind-1", kind="wind", capacity_kw=2000.0, timezone="Europe/Berlin", interval_minutes=10)
FILE: Final = ingested("raw/submit/day.json")
OPEN: Final = incident()
OVER: Final = incident("wind-1", "negative", recovery="2026-11-22T09:20:00Z")
TOTALS: Final = IngestionTotals(
    sites=2, files=3, failed_files=1, bytes=400, records=9, stored=5, already_stored=1, revised=1, rejected=2
)


@pytest.fixture
def client() -> Client:
    """Ask a fleet of two sites, one with readings: plain, anomalous, and landed twice."""
    readings = [
        assessed(timestamp="2026-11-22T09:00:00Z", generated=LONG, consumed="0.1"),
        assessed(timestamp="2026-11-22T09:05:00Z", flags=(TOO_HIGH,)),
        relanded(assessed(timestamp="2026-11-22T09:10:00Z", generated="1.5"), "0.30000000000000004", "0"),
    ]
    return client_of(stores_of(readings, [WIND], [FILE], TOTALS, [OPEN, OVER]))


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/summary", "Summary"),
        ("/sites", "SitePage"),
        ("/sites/wind-1", "SiteDetail"),
        ("/sites/solar-1", "SiteDetail"),
        ("/readings/solar-1", "ReadingPage"),
        ("/readings/wind-1", "ReadingPage"),
        ("/anomalies/solar-1", "ReadingPage"),
        ("/anomalies", "ReadingPage"),
        ("/ingestions", "IngestionPage"),
        (f"/ingestions/{FILE.id}", "Ingestion"),
        ("/incidents", "IncidentPage"),
        ("/incidents?site_id=solar-1", "IncidentPage"),
        ("/incidents?state=closed", "IncidentPage"),
        (f"/incidents/{OPEN.id}", "Incident"),
        ("/health", "Health"),
        ("/rules", "RulePage"),
    ],
)
def test_an_answer_has_exactly_the_fields_its_shape_declares(client: Client, path: str, shape: str) -> None:
    """Nothing is missing, nothing is undeclared, and it is sent as JSON."""
    where, _, query = path.partition("?")
    answer = client.ask("GET", where, query)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    require_shape(answer.body, shape)


def test_energies_keep_every_digit(client: Client) -> None:
    """Values that a float rounds are sent and computed exactly, in the text of the answer itself."""
    answer = client.get("/readings/solar-1")
    first, _, last = answer.json()["items"]
    assert f'"energy_generated_kwh":{LONG},' in answer.body
    assert '"energy_generated_kwh":0.30000000000000004,' in answer.body
    assert first["net_energy_kwh"] == Decimal(LONG) - Decimal("0.1")
    assert last["net_energy_kwh"] == Decimal("0.30000000000000004")


def test_a_flag_explains_itself_in_the_record(client: Client) -> None:
    """A record's flags hold the rule, what was seen, the limit and its unit, with exact figures."""
    (reading,) = client.get("/anomalies/solar-1").json()["items"]
    assert reading["anomaly"] is True
    assert reading["flags"] == [
        {
            "rule": "over_capacity",
            "observed": Decimal("19.2"),
            "limit": Decimal("4.58333"),
            "unit": "kWh",
            "severity": "critical",
            "message": TOO_HIGH.message,
        }
    ]


def test_a_revised_record_shows_the_values_it_had(client: Client) -> None:
    """The values that hold stand in the record; those they replaced stand in its revisions with their source."""
    reading = client.get("/readings/solar-1").json()["items"][-1]
    assert reading["source"] == "raw/submit/day.json@v2"
    assert reading["landed_at"] == "2026-11-22T09:06:12Z"
    assert reading["revisions"] == [
        {
            "energy_generated_kwh": Decimal("1.5"),
            "energy_consumed_kwh": Decimal("0.3"),
            "source": "raw/submit/day.json@v1",
            "landed_at": "2026-11-22T09:05:12Z",
            "quality": "actual",
        }
    ]
    assert reading["revision_count"] == 1


def test_a_record_that_was_revised_without_end_says_so() -> None:
    """The newest revisions are shown, and at least how many there were, which is more."""
    provenances = [Provenance("2026-11-22T09:05:12Z", "raw/a@1", position) for position in range(60)]
    readings = (Reading("solar-1", "2026-11-22T09:00:00Z", Decimal(each.position), Decimal(0)) for each in provenances)
    landings = map(landing, readings, provenances)
    client = client_of(stores_of([Assessed(history_of(landings), ())]))
    (reading,) = client.get("/readings/solar-1").json()["items"]
    assert [each["energy_generated_kwh"] for each in reading["revisions"]] == [58, 57]
    assert 2 < reading["revision_count"] <= 59


def test_the_summary_calls_what_was_stored_readings(client: Client) -> None:
    """The totals are those of the ingestions, with the time they were read."""
    assert client.get("/summary").json() == {
        "sites": 2,
        "files": 3,
        "failed_files": 1,
        "bytes": 400,
        "readings": 5,
        "records": 9,
        "already_stored": 1,
        "revised": 1,
        "rejected": 2,
        "flagged": 0,
        "as_of": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
    }


def test_sites_are_listed_by_name_with_null_for_what_is_unknown(client: Client) -> None:
    """A site known by its readings alone is listed with nothing but its name."""
    solar, wind = client.get("/sites").json()["items"]
    assert [name for name, value in solar.items() if value not in (None, [])] == ["site_id"]
    assert wind == {
        "site_id": "wind-1",
        "kind": "wind",
        "capacity_kw": 2000,
        "latitude": None,
        "longitude": None,
        "timezone": "Europe/Berlin",
        "interval_minutes": 10,
        "delivered_within": None,
        "measures": None,
        "ac_capacity_kw": None,
        "meter_step_kwh": None,
        "commissioned": None,
        "decommissioned": None,
        "groups": [],
        "tags": [],
        "price_per_kwh": None,
    }


def test_a_site_shows_the_ends_of_its_series(client: Client) -> None:
    """The earliest and the latest reading come with the site; both null where it has none."""
    solar, wind = client.get("/sites/solar-1").json(), client.get("/sites/wind-1").json()
    assert solar["first_reading"]["timestamp"] == "2026-11-22T09:00:00Z"
    assert solar["last_reading"]["timestamp"] == "2026-11-22T09:10:00Z"
    assert (wind["first_reading"], wind["last_reading"]) == (None, None)


def test_anomalies_across_sites_are_those_of_the_day_asked_for(client: Client) -> None:
    """Without a day it is today; another day has its own."""
    assert client.get("/anomalies").json() == client.get("/anomalies", day="2026-11-22").json()
    assert len(client.get("/anomalies").json()["items"]) == 1
    assert client.get("/anomalies", day="2026-11-21").json() == {"items": [], "next": None}


def test_ingestions_are_those_of_the_hour_asked_for(client: Client) -> None:
    """Without an hour it is the current one; another hour has its own; one is found by its id."""
    (found,) = client.get("/ingestions").json()["items"]
    assert found == client.get(f"/ingestions/{FILE.id}").json()
    assert (found["id"], found["object_key"], found["records"]) == (FILE.id, FILE.object_key, 2)
    assert client.get("/ingestions", hour="20261122T08").json() == {"items": [], "next": None}


def test_a_known_site_without_readings_has_an_empty_list(client: Client) -> None:
    """No readings isn't an error."""
    for path in ("/readings/wind-1", "/anomalies/wind-1"):
        assert client.get(path).json() == {"items": [], "next": None}


def test_health_tells_the_version(client: Client) -> None:
    """The version is the package's own."""
    assert client.get("/health").json() == {"status": "ok", "version": __version__}
