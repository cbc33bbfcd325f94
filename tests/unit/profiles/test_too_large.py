"""Files that stand for more than a machine can hold are refused before they do harm."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from heliograph.errors import TooLarge, UnreadableFile
from heliograph.profiles import read, workbook_size
from heliograph.profiles.rows import csv_lines, json_document
from heliograph.profiles.workbooks import sheet_lines
from unit.profiles.test_kept_rows import FILE, PROFILE

SHEET = "xl/worksheets/sheet1.xml"


def workbook(**members: bytes) -> bytes:
    """Return a zip of these members."""
    body = io.BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def test_a_cell_in_the_far_corner_is_refused() -> None:
    """Two cells of a few bytes would be a table of 17 billion."""
    sheet = b'<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row>'
    with pytest.raises(TooLarge, match="1,048,576 rows of 16,384 columns"):
        list(sheet_lines(workbook(**{SHEET: sheet, "xl/workbook.xml": b""})))


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What its headers say of its size isn't asked: it is unpacked as far as it may be."""
    monkeypatch.setattr(workbook_size, "MOST_BYTES", 2**20)
    with pytest.raises(TooLarge, match="more than 1 MiB"):
        list(sheet_lines(workbook(a=b" " * 2**20, b=b" ")))


def test_half_a_workbook_is_named() -> None:
    """An upload that was cut short says so."""
    with pytest.raises(UnreadableFile, match="half written"):
        list(sheet_lines(workbook(**{SHEET: b"<row/>" * 99})[:60]))


def test_more_rows_than_a_file_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are refused as they are met; one row less is read."""
    monkeypatch.setattr(read, "MOST_ROWS", 3)
    assert read.read_file(PROFILE, FILE).readings
    monkeypatch.setattr(read, "MOST_ROWS", 2)
    with pytest.raises(TooLarge, match="more than 2 rows"):
        read.read_file(PROFILE, FILE)


@pytest.mark.parametrize(
    ("sheet", "cells"),
    [
        (b"<row><c/><c/></row>" * 3, 6),
        (b"<x:row><x:c/><x:c><v>1</v></x:c></x:row>", 2),
        (b"<row/>" * 5, 5),
        (b'<row r="2"><c r="C2"/></row>', 6),
    ],
)
def test_cells_that_name_no_place_count(sheet: bytes, cells: int) -> None:
    """A reader puts them beside each other, so they take as much as those that do."""
    body = workbook(**{SHEET: sheet, "xl/workbook.xml": b'<sheet name="a"/>'})
    assert [size.cells for size in workbook_size.sheet_sizes(body, 2**20)] == [cells]


def test_a_sheet_that_is_listed_twice_counts_twice() -> None:
    """It is read for each of its names."""
    body = workbook(**{SHEET: b"<row><c/></row>", "xl/workbook.xml": b"<sheets><sheet a='1'/><sheet a='2'/></sheets>"})
    assert len(workbook_size.sheet_sizes(body, 2**20)) == 2


def test_a_cell_of_an_open_quote_is_named() -> None:
    """With what to look for, and no word of a library."""
    with pytest.raises(UnreadableFile, match="line 1 has a cell of more than 131,072 characters; look for a quote"):
        list(csv_lines('"' + "1;" * 70_000, ";"))


def test_json_that_stands_too_deep_is_named() -> None:
    """It isn't a limit of ours, and says what is wrong."""
    with pytest.raises(UnreadableFile, match="too deep in one another"):
        json_document(b"[" * 200_000)
