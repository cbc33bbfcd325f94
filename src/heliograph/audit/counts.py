"""The audit of files: each file's finding, what its ingestion has to count, and the sum of all."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from heliograph.ingestion import Ingestion

FindingState = Literal["stored", "miscounted", "dead-lettered", "waiting", "expired", "gone", "lost"]


class Finding(msgspec.Struct, frozen=True):
    """What an audit says of one raw object.

    state: stored (every record is where it belongs), miscounted (likewise, but its ingestion counts otherwise),
    dead-lettered, waiting (in the ingest queue, or so young that it may still be), expired (older than readings are
    kept), gone (its ingestion is there and it isn't in the bucket any more), or lost. problems: a sentence for each
    thing that is wrong. readings, rejected_records, blank: how many it holds.
    """

    object_key: str
    version: str
    landed_at: str
    state: FindingState
    readings: int = 0
    rejected_records: int = 0
    blank: int = 0
    problems: tuple[str, ...] = ()


class Counted(msgspec.Struct, frozen=True):
    """What an ingestion has to count.

    readings, rejected_records, blank: what the file holds. full: of the readings, those that may be in quarantine since
    their item couldn't take them. first: how many intervals it stored first. disputed: of its other readings,
    those whose interval was landed with several values, so that they may have been revisions.
    """

    readings: int
    rejected_records: int
    first: int
    disputed: int
    full: int = 0
    blank: int = 0


def miscounts(counted: Counted, ingestion: Ingestion, size_bytes: int) -> list[str]:
    """Return how an ingestion's counts differ from what they have to be.

    Whether a repeat was already stored or revised depends on what was stored when it came, so these two have bounds
    only.
    """
    problems = []
    readings = ingestion.stored + ingestion.already_stored + ingestion.revised
    held = counted.readings - counted.full, counted.rejected_records + counted.full
    if (readings, ingestion.rejected) != held:
        counts = f"{readings} readings and {ingestion.rejected} rejected records"
        problems.append(f"its ingestion counts {counts}; it holds {held[0]} and {held[1]}")
    elif ingestion.stored != counted.first:
        problems.append(f"its ingestion counts {ingestion.stored} readings as stored first; {counted.first} are")
    elif ingestion.revised > counted.disputed:
        problems.append(f"its ingestion counts {ingestion.revised} revised readings; at most {counted.disputed} can be")
    if ingestion.records != counted.readings + counted.rejected_records:
        problems.append(
            f"its ingestion counts {ingestion.records} records; it holds {counted.readings + counted.rejected_records}"
        )
    if ingestion.blank != counted.blank:
        problems.append(f"its ingestion counts {ingestion.blank} blank records; it holds {counted.blank}")
    if ingestion.flagged > ingestion.stored:
        problems.append(f"its ingestion counts {ingestion.flagged} flagged readings of {ingestion.stored} stored ones")
    if ingestion.size_bytes != size_bytes:
        problems.append(f"its ingestion says {ingestion.size_bytes} bytes; it has {size_bytes}")
    return problems


def recount(counted: Counted, ingestion: Ingestion, size_bytes: int) -> Ingestion:
    """Return an ingestion with the counts that it has to have; where there are only bounds, the nearest within them."""
    readings = counted.readings - counted.full
    revised = min(ingestion.revised, counted.disputed, readings - counted.first)
    return msgspec.structs.replace(
        ingestion,
        size_bytes=size_bytes,
        records=counted.readings + counted.rejected_records,
        stored=counted.first,
        revised=revised,
        already_stored=readings - counted.first - revised,
        rejected=counted.rejected_records + counted.full,
        blank=counted.blank,
        flagged=min(ingestion.flagged, counted.first),
    )


ShardSums = dict[str, dict[str, int]]


def sum_up(sums: ShardSums, shard: str, amounts: Mapping[str, int]) -> None:
    """Add amounts to the sums of one item of the running totals."""
    item = sums.setdefault(shard, {})
    for name, amount in amounts.items():
        item[name] = item.get(name, 0) + amount


def totals_differences(kept: Mapping[str, Mapping[str, int]], summed: ShardSums) -> dict[str, dict[str, int]]:
    """Return, by item of the running totals, what each count has too much (or, below zero, too little)."""
    found = {}
    for shard in sorted(kept.keys() | summed.keys()):
        have, due = kept.get(shard, {}), summed.get(shard, {})
        over = {name: have.get(name, 0) - due.get(name, 0) for name in sorted(have.keys() | due.keys())}
        if any(over.values()):
            found[shard] = {name: amount for name, amount in over.items() if amount}
    return found


def unread_state(*, in_dead_letters: bool, may_wait: bool) -> FindingState:
    """Return where an object is that wasn't stored; nowhere means lost."""
    if in_dead_letters:
        return "dead-lettered"
    return "waiting" if may_wait else "lost"
