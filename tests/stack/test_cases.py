"""The small cases on the running stack: what becomes of each file, and what is served of it afterwards."""

import gzip
import json
import re
import time
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cases.kept import CASES, NATIVE, needs_cases, sites_of
from stack.harness import Harness, Landed, wait_until
from stack.test_watch import ask, parts_of, rules_served

pytestmark = needs_cases


def land(harness: Harness, name: str, sites: dict[str, str]) -> Landed:
    """Register a case's sites and land a file of it, its sites under names that no other test uses."""
    case, _, file = name.partition("/")
    body = (CASES / name).read_bytes()
    if file.endswith(".gz"):
        body = gzip.decompress(body)
    for site_id, site in sites_of(case).items():
        own = sites.setdefault(site_id, harness.name(site_id))
        entry = msgspec.structs.replace(site, site_id=own)
        answer = harness.http.put(f"sites/{own}", json=msgspec.to_builtins(entry))
        assert answer.is_success, answer.text
        body = re.sub(rf"\b{re.escape(site_id)}\b".encode(), own.encode(), body)
    return harness.land(body, f"{harness.name('case')}-{file.removesuffix('.gz')}")


def served(harness: Harness, path: str, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of a query
    """Return the items of a page, with exact numbers."""
    answer = harness.http.get(path, params=parameters)
    assert answer.is_success, answer.text
    return list(json.loads(answer.text, parse_float=Decimal)["items"])


def test_native_files(harness: Harness) -> None:
    """01 to 22 and 68: readings, rejected and blank records of each are counted, or it is refused with what to do."""
    landed = {name: land(harness, name, {}) for name in NATIVE}
    for name, outcome in NATIVE.items():
        found = harness.wait_for_ingestion(landed[name], 60)
        if isinstance(outcome, str):
            assert found.state == "failed", name
            assert re.search(outcome.replace("roof-1", r"roof-1\S*"), found.error), (name, found.error)
            continue
        assert found.state == "done", (name, found.error)
        assert (found.stored + found.already_stored + found.revised, found.rejected, found.blank) == outcome, name


def test_an_hour_that_is_labelled_twice_is_kept_whole(harness: Harness) -> None:
    """50-double-hour: four readings are flagged, and each of their values is served, the earlier ones as revisions."""
    sites: dict[str, str] = {}
    found = harness.wait_for_ingestion(land(harness, "50-double-hour/in.ndjson.gz", sites), 120)
    assert (found.state, found.rejected) == ("done", 0)
    night = served(harness, f"readings/{sites['d']}", start="2026-10-25T00:00:00Z", end="2026-10-25T02:00:00Z")
    twice = [each for each in night if each["revisions"]]
    assert [[each["rule"] for each in reading["flags"]].count("conflicting_values") for reading in twice] == [1] * 4
    assert [len(reading["revisions"]) for reading in twice] == [1] * 4
    records = gzip.decompress((CASES / "50-double-hour" / "in.ndjson.gz").read_bytes()).splitlines()
    assert found.records == len(records)


def test_readings_that_come_twice_count_once(harness: Harness) -> None:
    """66-stack-resend: with both copies stored, the copies are flagged and the totals served are those of one."""
    sites: dict[str, str] = {}
    ends = {"start": "2026-11-20", "end": "2026-11-30"}

    def totals() -> list[tuple[object, ...]]:
        days = served(harness, f"totals/{sites['jit']}", by="day", **ends)
        return [(day["generated_kwh"], day["consumed_kwh"], day["readings"]) for day in days if day["readings"]]

    def is_evaluated() -> bool:
        last = parts_of(harness).read(sites["jit"], "2026-11-20", consistent=True).reevaluation
        is_done = last is not None and last.done and last.began >= asked  # an earlier one may have seen half
        return is_done and rules_served(harness, sites["jit"]) == {"overlap"}

    harness.wait_for_ingestion(land(harness, "66-stack-resend/a.ndjson.gz", sites), 60)
    ask(harness, sites["jit"])
    once = wait_until(totals, "totals of one copy", 30)
    harness.wait_for_ingestion(land(harness, "66-stack-resend/b.ndjson.gz", sites), 60)
    asked = int(time.time())
    ask(harness, sites["jit"])
    wait_until(is_evaluated, "flags of the copies and the end of the evaluation", 60)
    assert totals() == once
    assert len(harness.readings_of(sites["jit"])) == 576


@pytest.mark.parametrize("kind", ["hydro", "hybrid", "chp"])
def test_other_kinds_are_registered(harness: Harness, kind: str) -> None:
    """74-other-kinds: each is a kind, and a word that is none is refused with those there are and what else to do."""
    site = harness.name(kind)
    assert harness.http.put(f"sites/{site}", json={"kind": kind, "capacity_kw": 60}).is_success
    refused = harness.http.put(f"sites/{site}", json={"kind": f"{kind}-plant"})
    assert refused.status_code in {400, 422}
    assert kind in refused.text
    assert "eave it out" in refused.text
