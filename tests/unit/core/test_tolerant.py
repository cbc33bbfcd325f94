"""What the native format tolerates, since it can mean one thing only, and what it refuses, since it can mean two."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from heliograph.errors import UnreadableFile
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.reading import format_timestamp

CASES = Path(__file__).parents[4] / "shared" / "cases"
BERLIN = "Europe/Berlin"
HEADER = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh"
UTC_NOON = "2026-06-01T12:00:00Z"


def read(body: bytes | str, zone: str | None = BERLIN) -> list[Numbered | RejectedRecord]:
    """Decode a file whose sites are all in a zone; None where no site is registered."""
    known = (lambda site_ids: dict.fromkeys(site_ids, zone)) if zone else (lambda _: {})
    return list(decode(body.encode() if isinstance(body, str) else body, zones=known))


def times(entries: list[Numbered | RejectedRecord]) -> list[str]:
    """Return the timestamps of readings, `-` for a rejected record."""
    return [entry.reading.timestamp if isinstance(entry, Numbered) else "-" for entry in entries]


def reason(entries: list[Numbered | RejectedRecord]) -> str:
    """Return why the one record was rejected."""
    (entry,) = entries
    assert isinstance(entry, RejectedRecord)
    return entry.reason


def row(timestamp: object, **instead: object) -> dict[str, object]:
    """Return a record with this timestamp."""
    good = {"site_id": "roof-1", "timestamp": timestamp, "energy_generated_kwh": 1, "energy_consumed_kwh": 0}
    return {**good, **instead}


def as_csv(moments: list[str]) -> str:
    """Write a CSV file of these moments, a site's."""
    return "\n".join([HEADER, *(f"roof-1,{moment},{number},0" for number, moment in enumerate(moments))])


def as_json(moments: list[str]) -> str:
    """Write a JSON array of these moments, a site's."""
    return json.dumps([row(moment) for moment in moments])


@pytest.mark.parametrize("write", [as_csv, as_json])
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-06-01T24:00:00+02:00", "2026-06-01T22:00:00Z"),
        ("2026-06-01 24:00Z", "2026-06-02T00:00:00Z"),
        ("20261231T240000Z", "2027-01-01T00:00:00Z"),
        ("2026-06-01T12:00:00z", UTC_NOON),
        ("2026-06-01t12:00:00utc", UTC_NOON),
        ("2026-06-01 12:00:00 UTC", UTC_NOON),
        ("2026-06-01 12:00 GMT", UTC_NOON),
        ("2026-06-01T12:00:00.000Z", UTC_NOON),
        ("2026-06-01 14:00:00.000000 +0200", UTC_NOON),
        (" 2026-06-01T12:00:00Z ", UTC_NOON),
        ("1780315200", UTC_NOON),
        ("1780315200000", UTC_NOON),
        ("1780315200.000", UTC_NOON),
        ("2026-06-01 14:00:00", UTC_NOON),
        ("2026-06-01T14:00", UTC_NOON),
        ("20260601T140000", UTC_NOON),
        ("2026-06-01 24:00", "2026-06-01T22:00:00Z"),
        ("2026-10-25 24:00", "2026-10-25T23:00:00Z"),
    ],
)
def test_a_time_that_can_mean_one_moment_is_read(write: Callable[[list[str]], str], written: str, meant: str) -> None:
    """Hour 24, names of UTC, zero fractions, seconds and milliseconds since 1970, and the zone's own local time."""
    assert times(read(write([written]))) == [meant]


