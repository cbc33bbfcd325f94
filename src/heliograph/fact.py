"""What people add: each is a fact, kept for good, with who added it and when. The rest can be rebuilt from facts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import uuid4

import msgspec

from heliograph.errors import StorageError
from heliograph.site import Site

# What a fact is about, and where it is kept.
FactKind = Literal["sites"]
# How many sites one fact registers at most: it is read whole.
SITES_A_FACT: Final = 500


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that somebody added.

    id: made by whoever adds it, so that it is added once however often it is sent. who: an IAM principal, a JWT's
    issuer and subject, or a laptop's user; never what a request's body says. at: UTC text with microseconds, the
    clock of who took it in. sites: registry entries, each in place of the one there was.
    """

    id: str
    kind: FactKind
    who: str
    at: str
    sites: tuple[Site, ...] = ()


def registered(sites: Sequence[Site], who: str, now: datetime, name: str = "") -> Fact:
    """Return the fact that somebody registered sites. name: its id, a new one where empty."""
    return Fact(name or uuid4().hex, "sites", who, f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", tuple(sites))


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
