"""The feed decoder: every format, plain and gzip; bad records told from good ones; bombs refused."""

import gzip
import json
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heliograph.errors import HeliographError, TooLarge, UnknownFormat, UnreadableFile
from heliograph.feed import Numbered, RejectedRecord, decode

CASES = Path(__file__).parents[4] / "shared" / "cases" / "decoder"
GOOD = {
    "site_id": "home-1",
    "timestamp": "2026-01-01T01:00:00+01:00",
    "energy_generated_kwh": 1.25,
    "energy_consumed_kwh": 3,
}


def readings(body: bytes) -> list[Numbered]:
    """Decode a body in which every record is good."""
    entries = list(decode(body))
    assert all(isinstance(entry, Numbered) for entry in entries), entries
    return [entry for entry in entries if isinstance(entry, Numbered)]


def reasons(body: bytes) -> dict[int, str]:
    """Decode a body and return the reasons of its rejected records by position."""
    return {entry.position: entry.reason for entry in decode(body) if isinstance(entry, RejectedRecord)}


def as_array(records: list[object]) -> bytes:
    """Write a JSON array."""
    return json.dumps(records).encode()


def as_envelope(records: list[object]) -> bytes:
    """Write {"readings": […]} over many lines."""
    return json.dumps({"from": "logger", "readings": records}, indent=2).encode()


def as_ndjson(records: list[object]) -> bytes:
    """Write a record a line."""
    return b"\n".join(json.dumps(record).encode() for record in records) + b"\n"


def as_csv(records: list[object]) -> bytes:
    """Write CSV with a header, the columns in another order and one more."""
    lines = ["timestamp,note,site_id,energy_consumed_kwh,energy_generated_kwh"]
    lines += [
        f"{r['timestamp']},ok,{r['site_id']},{r['energy_consumed_kwh']},{r['energy_generated_kwh']}".replace("None", "")
        for r in records
        if isinstance(r, dict)
    ]
    return "\r\n".join(lines).encode()


# A record without a value on any side.
EMPTY = {**GOOD, "energy_generated_kwh": None, "energy_consumed_kwh": None}

LAYOUTS = [as_array, as_envelope, as_ndjson, as_csv]


@pytest.mark.parametrize("packed", [bytes, gzip.compress, lambda body: b"\xef\xbb\xbf" + body, lambda b: b"\n " + b])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_readings(
    layout: Callable[[list[object]], bytes], packed: Callable[[bytes], bytes]
) -> None:
    """The same records in any layout, plain, gzipped, with a byte-order mark or leading space, are equal readings."""
    found = readings(packed(layout([GOOD, {**GOOD, "site_id": "home-2", "extra": {"deep": [1]}}])))
    assert [entry.reading.site_id for entry in found] == ["home-1", "home-2"]
    assert found[0].reading.timestamp == "2026-01-01T00:00:00Z"
    assert found[0].reading.energy_generated_kwh == Decimal("1.25")


def test_one_object_is_one_reading() -> None:
    """A file that is one JSON object, on one line or many, holds one reading at position 1."""
    assert readings(json.dumps(GOOD).encode())[0].position == 1
    assert len(readings(json.dumps(GOOD, indent=1).encode())) == 1


def test_positions_are_lines_in_text_and_places_in_arrays() -> None:
    """A position leads to the record: the line in NDJSON and CSV, the place from 1 in an array."""
    line = json.dumps(GOOD)
    assert [entry.position for entry in decode(f"\n{line}\n\n{line}".encode())] == [2, 4]
    assert [entry.position for entry in decode(as_array([GOOD, 1, GOOD]))] == [1, 2, 3]
    assert [entry.position for entry in decode(as_csv([GOOD, GOOD]))] == [2, 3]


def test_digits_survive() -> None:
    """A number is kept to its last digit, also where a float would round it."""
    body = as_array([GOOD]).replace(b"1.25", b"0.1234567890123456789012")
    assert readings(body)[0].reading.energy_generated_kwh == Decimal("0.1234567890123456789012")


