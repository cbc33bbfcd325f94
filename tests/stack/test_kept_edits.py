"""Where edits are kept on the embedded AWS: once, read by the watch, undone, and rebuilt from their facts."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from heliograph.edits.check import checked
from heliograph.edits.model import Edit, EditBody
from heliograph.errors import EditConflict
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.edits import DynamoEdits
from heliograph.storage.evaluations import DynamoSiteParts
from heliograph.storage.objects import S3Facts
from heliograph.storage.sites import DynamoSites
from heliograph.table_keys import EDITS_SITE, SITES, edit_part
from heliograph_cli import edit
from heliograph_cli.main import app
from heliograph_cli.target import target_of
from local_stack import clients_for
from local_stack.recovery import recover_edits
from stack.harness import Harness, wait_until

STEP = timedelta(minutes=30)


def now() -> datetime:
    """Return the last whole half hour."""
    moment = datetime.now(UTC).replace(second=0, microsecond=0)
    return moment.replace(minute=moment.minute // 30 * 30)


@pytest.fixture
def facts(harness: Harness) -> S3Facts:
    """The bucket's facts."""
    return S3Facts(lambda: harness.s3, harness.stack.raw_bucket)


@pytest.fixture
def edits(harness: Harness, facts: S3Facts) -> DynamoEdits:
    """The edits as the API keeps them."""
    return DynamoEdits(harness.dynamodb, harness.stack.sites_table, facts)


def exclude(harness: Harness, site_id: str, **more: Any) -> EditBody:  # noqa: ANN401 - any field
    """Return an edit of the site's last day."""
    body = EditBody(
        id=harness.name("edit"),
        site_id=site_id,
        action="exclude",
        start=format_timestamp(now() - timedelta(days=1)),
        end=format_timestamp(now()),
        reason="a test",
    )
    return checked(msgspec.structs.replace(body, **more), datetime.now(UTC))


def test_an_edit_is_kept_once(harness: Harness, edits: DynamoEdits) -> None:
    """The same again answers the same, whoever sends it; other content of its id is refused."""
    site = harness.name("site")
    body = exclude(harness, site, side="generated")
    made, is_new = edits.put(body, "ada", datetime.now(UTC))
    assert is_new
    assert made.body == body
    assert edits.put(body, "bob", datetime.now(UTC)) == (made, False)
    with pytest.raises(EditConflict, match="something else"):
        edits.put(msgspec.structs.replace(body, reason="another"), "ada", datetime.now(UTC))
    second, _ = edits.put(
        exclude(harness, site, action="scale", factor=Decimal("0.001")), "ada", datetime.now(UTC) + STEP
    )
    assert edits.get(body.id) == made
    assert edits.of_site(site) == [made, second]
    assert edits.get(harness.name("edit")) is None
    parts = DynamoSiteParts(harness.dynamodb, harness.stack.sites_table)
    assert parts.read(site, "2026-01-01", consistent=True).edits == (made, second)


def test_an_edit_is_undone_once(harness: Harness, edits: DynamoEdits) -> None:
    """It is kept with who undid it; undone again it answers the same, and so does the edit sent again."""
    body = exclude(harness, harness.name("site"), action="accept", rules=("stale", "spike"))
    made, _ = edits.put(body, "ada", datetime.now(UTC))
    undone, is_new = found(edits.undo(body.id, "bob", datetime.now(UTC)))
    assert is_new
    assert (undone.undone_by, undone.holds, undone.who) == ("bob", False, "ada")
    assert edits.undo(body.id, "eve", datetime.now(UTC)) == (undone, False)
    assert edits.put(body, "ada", datetime.now(UTC)) == (undone, False)
    assert edits.undo(harness.name("edit"), "bob", datetime.now(UTC)) is None
    assert made.holds


def found(undone: tuple[Edit, bool] | None) -> tuple[Edit, bool]:
    """Return what an undoing answers of an edit that is there."""
    assert undone is not None
    return undone


