"""The audit of one raw object, as a pure function: is every record stored, in quarantine, or in a dead letter?

It goes by what the object itself holds, decoded anew, and not by what was written about it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from heliograph.assessed import Assessed
from heliograph.feed import Numbered, Reject
from heliograph.ingest import Ingest

State = Literal["stored", "dead-lettered", "waiting", "expired", "lost"]

# Missing records are named up to this many; the count is always whole.
_MOST_NAMED = 5


class Finding(msgspec.Struct, frozen=True):
    """What an audit says of one raw object.

    state: stored (every record is where it belongs), dead-lettered, waiting (in the ingest queue, or so young that it
    may still be), expired (older than readings are kept), or lost. problems: a sentence for each thing that is wrong.
    readings, rejects: how many it holds.
    """

    object_key: str
    version: str
    landed_at: str
    state: State
    readings: int = 0
    rejects: int = 0
    problems: tuple[str, ...] = ()


def unread_state(*, in_dead_letters: bool, may_wait: bool) -> State:
    """Say where an object is that wasn't stored: nowhere is lost."""
    if in_dead_letters:
        return "dead-lettered"
    return "waiting" if may_wait else "lost"


def problems_of(
    numbered: Sequence[Numbered],
    rejects: Sequence[Reject],
    stored: Mapping[tuple[str, str], Assessed],
    quarantined: Collection[int],
    ingest: Ingest | None,
) -> list[str]:
    """Compare what an object holds with what is kept of it; give a sentence for each difference.

    stored: by site and time, whatever is stored of the object's readings. quarantined: positions of its records in
    quarantine. ingest: what was written about it.
    """
    # A reading whose item can't grow is in quarantine, too.
    missing = [each.position for each in numbered if not _is_kept(each, stored) and each.position not in quarantined]
    unkept = [reject.position for reject in rejects if reject.position not in quarantined]
    problems = []
    if missing:
        problems.append(f"{_named(missing)} of {len(numbered)} readings aren't stored")
    if unkept:
        problems.append(f"{_named(unkept)} of {len(rejects)} refused records aren't in quarantine")
    return problems + _miscounts(len(numbered), len(rejects), ingest)


def _is_kept(entry: Numbered, stored: Mapping[tuple[str, str], Assessed]) -> bool:
    """Tell whether a reading's values are among those stored for its interval: current, replaced, or counted."""
    reading = entry.reading
    kept = stored.get((reading.site_id, reading.timestamp))
    values = (reading.energy_generated_kwh, reading.energy_consumed_kwh)
    return kept is not None and kept.history.has_landed(values)


def _miscounts(readings: int, rejects: int, ingest: Ingest | None) -> list[str]:
    if ingest is None:
        return ["no ingest was written about it"]
    if ingest.state == "failed":
        return [f"its ingest says it failed: {ingest.error}"]
    counted = ingest.stored + ingest.equal + ingest.revised
    if counted + ingest.refused != readings + rejects or ingest.refused < rejects:
        told = f"{counted} readings and {ingest.refused} rejects"
        return [f"its ingest counts {told}; it holds {readings} and {rejects}"]
    return []


def _named(positions: list[int]) -> str:
    shown = ", ".join(map(str, positions[:_MOST_NAMED]))
    more = ", …" if len(positions) > _MOST_NAMED else ""
    return f"{len(positions)} (records {shown}{more})"
