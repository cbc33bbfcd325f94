"""The small cases that are kept beside the project, in `../shared/cases`: a folder each, with what is expected of it.

`make cases` judges them all. Where they aren't at hand, the tests that need them are skipped.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from heliograph.site import Site
from heliograph.site_entries import parse_sites
from heliograph_cli.main import app

CASES: Final = Path(__file__).resolve().parents[3] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the cases lie beside the project, in ../shared/cases")


def sites_of(case: str) -> dict[str, Site]:
    """Return a case's registry, by site."""
    return {site.site_id: site for site in parse_sites((CASES / case / "sites.json").read_bytes())}


@cache
def checked(case: str, *options: str) -> dict[str, dict[str, Any]]:
    """Return what `heliograph check --json` says of a case, by site. options: of the command, behind its registry's."""
    folder = CASES / case
    sites = ("--sites", str(folder / "sites.json"))
    files = sorted(map(str, folder.glob("*.ndjson.gz")))
    result = CliRunner().invoke(app, ["check", *files, *sites, *options, "--json"])
    assert result.exit_code == 0, result.output
    return {site["site_id"]: site for site in json.loads(result.stdout)["sites"]}


def flags_of(case: str, folder: Path) -> list[dict[str, Any]]:
    """Return every reading of a case with its flags, as `heliograph check --out` writes them into a folder."""
    checked(case, "--out", str(folder / "flags.ndjson"))
    return [json.loads(line) for line in (folder / "flags.ndjson").read_text().splitlines()]


# What the native format makes of each file: how many readings, rejected and blank records; or why it is refused.
NATIVE: Final[dict[str, tuple[int, int, int] | str]] = {
    "01-hour-24/in.csv": (3, 0, 0),
    "02-decimal-comma/in.csv": (8, 0, 0),
    "03b-decimal-comma-empty-cell/in.csv": (0, 1, 0),
    "05-sep-line/in.csv": (8, 0, 0),
    "09-epoch/in.csv": (2, 0, 0),
    "09-epoch/in.json": (5, 0, 0),
    "11-local-time/in.json": (8, 0, 0),
    "12-nulls/in.json": (4, 0, 1),
    "13-one-sided/load.csv": (8, 0, 0),
    "13-one-sided/pv.csv": (8, 0, 0),
    "14-json-strings/in.json": (2, 0, 0),
    "16-excel-leftovers/in.csv": (2, 4, 2),
    "06-preamble/in.csv": "lines stand before the CSV header, which is line 4.*heliograph feeds detect",
    "18-xlsx/in.xlsx": "an Excel workbook.*heliograph feeds detect",
    "18b-xls/in.xls": "an old Excel workbook.*heliograph feeds detect",
    "19-utility-formats/in.nem12": "NEM12.*heliograph feeds detect",
    "19b-greenbutton/in.xml": "Green Button XML.*heliograph feeds detect",
    "20-wide/in.csv": "a wide table.*timestamp, roof-1, roof-2.*heliograph feeds detect",
    "22-header-names/in.csv": "lacks energy_generated_kwh; it names Site_ID.*heliograph feeds detect",
    "68-two-inverter-columns/in.csv": "names energy_generated_kwh twice",
}
