"""The readings table: insert once, merge what lands again, read in pages.

An INSERT of a new reading costs one write unit; one that is there answers DuplicateItem for that statement alone. Only
those are read, merged with what landed now, and written back if that changes anything, on condition that nobody else
changed them meanwhile.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from heliograph.assessed import Assessed
from heliograph.checks.flag import Flag
from heliograph.history import History, Verdict, merge, verdict
from heliograph.storage.batches import DUPLICATE, Statement, execute, get_many, insert_statement, insert_text
from heliograph.storage.expiring import ExpiringTable
from heliograph.storage.reading_items import (
    PLAIN_NAMES,
    changing_attributes,
    is_plain,
    item_of,
    plain_parameters,
    reading_key,
    stored_of,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

Judge = Callable[[History], tuple[Flag, ...]]
_Key = tuple[str, str]

_MAY_VANISH: Final = ("flags", "anomaly_at", "anomaly_day", "anomaly_key", "inserted_by", "revisions")


class DynamoReadings(ExpiringTable):
    """Writes readings to their table.

    table: its name. retention: how long a reading is kept, counted from its landing.
    """

    def store(self, landings: Sequence[Assessed], judge: Judge) -> list[Verdict]:
        """Store readings as they landed, each once; merge those that are there already.

        landings: histories of one landing each, with their flags; the same reading may come twice. judge: gives the
        flags of a merged history.

        Returns:
            What each landing was to its reading, in the order given.

        Raises:
            StillThrottled: the table kept refusing for load; what was stored stays, and a replay goes on from there.
        """
        verdicts: list[Verdict] = ["stored"] * len(landings)
        first, repeated = _first_of_each([each.history for each in landings])
        outcomes = self._write([self._insert(landings[index]) for index in first])
        met = [index for index, outcome in zip(first, outcomes, strict=True) if outcome == DUPLICATE]
        for indices in (met, *_rounds(repeated, landings)):
            merged = self._merge([landings[index] for index in indices], judge)
            for index, history in zip(indices, merged, strict=True):
                verdicts[index] = verdict(history, landings[index].history)
        return verdicts

    def _insert(self, assessed: Assessed) -> Statement:
        expires_at = self._expires_at(assessed.history.versions[0].stamp.landed_at)
        if is_plain(assessed):
            return Statement(self._plain_insert, plain_parameters(assessed.history, expires_at))
        return insert_statement(self._table, item_of(assessed, expires_at))

    @cached_property
    def _plain_insert(self) -> str:
        return insert_text(self._table, PLAIN_NAMES)

    def _merge(self, landings: Sequence[Assessed], judge: Judge) -> list[History]:
        """Merge landings of different readings with what is stored, until no one else interferes."""
        merged: dict[_Key, History] = {}
        left = list(landings)
        for _ in self._patience.attempts("merge readings"):
            if not left:
                break
            left = self._merge_once(left, judge, merged)
        return [merged[_key(landing.history)] for landing in landings]

    def _merge_once(self, landings: list[Assessed], judge: Judge, merged: dict[_Key, History]) -> list[Assessed]:
        """Read, merge and write once; note what is settled and give the landings that met another writer."""
        kept = self._read(landings)
        statements: list[Statement] = []
        written: list[Assessed] = []
        for landing in landings:
            old = kept.get(_key(landing.history))
            merged[_key(landing.history)] = history = merge(old.history, landing.history) if old else landing.history
            if old is None or history != old.history:
                statements.append(self._update(old, history, judge) if old else self._insert(landing))
                written.append(landing)
        outcomes = self._write(statements)
        return [landing for landing, outcome in zip(written, outcomes, strict=True) if outcome]

    def _write(self, statements: list[Statement]) -> list[str | None]:
        return execute(self._dynamodb, statements, self._patience)

    def _read(self, landings: Sequence[Assessed]) -> dict[_Key, Assessed]:
        keys = [reading_key(*_key(landing.history)) for landing in landings]
        items = map(stored_of, get_many(self._dynamodb, self._table, keys, self._patience))
        return {_key(stored.history): stored for stored in items}

    def _update(self, old: Assessed, history: History, judge: Judge) -> Statement:
        """Write an UPDATE that takes effect only if the item is still as it was read."""
        # What the watch found stays until its next look, which the late mark of this very file calls for.
        new = Assessed(history, judge(history), old.merges + 1, old.watched)
        before = changing_attributes(old, 0)
        after = changing_attributes(new, self._expires_at(history.current.stamp.landed_at))
        sets = " ".join(f'SET "{name}"=?' for name in after)
        removes = " ".join(f'REMOVE "{name}"' for name in _MAY_VANISH if name in before and name not in after)
        unchanged = '"merges"=?' if old.merges else '"merges" IS MISSING'
        where = f'WHERE "site_id"=? AND "timestamp"=? AND {unchanged}'
        parameters: list[AttributeValueTypeDef] = [
            *after.values(),
            *reading_key(history.site_id, history.timestamp).values(),
        ]
        if old.merges:
            parameters.append({"N": str(old.merges)})
        return Statement(f'UPDATE "{self._table}" {sets} {removes} {where}', parameters)


def _key(history: History) -> _Key:
    return history.site_id, history.timestamp


def _first_of_each(landings: Sequence[History]) -> tuple[list[int], list[int]]:
    """Give the places of each reading's first landing, and of its further ones."""
    if len({_key(landing) for landing in landings}) == len(landings):  # nearly always
        return list(range(len(landings))), []
    seen: set[_Key] = set()
    first: list[int] = []
    repeated: list[int] = []
    for index, landing in enumerate(landings):
        (repeated if _key(landing) in seen else first).append(index)
        seen.add(_key(landing))
    return first, repeated


def _rounds(indices: list[int], landings: Sequence[Assessed]) -> list[list[int]]:
    """Cut the landings to merge into rounds in which no reading comes twice."""
    rounds: list[list[int]] = []
    while indices:
        first, repeated = _first_of_each([landings[index].history for index in indices])
        rounds.append([indices[place] for place in first])
        indices = [indices[place] for place in repeated]
    return rounds