@pytest.mark.parametrize("written", [1780315200, 1780315200000, 1780315200.0, "1780315200", "1780315200000"])
def test_seconds_and_milliseconds_since_1970_are_utc(written: object) -> None:
    """As numbers and as text, in whatever zone the site is."""
    assert times(read(json.dumps([row(written)]))) == [UTC_NOON]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("2026-06-01T24:00:01+02:00", "isn't an ISO 8601 date and time"),
        ("2026-06-01T24:30", "isn't an ISO 8601 date and time"),
        ("2026-02-30 24:00", "isn't an ISO 8601 date and time"),
        ("9999-12-31T24:00Z", "outside the years"),
        ("0001-01-01 00:00", "outside the years"),
        ("2026-06-01", "has no time of day"),
        ("2026-06-01 12:00:00.5", "has a fraction"),
        (1780315200.5, "has a fraction"),
        (1780315200123, "has a fraction"),
        (0, "neither ISO 8601"),
        (46174.5, "neither ISO 8601"),
        (2606011200, "neither ISO 8601"),
        (1780315200000000, "neither ISO 8601"),
        ("202606011200", "'202606011200' is neither ISO 8601 such as"),
        ("01.06.2026 12:00", "isn't an ISO 8601 date and time"),
        ("06/01/2026 12:00", "isn't an ISO 8601 date and time"),
        (True, "must be ISO 8601 text, not true or false"),
        (None, "must be ISO 8601 text, not null"),
    ],
)
def test_a_time_that_may_mean_another_moment_is_refused(written: object, says: str) -> None:
    """The reason shows the value, and what a time looks like. A date YYMMDDhhmm is no number of seconds."""
    assert says in reason(read(json.dumps([row(written)])))


def test_a_local_time_needs_a_registered_zone() -> None:
    """Without one, the reason says what to register and where; without a registry at all it asks for the offset."""
    said = reason(read(as_csv(["2026-06-01 12:00"]), None))
    assert "'2026-06-01 12:00' has no offset, and the registry has no time zone for site roof-1; register its" in said
    (entry,) = decode(as_csv(["2026-06-01 12:00"]).encode())
    assert isinstance(entry, RejectedRecord)
    assert "has no offset; add Z" in entry.reason


def test_each_site_s_zone_is_asked_for_once() -> None:
    """The zones of all sites with local times are asked for in one go, and of no others; each is read in its own."""
    asked: list[frozenset[str]] = []
    zones = {"a": BERLIN, "b": "America/New_York", "c": BERLIN}

    def known(site_ids: frozenset[str]) -> dict[str, str]:
        asked.append(site_ids)
        return {site_id: zones[site_id] for site_id in site_ids}

    moments = {"a": "2026-06-01 12:00", "c": "2026-06-01T12:00Z", "b": "2026-06-01 12:00"}
    body = json.dumps([row(moment, site_id=site_id) for site_id, moment in moments.items()])
    decoded = decode(body.encode(), zones=known)
    expected = ["2026-06-01T10:00:00Z", UTC_NOON, "2026-06-01T16:00:00Z"]
    assert times(list(decoded)) == expected
    assert times(list(decoded)) == expected
    assert asked == [frozenset({"a", "b"})]
    assert list(decode(as_csv(["2026-06-01T12:00Z"]).encode(), zones=known))
    assert len(asked) == 1


def test_a_time_that_clocks_skip_is_refused() -> None:
    """In the hour that spring leaves out there is no such time."""
    assert "clocks in Europe/Berlin skip this time" in reason(read(as_csv(["2026-03-29 02:30"])))


