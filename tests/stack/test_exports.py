"""Real exports through the whole stack: whole, twice, in pieces of local days, and the pieces the other way round.

The exports are not in this repository. `make exports` runs it, as it takes minutes.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from heliograph.detect.propose import propose
from heliograph.kept_profiles import LIMIT_BYTES
from heliograph.profiles.model import Profile
from heliograph.reading import Reading, end_of
from heliograph.registers import Register, RegisterFact, energies_between
from pieces import pieces_of
from stack.harness import Harness

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


class Feed:
    """A feed and the site of its files, on the stack."""

    def __init__(self, harness: Harness, truth: dict[str, Any], way: str) -> None:
        """Add the profile that is proposed, under a name of its own."""
        self._harness, self._truth, self._file = harness, truth, Path(truth["file"]).name
        self.site = harness.name(way)
        self._landed = 0
        profile = msgspec.json.encode(profile_of(truth, self.site))
        answer = harness.http.put(f"feeds/{self.site}", content=profile)
        assert answer.status_code == 201, answer.text

    def land(self, *files: bytes) -> None:
        """Land files at once, and wait until all of each is stored."""
        landed = []
        for body in files:
            self._landed += 1
            landed.append(self._harness.land_as(f"raw/{self.site}/{self._landed:03d}/{self._file}", body))
        for each in landed:
            ingestion = self._harness.wait_for_ingestion(each, _PATIENT_SECONDS)
            assert (ingestion.state, ingestion.rejected) == ("done", 0), ingestion.error

    def readings(self) -> list[Reading]:
        """Return what is stored, held against the truth, as any site's and any feed's."""
        found = stored(self._harness, self.site)
        require_true(found, self._truth)
        return [msgspec.structs.replace(each, site_id="", registers=_of_any_feed(each.registers)) for each in found]


def _of_any_feed(registers: tuple[Register, ...]) -> tuple[Register, ...]:
    """Return registers without the feed that their names begin with."""
    return tuple(msgspec.structs.replace(each, name=each.name.partition(":")[2]) for each in registers)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("truth", TRUTH, ids=[each["file"] for each in TRUTH])
def test_an_export_ends_in_its_truth_however_it_lands(harness: Harness, truth: dict[str, Any]) -> None:
    """Whole, again, in pieces at once, and in pieces one after the other, the last first: the readings are the truth.

    An export of one day has no pieces. What is the same when a file lands a second time is the same site's, so that
    the second landing meets the first one's readings.
    """
    body = (EXPORTS / truth["file"]).read_bytes()
    assert len(body) < LIMIT_BYTES
    whole = Feed(harness, truth, "whole")
    whole.land(body)
    found = whole.readings()
    whole.land(body)
    assert whole.readings() == found
    pieces = pieces_of(profile_of(truth, "site"), body, Path(truth["file"]).name, truth["provider_zone"])
    if len(pieces) == 1:
        return
    at_once, reversed_ = Feed(harness, truth, "pieces"), Feed(harness, truth, "reversed")
    at_once.land(*pieces)
    assert at_once.readings() == found
    for piece in reversed(pieces):
        reversed_.land(piece)
    assert reversed_.readings() == found
