"""Files as meters, portals and utilities write them, through the whole stack: by prefix, by POST and by `submit`."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from heliograph.ingestion import Ingestion
from heliograph_cli import audit, kept_feeds, quarantine, show, submit
from heliograph_cli.main import app
from heliograph_cli.target import target_of
from local_stack import clients_for
from stack.harness import Harness, Landed, wait_until
from unit.detect.exports import workbook

CSV = "Zeit;Einspeisung;Bezug\n01.06.2026 11:45;1,25;0,4\n01.06.2026 12:00;1,31;0,385\n01.06.2026 12:15;1,18;0,392\n"


@pytest.fixture(autouse=True)
def at_home(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command find the shared stack."""
    found = (target_of(harness.stack), clients_for(harness.stack))
    for part in (audit, kept_feeds, quarantine, submit):
        monkeypatch.setattr(part, "find_target", lambda _: found)
    show.out.cache_clear()


def profile_of(name: str, site: str, **changes: object) -> dict[str, Any]:
    """Return a portal's profile."""
    time = {"columns": ["Zeit"], "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin", "marks": "end"}
    return {
        "name": name,
        "layout": {"format": "csv", "delimiter": ";", "decimal": ","},
        "site": {"id": site},
        "time": {**time, "interval_minutes": 15},
        "quantity": "interval",
        "unit": "kWh",
        "generated": [{"column": "Einspeisung"}],
        "consumed": [{"column": "Bezug"}],
        **changes,
    }


def starts(profile: dict[str, Any]) -> dict[str, Any]:
    """Return a profile whose stamps are starts."""
    return {**profile, "time": {**profile["time"], "marks": "start"}}


def ask(*arguments: str | Path) -> Any:  # noqa: ANN401 - Typer's result
    """Run the command against the stack, as `at_home` has set it."""
    return CliRunner().invoke(app, [*map(str, arguments), "--json"])


def done(*arguments: str | Path) -> Any:  # noqa: ANN401 - whatever the command prints as JSON
    """Run the command, and return what it says as JSON."""
    result = ask(*arguments)
    assert result.exit_code == 0, result.output
    return msgspec.json.decode(result.stdout.splitlines()[-1])


def add(harness: Harness, profile: dict[str, Any]) -> dict[str, Any]:
    """Add a version of a feed's profile by the API."""
    answer = harness.http.put(f"feeds/{profile['name']}", json=profile)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


def land(harness: Harness, feed: str, name: str, body: bytes) -> Landed:
    """Put a file below a feed's prefix, as a gateway does."""
    return harness.land_as(f"raw/{feed}/2026/06/01/{name}", body)


def ends(harness: Harness, site: str) -> list[str]:
    """Return the ENDs of a site's readings."""
    return [each.history.timestamp[11:16] for each in harness.readings_of(site)]


def test_the_three_ways_in(harness: Harness, tmp_path: Path) -> None:
    """By prefix, by POST and by `submit --feed` the same file becomes the same readings, once."""
    feed, site = harness.name("feed"), harness.name("site")
    assert add(harness, profile_of(feed, site))["version"] == 1
    ingestion = harness.wait_for_ingestion(land(harness, feed, "a.csv", CSV.encode()))
    assert (ingestion.profile, ingestion.profile_version, ingestion.stored) == (feed, 1, 3)
    posted = harness.http.post("readings", params={"feed": feed}, content=CSV.encode())
    assert posted.status_code == 202
    assert posted.json()["object_key"].startswith(f"raw/api/feeds/{feed}/")
    (tmp_path / "export.csv").write_text(CSV)
    fate = done("submit", "--feed", feed, "--wait", tmp_path / "export.csv")
    assert (fate["state"], fate["stored"], fate["already_stored"]) == ("done", 0, 3)
    assert ends(harness, site) == ["09:45", "10:00", "10:15"]
    assert harness.http.get(posted.json()["status"].lstrip("/")).json()["profile"] == feed


def test_a_better_profile_replaces_what_the_old_one_stored(harness: Harness, tmp_path: Path) -> None:
    """`feeds replay` reads all files anew: readings of the old version are gone, and a repeat changes nothing."""
    feed, site = harness.name("feed"), harness.name("site")
    profile = profile_of(feed, site)
    (tmp_path / "p.json").write_text(json.dumps({**profile, "name": "proposed"}))
    assert done("feeds", "add", tmp_path / "p.json", "--name", feed)["added"]
    later = CSV.replace("01.06.2026 11:45;1,25;0,4\n", "").encode() + b"01.06.2026 12:30;1,5;0,5\n"
    landed = [land(harness, feed, "a.csv", CSV.encode()), land(harness, feed, "b.csv", later)]
    for each in landed:
        harness.wait_for_ingestion(each)
    (tmp_path / "p.json").write_text(json.dumps(starts(profile)))
    assert done("feeds", "add", tmp_path / "p.json")["version"] == 2
    assert not done("feeds", "add", tmp_path / "p.json")["added"]
    assert done("feeds", "show", feed)["version"] == 2
    assert ends(harness, site) == ["09:45", "10:00", "10:15", "10:30"]
    assert done("feeds", "replay", feed)["read"] == 2
    assert not any(harness.wait_for_ingestion(each).provisional for each in landed)
    harness.wait_until_idle()
    before = harness.readings_of(site)
    assert ends(harness, site) == ["10:00", "10:15", "10:30", "10:45"]
    assert not any(each.history.replaced for each in before)
    assert done("feeds", "replay", feed)["read"] == 2
    harness.wait_until_idle()
    assert harness.readings_of(site) == before
    assert done("audit", f"raw/{feed}/")["differences"] == 0


