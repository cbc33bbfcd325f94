"""The command without a stack: what it writes and prints."""

import json
from pathlib import Path

from typer.testing import CliRunner

from heliograph.feed import Numbered, decode
from heliograph.ingestion import Ingestion
from heliograph_cli import show
from heliograph_cli.main import app
from heliograph_cli.submit import Submitted, follow


def test_simulate_writes_what_can_be_submitted(tmp_path: Path) -> None:
    """Files, labels and the registry land in a folder; every raw file decodes."""
    show.out.cache_clear()
    arguments = ["simulate", "--hours", "3", "--sites", "4", "--out", str(tmp_path), "--until", "2026-06-01T12:00:00Z"]
    result = CliRunner().invoke(app, [*arguments, "--fault-rate", "0", "--json"])
    assert result.exit_code == 0, result.output
    files = sorted((tmp_path / "raw").rglob("*.json"))
    assert len(files) == 3
    entries = [entry for path in files for entry in decode(path.read_bytes())]
    assert len(entries) == 3 * 12 * 4
    assert all(isinstance(entry, Numbered) for entry in entries)
    assert len(json.loads((tmp_path / "sites.json").read_bytes())) == 4


def test_following_gives_up_in_time() -> None:
    """A file nobody has processed when the time is up is reported as not done, beside those that are."""
    done = Ingestion(object_key="raw/a", version="", landed_at="2026-01-01T00:00:00Z", size_bytes=1, state="done")
    submitted = [Submitted("a", "raw/a", "", done.id), Submitted("b", "raw/b", "", "20260101T000000Z-b")]
    fates = follow(submitted, lambda ingestion: done if ingestion == done.id else None, timeout=0.1)
    assert [fate.failed for fate in fates] == [False, True]
    assert fates[1].row()["state"] == "waiting"
