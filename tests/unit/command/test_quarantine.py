"""`heliograph quarantine` over a fake bucket: what was refused is listed, shown, corrected and landed again, once."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from heliograph.errors import HeliographError
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.object_keys import quarantine_key, resubmitted_key
from heliograph_cli import quarantine, show
from heliograph_cli.commands import NotReadable
from heliograph_cli.main import app
from heliograph_cli.target import Target

TARGET = Target(**dict.fromkeys(Target.__struct_fields__, "name"))
WHEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Body(io.BytesIO):
    """A body that notes how many bytes each call takes."""

    def __init__(self, body: bytes, taken: list[int]) -> None:
        """Begin at its beginning."""
        super().__init__(body)
        self._taken = taken

    def read(self, size: int | None = -1) -> bytes:
        """Read on."""
        piece = super().read(size)
        self._taken.append(len(piece))
        return piece


class FakeS3:
    """A bucket of the newest versions, as botocore's client shows it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        self.taken: list[int] = []

    def s3(self) -> "FakeS3":
        """Return itself as the client."""
        return self

    def get_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - S3's own parameters
        """Read an object."""
        if request["Key"] not in self.kept:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        body = self.kept[request["Key"]]
        size = self.sizes.get(request["Key"], len(body))
        return {"LastModified": WHEN, "ContentLength": size, "Body": Body(body, self.taken)}

    def put_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - S3's own parameters
        """Write an object that isn't there."""
        assert request["IfNoneMatch"] == "*"
        if request["Key"] in self.kept:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "PutObject")
        self.kept[request["Key"]] = request["Body"]
        return {}

    def get_paginator(self, name: str) -> "FakeS3":
        """Return itself as the paginator."""
        assert name == "list_objects_v2"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - S3's own parameters
        """List in pages of two."""
        found = [
            {"Key": key, "LastModified": WHEN, "Size": len(body)}
            for key, body in sorted(self.kept.items())
            if key.startswith(request["Prefix"])
        ]
        yield from ({"Contents": found[at : at + 2]} for at in range(0, len(found) or 1, 2))

    def refuse(self, name: str, body: bytes) -> str:
        """Land a file and put what the processor refuses of it into quarantine; return that file's name."""
        raw = f"raw/submit/2026/11/22/{name}"
        self.kept[raw] = body
        lines = [
            json.dumps({**rejected(entry), "source": f"{raw}@v1", "landed_at": "2026-11-22T12:00:00Z"})
            for entry in decode(body)
            if isinstance(entry, RejectedRecord)
        ]
        key = quarantine_key(raw, "v1")
        self.kept[key] = "".join(f"{line}\n" for line in lines).encode()
        return key.removeprefix("quarantine/")


def rejected(entry: RejectedRecord) -> dict[str, object]:
    """Return a rejected record as quarantine keeps it."""
    return {"position": entry.position, "record": entry.record, "reason": entry.reason}


def record(minute: int, **instead: object) -> dict[str, object]:
    """Return a good record, or one with something else in it."""
    good = {"site_id": "a", "timestamp": f"2026-11-22T11:{minute:02}:00Z"}
    return {**good, "energy_generated_kwh": 1.25, "energy_consumed_kwh": 0.5, **instead}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    """An empty bucket that the command finds."""
    made = FakeS3()
    monkeypatch.setattr(quarantine, "find_target", lambda _: (TARGET, made))
    return made


def run(*arguments: str | Path) -> Result:
    """Run the command."""
    show.out.cache_clear()
    result = CliRunner().invoke(app, ["quarantine", *map(str, arguments)])
    if isinstance(result.exception, HeliographError):
        raise result.exception
    return result