def test_a_file_is_looked_at_added_and_landed_as_the_dashboard_does(harness: Harness) -> None:
    """The API proposes a workbook's profile, keeps nothing of it, and takes profile and file as they are."""
    feed, site = harness.name("feed"), harness.name("site")
    rows: list[list[object]] = [["Start time", "Consumption kWh"]]
    rows += [[f"2026-06-01 {hour:02}:00", hour % 7 / 4] for hour in range(24)]
    body, asked = workbook(rows), {"file_name": "a.xlsx", "site": site, "answer": ["zone=UTC", "marks=start"]}
    kind = {"Content-Type": "application/octet-stream"}
    look = harness.http.post("detect", params=asked, content=body, headers=kind).json()
    assert (look["ask"], look["readings"], look["consumed_kwh"]) == ([], 24, 16.5)
    assert harness.http.get(f"feeds/{feed}").status_code == 404
    assert harness.http.put(f"feeds/{feed}", json={**look["profile"], "name": feed}).status_code == 201
    landed = harness.http.post("readings", params={"feed": feed, "file_name": "a.xlsx"}, content=body, headers=kind)
    status = landed.json()["status"].lstrip("/")
    wait_until(lambda: harness.http.get(status).status_code == 200, "its ingestion", 60)
    assert harness.http.get(status).json()["stored"] == 24
    stored = [each.history.timestamp for each in harness.readings_of(site)]
    assert stored[:20] == [each["timestamp"] for each in look["first_readings"]]


def test_a_profile_is_removed_and_brought_back(harness: Harness, tmp_path: Path) -> None:
    """Native files are read meanwhile, and what is stored stays; no name below which files land is taken by mistake."""
    feed, site = harness.name("feed"), harness.name("site")
    (tmp_path / "p.json").write_text(json.dumps(profile_of(feed, site)))
    assert done("feeds", "add", tmp_path / "p.json")["added"]
    harness.wait_for_ingestion(land(harness, feed, "a.csv", CSV.encode()))
    assert done("feeds", "remove", feed)["removed"]
    assert not done("feeds", "remove", feed)["changed"]
    assert [each["removed"] for each in harness.http.get("feeds").json()["items"] if each["name"] == feed] == [True]
    assert ask("feeds", "replay", feed).exit_code == 1
    assert harness.http.post("readings", params={"feed": feed}, content=CSV.encode()).status_code == 404
    native = [{"site_id": site, "timestamp": "2026-06-01T12:00:00Z", "energy_generated_kwh": 1}]
    ingestion = harness.wait_for_ingestion(land(harness, feed, "b.json", json.dumps(native).encode()))
    assert (ingestion.profile, ingestion.stored) == ("", 1)
    assert harness.http.put(f"feeds/{feed}", json=profile_of(feed, site)).status_code == 409
    assert "--force" in str(ask("feeds", "add", tmp_path / "p.json").exception)
    assert (done("feeds", "restore", feed)["version"], done("feeds", "restore", feed)["changed"]) == (3, False)
    assert harness.http.delete(f"feeds/{feed}").json()["version"] == 4
    assert done("feeds", "add", tmp_path / "p.json", "--force")["version"] == 5
    done("feeds", "restore")
    shown = harness.http.get(f"feeds/{feed}").json()
    assert (shown["version"], shown["removed"], shown["since"]) == (5, False, shown["at"])
    assert harness.wait_for_ingestion(land(harness, feed, "c.csv", CSV.encode())).profile_version == 5
    assert ends(harness, site) == ["09:45", "10:00", "10:15", "12:00"]


def test_a_replay_moves_energy_to_other_days(harness: Harness) -> None:
    """Days that a better profile empties lose their totals: no energy counts twice.

    Day and month were swapped: 06.05. was read as 5 June.
    """
    feed, site = harness.name("feed"), harness.name("site")
    profile = profile_of(feed, site)
    add(harness, {**profile, "time": {**profile["time"], "format": "%m.%d.%Y %H:%M"}})
    landed = land(harness, feed, "a.csv", CSV.replace("01.06.2026", "06.05.2026").encode())
    harness.wait_for_ingestion(landed)

    def totals(by: str) -> dict[str, Any]:
        asked = {"by": by, "start": "2026-01-01", "end": "2026-12-31"}
        found = harness.http.get(f"totals/{site}", params=asked).json()["items"]
        return {each["label"]: each["generated_kwh"] for each in found if each["generated_kwh"] is not None}

    wait_until(lambda: totals("month") == {"2026-06": 3.74}, "the totals of June", 60)
    add(harness, profile)
    assert done("feeds", "replay", feed)["read"] == 1
    wait_until(lambda: totals("month") == {"2026-05": 3.74}, "the totals of May alone", 60)
    assert totals("day") == {"2026-05-06": 3.74}


