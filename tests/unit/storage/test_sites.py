"""Many sites are registered in few transactions, each once, and their counts agree whatever comes between."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import count, islice
from typing import Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.crashes import Killed, Side
from fakes.dynamodb import FakeDynamo, Write
from heliograph.audit.counts import ShardSums, sum_up, totals_differences
from heliograph.errors import StillThrottled, StorageError
from heliograph.site import Site
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.storage.sites import DynamoSites, site_item
from heliograph.table_keys import site_totals_shard, totals_name

NAMES: Final = [f"site-{number:04}" for number in range(500)]
COUNTS: Final = "Update"


def sites_of(dynamodb: FakeDynamo, seconds: float = 20.0) -> DynamoSites:
    """Make a store as a fresh process would; its waits take no time, but are counted."""
    waited = [0.0]

    def sleep(time: float) -> None:
        waited[0] += time

    policy = StoreRetryPolicy(seconds, lambda: waited[0], sleep)
    return DynamoSites(cast("Any", dynamodb), "sites", "ingestions", policy)


def named(names: Sequence[str]) -> list[Site]:
    """Return sites of which nothing but the name is known."""
    return [Site(name) for name in names]


def registered(dynamodb: FakeDynamo) -> set[str]:
    """Return the names in the registry."""
    return {key[0] for table, key in dynamodb.items if table == "sites"}


def miscounted(dynamodb: FakeDynamo) -> dict[str, dict[str, int]]:
    """Return where the totals differ from the registry, as an audit finds it."""
    sums: ShardSums = {}
    for name in registered(dynamodb):
        sum_up(sums, site_totals_shard(name), {"sites": 1})
    totals = {
        totals_name(*key): {"sites": int(item["sites"]["N"])}
        for (table, key), item in dynamodb.items.items()
        if table == "ingestions"
    }
    return totals_differences(totals, sums)


def counters(writes: Sequence[Write]) -> int:
    """Return how many items of the totals a transaction adds to."""
    return sum(COUNTS in write for write in writes)


def test_many_sites_take_few_transactions() -> None:
    """500 sites are registered and counted in at most ten, and nothing is read for it."""
    dynamodb = FakeDynamo()
    assert sites_of(dynamodb).add_many(named(NAMES)) == set()
    assert registered(dynamodb) == set(NAMES)
    assert miscounted(dynamodb) == {}
    assert len(dynamodb.transactions) <= 10
    assert dynamodb.reads == 0


def test_no_two_transactions_of_one_call_meet() -> None:
    """Sites that one item of the totals counts are in one transaction, since they are made at once."""
    dynamodb = FakeDynamo()
    sites_of(dynamodb).add_many(named(NAMES))
    keys = [str(write[COUNTS]["Key"]) for writes in dynamodb.transactions for write in writes if COUNTS in write]
    assert len(keys) == len(set(keys)) == 64


def test_more_sites_than_a_transaction_holds_may_have_one_counter() -> None:
    """250 sites that the same item counts take three transactions, of at most 100 writes."""
    alike = list(islice((name for name in map(str, count()) if site_totals_shard(name) == "shard-07"), 250))
    dynamodb = FakeDynamo()
    assert sites_of(dynamodb).add_many(named(alike)) == set()
    assert miscounted(dynamodb) == {}
    assert sorted(len(writes) for writes in dynamodb.transactions) == [53, 100, 100]


def test_a_site_named_twice_is_registered_once() -> None:
    """A transaction never writes one item twice."""
    dynamodb = FakeDynamo()
    assert sites_of(dynamodb).add_many(named(["a", "b", "a"])) == set()
    assert miscounted(dynamodb) == {}


def test_a_site_that_exists_keeps_its_entry_and_its_count() -> None:
    """What somebody said of it stays; the new ones beside it are added, and only it is named."""
    dynamodb = FakeDynamo()
    said = Site(NAMES[3], "wind", 5.0)
    assert sites_of(dynamodb).add(said)
    assert not sites_of(dynamodb).add(Site(said.site_id))
    assert sites_of(dynamodb).add_many(named(NAMES)) == {said.site_id}
    assert dynamodb.items["sites", (said.site_id, "registry")] == site_item(said)
    assert miscounted(dynamodb) == {}


def test_all_known_takes_one_try() -> None:
    """Whoever comes second with the same sites finds them there and doesn't try again."""
    dynamodb = FakeDynamo()
    sites_of(dynamodb).add_many(named(NAMES))
    tries = len(dynamodb.transactions)
    assert sites_of(dynamodb).add_many(named(NAMES)) == set(NAMES)
    assert len(dynamodb.transactions) == 2 * tries
    assert dynamodb.reads == 5