BAD = {
    "an exponent of 20 digits": json.dumps(GOOD).replace("1.25", "1e99999999999999999999"),
    "missing field": '{"site_id":"home-1","timestamp":"2026-01-01T00:00:00Z","energy_generated_kwh":1}',
    "NaN": json.dumps(GOOD).replace("1.25", "NaN"),
    "Infinity": json.dumps(GOOD).replace("1.25", "-Infinity"),
    "text": json.dumps({**GOOD, "energy_generated_kwh": "1.25 kWh"}),
    "no offset": json.dumps({**GOOD, "timestamp": "2026-01-01T00:00:00"}),
    "impossible date": json.dumps({**GOOD, "timestamp": "2026-02-30T00:00:00Z"}),
    "empty site": json.dumps({**GOOD, "site_id": ""}),
    "300-character site": json.dumps({**GOOD, "site_id": "s" * 300}),
    "null": "null",
    "nested": json.dumps({"reading": GOOD}),
    "boolean": json.dumps({**GOOD, "energy_consumed_kwh": True}),
    "not an object": "[1, 2]",
}


@pytest.mark.parametrize("wrap", ["array", "ndjson", "envelope"])
def test_a_bad_record_has_its_own_reason_and_spoils_nothing(wrap: str) -> None:
    """Thirteen kinds of bad record among good ones: each is refused with a reason, every good one is read."""
    good = json.dumps(GOOD)
    records = [good]
    for bad in BAD.values():
        records += [bad, good]
    body = {
        "array": "[" + ",\n".join(records) + "]",
        "envelope": '{"readings": [' + ", ".join(records) + "]}",
        "ndjson": "\n".join(records),
    }[wrap].encode()
    found = reasons(body)
    assert list(found) == list(range(2, 2 * len(BAD) + 1, 2))
    assert sum(isinstance(entry, Numbered) for entry in decode(body)) == len(BAD) + 1
    assert len(set(found.values())) == len(BAD)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_reject_keeps_its_record(bad: str) -> None:
    """What is refused is kept as it was written, so that it can be corrected and landed again."""
    body = f"[{json.dumps(GOOD)}, {bad}]".encode()
    assert [entry.record for entry in decode(body) if isinstance(entry, RejectedRecord)] == [bad]


def test_control_characters_spoil_nothing() -> None:
    """A raw tab in a text that nobody reads is passed over, in every layout; one in a field is that record's fault."""
    noted = json.dumps({"note": "a-b", **GOOD}).encode().replace(b"a-b", b"a\tb")
    named = json.dumps(GOOD).encode().replace(b"home-1", b"home\t1")
    for body in (b"[%b, %b, %b]", b'{"readings": [%b, %b, %b]}', b"%b\n%b\n%b"):
        assert list(reasons(body % (noted, named, noted))) == [2]


