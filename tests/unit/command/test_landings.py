"""`heliograph check --landed-at --as-of`: what a site shows at a moment, by when its readings landed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from heliograph.errors import HeliographError
from heliograph_cli.main import app

HEADER = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh,landed\n"
# Hours of one site, each day of which lands on the next at six.
ROWS = [
    ("meter", f"2026-11-{day:02d}T{hour:02d}:00:00Z", 0, 1 + hour / 10, f"2026-11-{day + 1:02d}T06:00:00Z")
    for day in range(1, 21)
    for hour in range(1, 24)
]


def incidents(*arguments: str | Path) -> list[dict[str, Any]]:
    """Return the incidents that the command finds."""
    result = CliRunner().invoke(app, ["check", *map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return [incident for site in json.loads(result.stdout)["sites"] for incident in site["incidents"]]


def silent(*arguments: str | Path) -> list[str]:
    """Return when the silences of the command began."""
    return [incident["onset"] for incident in incidents(*arguments) if incident["rule"] == "no_data"]


def as_csv() -> str:
    """Write the rows as CSV."""
    return HEADER + "".join(",".join(map(str, row)) + "\n" for row in ROWS)


def as_lines() -> str:
    """Write the rows as NDJSON, a blank line among them."""
    names = HEADER.strip().split(",")
    return "\n".join(["", *(json.dumps(dict(zip(names, row, strict=True))) for row in ROWS)])


def as_array() -> str:
    """Write the rows as one JSON array, on one line."""
    names = HEADER.strip().split(",")
    return json.dumps([dict(zip(names, row, strict=True)) for row in ROWS])


@pytest.mark.parametrize("written", [as_csv, as_lines, as_array])
def test_a_column_says_when_readings_landed(tmp_path: Path, written: Any) -> None:  # noqa: ANN401 - any of three
    """The morning's file is on time until it is missed, and what has landed later isn't there yet."""
    file = tmp_path / "meter"
    file.write_text(written())
    assert silent(file, "--landed-at", "landed", "--as-of", "2026-11-21T05:00:00Z") == []
    assert silent(file, "--landed-at", "landed", "--as-of", "2026-11-22T05:00:00Z") == []
    assert silent(file, "--landed-at", "landed", "--as-of", "2026-11-22T12:00:00Z") == ["2026-11-20T23:00:00Z"]


def test_a_line_that_is_no_json_is_rejected_alone(tmp_path: Path) -> None:
    """The command says why it rejects the record, and reads when the others landed."""
    first, *rest = as_lines().strip().splitlines()
    file = tmp_path / "meter.ndjson"
    file.write_text("\n".join([first, first[:30], *rest]))
    result = CliRunner().invoke(app, ["check", str(file), "--landed-at", "landed"])
    assert isinstance(result.exception, SystemExit), result.exception
    assert "record 2: the record isn't JSON" in result.output
    assert f"{len(rest) + 1} readings of 1 site" in result.output


def test_a_rule_says_when_readings_landed(tmp_path: Path) -> None:
    """By the site's clock, by UTC, or so long after the interval's end."""
    file = tmp_path / "meter.csv"
    file.write_text(as_csv())
    for rule in ("next day 06:00", "next day 06:00Z", "1h"):
        late = silent(file, "--landed-at", rule, "--as-of", "2026-11-22T12:00:00Z")
        assert late == ["2026-11-20T23:00:00Z"], rule
    assert silent(file, "--landed-at", "next day 06:00", "--as-of", "2026-11-21T20:00:00Z") == []
    assert silent(file, "--landed-at", "1h", "--as-of", "2026-11-21T20:00:00Z") == ["2026-11-20T23:00:00Z"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--landed-at", "arrived"], "no record has 'arrived'"),
        (["--landed-at", "energy_consumed_kwh"], "record 2: energy_consumed_kwh doesn't say when it landed"),
        (["--landed-at", "next day 25:00"], "has no time of day"),
        (["--as-of", "tomorrow"], "--as-of"),
    ],
)
def test_what_isnt_understood_is_said(tmp_path: Path, arguments: list[str], says: str) -> None:
    """The command names the column, the record or the option, and reads nothing as if it were right."""
    file = tmp_path / "meter.csv"
    file.write_text(as_csv())
    result = CliRunner().invoke(app, ["check", str(file), *arguments])
    assert result.exit_code != 0
    assert isinstance(result.exception, HeliographError)
    assert says in str(result.exception)
