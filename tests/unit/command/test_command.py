"""The command without a stack: help, what is printed, and what a user's mistake looks like."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from heliograph.feed import Numbered, decode
from heliograph.ingest import Ingest
from heliograph_cli import show
from heliograph_cli.landing import Submitted, follow
from heliograph_cli.main import app, run

COMMANDS = [
    *("up", "down", "submit", "status", "charts", "simulate", "replay", "audit"),
    *("sites load", "sites list", "dlq list", "dlq show", "dlq redrive"),
    *("quarantine list", "quarantine show", "quarantine resubmit"),
    *("alerts", "alerts list", "alerts show"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """`heliograph COMMAND --help` says what it does and shows it."""
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Example: heliograph {command.split(maxsplit=1)[0]}" in result.output


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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status"], "start it with `heliograph up`"),
        (["submit", "a.json"], "start it with `heliograph up`"),
        (["alerts"], "start it with `heliograph up`"),
        (["alerts", "list", "--day", "2026-11-22"], "--day goes with --state closed"),
        (["alerts", "list", "--state", "closed", "--day", "x"], "--day: x isn't a date"),
        (["alerts", "list", "--site", "a b"], "--site: site_id"),
        (["alerts", "show", "nonsense"], "there's no incident nonsense"),
        (["quarantine", "list"], "start it with `heliograph up`"),
        (["sites", "load", "nowhere.json"], "nowhere.json can't be read"),
        (["simulate", "--until", "yesterday"], "isn't an ISO 8601 date and time"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No traceback: what is wrong and what to do next, on standard error."""
    show.err.cache_clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["heliograph", *arguments])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_stack_in_the_cloud_is_named_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With HELIOGRAPH_BUCKET set, the other settings are asked for by name."""
    show.err.cache_clear()
    monkeypatch.setenv("HELIOGRAPH_BUCKET", "b")
    monkeypatch.setattr("sys.argv", ["heliograph", "status"])
    with pytest.raises(SystemExit):
        run()
    assert "HELIOGRAPH_READINGS_TABLE" in capsys.readouterr().err


def test_following_gives_up_in_time() -> None:
    """A file nobody has processed when the time is up is reported as not done, beside those that are."""
    done = Ingest(object_key="raw/a", version="", landed_at="2026-01-01T00:00:00Z", size_bytes=1, state="done")
    submitted = [Submitted("a", "raw/a", "", done.id), Submitted("b", "raw/b", "", "20260101T000000Z-b")]
    fates = follow(submitted, lambda ingest: done if ingest == done.id else None, timeout=0.1)
    assert [fate.failed for fate in fates] == [False, True]
    assert fates[1].row()["state"] == "waiting"