def test_latin_1_bytes_spoil_only_their_record() -> None:
    """A record that isn't UTF-8 is refused; its neighbours are read."""
    broken = json.dumps(GOOD).encode().replace(b"home-1", b"caf\xe9")
    good = json.dumps(GOOD).encode()
    for body in (b"[" + good + b"," + broken + b"]", good + b"\n" + broken):
        assert list(reasons(body)) == [2]


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", UnreadableFile, "empty"),
        (b" \n\t", UnreadableFile, "empty"),
        (gzip.compress(b"", mtime=0), UnreadableFile, "empty"),
        (b'[{"site_id": "a"', UnreadableFile, "broken"),
        (b'{"site_id": "a"', UnreadableFile, "broken"),
        (b"[1, 2] oops", UnreadableFile, "broken"),
        (b"[" * 100_000, UnreadableFile, "broken"),
        (b'{"a":' * 100_000, UnreadableFile, "broken"),
        (b"hello, world", UnknownFormat, "neither"),
        (b"a,b\n1,2\n", UnknownFormat, "neither"),
        (b"42", UnknownFormat, "neither"),
        (gzip.compress(as_array([GOOD]), mtime=0)[:-9], UnreadableFile, "ends early"),
        (b"\x1f\x8b" + b"junk" * 9, UnreadableFile, "damaged"),
        (gzip.compress(b"[]", mtime=0) + b"more", UnreadableFile, "followed by"),
        (b"PK\x03\x04...", UnknownFormat, "zip archive"),
        (b"PK\x03\x04...[Content_Types].xml...xl/workbook.xml", UnknownFormat, "an Excel workbook"),
        (b"PK\x03\x04...[Content_Types].xml...word/document.xml", UnknownFormat, "an Office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", UnknownFormat, "an old Excel workbook"),
        (b"%PDF-1.7", UnknownFormat, "a PDF"),
        (b"<?xml version='1.0'?>", UnknownFormat, "XML"),
        (gzip.compress(gzip.compress(b"[]", mtime=0), mtime=0), UnknownFormat, "gzip inside gzip"),
        (
            b"# a logger\nPlant: 1\nsite_id,timestamp\n",
            UnknownFormat,
            "lines stand before the CSV header, which is line 3",
        ),
        (b'{"readings": [1], "readings": [2]}', UnreadableFile, '"readings" twice'),
        (b'{"readings": [1], "x": {}, "\\u0072eadings": [2]}', UnreadableFile, '"readings" twice'),
        (b'{"readings": [1], "readings": 2}', UnreadableFile, '"readings" twice'),
        (b'{"readings": [1], "Readings": [2]}', UnreadableFile, '"readings" twice'),
        (as_array([{**GOOD, "readings": []}])[1:-1], UnreadableFile, "is a reading and has a list"),
        (b"site_id,timestamp,energy_consumed_kwh,energy_consumed_kwh\n", UnreadableFile, "energy_consumed_kwh twice"),
        (as_csv([GOOD]) + b"\nsite_id,x,timestamp,energy_consumed_kwh\n", UnreadableFile, "is another CSV header"),
        (b'{"readings": [\n' + as_array([GOOD])[1:-1] + b",\n" + as_array([GOOD])[1:-1], UnreadableFile, "broken"),
        ("[]".encode("utf-16"), UnknownFormat, "UTF-16"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, kind: type[Exception], says: str) -> None:
    """A file none of whose records can be told apart raises an error with a reason."""
    with pytest.raises(kind, match=says):
        list(decode(body))


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0" * 40_000])
def test_gzip_members_may_be_padded_with_zeros(padding: bytes) -> None:
    """Zeros between and after gzip members, as tapes and block devices leave them, hold nothing; the members do."""
    lines = [as_ndjson([{**GOOD, "site_id": site_id}]) + b"\n" for site_id in ("home-1", "home-2")]
    body = b"".join(gzip.compress(line, mtime=0) + padding for line in lines)
    assert [entry.reading.site_id for entry in readings(body)] == ["home-1", "home-2"]
    with pytest.raises(UnreadableFile, match="followed by"):
        decode(body + padding + b"more")


def test_empty_collections_are_files_without_readings() -> None:
    """[] and {"readings": []} and a lone CSV header are files that hold nothing, not broken ones."""
    for body in (b"[]", b'{"readings": []}', b"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\n"):
        assert list(decode(body)) == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_joined_csv_files_with_other_columns_are_never_read_under_the_wrong_names(end: bytes) -> None:
    """Behind a second header that has the energies the other way round none is stored; the same header is harmless."""
    first = [b"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh", b"a,2026-06-01T12:00:00Z,1.5,0.25"]
    row = b"a,2026-06-01T13:00:00Z,9,8"
    turned = [b"site_id,timestamp,energy_consumed_kwh,energy_generated_kwh", row]
    for header in (turned[0], turned[0].title(), b"\xef\xbb\xbf" + turned[0]):
        with pytest.raises(UnreadableFile, match="line 3 is another CSV header"):
            decode(end.join([*first, header, row]))
    for again in (first[0], first[0] + b",note", b"a,timestamp,1,2"):
        assert list(reasons(end.join([*first, again, row]))) == [3]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_may_be_as_long_as_a_record(end: bytes) -> None:
    """A line's break isn't part of its record: 1 MiB is read, and a byte more is refused with its right size."""
    record = json.dumps(GOOD).encode()[:-1] + b', "x": "'
    whole = record + b"y" * (2**20 - len(record) - 2) + b'"}'
    assert len(readings(end.join([whole, whole, b""]))) == 2
    found = reasons(end.join([whole, whole[:-2] + b'y"}', b""]))
    assert list(found) == [2]
    assert "has 1,048,577 bytes" in found[2]


