"""The command without a stack: what it writes and prints."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from heliograph.feed import Numbered, decode
from heliograph.ingestion import Ingestion
from heliograph.storage.objects import S3Landing, SubmittedFile
from heliograph_cli import show
from heliograph_cli.commands import NotReadable
from heliograph_cli.main import app
from heliograph_cli.submit import Submitted, follow, land_all


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


class TakesAll(S3Landing):
    """Lands every file nowhere."""

    def __init__(self) -> None:
        """Need no client."""

    def land(self, feed: str, now: datetime, name: str, body: bytes) -> SubmittedFile:
        """Take a file."""
        return SubmittedFile(f"{feed}/{name}", "", f"{now:%Y}-{len(body)}")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["good", "none", "good"], "1 of 3 files landed; {none} and the files named after it did not"),
        (["none"], "{none} did not land"),
    ],
)
def test_who_submits_many_learns_where_it_stopped(
    names: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that can't be read ends the command; it says how many landed before it."""
    show.err.cache_clear()
    (tmp_path / "good").write_text("[]")
    with pytest.raises(NotReadable):
        land_all([tmp_path / name for name in names], TakesAll())
    assert says.format(none=tmp_path / "none") in capsys.readouterr().err
