"""Where things are kept: S3 and DynamoDB keys, settings, the registry, and what an ingestion adds to the totals."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph import object_keys, table_keys
from heliograph.errors import KeyRefused, SettingsError, SiteError
from heliograph.ingestion import COUNTS, Ingestion, change, contribution, same_outcome
from heliograph.reading import end_of
from heliograph.settings import load
from heliograph.site import TRAITS, Kind, Site
from heliograph.site_entries import parse_sites
from heliograph.sites_csv import LISTS, NUMBERS


def test_a_raw_object_has_one_place_for_its_rejects_and_labels() -> None:
    """Quarantine and labels lie at the raw object's own path, so a replay meets what it wrote before."""
    raw = object_keys.raw_key("submit", datetime(2026, 1, 2, 23, tzinfo=UTC), "a b.json")
    assert raw == "raw/submit/2026/01/02/a b.json"
    assert object_keys.quarantine_key(raw, "v1") == "quarantine/submit/2026/01/02/a b.json@v1.ndjson"
    assert object_keys.quarantine_key(raw, "") == "quarantine/submit/2026/01/02/a b.json.ndjson"
    assert object_keys.labels_key(raw) == "labels/submit/2026/01/02/a b.json"


def test_a_key_that_no_listing_can_show_is_refused_where_we_land() -> None:
    """A control character in a name is refused; what others landed so has its quarantine under a harmless name."""
    for sign in ("\n", "\x00", "\x7f", "\x9b", "\ufffe"):
        with pytest.raises(KeyRefused, match="control character"):
            object_keys.raw_key("submit", datetime(2026, 1, 2, tzinfo=UTC), f"a{sign}b.json")
    assert object_keys.quarantine_key("raw/a\x01b", "v") == "quarantine/a%01b@v.ndjson"
    assert object_keys.labels_key("raw/a\nb") == "labels/a%0Ab"
    assert object_keys.resubmitted_key("quarantine/a\nb.ndjson", "d") == "raw/resubmit/a%0Ab/d.ndjson"


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=20))
def test_keys_of_one_process_sort_as_they_were_made(steps: list[int]) -> None:
    """Each key is greater than the one before, also where the clock stands still, goes back, or passes midnight."""
    keys, now = object_keys.KeysInOrder(), datetime(2026, 1, 2, 23, 59, 59, 999_998, tzinfo=UTC)
    made = []
    for number, step in enumerate(steps):
        now += timedelta(microseconds=step)
        made.append(keys.key("submit", now, f"{99 - number}.json"))
    assert made == sorted(made)
    assert made[0].startswith("raw/submit/2026/01/0")


def test_an_ingestion_id_says_when_and_which() -> None:
    """The same object has the same id; another version or key has another; the hour it landed leads it."""
    one = table_keys.ingestion_id("raw/a.json", "v1", "2026-01-02T03:04:05Z")
    assert one == table_keys.ingestion_id("raw/a.json", "v1", "2026-01-02T03:04:05Z")
    assert one.startswith("20260102T030405Z-")
    assert table_keys.ingestion_hour(one) == "20260102T03"
    assert len({one, table_keys.ingestion_id("raw/a.json", "v2", "2026-01-02T03:04:05Z")}) == 2
    assert 0 <= int(table_keys.totals_shard(one).removeprefix("shard-")) < table_keys.TOTALS_SHARDS


ingestions = st.builds(
    Ingestion,
    object_key=st.just("raw/a"),
    version=st.just("v"),
    landed_at=st.just("2026-01-01T00:00:00Z"),
    size_bytes=st.integers(0, 9),
    state=st.sampled_from(["done", "failed"]),
    **{name: st.integers(0, 9) for name in COUNTS},
)


@given(st.lists(ingestions, min_size=1, max_size=6))
def test_totals_follow_the_last_word_on_an_object(words: list[Ingestion]) -> None:
    """However often an object's outcome changes, the changes add up to what its last outcome contributes."""
    total: dict[str, int] = {}
    for before, after in zip([None, *words], words, strict=False):
        for name, value in change(before, after).items():
            total[name] = total.get(name, 0) + value
    expected = contribution(words[-1])
    assert {name: total.get(name, 0) for name in expected} == expected


@given(ingestions)
def test_the_same_outcome_changes_nothing(ingestion: Ingestion) -> None:
    """Processing again at another time by another version is the same outcome."""
    again = msgspec.structs.replace(ingestion, processed_at="2027-01-01T00:00:00Z", code_version="9", attempts=3)
    assert change(ingestion, again) == {}
    assert same_outcome(ingestion, again)


class Example(msgspec.Struct, frozen=True):
    """Settings of an example."""

    bucket: str
    retention_days: int = 7
    fault_rate: float = 0.5