def test_a_gzip_bomb_is_refused_without_unpacking_it_all() -> None:
    """A file that unpacks to 300 MiB is refused at a limit of 8, without unpacking the rest."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(300)) + packer.flush()
    began = time.perf_counter()
    with pytest.raises(TooLarge, match=r"more than 8 MiB.*HELIOGRAPH_MAX_UNPACKED_MIB"):
        decode(bomb, limit_bytes=8 * 2**20)
    assert time.perf_counter() - began < 2


def test_a_stray_quote_in_csv_spoils_one_line() -> None:
    """CSV is read line by line, so an open quote can't swallow the rest of the file."""
    body = as_csv([GOOD, GOOD, GOOD]).replace(b"ok", b'"ok', 2).replace(b'"ok', b"ok", 1)
    assert list(reasons(body)) == [3]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_may_have_other_delimiters(delimiter: str) -> None:
    """Semicolons and tabs work like commas."""
    assert len(readings(as_csv([GOOD]).replace(b",", delimiter.encode()))) == 1


@pytest.mark.parametrize("wrap", [as_array, as_csv])
@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("1e99999999999999999999", "more than 12 digits before the point"),
        ("-12.5E+1000000000000000000", "more than 12 digits before the point"),
        ("0.001e9999999999999999999", "more than 12 digits before the point"),
        ("1e-99999999999999999999", "more than 24 decimals"),
        ("0e99999999999999999999", ""),
    ],
)
def test_a_number_beyond_what_decimal_holds_is_told_as_what_it_is(
    wrap: Callable[[list[object]], bytes], written: str, says: str
) -> None:
    """Too large is too large and too fine too fine, whatever the exponent; zero is zero. None of them is NaN."""
    body = wrap([GOOD]).replace(b"1.25", written.encode())
    assert [reason for reason in reasons(body).values() if says not in reason or "NaN" in reason] == []
    assert len(reasons(body)) == bool(says)


@pytest.mark.parametrize("cell", ["1e99999999999999999999", "1,5", "1_000", "NaN", "inf", "٣", "0x10", "1.2.3", "--1"])
def test_csv_cells_that_are_no_numbers_are_refused(cell: str) -> None:
    """Text becomes a number in CSV only where it is plainly one."""
    body = as_csv([GOOD]).replace(b"1.25", f'"{cell}"'.encode())
    assert list(reasons(body)) == [2]


@pytest.mark.parametrize("wrap", [b"[%b,%b,%b]", b'{"readings": [\n%b,\n%b,\n%b]}', b"%b\n%b\n%b"])
@pytest.mark.parametrize(
    "doubled",
    [
        b'{"site_id":"b",' + json.dumps(GOOD).encode()[1:],
        b'{"site\\u005fid":"b",' + json.dumps(GOOD).encode()[1:],
        json.dumps(GOOD).encode()[:-1] + b', "energy_generated_kwh": 2}',
        json.dumps(EMPTY).encode()[:-1] + b', "energy_generated_kwh": 2}',
    ],
)
def test_a_field_that_stands_twice_is_refused_by_name(wrap: bytes, doubled: bytes) -> None:
    """Which value holds can't be known; the reason names the field, and the other records are read."""
    lacking = json.dumps({name: value for name, value in GOOD.items() if name != "site_id"}).encode()
    found = reasons(wrap % (json.dumps(GOOD).encode(), doubled, lacking))
    assert list(found) == [2, 3]
    assert "stands twice" in found[2]
    assert found[2].startswith(("site_id", "energy_generated_kwh"))