def test_whoever_dies_behind_the_fact_leaves_what_can_be_finished(
    harness: Harness, edits: DynamoEdits, facts: S3Facts
) -> None:
    """The same edit sent again is the one that the fact says, with its time and author."""
    body = exclude(harness, harness.name("site"))
    made, _ = edits.put(body, "ada", datetime.now(UTC))
    _forget(harness, made)
    assert edits.get(body.id) is None
    with pytest.raises(EditConflict):
        edits.put(msgspec.structs.replace(body, reason="another"), "bob", datetime.now(UTC))
    assert edits.put(body, "bob", datetime.now(UTC) + STEP) == (made, False)
    undone, _ = found(edits.undo(body.id, "bob", datetime.now(UTC)))
    _forget(harness, made)
    mine = [fact for fact in facts.all("edits") if body.id in {fact.undone, fact.edit.id if fact.edit else ""}]
    assert edits.restore(mine) == [undone]
    assert edits.restore(mine) == []
    assert edits.get(body.id) == undone


def _forget(harness: Harness, edit: Edit) -> None:
    """Lose what the table knows of an edit."""
    for place in ((EDITS_SITE, edit.id), (edit.site_id, edit_part(edit.made_at, edit.id))):
        key: Any = dict(zip((SITES.partition, SITES.sort), ({"S": each} for each in place), strict=True))
        harness.dynamodb.delete_item(TableName=harness.stack.sites_table, Key=key)


def test_an_edit_is_judged_and_undone(harness: Harness, edits: DynamoEdits, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour in Wh scaled: the anomaly is gone, the stored value stays; lost by the table it comes back from facts."""
    site = harness.name("plant")
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    sites.put(Site(site, "battery", 50.0, timezone="UTC", interval_minutes=30))
    last = now()
    landed = harness.land_readings(*(_record(site, last - place * STEP, place) for place in range(60)))
    harness.wait_for_ingestion(landed)
    wrong = format_timestamp(last - 20 * STEP)
    assert _anomalies(harness, site) == [wrong]
    times = {"start": format_timestamp(last - 21 * STEP), "end": wrong, "factor": Decimal("0.001")}
    made, _ = edits.put(exclude(harness, site, action="scale", **times), "ada", datetime.now(UTC))
    _ask(harness, made)
    wait_until(lambda: not _anomalies(harness, site), "no anomaly", 30)
    (stored,) = [each for each in harness.readings_of(site) if each.history.timestamp == wrong]
    assert stored.history.current.energy_generated_kwh == 9000
    assert stored.aside == ("unit_error",)
    assert stored.every_flag == ()
    edits.undo(made.id, "ada", datetime.now(UTC))
    _ask(harness, made)
    wait_until(lambda: _anomalies(harness, site) == [wrong], "the anomaly", 30)
    undone = edits.get(made.id)
    _forget(harness, made)
    assert recover_edits(harness.stack, harness.aws) >= 1
    assert edits.get(made.id) == undone
    _forget(harness, made)
    monkeypatch.setattr(edit, "find_target", lambda _: (target_of(harness.stack), clients_for(harness.stack)))
    said = CliRunner().invoke(app, ["edit", "restore", "--json"])
    assert json.loads(said.stdout) == {"edits": 1}
    assert edits.get(made.id) == undone


def _record(site: str, end: datetime, place: int) -> dict[str, Any]:
    generated = 9000 if place == 20 else 5 + place * 7919 % 101 / 50
    return {
        "site_id": site,
        "timestamp": format_timestamp(end),
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": 0.1,
    }


def _anomalies(harness: Harness, site: str) -> list[str]:
    items = harness.http.get(f"anomalies/{site}", params={"limit": 1000}).json()["items"]
    return [item["timestamp"] for item in items]


def _ask(harness: Harness, edit: Edit) -> None:
    (job,) = jobs_of(int(datetime.now(UTC).timestamp()) + 5, [DueSite(edit.site_id, edit.since)], 25)
    harness.sqs.send_message(QueueUrl=harness.stack.watch_queue, MessageBody=job_text(job))
