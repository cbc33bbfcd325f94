"""A reading's history when one of its files is read anew: what other files brought stays."""

from decimal import Decimal

import pytest

from heliograph.history import History, Provenance, history_of, landing
from heliograph.reading import Reading
from heliograph.replacing import in_place, without

END = "2026-06-01T10:00:00Z"


def landed(source: str, minute: int, generated: str = "1.31") -> History:
    """Return a landing of the reading by a file of another feed."""
    reading = Reading("roof", END, Decimal(generated), Decimal("0.4"))
    return landing(reading, Provenance(f"2026-06-01T12:{minute:02d}:00Z", source, 1))


@pytest.mark.parametrize("gone", ["first", "second"])
def test_the_same_values_of_another_file_stay(gone: str) -> None:
    """Two feeds brought the same values: when one of them is moved to another site, the other's reading is there."""
    both = history_of([landed("first", 1), landed("second", 2)])
    left = without(both, gone)
    assert left is not None
    assert left.current.values == both.current.values
    assert left.inserted_by.source == left.current.provenance.source != gone
    assert without(left, left.current.provenance.source) is None


def test_values_that_fall_back_to_an_earlier_file_hold_no_more_than_it_did() -> None:
    """Of values 1, 2 and 1 again, 2 holds once the last file is gone."""
    found = without(history_of([landed("a", 1, "1"), landed("b", 2, "2"), landed("c", 3, "1")]), "c")
    assert found is not None
    assert found.current.values[0] == Decimal(2)


def test_a_file_read_anew_leaves_what_another_brought() -> None:
    """Its new values stand beside the other's, and go alone."""
    both = history_of([landed("first", 1), landed("second", 2)])
    anew = in_place(both, landed("second", 2, "5"))
    assert [version.energy_generated_kwh for version in anew.versions] == [Decimal(5), Decimal("1.31")]
    left = without(anew, "second")
    assert left is not None
    assert left.current.values[0] == Decimal("1.31")


def test_a_value_never_becomes_that_of_a_file_that_did_not_bring_it() -> None:
    """The first file's value is no longer kept: once all others are taken back nothing is left."""
    history: History | None = history_of([landed(name, minute, str(minute)) for minute, name in enumerate("abcd", 1)])
    for name in "dcb":
        assert history is not None
        history = without(history, name)
    assert history is None
