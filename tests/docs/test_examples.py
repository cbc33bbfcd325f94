"""The examples of the how-to pages and of the file formats do what their pages say."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from docs.pages import DOCS, ROOT, Block, blocks
from heliograph.feed import Numbered, decode
from heliograph.site_entries import parse_sites
from heliograph_cli.main import app


def titled(page: str) -> dict[str, Block]:
    """Return a page's code blocks that are files, by their names."""
    return {block.title: block for block in blocks(DOCS / page) if block.title}


@pytest.mark.parametrize("block", titled("reference/readings.md").values(), ids=lambda block: block.title)
def test_every_format_shown_is_read(block: Block) -> None:
    """Each file on the page is read whole, and says what the others say of roof-1."""
    entries = list(decode(block.content.encode(), zones=lambda site_ids: dict.fromkeys(site_ids, "Europe/Berlin")))
    readings = [entry.reading for entry in entries if isinstance(entry, Numbered)]
    assert len(readings) == len(entries)
    assert (readings[0].site_id, readings[0].timestamp) == ("roof-1", "2026-06-01T10:00:00Z")
    assert [str(readings[0].energy_generated_kwh), str(readings[0].net_energy_kwh)] == ["3.25", "2.85"]


def test_the_export_is_detected_and_converted(tmp_path: Path) -> None:
    """The page's export becomes NDJSON by the commands that the page shows: ends of intervals in UTC, exact numbers."""
    for name, block in titled("how-to/feed-your-format.md").items():
        (tmp_path / name).write_text(block.content)
    export, profile = str(tmp_path / "export_0815.csv"), str(tmp_path / "portal.json")
    answered = ["--site", "roof-1", "--answer", "zone=Europe/Berlin", "--out", profile]
    detected = CliRunner().invoke(app, ["feeds", "detect", export, *answered])
    assert (detected.exit_code, "asked:" in detected.output) == (0, False)
    converted = tmp_path / "readings.ndjson"
    CliRunner().invoke(app, ["feeds", "convert", profile, export, "--out", str(converted)])
    readings = [entry.reading for entry in decode(converted.read_bytes()) if isinstance(entry, Numbered)]
    assert [reading.timestamp[11:16] for reading in readings] == ["10:00", "10:15", "10:30"]
    assert [str(reading.energy_generated_kwh) for reading in readings] == ["1.25", "1.31", "1.18"]


@pytest.mark.parametrize("page", ["how-to/register-sites.md", "tutorial.md"])
def test_registries_shown_are_registries(page: str) -> None:
    """Each sites.json on a page is one, and so is each sites.csv."""
    files = titled(page)
    assert parse_sites(msgspec.json.format(files["sites.json"].content.encode()))
    assert all(parse_sites(files[name].content.encode()) for name in files if name == "sites.csv")


@pytest.mark.parametrize(
    "block",
    [block for block in blocks(DOCS / "how-to/add-a-check.md") if block.language == "python"],
    ids=lambda block: block.content.splitlines()[0].strip()[:40],
)
def test_the_check_followed_on_its_page_is_the_code(block: Block) -> None:
    """What the page quotes stands so in the file it names."""
    assert block.content in (ROOT / block.title).read_text()