def local_ends(first: datetime, minutes: int, count: int, zone: str = BERLIN) -> tuple[list[str], list[str]]:
    """Return some ends as local times without offset, and as the readings' timestamps."""
    ends = [first + timedelta(minutes=minutes * index) for index in range(count)]
    local = [f"{end.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for end in ends]
    return local, [format_timestamp(end) for end in ends]


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60])
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        (BERLIN, datetime(2026, 10, 24, 21, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 3, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 10, tzinfo=UTC)),
        ("America/Havana", datetime(2026, 11, 1, 2, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_hour_that_comes_twice_is_told_by_order(
    minutes: int, zone: str, day: datetime, *, newest_first: bool
) -> None:
    """First summer time, then winter time, at any interval, by half an hour and by an hour, in either direction."""
    if (minutes, zone) == (60, "Australia/Lord_Howe"):
        minutes = 30  # its clocks go back by half an hour
    local, meant = local_ends(day, minutes, 8 * 60 // minutes, zone)
    step = -1 if newest_first else 1
    assert times(read(as_csv(local[::step]), zone)) == meant[::step]


def test_a_first_pass_may_end_with_the_hour_s_end() -> None:
    """A logger that ends the first pass with 03:00 and begins the second with 02:15 means summer time by that 03:00."""
    moments = ["01:45", "02:00", "02:15", "02:30", "02:45", "03:00", "02:15", "02:30", "02:45", "03:00", "03:15"]
    found = times(read(as_csv([f"2026-10-25 {moment}" for moment in moments])))
    assert found == local_ends(datetime(2026, 10, 24, 23, 45, tzinfo=UTC), 15, 11)[1]


@pytest.mark.parametrize(
    ("moments", "refused"),
    [
        ("02:30", "02:30"),
        ("01:45 02:00 02:15 02:30 02:45 03:00", "02:00 02:15 02:30 02:45"),
        ("02:00 02:00 02:30 02:30 03:00", "02:00 02:00 02:30 02:30"),
        ("01:30 02:00 02:00 02:30 02:30 03:30", "02:00 02:00 02:30 02:30"),
        ("02:00 02:30 02:00 02:30 02:00 03:00", "02:00 02:30 02:00 02:30 02:00"),
        ("02:00 02:00", "02:00 02:00"),
        ("02:30 02:15", "02:30 02:15"),
        ("01:00 02:00 03:00 03:00 04:00", "02:00 03:00 03:00"),
        ("01:45 02:15 03:00 02:00 02:15 03:00", "02:15 03:00 02:00 02:15 03:00"),
    ],
)
def test_what_order_doesn_t_tell_is_refused(moments: str, refused: str) -> None:
    """One pass alone, rows that stand twice, and an end that may be either are refused; the others are read."""
    entries = read(as_csv([f"2026-10-25 {moment}" for moment in moments.split()]))
    bad = [entry for entry in entries if isinstance(entry, RejectedRecord)]
    assert " ".join(entry.record.split(",")[1].split()[1] for entry in bad) == refused
    assert all("comes twice, as clocks go back" in entry.reason for entry in bad)


def test_order_tells_nothing_where_it_isn_t_the_file_s() -> None:
    """Records that were taken out of a file don't follow one another, so none of the hour is read."""
    local, _ = local_ends(datetime(2026, 10, 24, 22, tzinfo=UTC), 30, 8)
    entries = list(decode(as_csv(local).encode(), zones=lambda ids: dict.fromkeys(ids, BERLIN), by_order=False))
    assert sum(isinstance(entry, RejectedRecord) for entry in entries) == 4


@example("Europe/Berlin", 15, 0, 96, 2)
@given(
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]),
    st.sampled_from([5, 15, 30, 60]),
    st.integers(0, 400 * 24 * 12),
    st.integers(1, 120),
    st.integers(1, 3),
)
def test_local_time_is_read_as_meant_or_refused(zone: str, minutes: int, begin: int, count: int, sites: int) -> None:
    """A stretch of any length of any sites, one after the other or interleaved: no reading is at another moment."""
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes * (begin * 5 // minutes))
    local, meant = local_ends(first, minutes, count, zone)
    rows = [(f"s{site}", moment) for moment in local for site in range(sites)]
    body = "\n".join([HEADER, *(f"{site_id},{moment},1,0" for site_id, moment in rows)])
    found = times(read(body, zone))
    assert all(
        one in {"-", other} for one, other in zip(found, [each for each in meant for _ in range(sites)], strict=True)
    )
    twice = [moment for moment in local if local.count(moment) == 1]
    assume(len(twice) == len(local))
    here = [datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)) for moment in local]
    unsure = sum(each.utcoffset() != each.replace(fold=1).utcoffset() for each in here)
    assert found.count("-") == unsure * sites


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas_are_read_where_commas_separate_nothing(delimiter: str) -> None:
    """Between semicolons and tabs a comma is a decimal sign, exactly; spaces, an exponent and a sign are, too."""
    rows = ["2,23;-0,5", "1;0,000", '"2,5"; ,25 ', "-1,5e1;7,"]
    body = "\n".join([HEADER.replace(",", ";"), *(f"a;2026-06-01T1{n}:00Z;{each}" for n, each in enumerate(rows))])
    found = [entry.reading for entry in read(body.replace(";", delimiter)) if isinstance(entry, Numbered)]
    assert [(each.energy_generated_kwh, each.energy_consumed_kwh) for each in found] == [
        (Decimal("2.23"), Decimal("-0.5")),
        (Decimal(1), Decimal("0.000")),
        (Decimal("2.5"), Decimal("0.25")),
        (Decimal(-15), Decimal(7)),
    ]


