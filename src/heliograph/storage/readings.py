"""The readings table as the processor writes it: insert once, merge what lands again.

An INSERT of a new reading costs one write unit; one that is there answers DuplicateItem for that statement alone. Only
those are read, merged with what landed now, and written back if that changes anything, on condition that nobody else
changed them meanwhile.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from heliograph.checks.flag import Flag
from heliograph.history import (
    Assessed,
    History,
    StoreOutcome,
    VersionOrder,
    by_name,
    history_of,
    merge,
    store_outcome,
)
from heliograph.repeats import Repeats
from heliograph.replacing import in_place, without
from heliograph.storage.batches import (
    CONDITION_FAILED,
    DUPLICATE,
    TOO_LARGE,
    ExpiringTable,
    Keys,
    Statement,
    execute,
    get_many,
    insert_statement,
    insert_text,
)
from heliograph.storage.reading_items import (
    READING_CODEC,
    changing_attributes,
    is_plain,
    item_of,
    plain_item,
    reading_key,
)
from heliograph.storage.retry_policy import StoreRetryPolicy

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


_Judge = Callable[[History], tuple[Flag, ...]]
_Join = Callable[[History, History, VersionOrder], History]
_Key = tuple[str, str]

# Somebody wrote, or deleted, the item between our reading and our writing.
_MET_ANOTHER: Final = frozenset({DUPLICATE, CONDITION_FAILED})

_MAY_VANISH: Final = (
    "energy_generated_kwh",
    "energy_consumed_kwh",
    "net_energy_kwh",
    "interval_seconds",
    "quality",
    "partial",
    "registers",
    "flags",
    "anomaly_at",
    "anomaly_day",
    "anomaly_key",
    "inserted_by",
    "joined_by",
    "latest",
    "revisions",
    "brought_by",
    "counted",
)


class DynamoReadings(ExpiringTable):
    """Writes readings to their table.

    table: its name. retention: how long a reading is kept, counted from its landing.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        retention: timedelta,
        retry_policy: StoreRetryPolicy | None = None,
        order: VersionOrder = by_name,
    ) -> None:
        """Keep the client; nothing is called yet. order: asks S3 about versions of a key that share a second."""
        super().__init__(dynamodb, table, retention, retry_policy)
        self._order = order

    def store(self, landings: Sequence[Assessed], judge: _Judge) -> list[StoreOutcome]:
        """Store readings as they landed, each once; merge those that are there already.

        landings: histories of one landing each, with their flags, in the order of their file; what comes twice is
        joined before it is written, so a reading is written once however often it comes. judge: gives the flags of a
        merged history.

        Returns:
            What each landing was to its reading, in the order given; `rejected` where its item can't grow.

        Raises:
            StillThrottled: the table kept refusing for load; what was stored stays, and a replay goes on from there.
        """
        together = self._together(landings, judge)
        outcomes = self._write([self._insert(each) for each in together])
        met = [each for each, outcome in zip(together, outcomes, strict=True) if outcome == DUPLICATE]
        if not met and not any(outcomes) and len(together) == len(landings):  # nearly always
            return ["stored"] * len(landings)
        ends: dict[_Key, History | None] = {_key(each.history): each.history for each in together}
        ends |= {_key(e.history): None for e, outcome in zip(together, outcomes, strict=True) if outcome == TOO_LARGE}
        ends |= self._merge(met, judge)
        return _outcomes([each.history for each in landings], ends)

    def replace(self, landings: Sequence[Assessed], judge: _Judge) -> list[StoreOutcome]:
        """Store readings in place of what their object brought of the same intervals before; otherwise as `store`.

        landings: of one object, each of another interval.
        """
        return _outcomes([each.history for each in landings], self._merge(landings, judge, in_place))

    def withdraw(self, source: str, keys: Sequence[_Key], judge: _Judge) -> None:
        """Take what an object brought out of these readings, by site and END; what nothing else brought is deleted.

        Raises:
            StillThrottled: as `store`; what is taken out stays so, and the same call again goes on from there.
        """
        left = list(keys)
        for _ in self._retry_policy.attempts("withdraw readings"):
            if not left:
                break
            written: list[_Key] = []
            statements: list[Statement] = []
            for key, old in self._read(left).items():
                if (history := without(old.history, source, self._order)) != old.history:
                    statements.append(self._update(old, history, judge) if history else self._delete(old))
                    written.append(key)
            outcomes = self._write(statements)
            left = [key for key, outcome in zip(written, outcomes, strict=True) if outcome in _MET_ANOTHER]

    def _together(self, landings: Sequence[Assessed], judge: _Judge) -> Sequence[Assessed]:
        """Join the landings of each reading."""
        if len({_key(each.history) for each in landings}) == len(landings):  # nearly always
            return landings
        by_key: dict[_Key, list[Assessed]] = {}
        for each in landings:
            by_key.setdefault(_key(each.history), []).append(each)
        return [many[0] if len(many) == 1 else self._join(many, judge) for many in by_key.values()]

    def _join(self, landings: Sequence[Assessed], judge: _Judge) -> Assessed:
        history = history_of((each.history for each in landings), self._order)
        return Assessed(history, judge(history))

    def correct(self, old: Assessed, history: History, flags: tuple[Flag, ...]) -> bool:
        """Write the history that a reading should have over the one that is stored, whatever else the item holds.

        Return False where somebody has changed the reading since `old` was read.
        """
        new = Assessed(history, flags, old.merges + 1, old.watched, old.aside)
        item = item_of(new, self._expires_at(history.current.provenance.landed_at))
        return self._if_unchanged(old, lambda unchanged: self._dynamodb.put_item(Item=item, **unchanged))

    def remove(self, old: Assessed) -> bool:
        """Delete a reading; return False where somebody has changed it since `old` was read."""
        key = reading_key(*_key(old.history))
        return self._if_unchanged(old, lambda unchanged: self._dynamodb.delete_item(Key=key, **unchanged))

    def _if_unchanged(self, old: Assessed, write: Callable[[dict[str, Any]], object]) -> bool:
        """Write on condition that the item is as it was read; whatever changes it counts its merges."""
        merges = "#merges = :merges" if old.merges else "attribute_not_exists(#merges)"
        values: dict[str, AttributeValueTypeDef] = {":source": {"S": old.history.versions[0].provenance.source}}
        unchanged: dict[str, Any] = {
            "TableName": self._table,
            "ConditionExpression": f"#source = :source AND {merges}",
            "ExpressionAttributeNames": {"#merges": "merges", "#source": "source"},
            "ExpressionAttributeValues": values | ({":merges": {"N": str(old.merges)}} if old.merges else {}),
        }
        try:
            write(unchanged)
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _insert(self, assessed: Assessed) -> Statement:
        expires_at = self._expires_at(assessed.history.versions[0].provenance.landed_at)
        if is_plain(assessed):
            names, values = plain_item(assessed.history, expires_at)
            return Statement(insert_text(self._table, names), values)
        return insert_statement(self._table, item_of(assessed, expires_at))

    def _merge(self, landings: Sequence[Assessed], judge: _Judge, join: _Join = merge) -> "dict[_Key, History | None]":
        """Join landings of different readings with what is stored, until no one else interferes.

        Returns:
            Where each ended; None where its item can't grow.
        """
        merged: dict[_Key, History | None] = {}
        left = list(landings)
        for _ in self._retry_policy.attempts("merge readings"):
            if not left:
                break
            left = self._merge_once(left, judge, merged, join)
        return merged

    def _merge_once(
        self, landings: list[Assessed], judge: _Judge, merged: "dict[_Key, History | None]", join: _Join
    ) -> list[Assessed]:
        """Read, join and write once; note what is settled and return the landings that met another writer."""
        kept = self._read([_key(landing.history) for landing in landings])
        statements: list[Statement] = []
        written: list[Assessed] = []
        for landing in landings:
            key, new = _key(landing.history), landing.history
            old = kept.get(key)
            merged[key] = history = join(old.history, new, self._order) if old else new
            if old is None or history != old.history:
                statements.append(self._update(old, history, judge) if old else self._insert(landing))
                written.append(landing)
        outcomes = self._write(statements)
        merged |= {_key(e.history): None for e, outcome in zip(written, outcomes, strict=True) if outcome == TOO_LARGE}
        return [landing for landing, outcome in zip(written, outcomes, strict=True) if outcome in _MET_ANOTHER]

    def _write(self, statements: list[Statement]) -> list[str | None]:
        return execute(self._dynamodb, statements, self._retry_policy)

    def _read(self, keys: Sequence[_Key]) -> dict[_Key, Assessed]:
        wanted = [reading_key(*key) for key in keys]
        found = get_many(self._dynamodb, Keys(self._table, wanted), READING_CODEC, self._retry_policy)
        return {_key(stored.history): stored for stored in found}

    def _delete(self, old: Assessed) -> Statement:
        """Write a DELETE that takes effect only if the item is still as it was read."""
        where, unchanged = _unchanged(old)
        key = reading_key(*_key(old.history)).values()
        return Statement(f'DELETE FROM "{self._table}" {where}', [*key, *unchanged])  # noqa: S608 - no one's text

    def _update(self, old: Assessed, history: History, judge: _Judge) -> Statement:
        """Write an UPDATE that takes effect only if the item is still as it was read."""
        # What the watch found stays until its next evaluation, which the late mark of this very file calls for.
        new = Assessed(history, judge(history), old.merges + 1, old.watched, old.aside)
        before = changing_attributes(old, 0)
        after = changing_attributes(new, self._expires_at(history.current.provenance.landed_at))
        sets = " ".join(f'SET "{name}"=?' for name in after)
        removes = " ".join(f'REMOVE "{name}"' for name in _MAY_VANISH if name in before and name not in after)
        where, unchanged = _unchanged(old)
        key = reading_key(history.site_id, history.timestamp).values()
        return Statement(f'UPDATE "{self._table}" {sets} {removes} {where}', [*after.values(), *key, *unchanged])


def _unchanged(old: Assessed) -> "tuple[str, list[AttributeValueTypeDef]]":
    """Return the WHERE of an item that is still as it was read, and its parameters behind those of the key.

    One that was deleted and came anew counts its merges anew, so its source has to be the same as well.
    """
    unchanged = '"merges"=?' if old.merges else '"merges" IS MISSING'
    where = f'WHERE "site_id"=? AND "timestamp"=? AND "source"=? AND {unchanged}'
    source: AttributeValueTypeDef = {"S": old.history.versions[0].provenance.source}
    return where, [source, {"N": str(old.merges)}] if old.merges else [source]


def _key(history: History) -> _Key:
    return history.site_id, history.timestamp


def _outcomes(landings: Sequence[History], ends: "dict[_Key, History | None]") -> list[StoreOutcome]:
    """Return what each landing did: the first of a call to what is stored, others to the one before."""
    found: list[StoreOutcome] = []
    for landing in landings:
        end = ends[_key(landing)]
        found.append("rejected" if end is None else store_outcome(end, landing))
    return Repeats().among([landing.reading for landing in landings], found)
