"""Edits on the embedded AWS: totals are right within a minute, the running day's too; repeats; and the command."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from getpass import getuser
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from heliograph.edits.model import EditBody
from heliograph.fact import edit_made
from heliograph.object_keys import fact_key
from heliograph.reading import format_timestamp
from heliograph.site import Site
from heliograph.storage.objects import S3Facts
from heliograph.storage.sites import DynamoSites
from heliograph_cli import show
from heliograph_cli.main import app
from stack.harness import Harness, wait_until

STEP: Final = timedelta(minutes=30)
MINUTE: Final = 60


def kwh(end: datetime) -> Decimal:
    """Return a home's use in the half hour to `end`: never twice the same."""
    return Decimal(200 + int(end.timestamp()) // 1800 * 7919 % 101) / 1000


class Home:
    """A home whose logger sends Wh for kWh since yesterday's midnight, UTC; the days before are right."""

    def __init__(self, harness: Harness) -> None:
        """Register it, land four days up to now, and wait until they are summed up."""
        self._harness = harness
        self.site_id = harness.name("home")
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        self.last = now.replace(minute=now.minute // 30 * 30)
        self.today = self.last.replace(hour=0, minute=0)
        self.wrong_from = self.today - timedelta(days=1)
        sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
        sites.put(Site(self.site_id, "load", 50.0, timezone="UTC", interval_minutes=30))
        harness.wait_for_ingestion(harness.land_readings(*map(self._record, self.ends())))
        wait_until(lambda: self.totals().get(self._date(3)), "the first day's total", MINUTE)

    def ends(self) -> list[datetime]:
        """Return the ENDs of its intervals, of four days and what there is of today."""
        begin = self.today - timedelta(days=3)
        return [begin + place * STEP for place in range(1, (self.last - begin) // STEP + 1)]

    def _record(self, end: datetime) -> dict[str, Any]:
        value = kwh(end) * (1000 if end > self.wrong_from else 1)
        record = {"energy_generated_kwh": 0, "energy_consumed_kwh": float(value)}
        return {"site_id": self.site_id, "timestamp": format_timestamp(end), **record}

    def _date(self, days_ago: int) -> date:
        return (self.today - timedelta(days=days_ago)).date()

    def right(self) -> dict[date, Decimal]:
        """Return what it used, by day."""
        found: dict[date, Decimal] = {}
        for end in self.ends():
            day = (end - timedelta(seconds=1)).date()
            found[day] = found.get(day, Decimal(0)) + kwh(end)
        return found

    def totals(self) -> dict[date, Decimal]:
        """Return what the API says it used, by day."""
        answer = self._harness.http.get(f"totals/{self.site_id}", params={"by": "day"})
        items = json.loads(answer.text, parse_float=Decimal)["items"]
        return {date.fromisoformat(each["label"]): Decimal(each["consumed_kwh"] or 0) for each in items}

    def edit(self, edit_id: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of an edit
        """Return the edit that puts it right."""
        return {
            "id": edit_id,
            "site_id": self.site_id,
            "action": "scale",
            "start": format_timestamp(self.wrong_from),
            "end": format_timestamp(self.last),
            "factor": 0.001,
            "reason": "Wh for kWh",
            **changes,
        }


@pytest.fixture
def home(harness: Harness) -> Home:
    """A home that sends Wh for kWh."""
    return Home(harness)


def test_wh_for_kwh_is_right_within_a_minute_and_back(harness: Harness, home: Home) -> None:
    """Days, the running one too, are what was used, to the last digit; undone, they are as they were."""
    wrong = home.totals()
    assert wrong != home.right()
    edit_id = harness.name("edit")
    began = time.monotonic()
    made = harness.http.post("edits", json=home.edit(edit_id))
    assert made.status_code == 200, made.text
    wait_until(lambda: home.totals() == home.right(), "totals in kWh", MINUTE)
    took = time.monotonic() - began
    assert took < MINUTE, took
    listed = harness.http.get("edits", params={"site_id": home.site_id}).json()["items"]
    assert [(each["id"], each["who"], each["undone_at"]) for each in listed] == [(edit_id, getuser(), None)]
    assert harness.http.delete(f"edits/{edit_id}").json()["undone_by"] == getuser()
    wait_until(lambda: home.totals() == wrong, "totals as they were", MINUTE)
    for name in (edit_id, f"{edit_id}.undo"):
        assert harness.s3.head_object(Bucket=harness.stack.raw_bucket, Key=fact_key("edits", name))["ContentLength"]


def test_an_edit_whose_maker_died_behind_the_fact_is_made_by_the_repeat(harness: Harness, home: Home) -> None:
    """Only its fact was written: the same edit again finds it, with who made it then, and the totals follow."""
    edit_id = harness.name("edit")
    body = home.edit(edit_id)
    then = datetime.now(UTC) - timedelta(minutes=5)
    fact = edit_made(EditBody(**{**body, "factor": Decimal("0.001")}), "somebody", then)
    S3Facts(lambda: harness.s3, harness.stack.raw_bucket).settle(fact)
    assert harness.http.get(f"edits/{edit_id}").status_code == 404
    for _ in range(2):
        made = harness.http.post("edits", json=body).json()
        assert (made["who"], made["made_at"]) == ("somebody", fact.at)
    assert harness.http.post("edits", json=home.edit(edit_id, factor=0.01)).status_code == 409
    wait_until(lambda: home.totals() == home.right(), "totals in kWh", MINUTE)


def test_the_command_makes_an_edit_on_the_laptop(harness: Harness, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It signs by the run's secret, since nobody else may write there; what it said before is what becomes."""
    for name in ("HELIOGRAPH_BUCKET", "HELIOGRAPH_API"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("local_stack.find", lambda _: harness.stack)

    def said(*arguments: str) -> dict[str, Any]:
        show.out.cache_clear()
        result = CliRunner().invoke(app, ["edit", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout, parse_float=Decimal)
        return found

    begin, end = (moment.strftime("%Y-%m-%dT%H:%M") for moment in (home.wrong_from, home.last))
    stretch = ("--from", begin, "--to", end, "--reason", "Wh for kWh")
    made = said("add", home.site_id, "scale", "--factor", "0.001", *stretch, "--yes")
    days = [day for day in home.right() if day >= home.wrong_from.date()]
    assert made["effect"]["after"]["consumed_kwh"] == sum(home.right()[day] for day in days)
    wait_until(lambda: home.totals() == home.right(), "totals in kWh", MINUTE)
    assert said("undo", made["id"], "--yes")["changed"]