@pytest.mark.parametrize("cell", ["1.234,5", "1,234.5", "1 234,5", "1,2,3", "2,23 kWh", "-,5,"])
def test_a_number_with_two_signs_is_refused(cell: str) -> None:
    """Nothing may stand between thousands."""
    body = f"{HEADER.replace(',', ';')}\na;{UTC_NOON};{cell};0\n"
    assert "energy_generated_kwh" in reason(read(body))
    assert repr(cell) in reason(read(body))


def test_decimal_commas_beside_decimal_points_leave_no_doubt() -> None:
    """Where a file has both signs, what may be thousands is refused, wherever it stands; what can't be is read."""
    values = ["1.234", "2,5", "3.25", "1,234", "0,125", "12.3456", "7"]
    rows = [f"a;2026-06-01T1{n}:00Z;{value};0" for n, value in enumerate(values)]
    found = read("\n".join([HEADER.replace(",", ";"), *rows]))
    assert [isinstance(entry, Numbered) for entry in found] == [False, True, True, False, True, True, True]
    assert isinstance(found[0], RejectedRecord)
    assert "energy_generated_kwh is 1.234: is that a fraction, or thousands?" in found[0].reason
    alone = read("\n".join([HEADER.replace(",", ";"), rows[3]]))
    assert isinstance(alone[0], Numbered)
    assert alone[0].reading.energy_generated_kwh == Decimal("1.234")


def test_some_rows_of_a_file_leave_the_doubt() -> None:
    """Rows taken out of a file don't show how its numbers are written, so what may be thousands is refused."""
    body = f"{HEADER.replace(',', ';')}\na;{UTC_NOON};1.234;0\n".encode()
    assert isinstance(next(iter(decode(body))), Numbered)
    assert isinstance(next(iter(decode(body, is_part=True))), RejectedRecord)


def test_a_separator_line_is_skipped() -> None:
    """Excel's first line says the delimiter; positions are lines of the file, and the header may be written anyhow."""
    for first in ("sep=;", '"sep=;"', "SEP=;;;;", "\ufeffsep=;"):
        header = "Site ID;Time_Mark;timestamp;energy generated-kwh;ENERGY CONSUMED KWH"
        (entry,) = read(f"{first}\r\n{header}\r\na;x;{UTC_NOON};1,5;0\r\n")
        assert isinstance(entry, Numbered)
        assert (entry.position, entry.reading.energy_generated_kwh) == (3, Decimal("1.5"))
    with pytest.raises(UnreadableFile, match="energy_generated_kwh twice"):
        decode(b"site_id,timestamp,energy_generated_kwh,Energy Generated kWh,energy_consumed_kwh\n")


def test_a_header_that_lacks_a_field_names_what_there_is() -> None:
    """The reason lists what is missing and what was found, so that a person sees which columns to rename."""
    with pytest.raises(
        UnreadableFile, match=r"lacks energy_generated_kwh; it names .*Energy_Generated \(kWh\), energy"
    ):
        decode(b"Site_ID, Timestamp, Energy_Generated (kWh), energy consumed kwh\nroof-1,2026-06-01T12:00:00Z,1,0\n")
    with pytest.raises(UnreadableFile, match="its first line has Datum, Uhrzeit, kWh"):
        decode(b"Datum;Uhrzeit;kWh\n01.06.2026;12:00;1\n")
    said = reason(read(json.dumps({"Site": "a", "timestamp": UTC_NOON, "energy_generated_kwh": 1, "import": 2})))
    assert said == (
        "site_id and energy_consumed_kwh are missing; the record has Site, timestamp, energy_generated_kwh, import"
    )


