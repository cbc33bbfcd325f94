"""Facts lead to the same registry, in whatever order they are read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.edits.model import EditBody, made
from heliograph.errors import StorageError
from heliograph.fact import Fact, decode, edit_made, edit_undone, edits, encode, registered, registry
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


def some_edits() -> tuple[list[EditBody], list[Fact]]:
    """Return three edits, and the facts that they were made, and that the first was undone."""
    bodies = [
        EditBody(id=f"e{number}", site_id="a", action="scale", start="x", end="y", reason="why", factor=Decimal(number))
        for number in range(3)
    ]
    facts = [edit_made(body, "ada", NOON - timedelta(hours=number)) for number, body in enumerate(bodies)]
    return bodies, [*facts, edit_undone("e0", "bob", NOON + timedelta(hours=1))]


def test_facts_of_edits_are_read_as_they_were_written() -> None:
    """An undoing lies beside its edit, under another key, and neither can take the other's place."""
    _, facts = some_edits()
    assert [decode(encode(fact), "x") for fact in facts] == facts
    keys = [fact_key(fact.kind, fact.id) for fact in facts]
    assert [keys[0], keys[-1]] == ["facts/edits/e0.json", "facts/edits/e0.undo.json"]


@given(st.permutations(range(4)))
def test_edits_follow_from_facts(order: list[int]) -> None:
    """In the order in which they were made, with who and when, whatever order the bucket lists the facts in."""
    bodies, facts = some_edits()
    found = edits(facts[number] for number in order)
    assert [each.body for each in found] == bodies[::-1]
    assert [each.who for each in found] == ["ada"] * 3
    undone = made(bodies[0], "ada", "2026-11-28T12:00:00.000000Z")
    wanted = msgspec.structs.replace(undone, undone_at="2026-11-28T13:00:00.000000Z", undone_by="bob")
    assert found[-1] == wanted
    assert edits([facts[-1]]) == []
    assert registry(facts) == {}
