"""A start isn't slowed down by looking for garbage, and nothing is changed for what comes after it."""

import gc
from collections.abc import Iterator

import pytest

from heliograph.collecting import uncollected


@pytest.fixture(autouse=True)
def _back_to_normal() -> Iterator[None]:
    """What a test froze is looked through again after it, as in the rest of the tests."""
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_meanwhile_and_what_was_made_is_never_looked_through() -> None:
    """A start's objects stay, so no later collection has them to look through; and later ones happen."""
    before = gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
        made = [[number] for number in range(5000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() - before >= len(made)


def test_a_start_that_fails_leaves_collecting_on() -> None:
    """Whoever catches the failure goes on as before, with nothing frozen."""
    before = gc.get_freeze_count()
    with pytest.raises(ValueError, match="bad setting"), uncollected():
        raise ValueError("bad setting")
    assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_who_collects_by_hand_goes_on_doing_so() -> None:
    """Where collecting was off before, it is off afterwards."""
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
