"""Cut a feed's file into whole local days, as its maker would have written each day by itself."""

import io
import xml.etree.ElementTree as ET
import zipfile
from collections import defaultdict
from collections.abc import Callable, Container
from datetime import timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from heliograph.profiles.cells import RowReader
from heliograph.profiles.model import Profile
from heliograph.profiles.profiled import ProfiledFile
from heliograph.profiles.rows import json_document, records_at, rows
from heliograph.profiles.wall_times import WallTime

Cut = Callable[[Profile, bytes, Container[int], int], bytes]
_SHEET: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESPI: Final = "{http://naesb.org/espi}"
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


def pieces_of(profile: Profile, body: bytes, name: str, zone: str) -> list[bytes]:
    """Cut a file into pieces of a local day each, in its order.

    What is no row stands in each piece if it stood above the first row: heads, units, a channel. zone: whose days are
    meant where the file's stamps have an offset; else they are those that its stamps say.
    """
    early = timedelta(seconds=profile.time.marks != "start")
    by_day: dict[str, set[int]] = defaultdict(set)
    placed: dict[int, str] = {}
    for row in RowReader(profile, name, ProfiledFile()).parsed(rows(profile, body)):
        day = placed.setdefault(row.position, str((_local(row.wall_time, zone) - early).date()))
        by_day[day].add(row.position)
    cut = _CUTS[profile.layout.format]
    return [cut(profile, body, positions, min(placed)) for positions in by_day.values()]


def _local(time: WallTime, zone: str) -> Any:  # noqa: ANN401 - a date and time, with a zone or without
    if time.offset is None:
        return time.local
    return time.local.replace(tzinfo=timezone(timedelta(seconds=time.offset))).astimezone(ZoneInfo(zone))


def _lines(_: Profile, body: bytes, positions: Container[int], first: int) -> bytes:
    lines = enumerate(body.splitlines(keepends=True), 1)
    return b"".join(line for number, line in lines if number < first or number in positions)


def _json(profile: Profile, body: bytes, positions: Container[int], _: int) -> bytes:
    document = json_document(body)
    records = records_at(document, profile.layout.records)
    records[:] = [record for number, record in enumerate(records, 1) if number in positions]
    return _JSON.encode(document)


def _excel(_: Profile, body: bytes, positions: Container[int], first: int) -> bytes:
    """Keep rows of each sheet; all else of the package stays as it is."""
    cut = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as whole, zipfile.ZipFile(cut, "w", zipfile.ZIP_DEFLATED) as piece:
        for part in whole.namelist():
            text = whole.read(part)
            if part.startswith("xl/worksheets/sheet"):
                root = ET.fromstring(text)  # noqa: S314 - a file of our own choice
                for data in root.iter(f"{_SHEET}sheetData"):
                    for place, row in enumerate(list(data), 1):
                        number = int(row.get("r", place))
                        if number >= first and number not in positions:
                            data.remove(row)
                text = ET.tostring(root)
            piece.writestr(part, text)
    return cut.getvalue()


def _nem12(_: Profile, body: bytes, positions: Container[int], __: int) -> bytes:
    """Keep days with what is said of them, and the channels that have one."""
    kept: list[bytes] = []
    channel = b""
    is_kept = False
    for number, line in enumerate(body.splitlines(keepends=True), 1):
        kind = line.lstrip()[:3]
        if kind == b"200":
            channel = line
        elif kind == b"300":
            is_kept = number in positions
            kept += [channel, line] if is_kept else []
            channel = b"" if is_kept else channel
        elif kind in {b"100", b"900"} or is_kept:
            kept.append(line)
    return b"".join(kept)


def _green_button(_: Profile, body: bytes, positions: Container[int], __: int) -> bytes:
    root = ET.fromstring(body)  # noqa: S314 - a file of our own choice
    position = 0
    for block in root.iter(f"{_ESPI}IntervalBlock"):
        for reading in block.findall(f"{_ESPI}IntervalReading"):
            position += 1
            if position not in positions:
                block.remove(reading)
    return bytes(ET.tostring(root, xml_declaration=True, encoding="utf-8"))


_CUTS: Final[dict[str, Cut]] = {
    "csv": _lines,
    "ndjson": _lines,
    "json": _json,
    "excel": _excel,
    "nem12": _nem12,
    "green_button": _green_button,
}