def test_a_field_s_name_elsewhere_is_no_second_field() -> None:
    """A field's name in a text or in an object inside the record harms nothing."""
    assert len(readings(as_array([{**GOOD, "note": '"site_id"', "was": {"site_id": "b", "timestamp": 1}}]))) == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("roof-1,2026-06-01T12:00:00+02:00,2,23,", "2,23 looks like one number with a decimal comma"),
        ("roof-1,2026-06-01T12:00:00+02:00,2,23,0,21", "2,23 looks like one number with a decimal comma"),
        ("roof-1,2026-06-01T12:00:00+02:00,1,234.5,", "1,234.5 looks like one number"),
        ('roof-1,2026-06-01T12:00:00+02:00,"2,23",0', "has a decimal comma"),
        ("roof-1,2026-06-01T12:00:00+02:00,1.5,0.3,x", "has 5 cells, the header 4"),
        ("roof-1,2026-06-01T12:00:00+02:00,0.3", "has 3 cells, the header 4: it is cut short"),
        ("roof-1,,,0.3", "timestamp is missing: there is no value"),
        ("Total,,2.1,0", "timestamp is missing"),
        ("Total,,,", "timestamp, energy_generated_kwh and energy_consumed_kwh are missing"),
        ("roof-1,2026-06-01T12:00:00+02:00,N/A,0", "not the text 'N/A'"),
    ],
)
def test_a_csv_row_that_is_none_says_what_is_wrong(row: str, says: str) -> None:
    """Never are two cells stored that may be one number; a reason names what a person has to change."""
    header = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh"
    found = reasons(f"{header}\n{row}\n".encode())
    assert list(found) == [2]
    assert says in found[2]


def test_a_number_in_two_cells_before_the_energies_moves_none_of_them() -> None:
    """A row with a decimal comma in any column before is refused, not read one column to the right."""
    header = b"site_id,timestamp,celsius,energy_generated_kwh,energy_consumed_kwh\n"
    found = reasons(header + b"a,2026-06-01T12:00:00Z,21,5,1.5,\na,2026-06-01T13:00:00Z,21,1.5,0.5,\n")
    assert list(found) == [2]
    assert "21,5 looks like one number with a decimal comma" in found[2]
    assert "1,5e1 looks like one number" in reasons(header + b"a,2026-06-01T12:00:00Z,,1,5e1,\n")[2]


def test_rows_without_a_value_are_blank() -> None:
    """Empty rows, and rows of a site and a time without a value on any side, are neither readings nor rejects."""
    body = b"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh,,\na,2026-06-01T12:00:00Z,1,0,,\n,,,,,\n;\n"
    body = body.replace(b";\n", b" , ,,\na,2026-06-01T12:15:00Z,,\n\na,2026-06-01T12:30:00Z\n")
    decoded = decode(body)
    assert (len(list(decoded)), decoded.blank) == (1, 4)


def test_a_record_that_names_no_side_is_not_blank() -> None:
    """A column or key of another name may hold the value, so the record is rejected and not passed over."""
    with pytest.raises(UnreadableFile, match="lacks energy_generated_kwh and energy_consumed_kwh; it names site_id"):
        decode(b"site_id,timestamp,kwh\na,2026-06-01T12:00:00Z,1\n")
    assert list(reasons(b'[{"site_id": "a", "timestamp": "2026-06-01T12:00:00Z", "kwh": 1}]')) == [1]


@pytest.mark.parametrize("bad", ["[" * 1500 + "]" * 1500, '{"a":' * 1500 + "1" + "}" * 1500])
@pytest.mark.parametrize("wrap", ["[%s, %s, %s]", '{"readings": [%s, %s, %s]}', "%s\n%s\n%s"])
def test_a_record_nested_too_deeply_costs_only_itself(wrap: str, bad: str) -> None:
    """Among good records of an array, an envelope or lines."""
    good = json.dumps(GOOD)
    assert list(reasons((wrap % (good, bad, good)).encode())) == [2]