def test_settings_come_from_named_variables() -> None:
    """Each field is HELIOGRAPH_ and its name; text becomes the field's type; defaults hold."""
    found = load(Example, {"HELIOGRAPH_BUCKET": "b", "HELIOGRAPH_RETENTION_DAYS": "30"})
    assert found == Example("b", 30, 0.5)


@pytest.mark.parametrize(
    ("environment", "says"),
    [({}, "HELIOGRAPH_BUCKET"), ({"HELIOGRAPH_BUCKET": "b", "HELIOGRAPH_FAULT_RATE": "many"}, "HELIOGRAPH_FAULT_RATE")],
)
def test_a_bad_setting_is_named(environment: dict[str, str], says: str) -> None:
    """What is missing or can't be used is named with its variable."""
    with pytest.raises(SettingsError, match=says):
        load(Example, environment)


def test_a_registry_file_is_an_array_or_one_site() -> None:
    """Only the site id is required; what isn't given stays unknown."""
    assert parse_sites(b'[{"site_id": "a", "capacity_kw": 4}, {"site_id": "b"}]')[0].capacity_kw == 4
    assert parse_sites(b'{"site_id": "a"}') == [Site("a")]
    assert Site("a", capacity_kw=4, interval_minutes=15).max_interval_kwh == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "JSON array of sites"),
        (b'[{"site_id": "a b"}]', "site_id"),
        (b'[{"site_id": "a", "capacity_kw": 0}]', "capacity_kw"),
        (
            b'[{"site_id": "a", "kind": "coal"}]',
            "'coal' is none of solar, .*, hybrid and ev; where none fits, leave it out",
        ),
        (b'[{"site_id": "a", "measures": "net"}]', "'net' is none of generated, consumed and both"),
        (b'[{"site_id": "a", "delivered_within": "soon"}]', "write it such as 90min, 30h, 2d or PT30H"),
        (b'[{"site_id": "a", "delivered_within": "0h"}]', "isn't 1 minute to 31 days"),
        (b'[{"site_id": "a", "delivered_within": "32d"}]', "isn't 1 minute to 31 days"),
        (b'[{"site_id": "a", "delivered_within": 30}]', "delivered_within: Expected `str"),
        (b'[{"site_id": "a", "ac_capacity_kw": -1}]', "ac_capacity_kw"),
        (b'[{"site_id": "a", "meter_step_kwh": 0}]', "meter_step_kwh"),
        (b'[{"site_id": "a", "commissioned": "1 May 2024"}]', "commissioned: .* a date such as 2024-05-01"),
        (b'[{"site_id": "a", "commissioned": "2024-05-32"}]', "a date such as 2024-05-01"),
        (b'[{"site_id": "a", "decommissioned": "2024-05-01T10:00:00"}]', "nor a time such as 2024-05-01T08:00:00Z"),
        (b'[{"site_id": "a", "decommissioned": "0001-01-01"}]', "from 1970 on"),
        (
            b'[{"site_id": "a", "commissioned": "2024-05-02", "decommissioned": "2024-05-01"}]',
            "doesn't lie after commis",
        ),
        (b'[{"site_id": "a", "latitude": 91}]', "latitude"),
        (b'[{"site_id": "a", "timezone": "Mars/Base"}]', "site a: timezone: 'Mars/Base' isn't an IANA time zone"),
        (b'[{"site_id": "a", "timezone": "Asia/Calcutta"}]', "use 'Asia/Kolkata'"),
        (b'[{"site_id": "a", "timezone": "europe/berlin"}]', "use 'Europe/Berlin'"),
        (b'[{"site_id": "a", "timezone": "Etc/GMT"}]', "belongs to no place"),
        (b'[{"site_id": "a"}, {"site_id": "b", "capcity_kw": 5}]', "site b: capcity_kw: no site has a field"),
        (b'[{"site_id": "a", "capacity_kw": 1e-320}]', "too small or too large"),
        (b'[{"site_id": "a", "capacity_kw": 1e999999999999999999999}]', "exponent has too many digits"),
        (b"[1]", "entry 1 isn't an object"),
        (b'[{"site_id": "a", "timezone": "../etc/passwd"}]', "isn't an IANA time zone"),
    ],
)
def test_a_bad_registry_file_says_what_to_mend(text: bytes, says: str) -> None:
    """What can't be used is named."""
    with pytest.raises(SiteError, match=says):
        parse_sites(text)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("90min", 90), ("30h", 1800), ("2d", 2880), ("1 d 6 h", 1800), ("PT30H", 1800), ("P1DT6H", 1800)],
)
def test_a_delivery_time_is_read_as_people_and_programs_write_it(written: str, minutes: int) -> None:
    """Units as the product's own messages have them, or ISO 8601."""
    (site,) = parse_sites(msgspec.json.encode([{"site_id": "a", "delivered_within": written}]))
    assert (site.delivered_within, site.delivered_within_minutes) == (written, minutes)


