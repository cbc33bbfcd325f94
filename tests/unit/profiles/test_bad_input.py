"""Hostile, damaged and wrong files: each is refused with what is wrong, and nothing of it is stored wrong."""

import io
import zipfile
from typing import Any

import pytest

from heliograph.errors import ProfileMismatch, UnreadableFile
from heliograph.profiles.model import Profile, parse_profile
from heliograph.profiles.read import read_file
from heliograph.profiles.workbook_size import MOST_BYTES
from unit.detect.exports import workbook

CSV = b"""{"name": "portal", "layout": {"format": "csv"}, "site": {"id": "roof-1"}, "quantity": "interval",
 "unit": "kWh", "time": {"columns": ["Time"], "zone": "UTC", "marks": "start", "interval_minutes": 60},
 "generated": [{"column": "Yield"}]}"""
EXCEL = CSV.replace(b"csv", b"excel")
GREEN = CSV.replace(b"csv", b"green_button").replace(b"Yield", b"value").replace(b"Time", b"start")
NEM12 = b"""{"name": "nem12", "layout": {"format": "nem12"}, "site": {"id": "roof-1"}, "quantity": "interval",
 "time": {"columns": ["start"], "format": "%Y%m%d %H%M", "zone": "Etc/GMT-10", "marks": "start", "seconds": "seconds"},
 "unit": "kWh", "consumed": [{"column": "value"}]}"""
DAYS = [f"300,2025060{day},{','.join(['0.5'] * 48)},A,,,," for day in (1, 2, 3)]
HEAD = ["100,NEM12,202506040000,A,B", "200,NMI1,E1,E1,E1,,M1,kWh,30,"]


def read(profile: bytes, body: bytes) -> Any:  # noqa: ANN401 - what a file holds
    """Read a file as a profile says."""
    return read_file(parse_profile(profile), body)


def repacked(body: bytes, changes: dict[str, bytes]) -> bytes:
    """Return a workbook with some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return out.getvalue()


@pytest.fixture
def book() -> bytes:
    """Return a small workbook that the profile reads."""
    return workbook([["Time", "Yield"], *[[f"2025-06-01 {hour:02d}:00", 1.5] for hour in range(3)]])


def test_a_profile_that_does_not_fit_says_what_is_missing_and_what_is_there() -> None:
    """A file of another maker is refused with both lists of columns."""
    with pytest.raises(ProfileMismatch, match=r"no column 'Time', 'Yield'; it has 'start', 'kWh'"):
        read(CSV, b"start,kWh\n2025-06-01 00:00,1\n")


def test_a_half_written_workbook_is_refused(book: bytes) -> None:
    """However much of a workbook is there, less than all of it is refused, never read in part."""
    assert len(read(EXCEL, book).readings) == 3
    for length in range(4, len(book) - 1, 97):
        with pytest.raises(UnreadableFile, match="half written"):
            read(EXCEL, book[:length])


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(book: bytes) -> None:
    """A few kilobytes that unpack to more than fits are refused while they unpack."""
    bomb = repacked(book, {"xl/sharedStrings.xml": b"0" * (MOST_BYTES + 1)})
    assert len(bomb) < MOST_BYTES // 500
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        read(EXCEL, bomb)


def test_a_cell_in_the_far_corner_is_refused(book: bytes) -> None:
    """A sheet is kept as a rectangle: two cells at its corners would take a terabyte, and end the process."""
    sheet = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>2</v></c></row>'
    far = repacked(book, {"xl/worksheets/sheet1.xml": sheet + b"</sheetData></worksheet>"})
    with pytest.raises(UnreadableFile, match="1,048,576 rows of 16,384 columns"):
        read(EXCEL, far)


def test_a_compound_file_that_is_no_workbook_is_refused() -> None:
    """The bytes of an old workbook's container without one in it are refused, whatever they hold."""
    for filler in (b"", b"\x00", b"\xff", b"\x01\x02"):
        with pytest.raises(UnreadableFile, match="can't be read"):
            read(EXCEL, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + filler * 4000)


