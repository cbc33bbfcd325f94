"""The tables as an evaluation uses them: a site's readings in, what was found of them out, and what is kept of a site.

Beside its registry entry that is its days and its last re-evaluation; the watch's own cycle lies there too. All of it
but the cycle follows from the readings: where a site's `watched` part is missing, its next evaluation judges
it from its first reading and writes its days anew. So to drop what was learned of a site, drop its parts `day#…`,
`recent` and `watched`.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from heliograph.edits.model import Edit
from heliograph.evaluation.cycle import Reevaluation
from heliograph.evaluation.model import Day, FlagUpdate, StoredReading
from heliograph.evaluation.recent import Recent
from heliograph.reading import end_of, text_of
from heliograph.registers import BEFORE, around
from heliograph.series import delay_of, with_energies
from heliograph.site import Site
from heliograph.storage.batches import DynamoTable, Statement, delete_many, execute, get_one, put_many
from heliograph.storage.edits import EDIT_CODEC
from heliograph.storage.items import ANY_ITEM, Codec, ItemReader, attributes, flags_attribute, flags_of
from heliograph.storage.pages import Range, query
from heliograph.storage.reading_items import WindowItem, aside_attribute, aside_of, first_landed_at, reading_key
from heliograph.storage.sites import PARTS, SITE_CODEC, SITE_IDS
from heliograph.table_keys import (
    CYCLE_PART,
    DUE,
    READINGS,
    RECENT_PART,
    REGISTRY_PART,
    SITES,
    WATCH_SITE,
    WATCHED_PART,
    anomaly_keys,
    day_part,
    edit_part,
    slot_key,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


DAY_CODEC: Final = Codec(Day, lean=True, parts=PARTS)
REEVALUATION_CODEC: Final = Codec(Reevaluation)
RECENT_CODEC: Final = Codec(Recent)
_DAYS: Final = day_part("")
_EDITS: Final = edit_part("", "").rstrip("#")


class SiteParts(msgspec.Struct, frozen=True):
    """What is kept of a site. days: oldest first, from the date that was asked for; re-evaluation: the last one.

    recent: its last two days, packed; None where they aren't. edits: in the order in which they were made.
    """

    site: Site | None
    reevaluation: Reevaluation | None
    days: list[Day]
    recent: Recent | None = None
    edits: tuple[Edit, ...] = ()


class DynamoSiteParts(DynamoTable):
    """Keeps the parts. table: the sites table."""

    def read(self, site_id: str, from_date: str, *, consistent: bool) -> SiteParts:
        """Read a site's days from a local date `YYYY-MM-DD` on, registry entry and last re-evaluation, in one query."""
        found = list(self._query(site_id, day_part(from_date), WATCHED_PART, consistent=consistent))
        parts = {item[SITES.sort]["S"]: item for item in found}
        registered, reevaluated, packed = (parts.get(each) for each in (REGISTRY_PART, WATCHED_PART, RECENT_PART))
        return SiteParts(
            site=SITE_CODEC.read(registered) if registered else None,
            reevaluation=REEVALUATION_CODEC.read(reevaluated) if reevaluated else None,
            days=_days(found),
            recent=RECENT_CODEC.read(packed) if packed else None,
            edits=tuple(EDIT_CODEC.read(item) for part, item in parts.items() if part.startswith(_EDITS)),
        )

    def days(self, site_id: str, from_date: str, to_date: str) -> list[Day]:
        """Read a site's days of local dates, both included, oldest first."""
        return _days(self._query(site_id, day_part(from_date), day_part(to_date), consistent=True))

    def put_days(self, site_id: str, days: Iterable[Day]) -> None:
        """Write days over those there are."""
        items = [day_item(site_id, day) for day in days]
        put_many(self._dynamodb, self._table, items, self._retry_policy)

    def drop_days(self, site_id: str, dates: Iterable[str]) -> None:
        """Delete days by their local dates; those that aren't there are passed over."""
        keys = [_key(site_id, day_part(each)) for each in dates]
        delete_many(self._dynamodb, self._table, keys, self._retry_policy)

    def put_recent(self, site_id: str, recent: Recent) -> None:
        """Write a site's last two days, packed, over those there are."""
        item = {**_key(site_id, RECENT_PART), **RECENT_CODEC.write(recent)}
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def reevaluation(self, site_id: str) -> Reevaluation | None:
        """Read a site's last re-evaluation, as it is now."""
        return get_one(self._dynamodb, self._table, _key(site_id, WATCHED_PART), REEVALUATION_CODEC)

    def put_reevaluation(self, site_id: str, reevaluation: Reevaluation) -> bool:
        """Write a re-evaluation over the turn before it; False where another came between."""
        item = {**_key(site_id, WATCHED_PART), **REEVALUATION_CODEC.write(reevaluation)}
        values = attributes({":before": reevaluation.turn - 1})
        condition = "attribute_not_exists(turn)" if reevaluation.turn == 1 else "turn = :before"
        more: Any = {} if reevaluation.turn == 1 else {"ExpressionAttributeValues": values}
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression=condition, **more)
            return True
        return False

    def due(self, slots: Sequence[int]) -> list[str]:
        """List the sites of these slots."""
        return [site_id for slot in slots for site_id in self._of_slot(slot)]

    def last_tick(self) -> int | None:
        """Read the minute of the last tick, seconds since 1970; None before the first."""
        item = get_one(self._dynamodb, self._table, _key(WATCH_SITE, CYCLE_PART), ANY_ITEM)
        return int(item["ticked"]["N"]) if item else None

    def note_tick(self, ticked: int) -> None:
        """Note that all that was due until the minute `ticked` was asked for; an earlier one changes nothing."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**_key(WATCH_SITE, CYCLE_PART), **attributes({"ticked": ticked})},
                ConditionExpression="attribute_not_exists(ticked) OR ticked < :ticked",
                ExpressionAttributeValues=attributes({":ticked": ticked}),
            )

    def _of_slot(self, slot: int) -> Iterable[str]:
        chosen = Range(self._table, (DUE.partition, slot_key(slot)), index=DUE.name)
        return query(self._dynamodb, chosen, SITE_IDS)

    def _query(self, site_id: str, first: str, last: str, *, consistent: bool) -> Iterable[dict[str, Any]]:
        chosen = Range(self._table, (SITES.partition, site_id), (SITES.sort, first, last), consistent=consistent)
        return query(self._dynamodb, chosen, ANY_ITEM)


def _key(site_id: str, part: str) -> dict[str, Any]:
    return attributes({SITES.partition: site_id, SITES.sort: part})


def day_item(site_id: str, day: Day) -> dict[str, Any]:
    """Write a day; that it has no flags is written too."""
    return {**_key(site_id, day_part(day.date)), **DAY_CODEC.write(day), "flags": flags_attribute(day.flags)}


def _days(items: Iterable[dict[str, Any]]) -> list[Day]:
    return [DAY_CODEC.read(item) for item in items if item[SITES.sort]["S"].startswith(_DAYS)]


_end_of: Final = lru_cache(maxsize=8192)(end_of)  # the intervals of a fleet's sites end together


def _stored_reading(item: WindowItem) -> StoredReading:
    end, generated, consumed = _end_of(item.timestamp.S), item.energy_generated_kwh, item.energy_consumed_kwh
    is_bare = item.interval_seconds is None and item.quality is None
    if generated and consumed and is_bare and not (item.flags or item.watched or item.merges):  # nearly always
        return StoredReading(end, generated.N, consumed.N, delay_of(end, end_of(item.landed_at.S)))
    seconds, quality, is_partial, registers = item.said
    return StoredReading(
        end,
        *item.values,
        delay_of(end, end_of(first_landed_at(item))),
        seconds,
        quality,
        is_partial,
        registers,
        flags=flags_of(item.flags),
        watched=flags_of(item.watched),
        merges=item.merges.N if item.merges else 0,
        aside=aside_of(item.aside),
    )


WINDOW_CODEC: Final = ItemReader(WindowItem, _stored_reading, projected=True)


class DynamoWindows(DynamoTable):
    """Reads and marks stretches of a site's readings."""

    def read(self, site_id: str, first: int, last: int, *, consistent: bool) -> list[StoredReading]:
        """Read a site's readings that end from `first` to `last`, seconds since 1970, oldest first.

        consistent: whether all that is stored by now is seen; it costs twice the read units.
        """
        sort = (READINGS.sort, text_of(first), text_of(last))
        chosen = Range(self._table, (READINGS.partition, site_id), sort, consistent=consistent)
        found = list(query(self._dynamodb, chosen, WINDOW_CODEC))
        if not any(each.registers for each in found):  # nearly always
            return found
        behind = {READINGS.partition: site_id, READINGS.sort: found[0].timestamp}
        earlier = msgspec.structs.replace(chosen, sort=None, after=behind, backwards=True)
        before = [*query(self._dynamodb, earlier, WINDOW_CODEC, BEFORE)][::-1]
        more, _ = around(each.registers for each in (*before, *found))
        if more > BEFORE:
            before = [*query(self._dynamodb, earlier, WINDOW_CODEC, more)][::-1]
        return with_energies([*before, *found])[len(before) :]

    def mark(self, site_id: str, changes: "Sequence[FlagUpdate]") -> bool:
        """Write what the watch found, to readings that are still as they were read.

        Returns:
            Whether all were; where one wasn't, it is left as it is, and the evaluation is out of date.
        """
        outcomes = execute(self._dynamodb, [self._update(site_id, each) for each in changes], self._retry_policy)
        return not any(outcomes)

    def _update(self, site_id: str, change: FlagUpdate) -> Statement:
        kept = change.kept
        after = _attributes(site_id, change)
        gone = {"watched", "aside", *anomaly_keys(site_id, kept.timestamp)} - after.keys() - _absent(kept)
        sets = " ".join(f'SET "{name}"=?' for name in after)
        removes = " ".join(f'REMOVE "{name}"' for name in sorted(gone))
        unchanged = '"merges"=?' if kept.merges else '"merges" IS MISSING'
        parameters = [*after.values(), *reading_key(site_id, kept.timestamp).values()]
        if kept.merges:
            parameters.append({"N": str(kept.merges)})
        where = f'WHERE "site_id"=? AND "timestamp"=? AND {unchanged}'
        return Statement(f'UPDATE "{self._table}" {sets} {removes} {where}', parameters)


def _attributes(site_id: str, change: FlagUpdate) -> "dict[str, AttributeValueTypeDef]":
    """Return what an item has after a change."""
    after: dict[str, AttributeValueTypeDef] = {
        "anomaly": {"BOOL": change.anomaly},
        "merges": {"N": str(change.kept.merges + 1)},
    }
    if change.watched:
        after["watched"] = flags_attribute(change.watched)
    if change.aside:
        after["aside"] = aside_attribute(change.aside)
    if change.anomaly:
        keys = anomaly_keys(site_id, change.kept.timestamp)
        after.update({name: {"S": value} for name, value in keys.items()})
    return after


def _absent(kept: StoredReading) -> set[str]:
    """Return the attributes that an item lacks before a change."""
    absent = set() if kept.anomaly else set(anomaly_keys("", kept.timestamp))
    found = {"watched": kept.watched, "aside": kept.aside}
    return absent | {name for name, rules in found.items() if not rules}
