"""Edits in memory, that keep the same promises as those in S3 and DynamoDB."""

from datetime import datetime

import msgspec

from heliograph.edits.model import Edit, EditBody, in_order, made
from heliograph.fact import Fact, edit_made, edit_undone
from heliograph.storage.edits import same_edit


class FakeEdits:
    """Edits, and the facts they follow from."""

    def __init__(self) -> None:
        """Begin with none."""
        self.kept: dict[str, Edit] = {}
        self.facts: list[Fact] = []

    def put(self, body: EditBody, who: str, now: datetime) -> tuple[Edit, bool]:
        """Keep an edit once."""
        if body.id in self.kept:
            return same_edit(self.kept[body.id], body), False
        fact = edit_made(body, who, now)
        self.facts.append(fact)
        self.kept[body.id] = made(body, who, fact.at)
        return self.kept[body.id], True

    def get(self, edit_id: str) -> Edit | None:
        """Return an edit, or None."""
        return self.kept.get(edit_id)

    def of_site(self, site_id: str) -> list[Edit]:
        """Return a site's edits."""
        return in_order([edit for edit in self.kept.values() if edit.site_id == site_id])

    def undo(self, edit_id: str, who: str, now: datetime) -> tuple[Edit, bool] | None:
        """Undo an edit once."""
        edit = self.kept.get(edit_id)
        if edit is None or not edit.holds:
            return None if edit is None else (edit, False)
        fact = edit_undone(edit_id, who, now)
        self.facts.append(fact)
        self.kept[edit_id] = msgspec.structs.replace(edit, undone_at=fact.at, undone_by=who)
        return self.kept[edit_id], True
