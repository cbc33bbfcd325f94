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
