"""Readings as CSV and Arrow: exact, page by page, as the request accepts."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import nanoarrow
import pytest
from nanoarrow.ipc import InputStream

from heliograph.feed import Numbered, decode
from heliograph.history import Assessed, Provenance, landing
from heliograph.reading import Reading, format_timestamp, moment_of
from heliograph.site import Site
from lambda_api.http_semantics import choose
from lambda_api.problems import ProblemRaised
from lambda_api.routes.readings import ReadingRow, row_of
from lambda_api.tables import ARROW, CSV, arrow_of, columns_of
from unit.api.fleet import LONG, TOO_HIGH, Answer, assessed, client_of, relanded, stores_of

MOST: Final = "-999999999999.999999999999999999999999"  # as much as a reading may have
READINGS: Final = [
    assessed(timestamp="2026-11-22T09:00:00Z", generated=LONG, consumed="0.1"),
    assessed(timestamp="2026-11-22T09:05:00Z", generated=MOST, consumed="1E-24", flags=(TOO_HIGH, TOO_HIGH)),
    relanded(assessed(timestamp="2026-11-22T09:10:00Z"), "7", "0"),
]
CLIENT: Final = client_of(stores_of(READINGS))
COLUMNS: Final = columns_of(ReadingRow)
OFFERED: Final = ("application/json", CSV, ARROW)


def ask(accept: str, path: str = "/readings/solar-1", query: str = "") -> Answer:
    """Ask for readings in a form."""
    return CLIENT.ask("GET", path, query, headers={"accept": accept})


def lines(answer: Answer) -> list[dict[str, str]]:
    """Read CSV."""
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.body)))


def exact(column: Any) -> Iterator[Decimal]:  # noqa: ANN401 - nanoarrow's own
    """Read an Arrow column of decimals; nanoarrow itself reads those below zero wrong."""
    for chunk in column.iter_chunks():
        body = bytes(chunk.buffer(1))
        whole = (int.from_bytes(body[at : at + 16], "little", signed=True) for at in range(0, 16 * len(chunk), 16))
        yield from (Decimal(f"{number}E-24") for number in whole)


def test_csv_has_every_digit() -> None:
    """A header and a line a reading, in time order; numbers as they are stored, flags by name."""
    first, second, third = lines(ask(CSV))
    assert tuple(first) == COLUMNS
    assert (first["energy_generated_kwh"], first["net_energy_kwh"]) == (LONG, "0.200000000000000000000004")
    assert (first["anomaly"], first["flags"]) == ("false", "")
    assert second["energy_generated_kwh"] == MOST
    assert second["energy_consumed_kwh"] == "0.000000000000000000000001"
    assert (second["anomaly"], second["flags"]) == ("true", "over_capacity over_capacity")
    assert (third["energy_generated_kwh"], third["source"]) == ("7", "raw/submit/day.json@v2")


def test_csv_is_a_feed() -> None:
    """What was exported can be landed again, and means the same."""
    again = [entry.reading for entry in decode(ask(CSV).content) if isinstance(entry, Numbered)]
    assert again == [each.history.reading for each in READINGS]


def test_arrow_has_every_digit() -> None:
    """One batch with types of its own: exact decimals, times in UTC."""
    answer = ask(ARROW)
    assert answer.headers["content-type"] == ARROW
    table = nanoarrow.Array(InputStream.from_readable(answer.content))
    assert [(each.name, each.type.name) for each in table.schema.fields][:3] == [
        ("site_id", "STRING"),
        ("timestamp", "TIMESTAMP"),
        ("energy_generated_kwh", "DECIMAL128"),
    ]
    columns = dict(zip(COLUMNS, table.iter_children(), strict=True))
    assert list(exact(columns["energy_generated_kwh"])) == [Decimal(LONG), Decimal(MOST), Decimal(7)]
    assert str(list(exact(columns["net_energy_kwh"]))[1]) == "-1000000000000.000000000000000000000000"
    assert columns["timestamp"].to_pylist()[0].isoformat() == "2026-11-22T09:00:00+00:00"
    assert columns["anomaly"].to_pylist() == [False, True, False]
    assert columns["flags"].to_pylist() == ["", "over_capacity over_capacity", ""]


def test_an_arrow_stream_of_nothing_can_be_read() -> None:
    """Its columns are there."""
    table = nanoarrow.Array(InputStream.from_readable(arrow_of([], ReadingRow)))
    assert (len(table), [each.name for each in table.schema.fields]) == (0, list(COLUMNS))


@pytest.mark.parametrize("accept", [CSV, ARROW])
def test_pages_follow_by_link(accept: str) -> None:
    """The next page's address stands in the header, as a body has no place for it; the last has none."""
    first = ask(accept, query="limit=2")
    address = first.headers["link"].removeprefix("<?").removesuffix('>; rel="next"')
    second = ask(accept, query=address)
    assert "link" not in second.headers
    if accept == CSV:
        assert [each["timestamp"][11:16] for each in lines(first) + lines(second)] == ["09:00", "09:05", "09:10"]


