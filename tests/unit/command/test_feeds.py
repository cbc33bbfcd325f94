"""`heliograph feeds`: an unknown file in; a profile, its questions and its readings out."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from heliograph_cli.main import app

SUMS = ["readings", "first_end_utc", "last_end_utc", "generated_kwh", "consumed_kwh"]
EXPORT = "start,Production (kWh),Consumption (kWh)\n" + "".join(
    f"2025-06-01 {hour:02d}:00,{hour % 7 / 10},0.25\n" for hour in range(24)
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Return an export of a whole day whose zone nobody can see."""
    path = tmp_path / "roof.csv"
    path.write_text(EXPORT)
    return path


def feeds(*arguments: str | Path) -> Any:  # noqa: ANN401 - Typer's result
    """Call the command."""
    return CliRunner().invoke(app, ["feeds", *map(str, arguments)])


def test_scripts_get_the_profile_the_questions_and_the_sums(export: Path) -> None:
    """--json has the profile, what is asked with candidates, readings, ends and exact sums as text."""
    told = json.loads(feeds("detect", export, "--json", "--site", "roof-1").stdout)
    assert [(each["key"], "Europe/Amsterdam" in each["candidates"]) for each in told["ask"]] == [("zone", True)]
    assert (told["readings"], told["consumed_kwh"]) == (24, "6")
    assert told["profile"]["site"] == {"id": "roof-1"}
    assert list(told) == ["profile", "ask", *SUMS]


def test_an_answer_closes_its_question(export: Path) -> None:
    """With the zone answered nothing is open, and the ends are in UTC."""
    told = json.loads(feeds("detect", export, "--json", "--site", "roof-1", "--answer", "zone=Asia/Kolkata").stdout)
    assert told["ask"] == []
    assert told["first_end_utc"] == "2025-05-31T19:30:00Z"


def test_the_registry_answers_the_zone(export: Path, tmp_path: Path) -> None:
    """What the registry knows of the site isn't asked."""
    sites = tmp_path / "sites.json"
    sites.write_text('[{"site_id": "roof-1", "timezone": "Europe/Paris"}]')
    told = json.loads(feeds("detect", export, "--json", "--site", "roof-1", "--sites", sites).stdout)
    assert told["ask"] == []


def test_a_side_that_is_not_measured_has_no_sum(tmp_path: Path) -> None:
    """The sum of a side without a source is null, never zero."""
    path = tmp_path / "load.csv"
    path.write_text("start,Consumption (kWh)\n" + "".join(f"2025-06-01T{h:02d}:00Z,0.5\n" for h in range(24)))
    told = json.loads(feeds("detect", path, "--json", "--site", "load-1").stdout)
    assert (told["generated_kwh"], told["consumed_kwh"]) == (None, "12")


def test_a_kept_profile_reads_the_feed_and_a_bad_row_ends_with_one(export: Path, tmp_path: Path) -> None:
    """`test` reads files by a profile; a row that is none is named and ends the command with 1."""
    profile = tmp_path / "roof.json"
    assert feeds("detect", export, "--site", "roof-1", "--answer", "zone=UTC", "--out", profile).exit_code == 0
    assert feeds("test", profile, export).exit_code == 0
    export.write_text(EXPORT + "2025-06-02 00:00,abc,0.25\n")
    tested = feeds("test", profile, export)
    assert tested.exit_code == 1
    assert "column 'Production (kWh)': 'abc' isn't a number" in tested.stderr


def test_an_empty_cell_of_one_side_is_said(export: Path, tmp_path: Path) -> None:
    """A reading of one side would be rejected as it lands: `test` says how many there are."""
    profile = tmp_path / "roof.json"
    feeds("detect", export, "--site", "roof-1", "--answer", "zone=UTC", "--out", profile)
    export.write_text(EXPORT.replace("01:00,0.1,", "01:00,,"))
    tested = feeds("test", profile, export)
    assert tested.exit_code == 0
    assert "1 of them without generation" in tested.stdout


def test_converted_readings_have_both_sides_where_that_is_asked(export: Path, tmp_path: Path) -> None:
    """`convert` writes what is measured; the other side only where zero is asked for."""
    profile = tmp_path / "roof.json"
    feeds("detect", export, "--site", "roof-1", "--answer", "zone=UTC", "--out", profile)
    told = json.loads(profile.read_text())
    del told["generated"]
    profile.write_text(json.dumps(told))
    path = tmp_path / "readings.ndjson"
    assert feeds("convert", profile, export, "--out", path).exit_code == 0
    first = json.loads(path.read_text().splitlines()[0])
    assert first == {"site_id": "roof-1", "timestamp": "2025-06-01T01:00:00Z", "energy_consumed_kwh": 0.25}
    feeds("convert", profile, export, "--out", path, "--unmeasured-as-zero")
    assert json.loads(path.read_text().splitlines()[0])["energy_generated_kwh"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--answer", "zone"), 2, "isn't KEY=VALUE"),
        (("--answer", "zone=Mars/North"), 2, "zone"),
    ],
)
def test_a_mistake_is_one_line_with_what_to_do(export: Path, arguments: tuple[str, ...], code: int, word: str) -> None:
    """An answer that can't be used is refused with a line, not a traceback."""
    result = feeds("detect", export, *arguments)
    assert result.exit_code == code or result.exception is not None
    assert word in str(result.exception) + result.output


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    """A file without rows and times is named with what was looked for."""
    path = tmp_path / "x.csv"
    path.write_text("name,city\nann,paris\n")
    assert "rows with a time" in str(feeds("detect", path).exception)


def test_a_shipped_profile_is_used_by_its_name(tmp_path: Path) -> None:
    """`test NAME` reads files by a shipped profile; what it asks must be answered, and the line says how."""
    path = tmp_path / "report.csv"
    path.write_text("Date/Time,Energy Produced (Wh)\n" + "".join(f"06/01/2025 {h:02d}:00,250\n" for h in range(24)))
    assert "--answer zone=" in str(feeds("test", "enphase-production", path).exception)
    result = json.loads(feeds("test", "enphase-production", path, "--json", "--answer", "zone=UTC").stdout)
    assert (result["readings"], result["generated_kwh"], result["rejected"]) == (24, "6", [])


def test_the_shipped_profiles_are_listed_and_written(tmp_path: Path) -> None:
    """`shipped` names each profile and what it asks; one of them is written as a profile of a site."""
    rows = json.loads(feeds("shipped", "--json").stdout)
    assert {"name": "shelly-em", "title": "Shelly EM: a phase of em_data.csv", "asks": "site"} in rows
    path = tmp_path / "em.json"
    assert feeds("shipped", "shelly-em", "--site", "roof-1", "--out", path).exit_code == 0
    assert json.loads(path.read_text())["site"] == {"id": "roof-1"}


def test_the_schema_is_one_an_editor_can_use() -> None:
    """The JSON Schema names the profile's parts."""
    told = json.loads(feeds("schema", "--json").stdout)
    assert "Profile" in json.dumps(told)
