"""A reading's history when one of its files is read anew: what other files brought stays."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import cycle, permutations, product
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.history import Assessed, History, Provenance, history_of, landing, merge, store_outcome
from heliograph.reading import Quality, Reading
from heliograph.replacing import in_place, without
from heliograph.storage.reading_items import READING_CODEC, item_of

END = "2026-06-01T10:00:00Z"
ESTIMATED: Final[Quality] = "estimated"
SUBSTITUTED: Final[Quality] = "substituted"


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


def of_feed(name: str, minute: int, generated: int) -> History:
    """Return a landing by a file below `raw/`, of the feed that its name begins with."""
    return landed(f"raw/{name}", minute, str(generated))


@pytest.mark.parametrize("gone", ["portal/a", "portal/b"])
def test_what_a_file_brings_anew_stays_when_another_stops_bringing_it(gone: str) -> None:
    """File b alone brought a zero; a, which landed before it, is read anew and brings it, too: each may stop."""
    anew = in_place(of_feed("portal/b", 2, 0), of_feed("portal/a", 1, 0))
    assert store_outcome(anew, of_feed("portal/a", 1, 0)) == "already_stored"
    left = without(anew, f"raw/{gone}")
    assert left is not None
    assert left.current.provenance.source != f"raw/{gone}"
    assert without(left, left.current.provenance.source) is None


@pytest.mark.parametrize("feed", ["portal", "meter"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_repeat_that_arrives_late_is_remembered(order: tuple[int, int], feed: str) -> None:
    """Two files bring a value, in whichever order they are processed: when one goes the other's stays."""
    files = [of_feed("portal/a", 1, 0), of_feed(f"{feed}/b", 2, 0)]
    both = history_of([files[at] for at in order])
    for each in files:
        left = without(both, each.current.provenance.source)
        assert left is not None
        assert left.current.values == both.current.values


def test_a_file_read_anew_leaves_the_landing_of_another_feed() -> None:
    """Two files of a feed bring a zero, another feed's between them: one is read anew, then neither brings it."""
    files = [of_feed("portal/a", 1, 0), of_feed("meter/b", 2, 0), of_feed("portal/c", 3, 0)]
    left: History | None = in_place(history_of(files), files[2])
    for gone in ("raw/portal/c", "raw/portal/a"):
        assert left is not None
        left = without(left, gone)
    assert left is not None
    assert left.current.provenance.source == "raw/meter/b"


def test_of_late_landings_the_one_of_another_feed_is_remembered() -> None:
    """A file's zero is all there is, then one of its feed and one of another arrive, both landed before."""
    files = [of_feed("portal/c", 3, 0), of_feed("portal/b", 2, 0), of_feed("meter/a", 1, 0)]
    left = without(history_of(files), "raw/portal/c")
    assert left is not None
    assert left.current.provenance.source == "raw/meter/a"


def test_files_that_agree_are_never_counted_as_revised() -> None:
    """Two files of a feed bring what a house generates, and one what it uses; those two are read anew, as before."""
    use = landing(Reading("roof", END, None, Decimal(0)), Provenance("2026-06-01T12:00:00Z", "raw/portal/0", 1))
    both = [
        landing(Reading("roof", END, Decimal(0), None), Provenance(f"2026-06-01T12:0{at}:00Z", f"raw/portal/{at}", 1))
        for at in (1, 2)
    ]
    history = history_of([use, *both])
    for each in both:
        history = in_place(history, each)
    assert [store_outcome(history, each) for each in (use, *both)] == ["stored", "stored", "already_stored"]


ONLY = st.sampled_from(["portal", "meter"])