def test_a_long_csv_header_is_read_whole() -> None:
    """Columns behind the first 10,000 characters are columns."""
    others = ",".join(f"column-{number}" for number in range(3000))
    body = f"site_id,timestamp,{others},energy_generated_kwh,energy_consumed_kwh\n"
    assert len(readings(f"{body}a,2026-06-01T12:00:00Z,{',' * 2999},1,2\n".encode())) == 1


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases that are kept outside of the repository aren't there")
@pytest.mark.parametrize(
    ("name", "outcome"),
    [("nan-in-envelope.json", (3, 1)), ("fractions.ndjson", (0, 2)), ("two-envelopes.json", '"readings" twice')],
)
def test_the_decoder_s_cases(name: str, outcome: tuple[int, int] | str) -> None:
    """Readings and rejects of each, or what the file is refused for."""
    body = (CASES / name).read_bytes()
    if isinstance(outcome, str):
        with pytest.raises(UnreadableFile, match=outcome):
            decode(body)
        return
    entries = list(decode(body))
    read = sum(isinstance(entry, Numbered) for entry in entries)
    assert (read, len(entries) - read) == outcome


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "readings", "x"]), inner),
    max_leaves=10,
)


@example([float("nan"), GOOD], as_envelope)
@example([GOOD, {**GOOD, "energy_generated_kwh": float("nan")}, GOOD, GOOD], as_envelope)
@given(st.lists(st.just(GOOD) | JUNK, max_size=8), st.sampled_from([as_array, as_envelope, as_ndjson]))
def test_every_record_is_read_or_refused(records: list[object], layout: Callable[[list[object]], bytes]) -> None:
    """No record of a readable file is dropped: entries are as many as records, and the good ones are readings."""
    try:
        decoded = decode(layout(records))
        entries = list(decoded)
    except UnreadableFile:
        assert layout is as_ndjson, "only NDJSON without one object can be taken for no format at all"
        return
    if layout is as_ndjson and len(records) == 1:
        return  # a single line may itself be an array or envelope
    assert len(entries) + decoded.blank == len(records)
    assert sum(isinstance(entry, Numbered) for entry in entries) >= records.count(GOOD)


@given(
    st.lists(st.just(GOOD) | JUNK, min_size=1, max_size=8),
    st.sampled_from(LAYOUTS),
    st.integers(0, 3),
    st.sampled_from([bytes, gzip.compress]),
)
def test_nothing_vanishes(
    records: list[object], layout: Callable[[list[object]], bytes], blank: int, packed: Callable[[bytes], bytes]
) -> None:
    """In any layout, records in = readings + rejects + blank ones, each rejected or read at a position of its own."""
    kept = [each for each in records if layout is not as_csv or each == GOOD] + [EMPTY] * blank + [GOOD]
    body = layout(kept)
    try:
        decoded = decode(packed(body))
    except UnreadableFile:
        assert (layout, body[:1]) == (as_ndjson, b"["), "a list on the first line can look like a broken array"
        return
    entries = list(decoded)
    if layout is as_ndjson and len(kept) == 1:
        return  # a single line may itself be an array or envelope
    assert len(entries) + decoded.blank == len(kept)
    assert decoded.blank >= blank
    assert len({entry.position for entry in entries}) == len(entries)
    assert sum(isinstance(entry, Numbered) for entry in entries) >= kept.count(GOOD)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'{"readings":[{}]')
@example(b'{"site_id": 1, "\xdf": 2}')
@example(b'{"site_id": 1e99999999999999999999}')
@example(b"[" + b"9" * 5000 + b"]")
@example(b'\xff\xfe{"')
def test_no_bytes_crash_the_decoder(body: bytes) -> None:
    """Any bytes give entries or one of our own errors, never another exception."""
    with suppress(HeliographError):
        list(decode(body))