def test_another_zip_file_is_told_from_a_workbook() -> None:
    """A zip of something else isn't handed to a workbook's reader."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("content.xml", "<office/>")
    with pytest.raises(UnreadableFile, match=r"no \.xlsx workbook"):
        read(EXCEL, out.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_xml_bomb_is_refused_before_it_is_parsed(encoding: str) -> None:
    """Entities that grow without end need a document type, which no Green Button file has."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><feed>&a9;</feed>'
    with pytest.raises(UnreadableFile, match="document type"):
        read(GREEN, bomb.encode(encoding))


def nem12(*lines: str) -> bytes:
    """Return the lines of a NEM12 file."""
    return "\n".join(lines).encode()


def test_a_missing_day_of_a_nem12_file_is_rejected_by_its_date() -> None:
    """The days that are there are read; the one whose 300 record is missing is a rejected row that names it."""
    whole = read(NEM12, nem12(*HEAD, *DAYS, "900"))
    lacking = read(NEM12, nem12(*HEAD, DAYS[0], DAYS[2], "900"))
    assert (len(whole.readings), len(lacking.readings)) == (144, 96)
    assert [each.reason for each in lacking.rejected] == ["column 'value': 'no 300 record of 20250602' isn't a number"]


def test_a_nem12_file_that_is_cut_short_is_refused() -> None:
    """A file with a 100 record and no 900 record, a 200 record without days, or a day cut off is refused whole."""
    for body, word in (
        (nem12(*HEAD, *DAYS), "cut short"),
        (nem12(*HEAD, "900"), "days are missing"),
        (nem12(*HEAD, DAYS[0], DAYS[1][:60], "900"), "with 12 values"),
        (nem12(*HEAD, "300,2025060x,1"), "YYYYMMDD"),
    ):
        with pytest.raises(UnreadableFile, match=word):
            read(NEM12, body)


def test_two_intervals_with_one_end_are_not_both_stored() -> None:
    """Of two intervals that end together and begin apart one is wrong: the first stays, the second is rejected."""
    profile = CSV.replace(b'"interval_minutes": 60', b'"until": ["Until"]')
    rows = b"Time,Until,Yield\n2025-06-01 00:00,2025-06-01 02:00,1\n2025-06-01 01:00,2025-06-01 02:00,2\n"
    found = read(profile, rows)
    assert [each.generated for each in found.readings] == [1]
    assert "ends as that of row 2" in found.rejected[0].reason


def test_a_day_of_fewer_columns_than_the_profile_says_is_refused() -> None:
    """Where a column of a day's intervals is gone, those behind it would stand an interval early."""
    wide = {"first": "00:00", "count": 24}
    known = parse_profile(CSV)
    assert isinstance(known, Profile)
    text = CSV.replace(b'{"format": "csv"}', f'{{"format": "csv", "wide": {wide}}}'.replace("'", '"').encode())
    text = text.replace(b', "interval_minutes": 60', b"").replace(b"Yield", b"value")
    names = ",".join(f"{hour:02d}:00" for hour in range(23))
    with pytest.raises(ProfileMismatch, match="23 columns"):
        read(text, f"Time,{names}\n2025-06-01,{','.join('1' * 23)}\n".encode())


def test_the_hour_that_comes_twice_has_an_end_each_time() -> None:
    """Rows of 02:00 to 03:00 that stand twice, as portals write the end of summer time, are an hour each."""
    profile = CSV.replace(b'"interval_minutes": 60', b'"until": ["Until"]').replace(b"UTC", b"Europe/Amsterdam")
    hours = [(1, 2), (2, 3), (2, 3), (3, 4)]
    rows = "".join(f"2024-10-27 0{a}:00,2024-10-27 0{b}:00,{n}\n" for n, (a, b) in enumerate(hours))
    found = read(profile, f"Time,Until,Yield\n{rows}".encode())
    assert [each.seconds for each in found.readings] == [3600] * 4
    assert [each.end - found.readings[0].end for each in found.readings] == [0, 3600, 7200, 10800]
    day = read(profile, b"Time,Until,Yield\n2024-10-27 00:00,2024-10-28 00:00,1\n")
    assert day.readings[0].seconds == 25 * 3600
