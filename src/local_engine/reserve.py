"""A reserve of disk space: new writes are refused while there is still room for what was accepted.

Below the reserve no new object comes in. What follows from accepted ones may use three quarters of it: tables, queues,
what is refused of a file. Below that every write is refused. Whatever is read or removed goes on.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local_engine.request import FULL, FULL_CODE, App, Receive, Refused, Request, Scope, Send, read_request, refuse

# What is written of accepted objects, beside them in the same bucket.
_FOLLOWS: Final = ("quarantine/", "labels/")
_LOOK_SECONDS: Final = 1.0
_LAST_SHARE: Final = 4
_MIB: Final = 1024 * 1024
# DynamoDB, SQS and their like read and write by POST alone; these only read, or make room.
_ASKS: Final = ("Get", "BatchGet", "List", "Describe", "Query", "Scan", "Receive", "Delete", "Purge", "Change")


def free_bytes(path: Path) -> int:
    """Return the room on a path's disk that a user's program may still take."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


class Reserve:
    """Refuses writes while less than `bytes_kept` are free. free: gives the bytes that are; asked once a second."""

    def __init__(self, bytes_kept: int, free: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        """Ask nothing yet."""
        self._kept = bytes_kept
        self._free = free
        self._clock = clock
        self._looked_at = -_LOOK_SECONDS
        self._found = 0

    def middleware(self, app: App) -> App:
        """Stand in front of the engine."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and (message := self.refusal(scope)):
                await refuse(read_request(scope), Refused(FULL_CODE, message, FULL), send)
                return
            await app(scope, receive, send)

        return guarded

    def refusal(self, scope: Scope) -> str | None:
        """Return why a request is refused, or None."""
        if not self._kept or not _writes(scope):
            return None
        free = self._look()
        if free >= self._kept or (free >= self._kept // _LAST_SHARE and not _brings_new(read_request(scope))):
            return None
        return (
            f"the disk is nearly full: {free // _MIB} MiB are free, and {self._kept // _MIB} MiB are kept in reserve "
            "so that nothing accepted is lost; free some room and send it again"
        )

    def _look(self) -> int:
        if self._clock() >= self._looked_at + _LOOK_SECONDS:
            self._looked_at, self._found = self._clock(), self._free()
        return self._found


def _writes(scope: Scope) -> bool:
    """Return whether a request may take room."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS", "DELETE"} or scope["path"].startswith(("/_ministack", "/_aws")):
        return False
    action: bytes = dict(scope["headers"]).get(b"x-amz-target", b"").rpartition(b".")[2]
    return not (action and action.decode(errors="replace").startswith(_ASKS))


def _brings_new(request: Request) -> bool:
    """Return whether a request brings an object that nothing accepted asked for; unsigned, it is S3's."""
    _, _, key = request.path.lstrip("/").partition("/")
    return request.signed_for in {"", "s3"} and bool(key) and not key.startswith(_FOLLOWS)
