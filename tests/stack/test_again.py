"""Processing again: dead letters looked at and redriven, raw objects replayed; nothing is lost and nothing doubled."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack import find
from stack.test_command import Up
from stack.yard import Yard, reading, wait_until


@pytest.fixture(scope="module")
def up(zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A stack that was started by the command, with no fleet."""
    started = Up(zips, tmp_path_factory.mktemp("again") / "state", sites=0)
    yield started
    started.end(signal.SIGTERM)


def lines(up: Up, *arguments: str | Path) -> list[dict[str, object]]:
    """Run a command and read the lines of JSON it prints."""
    result = up.run(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def status(up: Up) -> dict[str, int]:
    """Give the totals and the queues' depths."""
    (found,) = lines(up, "status")
    totals = found["totals"]
    assert isinstance(totals, dict)
    return {**totals, **{name: found[name] for name in ("waiting", "dead_letters")}}  # type: ignore[dict-item]


def test_dead_letters_are_explained_and_can_be_processed_again(up: Up, tmp_path: Path) -> None:
    """A dead letter says which file, how large and why; redriven, it fails again and comes back; none is lost."""
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text("[{")
        assert up.run("submit", "--wait", tmp_path / name).returncode == 1
    wait_until(lambda: status(up)["dead_letters"] == 2, "two dead letters", 30)
    letters = lines(up, "dlq", "list")
    assert lines(up, "dlq", "list") == letters, "looking leaves them where they are"
    for letter in letters:
        assert str(letter["object_key"]).startswith("raw/submit/")
        assert "broken" in str(letter["error"])
        assert letter["size_bytes"] == 2
    first = str(letters[0]["id"])
    assert '"eventName"' in up.run("dlq", "show", first).stdout
    assert up.run("dlq", "show", "no-such").returncode == 1
    assert "1 of 2" in up.run("dlq", "redrive", first).stdout
    wait_until(lambda: (status(up)["waiting"], status(up)["dead_letters"]) == (0, 2), "its return", 30)
    assert status(up)["failed_files"] == 2
    assert up.run("dlq", "redrive").returncode == 2
    assert "2 of 2" in up.run("dlq", "redrive", "--all").stdout


def test_a_replay_changes_nothing_and_can_be_resumed(up: Up, tmp_path: Path) -> None:
    """Every raw object again: the same totals, and a dead letter stays one. With --resume, nothing is left to send."""
    earlier = status(up)
    for number in range(3):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps([reading("again", f"2026-06-01T12:0{number}:00Z"), {"bad": 1}]))
        assert up.run("submit", "--wait", path).returncode == 1, "a record of each is rejected"
    wait_until(lambda: status(up)["waiting"] == 0, "an empty queue", 30)
    before = status(up)
    assert before["dead_letters"] == 2
    assert (before["stored"] - earlier["stored"], before["refused"] - earlier["refused"]) == (3, 3)
    noted = tmp_path / "replay.txt"
    (sent,) = lines(up, "replay", "raw/submit/", "--resume", noted)
    assert sent["sent"] == before["files"]
    wait_until(lambda: status(up)["waiting"] == 0, "an empty queue", 30)
    assert status(up) == before
    assert lines(up, "replay", "raw/submit/", "--resume", noted) == [{"sent": 0}]
    assert lines(up, "replay", "--to", "2026-01-01T00:00:00Z") == [{"sent": 0}]
    assert "raw objects lie below raw/" in up.run("replay", "submit/").stderr


def test_an_audit_finds_what_is_missing_and_repairs_it(up: Up, tmp_path: Path) -> None:
    """All is found; then a reading, a quarantine file and an ingest are taken away, named, and brought back."""
    path = tmp_path / "audited.json"
    path.write_text(json.dumps([reading("audited", f"2026-06-01T12:0{n}:00Z") for n in range(3)] + [{"bad": 1}]))
    assert up.run("submit", "--wait", path).returncode == 1, "a record is rejected"
    wait_until(lambda: status(up)["waiting"] == 0, "an empty queue", 30)
    (whole,) = lines(up, "audit")
    assert whole["lost"] == whole["totals"] == []

    yard = Yard(find(up.state_dir))  # type: ignore[arg-type]
    yard.dynamodb.delete_item(
        TableName=yard.stack.readings_table,
        Key={"site_id": {"S": "audited"}, "timestamp": {"S": "2026-06-01T12:01:00Z"}},
    )
    (key,) = (each for each in quarantine_of(yard) if "audited" in each)
    yard.s3.delete_object(Bucket=yard.stack.raw_bucket, Key=key)
    result = up.run("audit", "--json", "--repair")
    assert result.returncode == 1
    (lost,) = json.loads(result.stdout)["lost"]
    assert "audited.json" in lost["object_key"]
    assert lost["problems"] == [
        "1 (records 2) of 3 readings aren't stored",
        "1 (records 4) of 1 refused records aren't in quarantine",
    ]
    wait_until(lambda: status(up)["waiting"] == 0, "an empty queue", 30)
    (repaired,) = lines(up, "audit")
    assert repaired == whole
    yard.close()


def quarantine_of(yard: Yard) -> list[str]:
    """List the keys in quarantine."""
    listed = yard.s3.list_objects_v2(Bucket=yard.stack.raw_bucket, Prefix="quarantine/")
    return [each["Key"] for each in listed.get("Contents", [])]
