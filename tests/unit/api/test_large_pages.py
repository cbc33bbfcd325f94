"""Pages that would be larger than a Lambda may answer end sooner, and the next one goes on behind them."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading, format_timestamp
from lambda_api.tables import CSV
from unit.api.fleet import Answer, Client, client_of, stores_of

# AWS Lambda quotas: 6 MB in a synchronous answer.
LAMBDA_BYTES: Final = 6_000_000
JSON: Final = "application/json"
BEGIN: Final = datetime(2026, 11, 1, tzinfo=UTC)
# As long as S3 lets a key be, of letters that take six characters each in an answer.
KEY: Final = "raw/" + "\u6f22" * 340


def readings(number: int) -> list[Assessed]:
    """Make readings of one site, five minutes apart, from files with the longest keys."""
    made = []
    for position in range(number):
        timestamp = format_timestamp(BEGIN + timedelta(minutes=5 * position))
        reading = Reading("solar-1", timestamp, Decimal(position), Decimal(0))
        made.append(Assessed(landing(reading, Provenance("2026-11-22T09:05:12Z", KEY, position)), ()))
    return made


def energies(answer: Answer, form: str) -> list[Decimal]:
    """Read the generated energies of a page."""
    if form == JSON:
        return [Decimal(str(each["energy_generated_kwh"])) for each in json.loads(answer.content)["items"]]
    return [Decimal(row["energy_generated_kwh"]) for row in csv.DictReader(io.StringIO(answer.content.decode()))]


def pages(client: Client, form: str, limit: int) -> list[Answer]:
    """Follow the links from the first page to the last."""
    query, found = f"limit={limit}", []
    while query:
        found.append(client.ask("GET", "/readings/solar-1", query, headers={"accept": form}))
        query = found[-1].headers.get("link", "").partition("?")[2].partition(">")[0]
    return found


@pytest.mark.parametrize(("form", "limit"), [(JSON, 1000), (CSV, 10_000)])
def test_every_page_fits_and_nothing_is_left_out(form: str, limit: int) -> None:
    """With the longest keys, each page stays below Lambda's limit, and together they have each reading once."""
    number = 5000
    answers = pages(client_of(stores_of(readings(number))), form, limit)
    assert all(each.status == 200 for each in answers)
    assert max(each.lambda_bytes for each in answers) < LAMBDA_BYTES
    assert [value for each in answers for value in energies(each, form)] == [Decimal(each) for each in range(number)]


def test_a_page_that_fits_is_whole() -> None:
    """Ten thousand ordinary rows of CSV are one page."""
    ordinary = [
        Assessed(landing(each.history.reading, Provenance("2026-11-22T09:05:12Z", "raw/a.json@v1", 1)), ())
        for each in readings(9000)
    ]
    assert len(pages(client_of(stores_of(ordinary)), CSV, 10_000)) == 1
