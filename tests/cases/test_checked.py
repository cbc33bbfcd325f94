"""Cases 33 to 74: what `heliograph check` says of each, held against its `expected.txt`."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cases.kept import CASES, checked, flags_of, needs_cases
from heliograph.checks.registry import RULES
from heliograph.errors import SiteError
from heliograph.site_entries import parse_sites

pytestmark = needs_cases
ADVICE = {rule.name: rule.advice for rule in RULES}
SATURDAY = 5


def rules(site: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the rule and the severity of each of a site's incidents."""
    return [(each["rule"], each["severity"]) for each in site["incidents"]]


def all_whole(site: dict[str, Any], least: int = 1) -> bool:
    """Return whether each day of a site but its first and last has the readings that it should have."""
    whole = [day["readings"] == day["expected"] for day in site["days"][1:-1]]
    return len(whole) >= least and all(whole)


@pytest.mark.parametrize(
    "case",
    [
        "40-asleep-at-night",
        "42-quantised",
        "43-wind-standstill",
        "44-battery",
        "47-kwp-over-kva",
        "48-polar",
        "71-delivered-next-day",
        "74-other-kinds",
    ],
)
def test_a_sound_site_shows_no_anomaly(case: str) -> None:
    """A sleeper, a coarse meter, a standstill, a set point, clipping, polar days, a portal, a CHP: no flag."""
    found = checked(case)
    assert {*json.loads((CASES / case / "sites.json").read_text(), object_hook=_site_id)} <= {*found}
    for site in found.values():
        assert (site["incidents"], site["anomalies"]) == ([], 0), site["site_id"]
        assert site["flags"] == {}
        assert not any(day["flags"] for day in site["days"])


def _site_id(entry: dict[str, Any]) -> str:
    return str(entry["site_id"])


def test_an_interval_that_changes() -> None:
    """33-interval-change: from hours to quarters, the registry silent, late or ahead: information at most."""
    found = checked("33-interval-change")
    assert {*found} == {"m", "m60", "m15"}
    for site in found.values():
        assert (site["incidents"], site["anomalies"]) == ([], 0)
        assert {*site["flags"]} <= {"interval_change"}
        assert all_whole(site, 30)
        assert {day["expected"] for day in site["days"][1:-1]} == {24, 96}


def test_a_running_total() -> None:
    """35-running-total: nearly every reading is flagged, critically, in words that name a running count."""
    for site in checked("35-running-total").values():
        assert rules(site) == [("running_total", "critical")]
        assert site["flags"]["running_total"] >= 0.99 * site["readings"]
        assert "running count" in site["incidents"][0]["message"]


def test_curtailed_sites() -> None:
    """46-curtailed: a warning a weekend at most, whose advice names curtailment; an export limit: at most one."""
    found = checked("46-curtailed")
    onsets = [date.fromisoformat(each["onset"][:10]) for each in found["z"]["incidents"]]
    assert all(onset.weekday() >= SATURDAY for onset in onsets)
    assert max(Counter(onset.isocalendar()[:2] for onset in onsets).values()) == 1
    assert {*rules(found["z"])} == {("zero_output", "warning")}
    assert "planned curtailment" in ADVICE["zero_output"]
    assert len(found["f"]["incidents"]) <= 1
    assert all(each["severity"] == "warning" and "export" in ADVICE[each["rule"]] for each in found["f"]["incidents"])


def test_the_life_of_a_plant() -> None:
    """49-life-of-a-plant: new and rightly extended ones are quiet; one removed or outgrown has one incident."""
    found = checked("49-life-of-a-plant")
    assert [found[name]["incidents"] for name in ("new", "ext2")] == [[], []]
    assert rules(found["ext"]) == [("over_capacity", "warning")]
    assert "was it extended" in ADVICE["over_capacity"]
    assert rules(found["dec"]) == [("zero_output", "critical")]
    assert found["dec"]["incidents"][0]["recovery"] == ""


def test_an_hour_that_is_labelled_twice(tmp_path: Path) -> None:
    """50-double-hour: four readings with conflicting values, in words that lead to summer time; all others are kept."""
    site = checked("50-double-hour")["d"]
    assert site["flags"]["conflicting_values"] == 4
    flags = [flag for each in flags_of("50-double-hour", tmp_path) for flag in each["flags"]]
    said = {flag["message"] for flag in flags if flag["rule"] == "conflicting_values"}
    assert all("Summer time began or ended" in each for each in said), said


def test_shifted_stamps() -> None:
    """51-shifted-stamps: two hours off are flagged, as the place is registered; an hour is at least hinted at."""
    found = checked("51-shifted-stamps")
    for name in ("u", "mm"):
        assert rules(found[name]) == [("time_shift", "warning")]
    assert found["st"]["flags"].get("time_shift")


def test_a_net_meter() -> None:
    """56-net-meter: one incident, whose advice says where import belongs and names the profile's setting."""
    site = checked("56-net-meter")["n"]
    assert rules(site) == [("signed_net", "warning")]
    for words in (site["incidents"][0]["message"], ADVICE["signed_net"]):
        lower = words.lower()
        assert "import belongs in energy_consumed_kwh" in lower
        assert "profile" in lower


def test_readings_that_come_twice(tmp_path: Path) -> None:
    """66-stack-resend: the copies are flagged as overlapping, and each day's total is that of one copy."""
    twice = checked("66-stack-resend")["jit"]
    assert rules(twice) == [("overlap", "warning")]
    readings = flags_of("66-stack-resend", tmp_path)
    flagged = [each for each in readings if any(flag["rule"] == "overlap" for flag in each["flags"])]
    assert len(flagged) * 2 == len(readings) == twice["readings"]
    single = [each for each in readings if each not in flagged]
    for side in ("generated", "consumed"):
        total = sum(Decimal(str(day[f"{side}_kwh"])) for day in twice["days"])
        assert total == sum(Decimal(str(each[f"energy_{side}_kwh"])) for each in single)


def test_a_portal_of_the_next_day() -> None:
    """71-delivered-next-day: no incident in the afternoon after its last file; one more is missed, a silence."""
    rule = ("--landed-at", "next day 06:00", "--as-of")
    on_time = checked("71-delivered-next-day", *rule, "2026-11-28T15:40:00Z")
    assert [site["incidents"] for site in on_time.values()] == [[], [], []]
    late = checked("71-delivered-next-day", *rule, "2026-11-29T09:00:00Z")
    assert [rules(site) for site in late.values()] == [[("no_data", "critical")]] * 3


def test_kinds_of_site() -> None:
    """74-other-kinds: hydro, hybrid and chp are kinds; another word is refused with those there are, and a way out."""
    for kind in ("hydro", "hybrid", "chp"):
        (site,) = parse_sites(json.dumps([{"site_id": "other", "kind": kind, "capacity_kw": 60}]).encode())
        assert site.kind == kind
    with pytest.raises(SiteError, match=r"solar.*wind.*battery.*load.*eave it out"):
        parse_sites(json.dumps([{"site_id": "other", "kind": "tidal"}]).encode())
