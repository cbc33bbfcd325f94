"""Files of registers through the whole stack: whole, twice, in pieces of days, turned round: the same energies."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cost.meter import MeteredClients
from heliograph.checks.judge import judge_history
from heliograph.detect.propose import propose
from heliograph.evaluation.cycle import DueSite, EvaluationJob, job_text
from heliograph.history import Assessed, Provenance, landing
from heliograph.profiles.model import Profile
from heliograph.reading import Reading, format_timestamp, text_of
from heliograph.registers import Register, Side
from heliograph.site import Site
from heliograph.storage.readings import DynamoReadings
from heliograph_cli import audit, show
from heliograph_cli.main import app
from heliograph_cli.target import target_of
from local_stack import clients_for
from stack.conftest import ON_DYNAMODB_LOCAL
from stack.harness import Harness, wait_until


def p1_meter() -> tuple[bytes, dict[str, Any]]:
    """Return two days of a P1 meter's export, and what is in it: two tariffs, return delivery, October's hour twice."""
    rows, day, night, back = [], Decimal("8350.274"), Decimal("4650.277"), Decimal("7450.128")
    begin = datetime(2025, 10, 25, 22, tzinfo=UTC)
    for quarter in range(4 * 49 + 1):
        local = begin + timedelta(minutes=15 * quarter) + timedelta(hours=2 if quarter <= 4 * 3 - 1 else 1)
        step = Decimal(quarter % 7 + 1) / 1000
        is_night = not 7 <= local.hour < 23
        day, night, back = day + (not is_night) * step, night + is_night * step, back + 2 * step
        rows.append(f"{local:%Y-%m-%d %H:%M},{day},{night},0,{back}")
    used = sum(Decimal(quarter % 7 + 1) for quarter in range(1, 4 * 49 + 1)) / 1000
    header = "time,Import T1 kWh,Import T2 kWh,Export T1 kWh,Export T2 kWh"
    known = {"readings": 4 * 49, "first_end_utc": "2025-10-25T22:15:00Z", "last_end_utc": "2025-10-27T23:00:00Z"}
    truth = {"provider_zone": "Europe/Amsterdam", "stamp": "instant", "unit": "kWh", "sides": ["generated", "consumed"]}
    return "\n".join([header, *rows, ""]).encode(), truth | known | {
        "generated_kwh": str(2 * used),
        "consumed_kwh": str(used),
    }


@pytest.fixture(autouse=True)
def at_home(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command find the shared stack."""
    monkeypatch.setattr(audit, "find_target", lambda _: (target_of(harness.stack), clients_for(harness.stack)))
    show.out.cache_clear()


def profile_of(body: bytes, name: str, truth: dict[str, Any], site: str, feed: str) -> Profile:
    """Return what detection proposes once its questions are answered, as a feed's profile."""
    known = {"zone": truth["provider_zone"], "marks": truth["stamp"], "unit": truth["unit"], "side": truth["sides"][0]}
    asked = {question.key for question in propose(body, name, {}, site).ask}
    profile = propose(body, name, {key: known[key] for key in asked & known.keys()}, site).profile
    return msgspec.structs.replace(profile, name=feed)


def pieces_of(body: bytes) -> list[bytes]:
    """Cut a file into whole local days, each below the file's own head."""
    lines = body.splitlines(keepends=True)
    begin = next(at for at, line in enumerate(lines) if line[:1].isdigit())
    rows = lines[begin:]
    dates = [row[:10] for row in rows]
    days = sorted(set(dates), key=dates.index)
    of_days = [[row for row, date in zip(rows, dates, strict=True) if date == day] for day in days]
    return [b"".join([*lines[:begin], *part]) for part in of_days]


def fill(harness: Harness, profile: Profile, files: Sequence[bytes]) -> None:
    """Add a feed, and land files one after the other."""
    answer = harness.http.put(f"feeds/{profile.name}", json=msgspec.to_builtins(profile))
    assert answer.status_code in {200, 201}, answer.text
    for number, body in enumerate(files):
        landed = harness.land_as(f"raw/{profile.name}/2026/06/01/{number}.csv", body)
        ingestion = harness.wait_for_ingestion(landed)
        assert (ingestion.state, ingestion.rejected) == ("done", 0)