def test_a_table_may_be_longer_than_a_page_of_json() -> None:
    """Up to 10,000 rows, where JSON ends after 1,000 and goes on by `next`."""
    minutes = (moment_of("2026-11-01T00:00:00Z") + timedelta(minutes=number) for number in range(1500))
    client = client_of(stores_of([assessed(timestamp=format_timestamp(each)) for each in minutes]))
    table = client.ask("GET", "/readings/solar-1", "limit=10000", headers={"accept": CSV})
    page = client.get("/readings/solar-1", limit=10000).json()
    assert (len(lines(table)), len(page["items"]), page["next"] is None) == (1500, 1000, False)
    assert client.get("/readings/solar-1", limit=10001).status == 422


def test_anomalies_are_given_alike() -> None:
    """The other list of a site's readings has the same forms."""
    assert len(lines(ask(CSV, "/anomalies/solar-1"))) == 1


def test_what_can_t_be_given_is_refused() -> None:
    """406, with what there is."""
    answer = ask("application/vnd.apache.parquet, text/html;q=0.9")
    assert (answer.status, answer.json()["type"]) == (406, "/problems/not-acceptable")
    assert CSV in answer.json()["detail"]


def test_caches_are_told_that_forms_differ() -> None:
    """Each form has its own ETag, and the answer says what it varies by."""
    answers = [ask(accept) for accept in OFFERED]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    assert {answer.headers["vary"].split(",")[0] for answer in answers} == {"Accept"}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", CSV),
        ("TEXT/CSV", CSV),
        ("application/*", "application/json"),
        ("application/json;q=0.1, text/csv;q=0.2", CSV),
        ("text/csv;q=0, */*", "application/json"),
        ("application/json;q=0, */*;q=0.1", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("application/problem+json, application/vnd.apache.arrow.stream", ARROW),
        ("text/csv;q=nonsense", CSV),
        (",,text/csv", CSV),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
    ],
)
def test_what_is_liked_best_is_chosen(accept: str, chosen: str) -> None:
    """By RFC 9110: the most exact range speaks for a type, and the highest quality wins."""
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "nonsense", "*/*;q=0"])
def test_what_is_not_liked_is_not_chosen(accept: str) -> None:
    """Nothing is given that was not asked for."""
    with pytest.raises(ProblemRaised):
        choose(accept, OFFERED)


ONE_SIDED: Final = landing(
    Reading("solar-1", "2026-11-22T09:00:00Z", None, Decimal("0.5"), 300, "estimated", is_partial=True),
    Provenance("2026-11-22T09:05:12Z", "raw/submit/day.json@v1", 1),
)


@pytest.mark.parametrize(("measures", "net"), [(None, None), ("both", None), ("consumed", Decimal("-0.5"))])
def test_a_side_without_a_value_is_null_and_the_net_goes_by_the_registry(measures: Any, net: Decimal | None) -> None:  # noqa: ANN401 - one of three words
    """In JSON, CSV and Arrow alike: never zero; of a site that measures one side the net is that side, signed."""
    site = Site("solar-1", measures=measures)
    client = client_of(stores_of([Assessed(ONE_SIDED, ())], sites=[site]))
    (item,) = client.get("/readings/solar-1").json()["items"]
    assert (item["energy_generated_kwh"], item["energy_consumed_kwh"]) == (None, Decimal("0.5"))
    assert (item["net_energy_kwh"], item["interval_seconds"], item["quality"]) == (net, 300, "estimated")
    (row,) = lines(client.ask("GET", "/readings/solar-1", "", headers={"accept": CSV}))
    assert (row["energy_generated_kwh"], row["net_energy_kwh"]) == ("", "" if net is None else "-0.5")
    assert (row["interval_seconds"], row["quality"]) == ("300", "estimated")
    rows = [row_of(each, measures) for each in (Assessed(ONE_SIDED, ()), *READINGS)]
    table = nanoarrow.Array(InputStream.from_readable(arrow_of(rows, ReadingRow)))
    columns = dict(zip(COLUMNS, table.iter_children(), strict=True))
    assert [bytes(each.buffer(0))[0] for each in columns["energy_generated_kwh"].iter_chunks()] == [0b1110]
    assert list(exact(columns["energy_generated_kwh"]))[1:] == [Decimal(LONG), Decimal(MOST), Decimal(7)]
    assert columns["interval_seconds"].to_pylist() == [300, None, None, None]