def test_bytes_of_windows_1252_spoil_nothing() -> None:
    """Umlauts and hard spaces of cp1252 in a header, a row, or a JSON text are read; quarantine shows them."""
    header = "site_id;timestamp;Anlage für;energy_generated_kwh;energy_consumed_kwh\n"
    body = f"{header}a;{UTC_NOON};Süd;1,5\u00a0;0\nb;{UTC_NOON};Süd;x;0\n".encode("cp1252")
    good, bad = read(body)
    assert isinstance(good, Numbered)
    assert isinstance(bad, RejectedRecord)
    assert (good.reading.energy_generated_kwh, bad.record) == (Decimal("1.5"), f"b;{UTC_NOON};Süd;x;0")
    noted = json.dumps(row(UTC_NOON, note="Süd"), ensure_ascii=False).encode("cp1252")
    assert times(read(b"[" + noted + b"," + noted + b"]")) == [UTC_NOON, UTC_NOON]


def test_numbers_as_text_and_whole_numbers_as_ids_are_exact() -> None:
    """No digit is lost, and nothing is read into a number that isn't whole or a text that is no number."""
    written = row(UTC_NOON, site_id=1234567, energy_generated_kwh=" 0.1234567890123456789 ", energy_consumed_kwh="-0")
    (entry,) = read(json.dumps(written))
    assert isinstance(entry, Numbered)
    assert entry.reading.site_id == "1234567"
    assert str(entry.reading.energy_generated_kwh) == "0.1234567890123456789"
    for site_id in (1.0, True, -1, None, 10**70):
        assert "site_id" in reason(read(json.dumps(row(UTC_NOON, site_id=site_id))))
    for energy in ("1,5", "NaN", "1 kWh", "0x10", "1_000"):
        assert "energy_generated_kwh" in reason(read(json.dumps(row(UTC_NOON, energy_generated_kwh=energy))))


_ID = st.from_regex(r"\A[a-z0-9]{1,4}\Z")
_ENERGY = st.decimals(-999, 999, places=3)


@given(_ID, st.integers(10**9, 2_099_999_999), _ENERGY, _ENERGY, st.sampled_from([";", "\t"]))
def test_the_same_reading_in_any_form_is_the_same(
    site_id: str, end: int, generated: Decimal, consumed: Decimal, delimiter: str
) -> None:
    """Strict or tolerated, CSV or JSON: one reading has one site, one moment and the same digits."""
    moment = datetime.fromtimestamp(end, UTC)
    forms = [moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S} UTC", str(end), str(end * 1000)]
    found = set()
    for form in forms:
        cells = [site_id, form, str(generated), str(consumed)]
        found |= {
            entry.reading
            for entry in read(json.dumps(dict(zip(HEADER.split(","), cells, strict=True))))
            if isinstance(entry, Numbered)
        }
        comma = delimiter.join(cell.replace(".", ",") if number > 1 else cell for number, cell in enumerate(cells))
        for line in (f"{HEADER}\n{','.join(cells)}", f"{HEADER.replace(',', delimiter)}\n{comma}"):
            found |= {entry.reading for entry in read(line) if isinstance(entry, Numbered)}
    assert [(each.timestamp, str(each.energy_generated_kwh)) for each in found] == [
        (format_timestamp(moment), str(generated))
    ]


@given(st.lists(st.sampled_from(["01:30", "02:00", "02:30", "03:00", "03:30", "24:00", "25:00", "", "x"]), max_size=12))
def test_every_record_with_a_local_time_is_read_or_refused(moments: list[str]) -> None:
    """Whatever the order: entries are as many as records, each at its own position."""
    entries = read(as_json([f"2026-10-25 {moment}" for moment in moments]))
    assert [entry.position for entry in entries] == list(range(1, len(moments) + 1))


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"100,NEM12,202606010000,X,Y\n200,N,E1,E1,E1,,M,kWh,30,\n", "NEM12"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "Green Button XML"),
        (b"<html></html>", "XML or a web page"),
        (b"Date,roof-1,roof-2\n2026-06-01,1,2\n", "a wide table"),
        (b"PK\x03\x04 xl/workbook.xml", "an Excel workbook"),
    ],
)
def test_a_file_of_another_format_is_named_with_what_reads_it(body: bytes, what: str) -> None:
    """The reason says what the file is, and which command reads such files."""
    with pytest.raises(UnreadableFile, match=rf"{what}.*heliograph feeds detect"):
        decode(body)