def lines(*arguments: str | Path) -> list[dict[str, Any]]:
    """Run the command and read the lines of JSON it prints."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_files_are_listed_by_feed_day_and_time(bucket: FakeS3) -> None:
    """A prefix and moments choose; a limit ends the list and says so."""
    names = [bucket.refuse(f"{n}.json", json.dumps([record(0), {"bad": n}]).encode()) for n in range(3)]
    assert [each["key"] for each in lines("list")] == names
    assert [each["key"] for each in lines("list", "submit/2026/11/22/1")] == names[1:2]
    assert lines("list", "simulator/") == lines("list", "--from", "2026-11-23T00:00:00Z") == []
    assert lines("list", "--to", "2026-11-22T12:00:00Z") == []
    assert len(lines("list", "--limit", "2")) == 2
    assert "the first 2" in run("list", "--limit", "2").output


def test_a_file_is_shown_with_place_reason_and_record(bucket: FakeS3) -> None:
    """Each rejected record: its position, why, and its text; brackets are no markup, control characters no commands."""
    name = bucket.refuse("a.json", b'[{"site_id": "a"}, ["bold"], "\x1b[2J"]')
    found = lines("show", name)
    assert [(each["position"], each["record"]) for each in found] == [
        (1, '{"site_id": "a"}'),
        (2, '["bold"]'),
        (3, '"\x1b[2J"'),
    ]
    assert found[0]["reason"] == (
        "timestamp, energy_generated_kwh and energy_consumed_kwh are missing; the record has site_id"
    )
    shown = run("show", f"quarantine/{name}").output
    assert '["bold"]' in shown
    assert "\x1b[2J" not in shown
    with pytest.raises(quarantine.NotInQuarantine, match="see `heliograph quarantine list`"):
        run("show", "no/such")


def test_a_table_of_very_many_records_is_cut_and_says_so(bucket: FakeS3) -> None:
    """A table of 100,000 records takes minutes to lay out, so it ends after 100; as JSON all are printed."""
    name = bucket.refuse("a.json", json.dumps([{"site_id": "a"}] * 150).encode())
    shown = run("show", name).output
    assert "the first 100 of 150" in " ".join(shown.split())
    assert shown.count("energy_consumed_kwh are missing") == 100
    assert len(lines("show", name)) == 150


FEEDS = {
    "a.json": json.dumps(
        [record(0), record(1, energy_generated_kwh="1.25 kWh"), record(2, site_id="")], indent=2
    ).encode(),
    "a.ndjson": b"\n".join(json.dumps(record(n, timestamp="yesterday" if n else "")).encode() for n in range(2)),
    "a.csv": b"site_id;timestamp;energy_generated_kwh;energy_consumed_kwh\r\na;yesterday;1;2\r\nb;today;3;4\r\n",
}


@pytest.mark.parametrize("name", FEEDS)
def test_corrected_records_land_as_readings(bucket: FakeS3, name: str, tmp_path: Path) -> None:
    """What `show --records` prints is a feed, CSV with its header; corrected, it lands, and the quarantine stays."""
    key = bucket.refuse(name, FEEDS[name])
    before = dict(bucket.kept)
    corrected = tmp_path / "corrected"
    text = run("show", key, "--records").output
    for wrong, right in (
        ('"1.25 kWh"', "1.25"),
        ("yesterday", "2026-11-22T11:00:00Z"),
        ("today", "2026-11-22T11:05:00Z"),
    ):
        text = text.replace(wrong, right)
    corrected.write_text(
        text.replace('"site_id": ""', '"site_id": "b"').replace(
            '"timestamp": ""', '"timestamp": "2026-11-22T11:00:00Z"'
        )
    )
    (landed,) = lines("resubmit", key, "--corrected", corrected)
    assert landed == {"object_key": landed["object_key"], "readings": 2, "landed": True}
    assert landed["object_key"].startswith(f"raw/resubmit/submit/2026/11/22/{name}@v1/")
    entries = list(decode(bucket.kept[landed["object_key"]]))
    assert len(entries) == 2
    assert all(isinstance(entry, Numbered) for entry in entries)
    assert before.items() <= bucket.kept.items()


def test_the_same_records_land_once(bucket: FakeS3, tmp_path: Path) -> None:
    """Said twice, or with the same readings in another form, it lands nothing more and says so."""
    key = bucket.refuse("a.json", json.dumps([record(0, site_id="")]).encode())
    corrected = tmp_path / "corrected"
    corrected.write_text(json.dumps(record(0)))
    (first,) = lines("resubmit", key, "--corrected", corrected)
    corrected.write_text(json.dumps([record(0)], indent=3))
    (second,) = lines("resubmit", key, "--corrected", corrected)
    assert (first["landed"], second["landed"]) == (True, False)
    assert first["object_key"] == second["object_key"]
    assert "have landed before" in run("resubmit", key, "--corrected", corrected).output


def test_what_is_landed_again_later_has_the_greater_key(bucket: FakeS3, tmp_path: Path) -> None:
    """Records corrected twice within a second: the second correction holds, since its key comes later."""
    key = bucket.refuse("a.json", json.dumps([record(0, site_id="")]).encode())
    landed = []
    for number in range(8):
        (tmp_path / "corrected").write_text(json.dumps(record(0, energy_generated_kwh=number)))
        landed.append(lines("resubmit", key, "--corrected", tmp_path / "corrected")[0]["object_key"])
    assert landed == sorted(set(landed))
    assert len(landed) == 8


def test_what_would_be_refused_again_is_named_and_not_landed(bucket: FakeS3, tmp_path: Path) -> None:
    """Nothing lands while a record is bad, unless the good ones are asked for; positions choose among them."""
    key = bucket.refuse("a.json", json.dumps([record(0, site_id=""), {"site_id": "a"}]).encode())
    before = dict(bucket.kept)
    with pytest.raises(
        quarantine.StillRejected, match="2 of 2 records would be rejected again: line 1: site_id is empty"
    ):
        run("resubmit", key)
    with pytest.raises(quarantine.StillRejected, match=r"1 of 1 .* energy_consumed_kwh are missing"):
        run("resubmit", key, "--position", "2")
    with pytest.raises(quarantine.NotInQuarantine, match="stood at 7"):
        run("resubmit", key, "--position", "7")
    corrected = tmp_path / "corrected.ndjson"
    corrected.write_text(json.dumps(record(0)) + "\n{}\n")
    with pytest.raises(quarantine.StillRejected, match="land the 1 others with --good-only"):
        run("resubmit", key, "--corrected", corrected)
    corrected.write_text("nothing of the kind")
    with pytest.raises(quarantine.StillRejected, match="can't be read"):
        run("resubmit", key, "--corrected", corrected)
    with pytest.raises(NotReadable, match="can't be read"):
        run("resubmit", key, "--corrected", tmp_path / "nowhere")
    assert bucket.kept == before
    corrected.write_text(json.dumps(record(0)) + "\n{}\n")
    (landed,) = lines("resubmit", key, "--corrected", corrected, "--good-only")
    assert landed["readings"] == 1


def test_a_record_kept_in_part_cannot_land_as_it_is(bucket: FakeS3) -> None:
    """Quarantine cuts long records; the whole is in the raw object, and the message says so."""
    key = bucket.refuse("a.json", json.dumps([record(0, site_id="s" * 11_000), 5]).encode())
    with pytest.raises(quarantine.StillRejected, match="kept in part only; correct them from raw/submit/"):
        run("resubmit", key)


def test_records_land_as_they_are_where_a_newer_version_takes_them(bucket: FakeS3) -> None:
    """Quarantine of an older, stricter version: what is a reading by now lands without being touched."""
    key = bucket.refuse("a.json", json.dumps([record(0), 5]).encode())
    line = {"position": 1, "record": json.dumps(record(0)), "reason": "once", "source": "raw/gone@v1", "landed_at": ""}
    bucket.kept[f"quarantine/{key}"] = json.dumps(line).encode() + b"\n"
    assert lines("resubmit", key)[0]["readings"] == 1


def test_keys_stay_within_what_s3_allows() -> None:
    """A raw key of S3's full length still has a quarantine file and can be resubmitted, each under its own name."""
    longest = ["raw/" + "é" * 509 + ending for ending in "ab"]
    kept = [quarantine_key(key, "v" * 32) for key in longest]
    again = [resubmitted_key(key, "0" * 16) for key in kept]
    assert all(len(key.encode()) <= 1024 for key in (*kept, *again))
    assert len(set(kept)) == len(set(again)) == 2


