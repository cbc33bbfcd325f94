"""Processing again: dead letters looked at and redriven, raw objects replayed; nothing is lost and nothing doubled.

And the audit, which says so.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from heliograph.history import Assessed
from heliograph.object_keys import quarantine_key, raw_key
from heliograph.reading import format_timestamp
from heliograph.storage.reading_items import item_of
from heliograph.table_keys import ingestion_id, ingestion_place, totals_place, totals_shard
from heliograph_cli import audit, auditing, main, show
from heliograph_cli.target import target_of
from local_stack import clients_for, find
from stack.harness import Harness, Landed, reading, wait_until
from stack.test_command import Up


@pytest.fixture(scope="module")
def up(zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A stack that was started by the command, with no fleet."""
    started = Up(zips, tmp_path_factory.mktemp("again") / "state", sites=0)
    yield started
    started.end(signal.SIGTERM)


def run(up: Up, *arguments: str | Path) -> Result:
    """Run a command against the stack, in this process: a start of Python each time is what takes long."""
    show.out.cache_clear()
    show.err.cache_clear()
    return CliRunner().invoke(main.app, [*map(str, arguments), "--state-dir", str(up.state_dir)])


def refused(up: Up, *arguments: str) -> tuple[object, str]:
    """Run what must fail, in this process, as a shell does; return the exit code and what standard error says."""
    show.err.cache_clear()
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(StringIO()) as said:
        patch.setattr("sys.argv", ["heliograph", *arguments, "--state-dir", str(up.state_dir)])
        with pytest.raises(SystemExit) as ended:
            main.run()
    show.err.cache_clear()
    return ended.value.code, said.getvalue()


def lines(up: Up, *arguments: str | Path) -> list[dict[str, object]]:
    """Run a command and read the lines of JSON it prints."""
    result = run(up, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def status(up: Up) -> dict[str, int]:
    """Return the totals and the queues' depths."""
    (found,) = lines(up, "status")
    totals = found["totals"]
    assert isinstance(totals, dict)
    return {**totals, **{name: found[name] for name in ("waiting", "dead_letters")}}


def test_dead_letters_are_explained_and_can_be_processed_again(up: Up, tmp_path: Path) -> None:
    """A dead letter says which file, how large and why; redriven, it fails again and comes back; none is lost."""
    count = status(up)["dead_letters"] + 2
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text("[{")
        assert run(up, "submit", "--wait", tmp_path / name).exit_code == 1
    wait_until(lambda: status(up)["dead_letters"] == count, "two dead letters", 30)
    letters = lines(up, "dlq", "list")
    assert lines(up, "dlq", "list") == letters, "looking leaves them where they are"
    for letter in letters:
        assert str(letter["object_key"]).startswith("raw/submit/")
        assert "broken" in str(letter["error"])
        assert letter["size_bytes"] == 2
    first = str(letters[0]["id"])
    assert '"eventName"' in run(up, "dlq", "show", first).stdout
    assert refused(up, "dlq", "show", "no-such")[0] == 1
    assert f"1 of {count}" in run(up, "dlq", "redrive", first).stdout
    wait_until(lambda: (status(up)["waiting"], status(up)["dead_letters"]) == (0, count), "its return", 30)
    assert status(up)["failed_files"] == count
    assert refused(up, "dlq", "redrive")[0] == 2
    assert f"{count} of {count}" in run(up, "dlq", "redrive", "--all").stdout


def test_a_replay_changes_nothing_and_can_be_resumed(up: Up, tmp_path: Path) -> None:
    """Every raw object again: the same totals, and a dead letter stays one. With --resume, nothing is left to send."""
    earlier = status(up)
    (tmp_path / "broken.json").write_text("[{")
    run(up, "submit", "--wait", tmp_path / "broken.json")
    for number in range(3):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps([reading("again", f"2026-06-01T12:0{number}:00Z"), {"bad": 1}]))
        assert run(up, "submit", "--wait", path).exit_code == 1, "a record of each is rejected"
    letters = earlier["dead_letters"] + earlier["waiting"] + 1
    settled = lambda: (status(up)["waiting"], status(up)["dead_letters"]) == (0, letters)  # noqa: E731
    wait_until(settled, "an empty queue", 30)
    before = status(up)
    assert (before["stored"] - earlier["stored"], before["rejected"] - earlier["rejected"]) == (3, 3)
    noted = tmp_path / "replay.txt"
    (sent,) = lines(up, "replay", "raw/", "--resume", noted)
    assert sent["sent"] == before["files"]
    wait_until(settled, "an empty queue", 30)
    assert status(up) == before
    assert lines(up, "replay", "raw/", "--resume", noted) == [{"sent": 0}]
    assert lines(up, "replay", "--to", "2026-01-01T00:00:00Z") == [{"sent": 0}]
    assert "raw objects lie below raw/" in refused(up, "replay", "submit/")[1]


