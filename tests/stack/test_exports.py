"""Real exports through the whole stack: whole, twice, in pieces of local days, and the pieces the other way round.

The exports are not in this repository. `make exports` runs it, as it takes minutes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from heliograph.detect.propose import propose
from heliograph.kept_profiles import LIMIT_BYTES
from heliograph.profiles.cells import RowReader
from heliograph.profiles.model import Profile
from heliograph.profiles.profiled import ProfiledFile
from heliograph.profiles.rows import rows
from heliograph.reading import Reading, end_of
from heliograph.registers import RegisterFact, energies_between
from stack.harness import Harness, Landed

EXPORTS: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "exports"
TRUTH: Final[list[dict[str, Any]]] = (
    json.loads((EXPORTS / "truth.json").read_text()) if (EXPORTS / "truth.json").exists() else []
)
pytestmark = [pytest.mark.exports, pytest.mark.skipif(not TRUTH, reason="the shared exports aren't here")]
_PAGE: Final = 1000
_PATIENT_SECONDS: Final = 300.0


def profile_of(truth: dict[str, Any], site: str) -> Profile:
    """Return the profile that is proposed of a file, once what only a person knows is answered."""
    body, name = (EXPORTS / truth["file"]).read_bytes(), Path(truth["file"]).name
    known = {"zone": truth["provider_zone"], "marks": truth["stamp"], "unit": truth["unit"], "side": truth["sides"][0]}
    asked = {question.key for question in propose(body, name, {}, site).ask}
    proposed = propose(body, name, {key: known[key] for key in asked}, site).profile
    return msgspec.structs.replace(proposed, name=site)


def pieces_of(profile: Profile, body: bytes, name: str) -> list[bytes]:
    """Cut a file of lines into whole local days, each under the lines that are no rows; other files stay whole."""
    if profile.layout.format != "csv":
        return [body]
    early = timedelta(seconds=profile.time.marks != "start")
    days: dict[int, str] = {}
    for row in RowReader(profile, name, ProfiledFile()).parsed(rows(profile, body)):
        days.setdefault(row.position, str((row.wall_time.local - early).date()))
    lines = body.splitlines(keepends=True)
    first = min(days)
    head = b"".join(lines[: first - 1])
    by_day: dict[str, list[bytes]] = defaultdict(list)
    for number, line in enumerate(lines[first - 1 :], first):
        if number in days:
            by_day[days[number]].append(line)
    return [head + b"".join(of_day) for of_day in by_day.values()]


def ways(profile: Profile, body: bytes, name: str) -> Iterator[tuple[str, list[bytes]]]:
    """Yield how a file lands: each way ends in the same readings."""
    pieces = pieces_of(profile, body, name)
    yield "whole", [body]
    yield "twice", [body, body]
    if len(pieces) > 1:
        yield "pieces", pieces
        yield "reversed", pieces[::-1]


def stored(harness: Harness, site: str) -> list[Reading]:
    """Return all readings of a site, those of a counter with their energies; its first fact has none."""
    found: list[Reading] = []
    after = None
    while True:
        page = harness.readings.of_site(site, None, None, _PAGE, after)
        found += [each.history.reading for each in page.items]
        if not page.more:
            break
        after = found[-1].timestamp
    if not any(each.registers for each in found):
        return found
    energies = energies_between([RegisterFact(end_of(each.timestamp), each.registers) for each in found])
    return [
        msgspec.structs.replace(each, energy_generated_kwh=energy.generated, energy_consumed_kwh=energy.consumed)
        for each, energy in zip(found, energies, strict=True)
        if (energy.generated, energy.consumed) != (None, None)
    ]


def require_true(found: list[Reading], truth: dict[str, Any]) -> None:
    """Hold readings against the truth: count, first and last END, and the sums at the truth's decimals."""
    ends = [each.timestamp for each in found]
    assert (len(found), ends[0], ends[-1]) == (truth["readings"], truth["first_end_utc"], truth["last_end_utc"])
    for side in ("generated", "consumed"):
        values = [value for each in found if (value := getattr(each, f"energy_{side}_kwh")) is not None]
        told = truth[f"{side}_kwh"]
        if told is None:
            assert not values
        else:
            decimals = -int(Decimal(told).as_tuple().exponent)
            assert round(sum(values, Decimal(0)), decimals) == Decimal(told)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("truth", TRUTH, ids=[each["file"] for each in TRUTH])
def test_an_export_ends_in_its_truth_however_it_lands(harness: Harness, truth: dict[str, Any]) -> None:
    """Whole, twice, in pieces and in pieces reversed: the same readings, which are the truth."""
    body, name = (EXPORTS / truth["file"]).read_bytes(), Path(truth["file"]).name
    assert len(body) < LIMIT_BYTES
    first: list[Reading] = []
    for way, files in ways(profile_of(truth, "site"), body, name):
        site = harness.name(way)
        profile = profile_of(truth, site)
        answer = harness.http.put(f"feeds/{site}", content=msgspec.json.encode(profile))
        assert answer.status_code == 201, answer.text
        landed: list[Landed] = []
        for number, each in enumerate(files):
            landed.append(harness.land_as(f"raw/{site}/{number:03d}/{name}", each))
            harness.wait_for_ingestion(landed[-1], _PATIENT_SECONDS)
        for file in landed:
            ingestion = harness.wait_for_ingestion(file)
            assert (ingestion.state, ingestion.rejected) == ("done", 0), ingestion.error
        found = [msgspec.structs.replace(each, site_id="") for each in stored(harness, site)]
        require_true(found, truth)
        first = first or found
        assert found == first, way
