"""Edits: facts in S3, and of each an item among its site's, which the watch reads with the site's days.

The fact is written first, once, and says what an edit is; the items follow from it. Whoever dies in between leaves a
fact without items; the same edit sent again writes them. Who asks by an edit's id finds its site in an item of its own.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from heliograph.edits.model import Edit, EditBody, made
from heliograph.errors import EditConflict, StorageError
from heliograph.fact import Fact, edit_made, edit_undone, edits
from heliograph.storage.batches import get_one
from heliograph.storage.items import Codec, attributes, json_text
from heliograph.storage.pages import Range, query
from heliograph.table_keys import EDITS_SITE, SITES, edit_part

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Behind every time that an edit can be made at.
_LAST: Final = "~"
EDIT_CODEC: Final = Codec(Edit, lean=True, rules=json_text(tuple[str, ...]))


class _Place(msgspec.Struct, frozen=True):
    """Where an edit's item is. edited: its site. made_at: as `Edit` has it."""

    edited: str
    made_at: str


_PLACE_CODEC: Final = Codec(_Place)


class Edits(Protocol):
    """Where edits are kept."""

    def put(self, body: EditBody, who: str, now: datetime) -> tuple[Edit, bool]:
        """Keep an edit; return it as it was made, and whether that was now."""
        ...

    def get(self, edit_id: str) -> Edit | None:
        """Return an edit, undone or not."""
        ...

    def of_site(self, site_id: str) -> list[Edit]:
        """Return a site's edits in the order in which they were made, undone ones among them."""
        ...

    def undo(self, edit_id: str, who: str, now: datetime) -> tuple[Edit, bool] | None:
        """Undo an edit; return it, and whether that was now; None where there is none."""
        ...


class FactStore(Protocol):
    """Where facts are kept."""

    def settle(self, fact: Fact) -> Fact:
        """Write a fact where there is none of its id; return the one there is then."""
        ...


class DynamoEdits:
    """Keeps edits. sites_table: where their items are."""

    def __init__(self, dynamodb: "DynamoDBClient", sites_table: str, facts: FactStore) -> None:
        """Keep the clients; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = sites_table
        self._facts = facts

    def put(self, body: EditBody, who: str, now: datetime) -> tuple[Edit, bool]:
        """Keep an edit, checked before; return it as it was made, and whether that was now.

        Raises:
            EditConflict: one of this id says something else.
        """
        if kept := self.get(body.id):
            return same_edit(kept, body), False
        wanted = edit_made(body, who, now)
        fact = self._facts.settle(wanted)
        edit = same_edit(_edit_of(fact), body)
        self._write(edit)
        return edit, fact == wanted

    def get(self, edit_id: str) -> Edit | None:
        """Read an edit, undone or not; None where there is none of this id."""
        place = get_one(self._dynamodb, self._table, _key(EDITS_SITE, edit_id), _PLACE_CODEC)
        if place is None:
            return None
        return get_one(self._dynamodb, self._table, _key(place.edited, edit_part(place.made_at, edit_id)), EDIT_CODEC)

    def of_site(self, site_id: str) -> list[Edit]:
        """Read a site's edits in the order in which they were made, undone ones among them, as they are by now."""
        sort = (SITES.sort, edit_part("", ""), edit_part(_LAST, ""))
        return list(
            query(self._dynamodb, Range(self._table, (SITES.partition, site_id), sort, consistent=True), EDIT_CODEC)
        )

    def undo(self, edit_id: str, who: str, now: datetime) -> tuple[Edit, bool] | None:
        """Undo an edit; return it, and whether that was now; None where there is none of this id."""
        edit = self.get(edit_id)
        if edit is None or not edit.holds:
            return None if edit is None else (edit, False)
        wanted = edit_undone(edit_id, who, now)
        fact = self._facts.settle(wanted)
        undone = msgspec.structs.replace(edit, undone_at=fact.at, undone_by=fact.who)
        self._dynamodb.put_item(TableName=self._table, Item=_item(undone))
        return undone, fact == wanted

    def restore(self, facts: Iterable[Fact]) -> list[Edit]:
        """Write the items of edits that lack them or have others than their facts say; return these edits.

        Their sites' totals and flags are to be worked out anew, from `Edit.since` on.
        """
        lost = [edit for edit in edits(facts) if self.get(edit.id) != edit]
        for edit in lost:
            self._dynamodb.put_item(TableName=self._table, Item=_item(edit))
            self._write_place(edit)
        return lost

    def _write(self, edit: Edit) -> None:
        """Write an edit's items; one that is there stays, since it may have been undone."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.put_item(
                TableName=self._table,
                Item=_item(edit),
                ConditionExpression=f"attribute_not_exists({SITES.partition})",
            )
        self._write_place(edit)

    def _write_place(self, edit: Edit) -> None:
        place = _PLACE_CODEC.write(_Place(edit.site_id, edit.made_at))
        self._dynamodb.put_item(TableName=self._table, Item={**_key(EDITS_SITE, edit.id), **place})


def same_edit(kept: Edit, body: EditBody) -> Edit:
    """Return an edit that is kept, where a body of its id says the same.

    Raises:
        EditConflict: it says something else.
    """
    if kept.body != body:
        raise EditConflict(f"an edit {body.id} was made at {kept.made_at} and says something else; give yours a new id")
    return kept


def _edit_of(fact: Fact) -> Edit:
    if fact.edit is None:
        raise StorageError(f"the fact {fact.id} holds no edit")
    return made(fact.edit, fact.who, fact.at)


def _key(site_id: str, part: str) -> dict[str, Any]:
    return attributes({SITES.partition: site_id, SITES.sort: part})


def _item(edit: Edit) -> dict[str, Any]:
    return {**EDIT_CODEC.write(edit), **_key(edit.site_id, edit_part(edit.made_at, edit.id))}
