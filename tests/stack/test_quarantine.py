"""Rejected records on the running stack: listed, shown, corrected, landed again and stored; the audit finds all."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from heliograph.object_keys import quarantine_key
from heliograph.site import Site
from heliograph.storage.sites import DynamoSites
from heliograph_cli import audit, quarantine, show
from heliograph_cli.main import app
from heliograph_cli.target import target_of
from local_stack import clients_for
from stack.harness import Harness, wait_until


@pytest.fixture
def run(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose commands talk to the shared stack."""
    found = (target_of(harness.stack), clients_for(harness.stack))
    monkeypatch.setattr(quarantine, "find_target", lambda _: found)
    monkeypatch.setattr(audit, "find_target", lambda _: found)
    return CliRunner()


def said(run: CliRunner, *arguments: str) -> str:
    """Run a command and return what it prints."""
    show.out.cache_clear()
    result = run.invoke(app, ["quarantine", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_refused_records_are_corrected_and_stored(harness: Harness, run: CliRunner, tmp_path: Path) -> None:
    """Two bad CSV rows of a landed file become readings; said again, nothing lands; the quarantine file stays."""
    site = harness.name("site")
    header = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh"
    rows = [f"{site},2026-06-01T12:0{minute}:00{'Z' if minute == 0 else ''},1.5,0.25" for minute in range(3)]
    landed = harness.land("\r\n".join([header, *rows]).encode(), f"{site}.csv")
    assert harness.wait_for_ingestion(landed).rejected == 2

    name = f"{landed.key.removeprefix('raw/')}@{landed.version}.ndjson"
    listed = [json.loads(line) for line in said(run, "list", landed.key.removeprefix("raw/"), "--json").splitlines()]
    assert [each["key"] for each in listed] == [name]
    shown = [json.loads(line) for line in said(run, "show", name, "--json").splitlines()]
    assert [(each["position"], each["record"]) for each in shown] == [(3, rows[1]), (4, rows[2])]
    assert "has no offset" in shown[0]["reason"]

    corrected = tmp_path / "corrected.csv"
    corrected.write_text(said(run, "show", name, "--records").replace(":00,", ":00Z,"))
    first = json.loads(said(run, "resubmit", name, "--corrected", str(corrected), "--json"))
    wait_until(lambda: len(harness.readings_of(site)) == 3, "the corrected readings", 30)
    again = json.loads(said(run, "resubmit", name, "--corrected", str(corrected), "--json"))
    assert (first["landed"], again["landed"]) == (True, False)
    assert first["object_key"] == again["object_key"]
    assert said(run, "list", name, "--json")
    assert harness.readings_of(site)[1].history.current.provenance.source.startswith(f"{first['object_key']}@")


def test_local_times_are_audited_replayed_and_resubmitted(harness: Harness, run: CliRunner, tmp_path: Path) -> None:
    """The audit reads a file's local times by the zone of when it landed; records landed again are read by today's."""
    site, late = harness.name("site"), harness.name("late")
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    sites.put(Site(site, timezone="Europe/Berlin"))
    rows = [f"{site};2026-06-01 12:00;1,5;0", f"{site};2026-10-25 02:30;1,5;0", f"{late};2026-06-01 12:00;2,5;0"]
    header = "sep=;\nsite_id;timestamp;energy_generated_kwh;energy_consumed_kwh"
    landed = harness.land("\n".join([header, *rows]).encode(), f"{site}.csv")
    ingestion = harness.wait_for_ingestion(landed)
    assert (ingestion.stored, ingestion.rejected) == (1, 2)
    sites.put(Site(site, timezone="America/New_York"))
    sites.put(Site(late, timezone="America/New_York"))
    show.out.cache_clear()
    result = run.invoke(app, ["audit", landed.key, "--json"])
    assert result.exit_code == 0, result.output
    assert [each.history.timestamp for each in harness.readings_of(site)] == ["2026-06-01T10:00:00Z"]

    name = f"{landed.key.removeprefix('raw/')}@{landed.version}.ndjson"
    assert said(run, "show", name, "--records") == "\n".join([header, *rows[1:], ""])
    again = json.loads(said(run, "resubmit", name, "--position", "5", "--json"))
    assert (again["readings"], again["landed"]) == (1, True)
    wait_until(lambda: len(harness.readings_of(late)) == 1, "the resubmitted reading", 30)
    assert harness.readings_of(late)[0].history.timestamp == "2026-06-01T16:00:00Z"
    corrected = tmp_path / "corrected.csv"
    corrected.write_text("\n".join([header, rows[1].replace("02:30", "02:30+01:00")]))
    said(run, "resubmit", name, "--corrected", str(corrected))
    wait_until(lambda: len(harness.readings_of(site)) == 2, "the corrected reading", 30)


def test_more_than_is_held_goes_to_quarantine_in_parts(harness: Harness, run: CliRunner) -> None:
    """9 MB of rejected records: S3 puts the parts together, the API pages through them, and the audit finds each."""
    site = harness.name("site")
    records = [json.dumps({"site_id": site, "number": number, "more": "x" * 9_800}) for number in range(920)]
    landed = harness.land("\n".join(records).encode(), f"{site}.ndjson")
    assert harness.wait_for_ingestion(landed).rejected == 920
    kept = harness.s3.get_object(Bucket=harness.stack.raw_bucket, Key=quarantine_key(landed.key, landed.version))
    assert kept["ETag"].strip('"').endswith("-2")
    lines = [json.loads(line) for line in kept["Body"].read().splitlines()]
    assert [(line["position"], line["record"]) for line in lines] == list(enumerate(records, 1))
    page = harness.http.get(f"ingestions/{landed.ingestion}/rejected").json()["items"]
    assert [(each["position"], each["reason"]) for each in page[:2]] == [
        (1, lines[0]["reason"]),
        (2, lines[1]["reason"]),
    ]
    audited = run.invoke(app, ["audit", landed.key])
    assert (audited.exit_code, "1 file with 0 readings, 920 rejected" in audited.output) == (0, True), audited.output
