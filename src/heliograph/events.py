"""S3's event notifications: the raw objects that a queue message names."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import quote_plus, unquote_plus

import msgspec

from heliograph.errors import HeliographError
from heliograph.object_keys import RAW


class NotAnEvent(HeliographError):
    """A queue message isn't an S3 event; it goes to the dead-letter queue as it is."""


class Landed(msgspec.Struct, frozen=True):
    """A raw object as an event names it: key, version (empty without versions), event time (UTC text)."""

    key: str
    version: str
    event_time: str


class _Object(msgspec.Struct):
    key: str
    versionId: str = ""  # noqa: N815 - S3's own name


class _S3(msgspec.Struct):
    object: _Object


class _Record(msgspec.Struct):
    eventName: str  # noqa: N815 - S3's own name
    s3: _S3
    eventTime: str = ""  # noqa: N815 - S3's own name


class _Event(msgspec.Struct):
    Records: list[_Record] | None = None
    Event: str = ""


_DECODER: Final = msgspec.json.Decoder(_Event)


def landed_objects(message: str) -> list[Landed]:
    """Return the objects of an S3 event that were created under raw/; none for a test event or a deletion.

    S3 encodes keys as in a form: a space is a plus, other signs are percents.

    Raises:
        NotAnEvent: the message isn't an S3 event.
    """
    try:
        event = _DECODER.decode(message)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotAnEvent(f"the message isn't an S3 event: {error}") from None
    if event.Records is None and event.Event != "s3:TestEvent":
        raise NotAnEvent("the message isn't an S3 event: it has no Records")
    found = [_landed(record) for record in event.Records or [] if _is_creation(record)]
    return [landed for landed in found if landed.key.startswith(RAW)]


def versions_named(messages: Iterable[str]) -> set[tuple[str, str]]:
    """Return key and version of each raw object that messages name; what is no event names none."""
    found: set[tuple[str, str]] = set()
    for message in messages:
        with suppress(NotAnEvent):
            found.update((landed.key, landed.version) for landed in landed_objects(message))
    return found


def _is_creation(record: _Record) -> bool:
    return record.eventName.removeprefix("s3:").startswith("ObjectCreated:")


def _landed(record: _Record) -> Landed:
    version = record.s3.object.versionId
    return Landed(unquote_plus(record.s3.object.key), "" if version == "null" else version, record.eventTime)


def event_of(bucket: str, landed: Landed) -> str:
    """Write the event S3 sends for an object that landed, so that it can be processed again."""
    named = {"key": quote_plus(landed.key), **({"versionId": landed.version} if landed.version else {})}
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": landed.event_time,
        "s3": {"bucket": {"name": bucket}, "object": named},
    }
    return msgspec.json.encode({"Records": [record]}).decode()
