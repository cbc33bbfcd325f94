"""The command on the running stack: the watch's dead letters, the doctor, open and tail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from heliograph.reading import format_timestamp
from heliograph_cli import show
from heliograph_cli.main import app
from heliograph_cli.tail import Follower
from heliograph_client import Client
from stack.harness import Harness, reading, wait_until

Say = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def say(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs a command against the shared stack, and gives the JSON it prints."""
    monkeypatch.delenv("HELIOGRAPH_BUCKET", raising=False)
    monkeypatch.delenv("HELIOGRAPH_API", raising=False)
    monkeypatch.setattr("local_stack.find", lambda _: harness.stack)
    monkeypatch.setattr("heliograph_cli.doctor_stack.find", lambda _: harness.stack)

    def run(*arguments: str) -> list[dict[str, Any]]:
        show.out.cache_clear()
        show.err.cache_clear()
        result = CliRunner().invoke(app, [*arguments, "--json"])
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


def bury(harness: Harness, body: str) -> str:
    """Put a message into the watch's dead-letter queue; return its id."""
    sent = harness.sqs.send_message(QueueUrl=harness.stack.watch_dead_letter_queue, MessageBody=body)
    return sent["MessageId"]


def test_the_watch_s_dead_letters_are_listed_shown_and_redriven(harness: Harness, say: Say) -> None:
    """An evaluation job that failed for good is named with its sites, goes back to the watch, and is done."""
    site = harness.name("home")
    harness.wait_for_ingestion(
        harness.land_readings(*(reading(site, format_timestamp(_yesterday(hour))) for hour in range(2)))
    )
    at = format_timestamp(datetime.now(UTC))
    good = bury(harness, json.dumps({"at": at, "sites": [{"site_id": site}]}))
    bad = bury(harness, "nonsense")
    listed = {each["id"]: each for each in say("dlq", "list", "--queue", "watch")}
    assert (listed[good]["sites"], listed[good]["count"], listed[good]["asked_at"]) == (site, 1, at)
    assert "doesn't ask for evaluations" in listed[bad]["error"]
    (shown,) = say("dlq", "show", good[:13], "--queue", "watch")
    assert json.loads(shown["body"])["sites"] == [{"site_id": site}]
    assert say("dlq", "redrive", good, "--queue", "watch")[0]["redriven"] == 1
    wait_until(lambda: _looked_at(harness, site), "a look at the site", 30)
    left = {each["id"] for each in say("dlq", "list", "--queue", "watch")}
    assert good not in left
    assert bad in left


@pytest.mark.parametrize(
    "words", ["status", "incidents", "incidents list --state closed", "sites list", "quarantine list"]
)
def test_standard_output_is_json_alone(say: Say, words: str) -> None:
    """With --json each line is a document; what is printed beside them goes to standard error."""
    assert all(isinstance(line, dict) for line in say(*words.split()))


def test_the_doctor_finds_every_part_of_the_running_stack_well(say: Say) -> None:
    """API, Lambdas, bucket, tables and queues answer; whatever dead letters other tests left are a warning."""
    found = {each["what"]: each for each in say("doctor")}
    parts = ["local stack", "API", "processor", "watch", "simulator", "bucket", "ingest queue", "watch queue"]
    tables = [f"{role} table" for role in ("readings", "sites", "ingestions", "incidents")]
    assert {found[part]["state"] for part in [*parts, *tables]} == {"ok"}
    assert {"ingest dlq", "watch dlq", "last file"} <= found.keys()


def test_open_gives_the_dashboard_s_address(harness: Harness, say: Say) -> None:
    """The local stack asks for nothing, so the address is the API's own, and a browser would get a page."""
    (told,) = say("open", "--no-browser")
    assert told["url"] == f"{harness.stack.api}/"


def test_tail_tells_of_a_file_that_lands(harness: Harness) -> None:
    """What the running API lists is understood: a file is told of once it is stored, and its readings are a table."""
    site = harness.name("home")
    with Client(harness.stack.api) as client:
        follower = Follower(client, datetime.now(UTC).replace(microsecond=0))
        landed = harness.land_readings(reading(site, "2026-06-01T12:00:00Z"), {"site_id": site})
        harness.wait_for_ingestion(landed)
        news = {each.item["id"]: each for each in follower.look(datetime.now(UTC))}
        told = news[landed.ingestion]
        assert (told.event, told.text) == ("stored", f"{landed.key}: 1 stored, 1 rejected")
        assert landed.ingestion not in {each.item["id"] for each in follower.look(datetime.now(UTC))}
        table = client.readings(site, "2026-06-01", "2026-06-02", floats=True)
    assert table["energy_generated_kwh"].type == "double"
    assert [str(end) for end in table["timestamp"].to_pylist()] == ["2026-06-01 12:00:00+00:00"]


def _yesterday(hour: int) -> datetime:
    """Return an hour that is over, whenever this runs: a site's first day is summed up from its first hour on alone."""
    return datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _looked_at(harness: Harness, site: str) -> bool:
    """Return whether the watch has written a day of the site."""
    answer = harness.dynamodb.query(
        TableName=harness.stack.sites_table,
        KeyConditionExpression="site_id = :site AND begins_with(part, :day)",
        ExpressionAttributeValues={":site": {"S": site}, ":day": {"S": "day#"}},
    )
    return bool(answer["Items"])
