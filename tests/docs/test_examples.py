"""The examples of the how-to pages and of the file formats do what their pages say."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from docs.pages import DOCS, ROOT, Block, blocks
from heliograph.feed import Numbered, decode
from heliograph.site import parse_sites


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


def test_the_converter_makes_readings(tmp_path: Path) -> None:
    """A foreign export becomes NDJSON: ends of intervals, offsets, decimal points."""
    files = titled("how-to/feed-your-format.md")
    for name, block in files.items():
        (tmp_path / name).write_text(block.content)
    command = [sys.executable, "convert.py", "roof-1", "export_0815.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)  # noqa: S603 - the page's own
    readings = [entry.reading for entry in decode(done.stdout) if isinstance(entry, Numbered)]
    assert [reading.timestamp for reading in readings] == ["2026-06-01T10:00:00Z", "2026-06-01T10:15:00Z"]
    assert [str(reading.energy_generated_kwh) for reading in readings] == ["3.25", "3.31"]


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