@settings(max_examples=60)
@given(st.lists(ONLY, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_a_value_stays_while_a_file_of_another_feed_brings_it(feeds: list[str], chance: Random) -> None:
    """Files of two feeds bring the same, in any order: a feed that stops bringing it takes only its own."""
    files = [of_feed(f"{feed}/{minute}", minute, 0) for minute, feed in enumerate(feeds)]
    arrived = chance.sample(files, len(files))
    history: History | None = history_of(arrived)
    assert all(history and merge(history, each) == history for each in arrived)
    others = [each for each in files if "/portal/" not in each.inserted_by.source]
    for each in chance.sample(files, len(files)):
        if each not in others and history is not None:
            history = without(history, each.inserted_by.source)
    assert (history is not None) == bool(others)
    if history:
        assert history.current.provenance.source.startswith("raw/meter/")


ORDERS = list(permutations(range(3)))
VALUES: Final = (None, 0, 1)
BROUGHT: Final = [(before, value) for before in VALUES for value in VALUES]


def replayed(
    brought: Sequence[tuple[int | None, int | None]], arrived: Sequence[int], anew: Sequence[int]
) -> tuple[History | None, list[History]]:
    """Read files in one order, and all of them anew in another one; return what is kept, and what they bring now.

    brought: by the old and the new version.
    """
    history: History | None = None
    for at in arrived:
        before = brought[at][0]
        if before is not None:
            new = of_feed(f"portal/{at}", at, before)
            history = merge(history, new) if history else new
    for at in anew:
        before, value = brought[at]
        if value is not None:
            new = of_feed(f"portal/{at}", at, value)
            history = in_place(history, new) if history else new
        elif before is not None and history is not None:
            history = without(history, f"raw/portal/{at}")
    return history, [of_feed(f"portal/{at}", at, value) for at, (_, value) in enumerate(brought) if value is not None]


@pytest.mark.parametrize("anew", ORDERS)
def test_a_replay_of_three_files_loses_no_value(anew: tuple[int, int, int]) -> None:
    """Whatever three files brought and bring, all values are there, and none of before, once each is read anew."""
    for brought, arrived in zip(product(BROUGHT, repeat=3), cycle(ORDERS), strict=False):
        history, wanted = replayed(brought, arrived, anew)
        assert values_of(history) == values_of(history_of(wanted) if wanted else None), (brought, arrived)
        assert history is None or READING_CODEC.read(item_of(Assessed(history, ()), 0)).history == history


@settings(max_examples=50)
@given(st.lists(st.sampled_from(BROUGHT), min_size=4, max_size=6), st.randoms(use_true_random=False))
def test_a_replay_leaves_exactly_what_the_files_bring(
    brought: list[tuple[int | None, int | None]], chance: Random
) -> None:
    """However many files, in any orders: read anew and then once more nothing is lost, and nothing stays of before."""
    places = range(len(brought))
    history, wanted = replayed(brought, chance.sample(places, len(places)), chance.sample(places, len(places)))
    for each in chance.sample(wanted, len(wanted)):
        history = merge(history, each) if history else each
    assert what_is_kept(history) == what_is_kept(history_of(wanted) if wanted else None)
    assert history is None or {each.source for each in history.stored_by} <= {e.inserted_by.source for e in wanted}


def test_of_the_files_that_are_left_the_latest_holds() -> None:
    """Three files brought a value, and the last of them no longer does: the later one of the others holds."""
    files = [of_feed("portal/a", 2, 0), of_feed("meter/b", 1, 0), of_feed("portal/c", 3, 0)]
    left = without(history_of(files), "raw/portal/c")
    assert left is not None
    assert left.current.provenance.source == "raw/portal/a"


def test_what_a_file_says_of_a_value_is_known_again() -> None:
    """Of equal values the later file's mark is kept; once it is gone, and the other is read again, the other's is."""
    first, second = (
        landing(Reading("roof", END, Decimal(0), None, None, mark), Provenance(f"2026-06-01T12:0{at}:00Z", str(at), 1))
        for at, mark in enumerate((ESTIMATED, SUBSTITUTED))
    )
    left = without(history_of([first, second]), "1")
    assert left is not None
    assert merge(left, first).current.quality == ESTIMATED


def values_of(history: History | None) -> list[Decimal | None]:
    """Return each value, the one that holds first."""
    return [value for value, _ in what_is_kept(history)]


def what_is_kept(history: History | None) -> list[tuple[Decimal | None, str]]:
    """Return each value, the one that holds first, and the file it is from."""
    return [(each.energy_generated_kwh, each.provenance.source) for each in history.versions] if history else []