def test_operation_begins_at_the_site_s_own_midnight() -> None:
    """A date counts from its midnight there, a time says its moment; what isn't registered has no bound."""
    known = {"site_id": "a", "timezone": "Asia/Kolkata", "commissioned": "2024-05-01"}
    (site,) = parse_sites(msgspec.json.encode([known]))
    assert site.in_operation == (end_of("2024-04-30T18:30:00Z"), None)
    (site,) = parse_sites(msgspec.json.encode([{**known, "decommissioned": "2024-06-01T08:00:00+02:00"}]))
    assert site.in_operation[1] == end_of("2024-06-01T06:00:00Z")


def test_full_power_is_what_the_inverters_give() -> None:
    """AC power bounds a plant where it is known, whatever its modules could give; else the nameplate does."""
    site = Site("a", capacity_kw=10, interval_minutes=60, ac_capacity_kw=8)
    assert (site.full_kw, site.max_interval_kwh) == (8, 8)
    assert (Site("a", capacity_kw=10).full_kw, Site("a").full_kw) == (10, None)


def test_every_kind_has_its_traits() -> None:
    """No kind can be registered whose behaviour no check knows; of an unknown kind nothing is assumed."""
    assert set(TRAITS) == {None, *get_args(Kind)}
    assert Site("a").traits.by_sun is None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/Oslo", "Asia/Kolkata", "UTC", "Etc/UTC", "Etc/GMT-1"])
def test_a_canonical_time_zone_is_taken_as_it_is(zone: str) -> None:
    """Each country's own zones, UTC and fixed offsets; Oslo has its own name, though its clock is Berlin's."""
    (site,) = parse_sites(msgspec.json.encode([{"site_id": "a", "timezone": zone}]))
    assert site.timezone == zone


def test_every_number_that_is_taken_can_be_kept() -> None:
    """DynamoDB's bounds themselves are within; zeros that are written out don't count as digits."""
    (site,) = parse_sites(b'[{"site_id": "a", "capacity_kw": 1e-130, "latitude": 5.%s}]' % (b"0" * 50))
    assert (site.capacity_kw, site.latitude) == (1e-130, 5)


def test_table_names_are_told_once() -> None:
    """Each index's keys are attributes of its own table, and no two indexes share a name."""
    names = [index.name for table in table_keys.TABLES for index in table.indexes]
    assert len(names) == len(set(names))
    assert reduce(lambda total, table: total + len(table.indexes), table_keys.TABLES, 0) == 7


def test_a_registry_file_may_be_csv() -> None:
    """A row is what the same entry in JSON is, from Excel, too; what a cell doesn't say isn't known."""
    rows = b"sep=;\r\nSite ID;capacity-kW;Latitude;Longitude;groups;tags;price_per_kwh;timezone;;\r\n"
    rows += "Süd;;;;;;;;;\r\n".encode("cp1252") + b";;;\r\n"
    rows = (
        rows.replace("Süd".encode("cp1252"), b"b") + b'a;9,8;52.5;13,4;north | rio;"x=1; y";0.082;Europe/Berlin;;\r\n'
    )
    known = {"site_id": "a", "capacity_kw": 9.8, "latitude": 52.5, "longitude": 13.4, "groups": ["north", "rio"]}
    more = {"tags": ["x=1; y"], "price_per_kwh": 0.082, "timezone": "Europe/Berlin"}
    assert parse_sites(rows) == parse_sites(msgspec.json.encode([{"site_id": "b"}, known | more]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"site,kind\na,solar\n", "names site_id; its first line has site, kind"),
        (b"site_id,kind\na,coal\n", "site a: kind: 'coal' is none of"),
        (b"site_id,kind\n,solar\n", "line 2: site_id"),
        (b"site_id,capacity_kw\na,many\n", "site a: capacity_kw: Expected `float"),
        (b"site_id,capacity_kw\na,9,8\n", "line 2 has 3 cells, the header 2"),
        (b"site_id,capacity_kw,Capacity kW\na,9,8\n", "names capacity_kw twice"),
        (b"site_id,capcity_kw\na,9\n", "site a: capcity_kw: no site has a field"),
        (b'site_id,kind\na,"solar\n', "isn't CSV"),
        (b"site_id\n\x81\n", "neither UTF-8 nor cp1252"),
    ],
)
def test_a_bad_registry_of_csv_says_what_to_mend(text: bytes, says: str) -> None:
    """The site or the line is named, and the field."""
    with pytest.raises(SiteError, match=says):
        parse_sites(text)


def test_every_field_of_a_site_has_its_type_in_csv() -> None:
    """Numbers and lists are the fields that JSON has as such; all others are text."""
    for field in msgspec.structs.fields(Site):
        schema = msgspec.json.schema(field.type)
        kinds = {each.get("type") for each in (schema, *schema.get("anyOf", ()))}
        assert (field.name in NUMBERS) == bool(kinds & {"number", "integer"}), field.name
        assert (field.name in LISTS) == ("array" in kinds), field.name
