"""Input as it really comes, through the whole stack: bad records, unreadable files, odd names, real homes."""

import gzip
import json
import zlib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from heliograph.site_entries import parse_sites
from heliograph.storage.sites import DynamoSites
from stack.harness import Harness, Landed, reading

HOMES = Path(__file__).resolve().parents[3] / "shared" / "data" / "homes"


def bad_records(site: str) -> list[str]:
    """Return twelve kinds of bad record, as JSON text."""
    good = reading(site, "2026-06-01T12:00:00Z")
    texts = [
        {name: value for name, value in good.items() if name != "energy_consumed_kwh"},
        {**good, "energy_generated_kwh": float("nan")},
        {**good, "energy_generated_kwh": float("inf")},
        {**good, "energy_generated_kwh": "1.5 kWh"},
        {**good, "timestamp": "2026-06-01T12:00:00"},
        {**good, "timestamp": "2026-02-30T12:00:00Z"},
        {**good, "site_id": ""},
        {**good, "site_id": "s" * 300},
        None,
        {**good, "energy_generated_kwh": {"value": 1.5}},
        {**good, "energy_generated_kwh": True},
        [1, 2, 3],
    ]
    return [json.dumps(each) for each in texts]


def test_a_thousand_records_37_of_them_bad(harness: Harness) -> None:
    """963 readings are stored, and each of the 37 lies in quarantine with its position, its text and its own reason."""
    site = harness.name("site")
    kinds = bad_records(site)
    bad = {27 * number + 5: kinds[number % 12] for number in range(37)}
    good = iter(f"2026-06-{1 + n // 288:02}T{n // 12 % 24:02}:{n % 12 * 5:02}:00Z" for n in range(963))
    records = [bad.get(position) or json.dumps(reading(site, next(good))) for position in range(1, 1001)]
    landed = harness.land(f"[{','.join(records)}]".encode())
    ingestion = harness.wait_for_ingestion(landed, 60)
    assert (ingestion.records, ingestion.stored, ingestion.rejected, ingestion.state) == (1000, 963, 37, "done")
    assert len(harness.readings_of(site)) == 963
    kept = [json.loads(line) for line in quarantined(harness, landed).splitlines()]
    assert {each["position"]: each["record"] for each in kept} == bad
    assert len({each["reason"] for each in kept}) == 12


def quarantined(harness: Harness, landed: Landed) -> bytes:
    """Read what was refused of a file."""
    key = f"quarantine/{landed.key.removeprefix('raw/')}@{landed.version}.ndjson"
    return harness.s3.get_object(Bucket=harness.stack.raw_bucket, Key=key)["Body"].read()


def bomb() -> bytes:
    """Return 300 KB that unpack to 300 MiB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(300)) + packer.flush()


GOOD = json.dumps([reading("site", "2026-06-01T12:00:00Z")] * 20).encode()

UNREADABLE = {
    "broken JSON": (GOOD[:-20], "broken"),
    "an empty file": (b"", "empty"),
    "a truncated gzip": (gzip.compress(GOOD, mtime=0)[:-12], "ends early"),
    "a gzip bomb": (b"", "more than 256 MiB"),  # packed when it is landed
    "Latin-1 text": ("Zähler;Wert\nsüd;5\n".encode("latin-1"), "neither JSON"),
}


def test_unreadable_files_end_as_dead_letters(harness: Harness) -> None:
    """Five ways not to be readable: each ends in the dead-letter queue as its S3 event, with the reason recorded."""
    landed = {name: harness.land(bomb() if "bomb" in name else body) for name, (body, _) in UNREADABLE.items()}
    for name, each in landed.items():
        ingestion = harness.wait_for_ingestion(each, 60)
        assert ingestion.state == "failed", name
        assert UNREADABLE[name][1] in ingestion.error, name
        key = each.key
        letter = harness.take(harness.stack.dead_letter_queue, lambda body, key=key: key in body, 60)  # type: ignore[misc]
        assert msgspec.json.decode(letter)["Records"][0]["s3"]["object"]["key"] == each.key


def test_latin_1_bytes_in_one_record_go_to_quarantine(harness: Harness) -> None:
    """A record that isn't UTF-8 is refused alone."""
    site = harness.name("site")
    good = json.dumps(reading(site, "2026-06-01T12:00:00Z")).encode()
    landed = harness.land(good + b"\n" + good.replace(site.encode(), b"s\xfcd") + b"\n")
    ingestion = harness.wait_for_ingestion(landed)
    assert (ingestion.stored, ingestion.rejected) == (1, 1)
    assert "süd".encode() in quarantined(harness, landed)


@pytest.mark.parametrize("name", ["with space.json", "plus+percent%20.json", "ünïcode-☀.json", "a=b&c.json"])
def test_odd_object_names_are_read(harness: Harness, name: str) -> None:
    """S3 encodes names in its events; a file is found under the name it really has."""
    site = harness.name("site")
    landed = harness.land(json.dumps(reading(site, "2026-06-01T12:00:00Z")).encode(), f"{site}-{name}")
    assert harness.wait_for_ingestion(landed).stored == 1
    assert harness.readings_of(site)[0].history.current.provenance.source == landed.source


@pytest.mark.skipif(not HOMES.is_dir(), reason="the real homes lie beside the checkout, not in it")
def test_a_real_home_is_served_to_the_last_digit(harness: Harness) -> None:
    """A year of a real home: 8,760 stored, none refused; the API's sums equal the file's to the last digit."""
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    (home,) = (site for site in parse_sites((HOMES / "sites.json").read_bytes()) if site.site_id == "home-04")
    sites.put(home)
    with gzip.open(HOMES / "homes-2016.ndjson.gz") as file:
        lines = [line for line in file if b'"home-04"' in line]
    ingestion = harness.wait_for_ingestion(harness.land(gzip.compress(b"".join(lines))), 90)
    assert (ingestion.stored, ingestion.rejected) == (8760, 0)
    names = ("energy_generated_kwh", "energy_consumed_kwh")
    expected: Counter[str] = Counter()
    for line in lines:
        record = json.loads(line, parse_float=Decimal)
        expected.update({name: record[name] for name in names})
    found: Counter[str] = Counter()
    for record in every_record(harness, home.site_id):
        found.update({name: Decimal(record[name]) for name in names})
        assert record["net_energy_kwh"] == record[names[0]] - record[names[1]]
    assert found == expected


def every_record(harness: Harness, site_id: str) -> list[dict[str, Decimal]]:
    """Page through all of a site's records."""
    records: list[dict[str, Decimal]] = []
    cursor: dict[str, str] = {}
    while True:
        text = harness.http.get(f"readings/{site_id}", params={"limit": "1000", **cursor}).text
        page = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        records += page["items"]
        if page["next"] is None:
            return records
        cursor = {"cursor": page["next"]}
