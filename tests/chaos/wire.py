"""What passed the proxy on its way to S3: objects that S3 took though their sender never heard so."""

import time
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from chaos.calls import Answer, Call
from chaos.client import Client
from chaos.ledger import Landing
from heliograph.object_keys import RAW
from heliograph.storage.listing import Listed

_OK: Final = 200
_VERSION: Final = "x-amz-version-id"


class Put(msgspec.Struct, frozen=True):
    """A PUT of a raw object. version: empty where nobody knows what became of it."""

    key: str
    body: bytes
    version: str
    sent: float
    answered: float


class Wire:
    """Notes each PUT of a raw object that S3 took, or whose answer nobody has."""

    def __init__(self) -> None:
        """Begin with none."""
        self.puts: list[Put] = []

    def note(self, call: Call, answer: Answer | None, sent: float) -> None:
        """Note one call; those of other kinds, and those that S3 refused, are passed over."""
        key = unquote(urlsplit(call.path).path).strip("/").partition("/")[2]
        if call.operation != "s3.PutObject" or not key.startswith(RAW) or (answer and answer.status != _OK):
            return
        told = {name.lower(): value for name, value in answer.headers} if answer else {}
        self.puts.append(Put(key, call.body, told.get(_VERSION, ""), sent, time.time()))

    def settle(self, client: Client, told: Iterable[Landing], listed: Iterable[Listed]) -> "Settled":
        """Work out all that landed: what the sender was told, and what it never heard of.

        The bucket's listing names the versions of what the API and the command landed, whose answers don't; it tells
        which of the PUTs that nobody had an answer of were done; and it must hold whatever was taken.
        """
        left: dict[str, list[str]] = {}
        for each in listed:
            left.setdefault(each.key, []).append(each.version)
        landings: list[Landing] = []
        missing: list[Landing] = []
        for landing in [*told, *self._unheard(client, told)]:
            versions = left.get(landing.key, [])
            version = landing.version or (versions[-1] if versions else "")
            if version in versions:
                versions.remove(version)
                landings.append(msgspec.structs.replace(landing, version=version))
            else:
                missing.append(landing)
        unsure = {each.key: _landing(each, client) for each in self.puts if not each.version}
        strangers = []
        for key, versions in left.items():
            found = unsure.get(key) or _submitted(key, client)
            landings += [msgspec.structs.replace(found, key=key, version=of) for of in versions] if found else []
            strangers += [] if found else [f"{key}@{of}" for of in versions]
        return Settled(tuple(landings), tuple(missing), tuple(strangers))

    def _unheard(self, client: Client, told: Iterable[Landing]) -> list[Landing]:
        """Return what S3 took without the sender being told; of a key whose version it wasn't told, the last is its."""
        known = {(each.key, each.version) for each in told}
        unnamed = {each.key for each in told if not each.version}
        last = {each.key: each.version for each in self.puts if each.version and each.key in unnamed}
        return [
            _landing(each, client)
            for each in self.puts
            if each.version and (each.key, each.version) not in known and last.get(each.key) != each.version
        ]


class Settled(msgspec.Struct, frozen=True):
    """All that landed. missing: what S3 took and no longer has. strangers: what lies in the bucket unexplained."""

    landings: tuple[Landing, ...]
    missing: tuple[Landing, ...]
    strangers: tuple[str, ...]


def _submitted(key: str, client: Client) -> Landing | None:
    """Return the landing of a file whose `submit` failed and was done all the same; its key ends in the file's name."""
    for file in client.perhaps:
        if key.endswith(file.name):
            return Landing(file, key, "", 0, 0, acknowledged=False)
    return None


def _landing(put: Put, client: Client) -> Landing:
    file = client.by_key.get(put.key) or client.by_body[put.body]
    return Landing(file, put.key, put.version, put.sent, put.answered, acknowledged=False)
