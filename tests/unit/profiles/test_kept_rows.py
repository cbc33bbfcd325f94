"""What is kept of a row that is no reading, and where a reading stood in its file."""

import json

from heliograph.profiles.model import parse_profile
from heliograph.profiles.read import read_file

PROFILE = parse_profile(b"""{"name": "portal", "layout": {"format": "csv", "delimiter": ";", "decimal": ","},
    "site": {"id": "roof"}, "time": {"columns": ["Zeit"], "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin",
    "marks": "start", "interval_minutes": 15}, "quantity": "interval", "unit": "kWh",
    "generated": [{"column": "Einspeisung"}]}""")
FILE = "Zeit;Einspeisung\n01.06.2026 11:45;1,25\n01.06.2026 12:00;n\u00f6\n01.06.2026 12:15;1,18\n".encode()


def test_a_rejected_row_is_kept_by_its_columns() -> None:
    """Its position is its line, its text a JSON object of its cells, and the reason names the column and the value."""
    (rejected,) = read_file(PROFILE, FILE).rejected
    assert rejected.position == 3
    assert json.loads(rejected.record) == {"Zeit": "01.06.2026 12:00", "Einspeisung": "n\u00f6"}
    assert "Einspeisung" in rejected.reason
    assert "n\u00f6" in rejected.reason


def test_a_reading_knows_its_line() -> None:
    """A reading's position is that of the row it stands in."""
    assert [reading.position for reading in read_file(PROFILE, FILE).readings] == [2, 4]


def test_both_passes_of_an_hour_that_are_written_with_the_same_end() -> None:
    """02:00 to 03:00 stands twice when summer time ends: an hour each, and neither takes the other's END."""
    rows = ["02:00;02:15", "02:45;03:00", "02:00;02:15", "02:45;03:00", "03:00;03:15"]
    text = "von;bis;kWh\n" + "".join(
        f"2024-10-27 {a};2024-10-27 {b};1\n" for a, b in (each.split(";") for each in rows)
    )
    said = {
        "name": "portal",
        "layout": {"format": "csv", "delimiter": ";"},
        "site": {"id": "roof"},
        "time": {"columns": ["von"], "until": ["bis"], "zone": "Europe/Berlin", "marks": "start"},
        "quantity": "interval",
        "unit": "kWh",
        "generated": [{"column": "kWh"}],
    }
    found = read_file(parse_profile(json.dumps(said).encode()), text.encode()).readings
    assert [(each.end - found[0].end, each.seconds) for each in found] == [
        (0, 900),
        (2700, 900),
        (3600, 900),
        (6300, 900),
        (7200, 900),
    ]