def test_an_empty_file_is_shown_as_one_and_lands_nothing(bucket: FakeS3) -> None:
    """A quarantine file without a line, as nobody but a person leaves it, has no records in any form."""
    bucket.kept["quarantine/a.ndjson"] = b""
    assert "a.ndjson: none" in " ".join(run("show", "a.ndjson").output.split())
    assert lines("show", "a.ndjson") == []
    assert run("show", "a.ndjson", "--records").output == ""
    with pytest.raises(quarantine.StillRejected, match="the file is empty"):
        run("resubmit", "a.ndjson")


def test_a_file_larger_than_what_is_landed_is_read_line_by_line(bucket: FakeS3) -> None:
    """Where good and bad records alternate, quarantine passes the size of any file: it is read back all the same."""
    line = {"record": "{}", "reason": "no", "source": "raw/a.ndjson@v1", "landed_at": ""}
    body = b"".join(json.dumps({"position": 2 * n, **line}).encode() + b"\n" for n in range(15_000))
    bucket.kept["quarantine/a.ndjson"] = body
    bucket.sizes["quarantine/a.ndjson"] = 300 * 2**20
    assert "the first 100 of 15000" in " ".join(run("show", "a.ndjson").output.split())
    assert run("show", "a.ndjson", "--records").output == "{}\n" * 15_000
    with pytest.raises(quarantine.StillRejected, match=r"1 of 1 records would be rejected again"):
        run("resubmit", "a.ndjson", "--position", "20040")
    assert max(bucket.taken) < len(body)
