"""What people add: each is a fact, kept for good, with who added it and when. The rest can be rebuilt from facts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import uuid4

import msgspec

from heliograph.edits.model import Edit, EditBody, in_order, made
from heliograph.errors import StorageError
from heliograph.site import Site

# What a fact is about, and where it is kept.
FactKind = Literal["sites", "edits"]
# How many sites one fact registers at most: it is read whole.
SITES_A_FACT: Final = 500


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that somebody added.

    id: made by whoever adds it, so that it is added once however often it is sent. who: an IAM principal, a JWT's
    issuer and subject, or a laptop's user; never what a request's body says. at: UTC text with microseconds, the
    clock of who took it in. sites: registry entries, each in place of the one there was. edit: one that is made.
    undone: the id of an edit that holds no more.
    """

    id: str
    kind: FactKind
    who: str
    at: str
    sites: tuple[Site, ...] = ()
    edit: EditBody | None = None
    undone: str = ""


def registered(sites: Sequence[Site], who: str, now: datetime, name: str = "") -> Fact:
    """Return the fact that somebody registered sites. name: its id, a new one where empty."""
    return Fact(name or uuid4().hex, "sites", who, _moment(now), tuple(sites))


def edit_made(body: EditBody, who: str, now: datetime) -> Fact:
    """Return the fact that somebody made an edit; its id is the edit's."""
    return Fact(body.id, "edits", who, _moment(now), edit=body)


def edit_undone(edit_id: str, who: str, now: datetime) -> Fact:
    """Return the fact that somebody undid an edit; an edit is undone once."""
    return Fact(f"{edit_id}.undo", "edits", who, _moment(now), undone=edit_id)


def _moment(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def encode(fact: Fact) -> bytes:
    """Write a fact as it is kept."""
    return msgspec.json.encode(fact) + b"\n"


def decode(body: bytes, where: str) -> Fact:
    """Read a fact. where: its name, for the message.

    Raises:
        StorageError: it isn't one.
    """
    try:
        return msgspec.json.decode(body, type=Fact)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{where} isn't a fact as Heliograph writes them: {error}") from None


def registry(facts: Iterable[Fact]) -> dict[str, Site]:
    """Return the registry that facts lead to: of each site, what was said last."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.id))
    return {site.site_id: site for fact in ordered for site in fact.sites}


def edits(facts: Iterable[Fact]) -> list[Edit]:
    """Return the edits that facts lead to, in the order in which they were made, undone ones among them."""
    found: dict[str, Edit] = {}
    undoings: dict[str, Fact] = {}
    for fact in facts:
        if fact.edit:
            found[fact.edit.id] = made(fact.edit, fact.who, fact.at)
        if fact.undone:
            undoings[fact.undone] = fact
    return in_order([_undone(edit, undoings.get(edit_id)) for edit_id, edit in found.items()])


def _undone(edit: Edit, undoing: Fact | None) -> Edit:
    return msgspec.structs.replace(edit, undone_at=undoing.at, undone_by=undoing.who) if undoing else edit