class Audited:
    """The stack's audit, called in this process, and the stack as a test spoils it."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the command talk to the stack."""
        self.harness = harness
        found = target_of(harness.stack), clients_for(harness.stack)
        monkeypatch.setattr(audit, "find_target", lambda _: found)
        monkeypatch.setattr(auditing, "_MAY_WAIT", timedelta(0))

    def __call__(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Audit; return the exit code and what is printed."""
        show.out.cache_clear()
        show.err.cache_clear()
        result = CliRunner().invoke(main.app, ["audit", *arguments, "--json"])
        assert result.exit_code in {0, 1}, result.output
        return result.exit_code, json.loads(result.stdout)

    def update(self, table: str, key: dict[str, str], **values: dict[str, Any]) -> None:
        """Set attributes of an item behind everybody's back."""
        self.harness.dynamodb.update_item(
            TableName=table,
            Key={name: {"S": value} for name, value in key.items()},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )

    def delete(self, table: str, key: dict[str, str]) -> None:
        """Take an item away."""
        self.harness.dynamodb.delete_item(TableName=table, Key={name: {"S": value} for name, value in key.items()})


@pytest.fixture
def audited(up: Up, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audited]:
    """The audit of the stack."""
    stack = find(up.state_dir)
    assert stack
    harness = Harness(stack)
    yield Audited(harness, monkeypatch)
    harness.close()


def test_an_audit_finds_whatever_was_changed_and_puts_it_right(audited: Audited) -> None:
    """Values, revisions, net, stamps, strangers, counts, totals, quarantine: each is named; what is served is right.

    One site: five readings by one file, one of them revised by a second; a third only repeats; a fourth is lost.
    """
    harness, site = audited.harness, audited.harness.name("site")
    ends = [f"2026-06-01T12:0{minute}:00Z" for minute in range(6)]
    first = harness.land_readings(*(reading(site, each) for each in ends[:5]), {"bad": 1}, {"bad": 2})
    harness.wait_for_ingestion(first)
    second = harness.land_readings(reading(site, ends[1], 2.5), {"bad": 3})
    harness.wait_for_ingestion(second)
    third, fourth = harness.land_readings(reading(site, ends[0])), harness.land_readings(reading(site, ends[5]))
    harness.wait_for_ingestion(third)
    harness.wait_for_ingestion(fourth)
    harness.wait_until_idle()
    code, whole = audited()
    assert code == 0, whole
    served = values_served(harness, site)

    spoil(audited, site, ends, first, second, third, fourth)
    _, part = audited("raw/test/")
    assert [each["kind"] for each in part["different"]] == ["value", "value", "missing", "derived", "provenance"]
    assert part["not_checked"][0].startswith("part of the bucket")
    code, found = audited("--repair")
    assert code == 1
    assert {each["timestamp"]: each["kind"] for each in found["different"]} == {
        ends[0]: "value",
        ends[1]: "value",
        ends[2]: "missing",
        ends[3]: "derived",
        ends[4]: "provenance",
        "2026-06-01T18:00:00Z": "unbrought",
    }
    assert "is stored as 77 kWh generated" in found["different"][0]["problem"]
    assert "it should be 1.5 kWh generated and 0.25 kWh consumed" in found["different"][0]["problem"]
    problems = {each["object_key"]: each["problems"] for each in found["lost"]}
    assert problems.keys() == {first.key, second.key, fourth.key}
    assert problems[first.key] == [
        "1 (records 3) of 5 readings aren't stored",
        "1 (records 6) of 2 rejected records stand otherwise in quarantine",
    ]
    assert problems[second.key] == ["1 (records 2) of 1 rejected records aren't in quarantine"]
    assert problems[fourth.key] == ["no ingestion was written about it"]
    assert [each["problems"] for each in found["miscounted"]] == [
        ["its ingestion counts 1 readings as stored first; 0 are"]
    ]
    assert any(each.startswith("the fleet's total of files is ") and "too low" in each for each in found["totals"])
    assert any(each.startswith("the fleet's total of sites is 1 too high") for each in found["totals"])
    assert found["unregistered"] == [site]

    assert (found["repaired"]["left"], found["repaired"]["sites_evaluated"]) == (0, 1)
    harness.wait_until_idle()
    code, right = audited()
    assert code == 0, right
    assert right == whole
    assert values_served(harness, site) == served


def values_served(harness: Harness, site: str) -> list[tuple[Any, ...]]:
    """Ask the API for a site's readings."""
    names = ("timestamp", "energy_generated_kwh", "energy_consumed_kwh", "net_energy_kwh", "source", "revisions")
    return [tuple(each.get(name) for name in names) for each in harness.http.get(f"readings/{site}").json()["items"]]


def spoil(audited: Audited, site: str, ends: list[str], *files: Landed) -> None:
    """Change one thing of each kind."""
    harness, stack = audited.harness, audited.harness.stack
    first, second, third, fourth = files
    readings, ingestions = stack.readings_table, stack.ingestions_table
    kept = {each.history.timestamp: each for each in harness.readings_of(site)}
    audited.update(readings, {"site_id": site, "timestamp": ends[0]}, energy_generated_kwh={"N": "77"})
    swapped = msgspec.structs.replace(kept[ends[1]].history, versions=kept[ends[1]].history.versions[::-1])
    item = item_of(msgspec.structs.replace(kept[ends[1]], history=swapped), 2_000_000_000)
    harness.dynamodb.put_item(TableName=readings, Item=item)
    audited.delete(readings, {"site_id": site, "timestamp": ends[2]})
    audited.update(readings, {"site_id": site, "timestamp": ends[3]}, net_energy_kwh={"N": "9"})
    audited.update(readings, {"site_id": site, "timestamp": ends[4]}, landed_at={"S": "2026-06-02T00:00:00Z"})
    stranger = msgspec.structs.replace(kept[ends[0]].history, timestamp="2026-06-01T18:00:00Z")
    harness.dynamodb.put_item(TableName=readings, Item=item_of(Assessed(stranger, ()), 2_000_000_000))
    audited.update(ingestions, placed(ingestion_place(third.ingestion)), stored={"N": "1"}, already_stored={"N": "0"})
    audited.delete(ingestions, placed(ingestion_place(fourth.ingestion)))
    audited.update(ingestions, placed(totals_place(totals_shard(first.ingestion))), files={"N": "-5"})
    audited.delete(stack.sites_table, {"site_id": site, "part": "registry"})
    changed = quarantine_key(first.key, first.version)
    body = harness.s3.get_object(Bucket=stack.raw_bucket, Key=changed)["Body"].read()
    harness.s3.put_object(Bucket=stack.raw_bucket, Key=changed, Body=body.replace(b'{\\"bad\\":1}', b"good"))
    harness.s3.delete_object(Bucket=stack.raw_bucket, Key=quarantine_key(second.key, second.version))


def test_a_key_with_a_control_character_does_not_end_the_audit(audited: Audited) -> None:
    """The engine can't list such a key: the folder is named, all else is audited, and the file by its ingestion."""
    harness, site = audited.harness, audited.harness.name("site")
    landed = land_oddly(harness, reading(site, "2026-06-01T12:00:00Z"))
    try:
        harness.wait_for_ingestion(landed)
        audited.delete(harness.stack.readings_table, {"site_id": site, "timestamp": "2026-06-01T12:00:00Z"})
        _, found = audited()
        assert any(landed.key.rpartition("/")[0] in each for each in found["not_checked"])
        assert [each["object_key"] for each in found["lost"]] == [landed.key]
    finally:
        harness.s3.delete_object(Bucket=harness.stack.raw_bucket, Key=landed.key, VersionId=landed.version)
    audited.delete(harness.stack.ingestions_table, placed(ingestion_place(landed.ingestion)))
    assert audited("--repair")[1]["totals"], "they count an ingestion that isn't there"
    assert audited()[0] == 0


def placed(place: tuple[str, str]) -> dict[str, str]:
    """Return the key of an item of the ingestions table."""
    return dict(zip(("hour", "ingestion"), place, strict=True))


def land_oddly(harness: Harness, record: dict[str, Any]) -> Landed:
    """Put a file into raw/ as a logger of others might, under a name that we refuse."""
    key = raw_key("test", datetime.now(UTC), "-odd.json").replace("/-", "/\x01")
    version = harness.s3.put_object(Bucket=harness.stack.raw_bucket, Key=key, Body=msgspec.json.encode([record]))[
        "VersionId"
    ]
    landed = harness.s3.head_object(Bucket=harness.stack.raw_bucket, Key=key, VersionId=version)["LastModified"]
    return Landed(key, version, ingestion_id(key, version, format_timestamp(landed)))
