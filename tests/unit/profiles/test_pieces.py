"""The cutter of `make exports`: days by themselves hold what the whole file holds, whatever its layout."""

from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from heliograph.detect.propose import propose
from heliograph.profiles.model import Format, Profile
from heliograph.profiles.profiled import ProfiledReading
from heliograph.profiles.read import read_file
from pieces import pieces_of
from unit.detect import loggers, others, portals, utilities  # noqa: F401 - they keep their exports
from unit.detect.exports import Export, export_of, exports, series


def nem12() -> Export:
    """Two channels of three days, the second of which has a day whose quality varies."""
    energies = series("Etc/GMT-10", "2025-04-04", 3, 30)
    text = "100,NEM12,202504080000,X,Y\n"
    for channel, side in (("E1", 2), ("B1", 1)):
        text += f"200,NMI0000001,E1B1,{channel},{channel},,M1,kWh,30,\n"
        for day in range(3):
            cells = ",".join(str(each[side]) for each in energies[48 * day : 48 * day + 48])
            text += f"300,2025040{4 + day},{cells},{'V' if day == 1 else 'A'},,,\n"
            text += "400,1,2,F14,32,\n400,3,48,A,,\n" if day == 1 else ""
    return export_of("nem12", "NEM12_1.csv", text + "900\n", energies, 30)


def green_button() -> Export:
    """Two blocks of hours of a day and a half each, across the end of summer time."""
    energies = series("America/New_York", "2025-11-01", 3, 60)
    readings = [
        "<IntervalReading><timePeriod><duration>3600</duration>"
        f"<start>{int(moment.timestamp())}</start></timePeriod><value>{int(consumed * 1000)}</value></IntervalReading>"
        for moment, _, consumed in energies
    ]
    blocks = "".join(
        '<entry><link rel="up" href="/U/1/MeterReading/1/IntervalBlock"/><content>'
        f'<IntervalBlock xmlns="http://naesb.org/espi">{"".join(part)}</IntervalBlock></content></entry>'
        for part in (readings[:36], readings[36:])
    )
    text = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'
        '<entry><link rel="self" href="/U/1/MeterReading/1"/><link rel="related" href="/ReadingType/7"/>'
        '<content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>'
        '<entry><link rel="self" href="/ReadingType/7"/><content><ReadingType xmlns="http://naesb.org/espi">'
        "<commodity>1</commodity><flowDirection>1</flowDirection><powerOfTenMultiplier>0</powerOfTenMultiplier>"
        f"<uom>72</uom></ReadingType></content></entry>{blocks}</feed>"
    )
    return export_of("green-button", "usage.xml", text, energies, 60, "consumed")


def proposed(export: Export) -> Profile:
    """Return the profile of an export, its questions answered."""
    return propose(export.body, export.file_name, export.answers, "roof-1").profile


# One of each layout, and what a cut may break: preambles, wide days, the hour that comes twice, counters, newest first.
NAMES = {
    "e-distribuzione", "enedis-index", "epoch-lines", "fusion-solar", "german-logger", "newest-first", "tibber",
}  # fmt: skip
CUT = [*(each for each in exports() if each.name in NAMES), nem12(), green_button()]


def what_is_read(readings: list[ProfiledReading]) -> list[tuple[object, ...]]:
    """Return what of readings a site keeps, by END."""
    return sorted((r.end, r.seconds, r.generated, r.consumed, r.mark, r.registers) for r in readings)


@pytest.mark.parametrize("export", CUT, ids=[each.name for each in CUT])
def test_days_by_themselves_hold_what_the_whole_file_holds(export: Export) -> None:
    """Each piece is of one local day, and together they are read as the file they were cut from."""
    profile = proposed(export)
    zone = profile.time.zone or "UTC"
    pieces = [read_file(profile, piece) for piece in pieces_of(profile, export.body, export.file_name, zone)]
    whole = read_file(profile, export.body).readings
    assert what_is_read([each for piece in pieces for each in piece.readings]) == what_is_read(whole)
    assert not any(piece.rejected for piece in pieces)
    assert len(pieces) > 1
    early = profile.time.marks != "start"
    for piece in pieces:
        moments = [each.end - (1 if early else each.seconds or 1) for each in piece.readings]
        assert len({datetime.fromtimestamp(each, UTC).astimezone(ZoneInfo(zone)).date() for each in moments}) == 1


def test_every_layout_is_cut() -> None:
    """Of each format that a profile may have, an export of several days is among those that are cut."""
    assert {proposed(each).layout.format for each in CUT} == {*get_args(Format)}
