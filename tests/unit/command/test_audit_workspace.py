"""What an audit's database gives back: at a glance all is well only where it is."""

from decimal import Decimal

import msgspec
import pytest

from heliograph.audit.counts import Finding
from heliograph.audit.histories import Kept, is_stored
from heliograph.history import Provenance, landing
from heliograph.ingestion import ITEM_IS_FULL
from heliograph.reading import Reading
from heliograph.storage.listing import Listed
from heliograph_cli.audit_workspace import Workspace

READING = Reading("a", "2026-11-27T01:00:00Z", Decimal(1), Decimal(0))
LISTED = Listed("raw/a", "v", "2026-11-28T01:00:00Z", 9)


def test_a_record_that_is_stored_and_refused_is_no_agreement() -> None:
    """A reading that quarantine holds, since its item was full, is evaluated closely, and is found to be stored too."""
    kept = Kept(landing(READING, Provenance(LISTED.landed_at, "raw/a@v", 1)))
    full = f'{{"position": 1, "reason": "{ITEM_IS_FULL}"}}'.encode()
    for rejected in ([], [full]):
        with Workspace(whole=True) as space:
            file = space.add_file("raw/a@v", LISTED, "processed")
            space.set_finding(file, Finding("raw/a", "v", LISTED.landed_at, "stored"), "processed")
            space.take_quarantine(rejected)
            space.add_brought(file, [(1, READING)])
            space.add_stored([kept])
            (interval,) = space.intervals()
        assert interval.agreed == (0 if rejected else file)
        assert [is_stored(each, interval.kept) for each in interval.brought] == [True] * len(rejected)


@pytest.mark.parametrize(
    "reading",
    [
        msgspec.structs.replace(READING, energy_generated_kwh=None),
        msgspec.structs.replace(READING, energy_consumed_kwh=None, is_partial=True, interval_seconds=900),
        msgspec.structs.replace(READING, quality="estimated"),
    ],
)
def test_what_a_file_says_of_a_reading_is_compared_too(reading: Reading) -> None:
    """A side that isn't there, a length and a mark agree only with themselves, and come back as they went in."""
    kept = Kept(landing(reading, Provenance(LISTED.landed_at, "raw/a@v", 1)))
    for brought in (reading, READING):
        with Workspace(whole=True) as space:
            file = space.add_file("raw/a@v", LISTED, "processed")
            space.set_finding(file, Finding("raw/a", "v", LISTED.landed_at, "stored"), "processed")
            space.add_brought(file, [(1, brought)])
            space.add_stored([kept])
            (interval,) = space.intervals()
        assert interval.agreed == (file if brought == reading else 0)
        if brought != reading:
            assert interval.kept == kept
            assert [each.reading for each in interval.brought] == [READING]