def served(harness: Harness, site: str) -> list[dict[str, Any]]:
    """Return a site's readings as the API serves them, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 250}
    while True:
        body = msgspec.json.decode(harness.http.get(f"readings/{site}", params=query).content, type=dict[str, Any])
        found += body["items"]
        if body["next"] is None:
            return found
        query["cursor"] = body["next"]


def total(items: Sequence[dict[str, Any]], name: str) -> Decimal | None:
    """Return an exact sum of numbers, which the API writes with all their digits; None where there are none."""
    known = [Decimal(repr(each[name])) for each in items if each[name] is not None]
    return sum(known, Decimal(0)) if known else None


def require_truth(harness: Harness, site: str, truth: dict[str, Any]) -> None:
    """Require that readings, hours and, once the watch has been there, days say what is true."""
    readings = served(harness, site)
    assert len(readings) == truth["readings"]
    assert (readings[0]["timestamp"], readings[-1]["timestamp"]) == (truth["first_end_utc"], truth["last_end_utc"])
    assert not any(each["anomaly"] for each in readings)
    span = {"start": truth["first_end_utc"][:10], "end": truth["last_end_utc"][:8] + "29"}
    hours = harness.http.get(f"totals/{site}", params={"by": "hour", **span}).json()["items"]
    job = EvaluationJob(format_timestamp(datetime.now(UTC)), (DueSite(site, truth["first_end_utc"]),))
    harness.sqs.send_message(QueueUrl=harness.stack.watch_queue, MessageBody=job_text(job))

    def days() -> list[dict[str, Any]] | None:
        found = harness.http.get(f"totals/{site}", params={"by": "day", **span}).json()["items"]
        return found if sum(each["readings"] for each in found) >= truth["readings"] - 1 else None

    by_day = wait_until(days, "the days of the watch", 60)
    for side in ("generated", "consumed"):
        expected = None if truth[f"{side}_kwh"] is None else Decimal(truth[f"{side}_kwh"])
        assert total(readings, f"energy_{side}_kwh") == expected
        for sums in (hours, by_day):
            known = total(sums, f"{side}_kwh")
            assert known == expected or (known is not None and abs(known - (expected or 0)) < Decimal("1e-9"))


def test_any_pieces_in_any_order_end_in_the_same_energies(harness: Harness) -> None:
    """Whole, twice; in pieces of local days, the last one first: readings, hours and days are the same, exactly."""
    (body, truth), name = p1_meter(), "p1.csv"
    pieces = pieces_of(body)
    for files in ([body, body], pieces[::-1]):
        site, feed = harness.name("site"), harness.name("feed")
        fill(harness, profile_of(body, name, truth, site, feed), files)
        require_truth(harness, site, truth)
        result = CliRunner().invoke(app, ["audit", f"raw/{feed}/", "--json"])
        assert msgspec.json.decode(result.stdout.splitlines()[-1])["differences"] == 0, result.output


def test_a_feed_of_each_side_ends_in_the_same_energies(harness: Harness) -> None:
    """One meter's return delivery and consumption by two feeds, the second in pieces from the last to the first."""
    (body, truth), site = p1_meter(), harness.name("site")
    both = profile_of(body, "p1.csv", truth, site, "both")
    feeds = [harness.name(side) for side in ("back", "used")]
    back = msgspec.structs.replace(both, name=feeds[0], consumed=())
    used = msgspec.structs.replace(both, name=feeds[1], generated=())
    fill(harness, back, [body])
    fill(harness, used, pieces_of(body)[::-1])
    require_truth(harness, site, truth)
    assert not any(each["flags"] or each["revisions"] for each in served(harness, site))
    for feed in feeds:
        result = CliRunner().invoke(app, ["audit", f"raw/{feed}/", "--json"])
        assert msgspec.json.decode(result.stdout.splitlines()[-1])["differences"] == 0, result.output


@pytest.mark.skipif(ON_DYNAMODB_LOCAL, reason="DynamoDB Local doesn't tell units as AWS does")
def test_a_register_item_is_one_write_unit(harness: Harness) -> None:
    """Four counters of a site at a moment take one write unit; to ask again whether they are there takes another."""
    clients = MeteredClients(harness.stack)
    store = DynamoReadings(clients.dynamodb(), harness.stack.readings_table, timedelta(days=400))
    site = Site(harness.name("site"))
    sides = ("generated", "generated", "consumed", "consumed")
    landings = [
        Assessed(landing(_fact(site.site_id, end, sides), Provenance("2026-06-01T00:00:00Z", "raw/p1/a.csv@1", 1)), ())
        for end in range(1_780_000_000, 1_780_000_000 + 50 * 900, 900)
    ]
    for times in (1, 2):
        store.store(landings, lambda history: judge_history(history, site))
        assert clients.meter.write_units == times * len(landings)


@pytest.mark.skipif(ON_DYNAMODB_LOCAL, reason="DynamoDB Local doesn't tell units as AWS does")
def test_a_second_feed_of_a_site_costs_two_write_units_a_reading(harness: Harness) -> None:
    """The first feed's insert takes one; the other side is refused as an insert, read, and written as an update."""
    clients = MeteredClients(harness.stack)
    store = DynamoReadings(clients.dynamodb(), harness.stack.readings_table, timedelta(days=400))
    site, sums = Site(harness.name("site")), [0.0]
    sides: tuple[Side, ...] = ("generated", "consumed")
    for minute, side in enumerate(sides):
        landings = [
            Assessed(
                landing(_fact(site.site_id, end, (side,)), Provenance(f"2026-06-01T00:0{minute}:00Z", side, 1)), ()
            )
            for end in range(1_780_000_000, 1_780_000_000 + 50 * 900, 900)
        ]
        assert set(store.store(landings, lambda history: judge_history(history, site))) == {"stored"}
        sums.append(clients.meter.write_units)
    assert [after - before for before, after in pairwise(sums)] == [50, 100]
    assert clients.meter.read_units <= 50


def _fact(site: str, end: int, sides: Sequence[Any]) -> Reading:
    registers = tuple(Register(side, str(at), Decimal(f"{end}.123")) for at, side in enumerate(sides))
    return Reading(site, text_of(end), None, None, registers=registers)