@settings(deadline=None, max_examples=60)
@given(
    st.sets(st.sampled_from(NAMES), min_size=1, max_size=200),
    st.sets(st.sampled_from(NAMES), max_size=200),
    st.integers(1, 12),
)
def test_two_at_once_register_each_site_once(ours: set[str], theirs: set[str], at: int) -> None:
    """Another processor comes before any of our transactions: each site has one that added it, and a count."""
    found: list[set[str]] = []

    def meet(_: Sequence[Write]) -> str:
        if len(dynamodb.transactions) == at and not found:
            found.append(set())
            found[0] |= theirs - sites_of(dynamodb).add_many(named(sorted(theirs)))
        return ""

    dynamodb = FakeDynamo(meet)
    added = ours - sites_of(dynamodb).add_many(named(sorted(ours)))
    other = found[0] if found else set()
    assert not added & other
    assert added | other == registered(dynamodb) == ours | (theirs if found else set())
    assert miscounted(dynamodb) == {}


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 10))
def test_killed_in_between_and_done_again(at: int, side: Side) -> None:
    """Wherever the process dies the counts agree at once, and the next process registers what is left."""
    dynamodb = FakeDynamo(killed_at=(at, side))
    with suppress(Killed):  # there may be fewer
        sites_of(dynamodb).add_many(named(NAMES))
    assert miscounted(dynamodb) == {}
    fresh = dynamodb.restarted()
    before = registered(fresh)
    assert sites_of(fresh).add_many(named(NAMES)) == before
    assert registered(fresh) == set(NAMES)
    assert miscounted(fresh) == {}


def test_conflicts_make_transactions_smaller() -> None:
    """Where the totals are so busy that two counters are never free at once, each transaction comes to take one."""
    dynamodb = FakeDynamo(lambda writes: "TransactionConflict" if counters(writes) > 1 else "")
    assert sites_of(dynamodb).add_many(named(NAMES)) == set()
    assert miscounted(dynamodb) == {}
    assert len(dynamodb.transactions) <= 8 + 16 + 32 + 64


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_refusal_for_load_is_tried_again(reason: str) -> None:
    """A transaction that met another, or came over a table's load, is tried until patience runs out."""
    dynamodb = FakeDynamo(lambda _: reason if len(dynamodb.transactions) <= 3 else "")
    assert sites_of(dynamodb).add_many(named(["a", "b"])) == set()
    assert miscounted(dynamodb) == {}
    endless = FakeDynamo(lambda _: reason)
    with pytest.raises(StillThrottled, match="register sites"):
        sites_of(endless, seconds=1.0).add_many(named(["a", "b"]))
    assert not endless.items


def test_a_refusal_for_good_is_an_error() -> None:
    """It is tried once, and nothing of that transaction is there."""
    dynamodb = FakeDynamo(lambda _: "ValidationError")
    with pytest.raises(StorageError, match="one of 2 sites can't be registered"):
        sites_of(dynamodb).add_many(named(["a", "b"]))
    assert len(dynamodb.transactions) == len({site_totals_shard("a"), site_totals_shard("b")}) - 1
    assert not dynamodb.items
