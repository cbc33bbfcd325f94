"""Facts lead to the same registry, in whatever order they are read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.errors import StorageError
from heliograph.fact import decode, encode, registered, registry
from heliograph.object_keys import fact_key
from heliograph.site import Site

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_fact_is_read_as_it_was_written() -> None:
    """Its key is made of its id alone, so that the same fact again takes its own place."""
    fact = registered([Site("a", "wind", capacity_kw=50.0)], "ada", NOON)
    assert decode(encode(fact), "x") == fact
    assert fact.at == "2026-11-28T12:00:00.000000Z"
    assert fact_key(fact.kind, fact.id) == f"facts/sites/{fact.id}.json"
    assert registered([], "ada", NOON).id != fact.id
    assert registered([], "ada", NOON, "mine").id == "mine"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "a", "kind": "guesses", "who": "", "at": ""}'])
def test_what_is_no_fact_is_named(body: bytes) -> None:
    """A sentence says which object it is."""
    with pytest.raises(StorageError, match=r"facts/sites/a\.json"):
        decode(body, "facts/sites/a.json")


@given(st.permutations(range(6)))
def test_what_was_said_last_holds(order: list[int]) -> None:
    """Of each site, whatever order the bucket lists the facts in; the rest of a fact holds all the same."""
    said = [
        registered(
            [Site("a", capacity_kw=number + 1.0), Site(f"s{number}")], "ada", NOON + timedelta(microseconds=number)
        )
        for number in range(6)
    ]
    found = registry(said[number] for number in order)
    assert found.keys() == {"a", *(f"s{number}" for number in range(6))}
    assert found["a"].capacity_kw == 6
