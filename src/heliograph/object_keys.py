"""The bucket's keys: no other file knows them.

raw/…         files of readings as they landed; never changed, never deleted by Heliograph
quarantine/…  the records rejected from a raw object, one file an object, same path; landed again, they lie below
              raw/resubmit/…
labels/…      the truth about simulated faults, one file a simulated raw object, same path
facts/…       what people add, one file a fact; below facts/edits/ each edit, and as ID.undo.json that it was undone;
              below facts/feeds/ each version of each feed's profile; below facts/zones/ and facts/profiles/ what a
              file was read by; never deleted by Heliograph
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final
from urllib.parse import quote

from heliograph.errors import KeyRefused

RAW: Final = "raw/"
QUARANTINE: Final = "quarantine/"
LABELS: Final = "labels/"
FACTS: Final = "facts/"

# Neither XML 1.0, in which S3 lists, nor a terminal takes them [S3, naming objects: characters to avoid].
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 1024  # S3's limit for a key, in bytes of UTF-8
# What Heliograph's own files lie below; no feed is called so.
TAKEN_FEEDS: Final = frozenset({"simulator", "submit", "api", "resubmit"})


def raw_key(feed: str, landed: datetime, name: str) -> str:
    """Return the key for a file of `feed` (simulator, submit, api), grouped by UTC day: `raw/feed/YYYY/MM/DD/name`.

    Raises:
        KeyRefused: feed or name holds a control character, with which the bucket couldn't be listed.
    """
    key = f"{RAW}{feed}/{landed.astimezone(UTC):%Y/%m/%d}/{name}"
    if _CONTROLS.search(key):
        raise KeyRefused(f"{key!a} holds a control character, and no listing could show it; rename it")
    return key


# What the API lands for a feed lies below its own prefix, so that its role can overwrite no logger's file.
POSTED_FEEDS: Final = "raw/api/feeds/"


def feed_of(key: str) -> str:
    """Return the feed that a raw object is of: `NAME` of `raw/NAME/…` and `raw/api/feeds/NAME/…`; else nothing."""
    name, slash, _ = key.removeprefix(POSTED_FEEDS if key.startswith(POSTED_FEEDS) else RAW).partition("/")
    return name if slash and key.startswith(RAW) and name not in TAKEN_FEEDS else ""


def file_name_of(key: str) -> str:
    """Return the name that a raw object's file had where it came from: the last part of its key."""
    return key.rpartition("/")[2]


class KeysInOrder:
    """Makes keys for files that one process lands: what lands later has the greater key.

    S3 tells to the second when a file landed; of files that share one the greater key holds. So a key's name begins
    with its time of day in microseconds, which never goes back within a process, not even where the clock does.
    """

    def __init__(self) -> None:
        """Begin with no key made."""
        self._last = datetime.min.replace(tzinfo=UTC)
        self._alone = Lock()

    def key(self, feed: str, now: datetime, name: str) -> str:
        """Return the key of a file that lands now: `raw/feed/YYYY/MM/DD/HHMMSS-microseconds-name`.

        Raises:
            KeyRefused: as `raw_key`.
        """
        moment = self.next(now)
        return raw_key(feed, moment, f"{moment:%H%M%S-%f}-{name}")

    def next(self, now: datetime) -> datetime:
        """Return a moment, UTC: now, or a microsecond after the last one that was given."""
        with self._alone:
            self._last = max(now.astimezone(UTC), self._last + timedelta(microseconds=1))
            return self._last


def quarantine_key(raw_object_key: str, version: str) -> str:
    """Return the key for what was refused from one version of a raw object.

    The same object always gives the same key, so processing it again replaces the file by its equal.
    """
    suffix = f"@{version}" if version else ""
    return _fitting(QUARANTINE + raw_object_key.removeprefix(RAW), f"{suffix}.ndjson")


def resubmitted_key(quarantined_key: str, digest: str) -> str:
    """Return the key under which records of a quarantine file land again; digest: when, and a digest of what lands.

    Those of one quarantine file lie in a folder of their own.
    """
    path = quarantined_key.removeprefix(QUARANTINE).removesuffix(".ndjson")
    return _fitting(f"{RAW}resubmit/{path}", f"/{digest}.ndjson")


def labels_key(raw_object_key: str) -> str:
    """Return the key for the labels of one simulated raw object."""
    return _fitting(LABELS + raw_object_key.removeprefix(RAW), "")


def facts_of(kind: str) -> str:
    """Return what the keys of all facts of a kind begin with."""
    return f"{FACTS}{kind}/"


def fact_key(kind: str, name: str) -> str:
    """Return the key for a fact by its id, always the same one, so that it is kept once however often it is sent."""
    return f"{facts_of(kind)}{name}.json"


def feed_version_key(feed: str, version: int) -> str:
    """Return the key for a version of a feed's profile; by name they are in order."""
    return fact_key(f"feeds/{feed}", f"{version:06d}")


def _fitting(path: str, ending: str) -> str:
    """Join a path and an ending; a path that is too long for S3 is cut, and a digest of it stands for the rest.

    Control characters, which others may have put into a raw object's key, become percent codes.
    """
    path = _CONTROLS.sub(lambda found: quote(found[0], errors="surrogatepass"), path)
    room = _LONGEST - len(ending.encode())
    if len(path.encode()) <= room:
        return path + ending
    digest = sha256(path.encode()).hexdigest()[:32]
    return path.encode()[: room - len(digest)].decode(errors="ignore") + digest + ending