def test_a_file_that_does_not_fit(harness: Harness) -> None:
    """It ends as a dead letter with what it lacks and has; the feed's other files, and other feeds, are stored."""
    feed, site = harness.name("feed"), harness.name("site")
    add(harness, profile_of(feed, site))
    bad = land(harness, feed, "bad.csv", b"when;energy\n01.06.2026 11:45;1\n")
    good = land(harness, feed, "good.csv", CSV.encode())
    assert harness.wait_for_ingestion(good).stored == 3
    failed = wait_until(lambda: harness.ingestions.get(bad.ingestion), "its ingestion", 60)
    assert (failed.state, failed.profile) == ("failed", feed)
    assert "'Zeit'" in failed.error
    assert "'energy'" in failed.error


def test_a_bad_row_is_rejected_alone(harness: Harness, tmp_path: Path) -> None:
    """Quarantine names its row and column; the other rows are stored. Corrected, it is read by the same profile."""
    feed, site = harness.name("feed"), harness.name("site")
    add(harness, profile_of(feed, site))
    landed = land(harness, feed, "a.csv", CSV.replace("1,31", "viel").encode())
    ingestion = harness.wait_for_ingestion(landed)
    assert (ingestion.stored, ingestion.rejected) == (2, 1)
    (bad,) = harness.http.get(f"ingestions/{landed.ingestion}/rejected").json()["items"]
    assert bad["position"] == 3
    assert "Einspeisung" in bad["reason"]
    key = f"{landed.key.removeprefix('raw/')}@{landed.version}.ndjson"
    shown = CliRunner().invoke(app, ["quarantine", "show", key, "--records"]).stdout
    (tmp_path / "corrected.ndjson").write_text(shown.replace("viel", "1,31"))
    assert done("quarantine", "resubmit", key, "--corrected", tmp_path / "corrected.ndjson")["readings"] == 1
    wait_until(lambda: len(harness.readings_of(site)) == 3, "the corrected reading", 30)


@pytest.mark.parametrize("name", ["simulator", "submit", "api", "resubmit"])
def test_taken_names_are_refused(harness: Harness, name: str) -> None:
    """Heliograph's own prefixes are no feeds, by PUT and by POST."""
    assert harness.http.put(f"feeds/{name}", json=profile_of(name, "a")).status_code == 422
    assert harness.http.post("readings", params={"feed": name}, content=CSV.encode()).status_code == 404


def test_a_pv_logger_and_a_house_meter_are_one_site(harness: Harness) -> None:
    """Two feeds bring a side each: one reading of both, nothing revised; a replay of one leaves the other's side."""
    site = harness.name("site")
    pv = {**profile_of(harness.name("pv"), site), "consumed": []}
    meter = {**profile_of(harness.name("meter"), site), "generated": []}
    files = [land_first(harness, pv, "Zeit;Einspeisung\n01.06.2026 12:00;1,25\n01.06.2026 12:15;1,31\n")]
    files.append(land_first(harness, meter, "Zeit;Bezug\n01.06.2026 12:15;0,4\n01.06.2026 12:30;0,3\n"))
    assert [(each.stored, each.revised) for each in files] == [(2, 0), (2, 0)]
    assert sides(harness, site) == [("10:00", 1.25, None, 1.25), ("10:15", 1.31, 0.4, 0.91), ("10:30", None, 0.3, -0.3)]
    items = harness.http.get(f"readings/{site}").json()["items"]
    assert not any(each["flags"] or each["revisions"] for each in items)
    add(harness, starts(meter))
    assert done("feeds", "replay", meter["name"])["read"] == 1
    harness.wait_until_idle()
    joined = [("10:00", 1.25, None, 1.25), ("10:15", 1.31, None, 1.31), ("10:30", None, 0.4, -0.4)]
    assert sides(harness, site)[:3] == joined
    add(harness, meter)
    assert done("feeds", "replay", meter["name"])["read"] == 1
    harness.wait_until_idle()
    assert sides(harness, site) == [("10:00", 1.25, None, 1.25), ("10:15", 1.31, 0.4, 0.91), ("10:30", None, 0.3, -0.3)]
    for each in (pv, meter):
        assert done("audit", f"raw/{each['name']}/")["differences"] == 0


def land_first(harness: Harness, profile: dict[str, Any], body: str) -> Ingestion:
    """Add a feed, and land its first file."""
    add(harness, profile)
    return harness.wait_for_ingestion(land(harness, profile["name"], "a.csv", body.encode()))


def sides(harness: Harness, site: str) -> list[tuple[str, float | None, float | None, float | None]]:
    """Return a site's readings as the API serves them: END, generated, consumed and net."""
    return [
        (each["timestamp"][11:16], each["energy_generated_kwh"], each["energy_consumed_kwh"], each["net_energy_kwh"])
        for each in harness.http.get(f"readings/{site}").json()["items"]
    ]
