"""Keeping an engine's state while it works: snapshots at intervals that hold nobody up, and a last one as it ends.

A snapshot is written by a fork: the child has everything as it was in one moment, writes it and is gone, while the
engine works on. What changes meanwhile is in the journal. The engine's own way, one file a service, only at its end and
silent about what fails, is replaced.
"""

import asyncio
import copy
import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Final

from local_engine.journal import InboxJournal, Journal, TableJournal
from local_engine.machine import machine
from local_engine.request import App, Message, Receive, Scope, Send
from local_engine.restoring import Restorer
from local_engine.state_files import StateFiles, Unreadable, read_snapshot, write_snapshot

# How an engine's process ends that can't read or write its state: EX_IOERR of sysexits.h.
CANT_KEEP: Final = 74

_LOOK_SECONDS: Final = 0.1
_MOST_SECONDS: Final = 300.0
# Reading it again takes about a second.
_MOST_JOURNAL_BYTES: Final = 32 * 1024 * 1024
# Resources come together; what comes within this is one snapshot.
_SETTLED_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10.0
_CHILD_SECONDS: Final = 120.0
_STANDARD_FILES: Final = 3
# Services in which a request other than a look may change what the journal doesn't note.
_NOTED: Final = ("s3", "dynamodb", "sqs", "sns", "lambda", "execute-api", "logs")


class Keeper:
    """Keeps the state of an engine in a folder. failed: whether the last snapshot, as it ended, couldn't be written."""

    def __init__(self, folder: Path, engine: ModuleType) -> None:
        """Take the place of the engine's own loading and saving. engine: the module with its application."""
        self.failed = False
        self._files = StateFiles(folder)
        self._engine = engine
        self._number = 0
        self._child: tuple[int, float] | None = None
        self._last = time.monotonic()
        self._changed_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = False
        self._answers = False
        signal.signal(signal.SIGUSR1, self._be_asked)
        engine._load_persisted_state = self._load  # type: ignore[attr-defined]
        engine.save_all = self._save_last  # type: ignore[attr-defined]

    def middleware(self, app: App) -> App:
        """Note requests that make or change resources, and begin with the engine's start."""

        async def kept(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await app(scope, receive, self._beginning(send))
                return
            await app(scope, receive, send)
            if scope["type"] == "http" and _may_change_resources(scope):
                self._note_change()

        return kept

    def _beginning(self, send: Send) -> Send:
        async def begin(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._task = asyncio.create_task(self._look_after())
            await send(message)

        return begin

    def _load(self) -> None:
        self._files.folder.mkdir(parents=True, exist_ok=True)
        try:
            Restorer(self._files, self._engine, int(self._engine._resolve_port())).restore()
        except (Unreadable, OSError) as error:
            # The server would go on without what can't be loaded, as if there had been nothing.
            self._say(str(error))
            os._exit(CANT_KEEP)
        self._number = max([0, *self._files.snapshots(), *self._files.journals()])
        if self._files.journals() or self._files.snapshots():
            self._number += 1
        self._journal = Journal(self._files.journal(self._number))
        dynamodb, sns, sqs = (self._engine._get_module(name) for name in ("dynamodb", "sns", "sqs"))
        TableJournal(dynamodb, self._journal)
        InboxJournal(sns, sqs, self._journal, self._note_change).look()
        if self._files.rebuild.exists():
            self._note_change()

    def _be_asked(self, *_: object) -> None:
        """Take a snapshot as soon as can be, and say when it is written."""
        self._asked = True

    def _note_change(self) -> None:
        self._changed_at = time.monotonic()

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._reap(wait=False)
            if self._is_due(time.monotonic()):
                self._begin_snapshot()

    def _is_due(self, now: float) -> bool:
        if self._child:
            return False
        if self._asked:
            return True
        if now < self._last + _AGAIN_SECONDS and self._files.snapshots():
            return False
        settled = self._changed_at is not None and now > self._changed_at + _SETTLED_SECONDS
        old = self._journal.size > 0 and now > self._last + _MOST_SECONDS
        return settled or old or self._journal.size > _MOST_JOURNAL_BYTES

    def _begin_snapshot(self) -> None:
        """Turn to the next journal and have everything before it written down, in one moment."""
        self._last, self._changed_at = time.monotonic(), None
        self._asked, self._answers = False, self._asked
        try:
            self._journal.turn(self._files.journal(self._number + 1))
        except OSError as error:
            self._say(f"no snapshot is taken: {error}")
            return
        self._number += 1
        if not machine().forks:
            self._finish(self._write(self._number))
        elif pid := os.fork():
            self._child = pid, time.monotonic()
        else:
            self._be_the_child(self._number)

    def _be_the_child(self, number: int) -> None:
        """Write and end, whatever happens; the parent's files and sockets are let go of, else they outlive it."""
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.closerange(_STANDARD_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            gc.disable()
            copy.deepcopy = lambda value, *_: value  # nothing changes here any more
            code = 0 if self._write(number) else 1
        finally:
            os._exit(code)

    def _reap(self, *, wait: bool) -> bool:
        """Look how the child is doing; True where it has written its snapshot, or there is none."""
        if not self._child:
            return True
        pid, began = self._child
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._child = None
                return self._finish(status == 0)
            if time.monotonic() > began + _CHILD_SECONDS:
                os.kill(pid, signal.SIGKILL)
            if not wait:
                return False
            time.sleep(0.02)

    def _finish(self, written: bool) -> bool:  # noqa: FBT001 - the one thing to know
        if written:
            try:
                self._files.forget_before(self._files.snapshots()[-2:][0])
            except OSError as error:
                self._say(f"an old file of the state can't be removed: {error}")
            if self._answers:
                self._files.asked.touch()
        return written

    def _write(self, number: int) -> bool:
        """Write a snapshot; False, and said, where it can't be."""
        try:
            before = self._blobs_before()
            blobs: set[str] = set()
            parts = list(self._parts(blobs))
            about = {"number": number, "taken_at": time.time(), "blobs": sorted(blobs)}
            write_snapshot(self._files.snapshot(number), about, parts)
            self._forget_blobs(blobs | before)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and the journal has everything
            self._say(f"the snapshot couldn't be written: {error}")
            return False
        return True

    def _parts(self, blobs: set[str]) -> Iterator[str]:
        """Yield each service's name and state as a line. blobs: takes the names of the Lambdas' zips that it names."""
        persistence = sys.modules["ministack.core.persistence"]
        functions = sys.modules.get("ministack.services.lambda_svc")
        if functions:
            # The engine would remove the zips that only an older snapshot names.
            functions._prune_orphan_code_blobs = blobs.update  # type: ignore[attr-defined]
        for service, state_of in self._engine._build_persistence_save_dict().items():
            state = state_of()
            if state is not None:
                yield f"{service} {json.dumps(state, default=persistence._json_default)}"

    def _blobs_before(self) -> set[str]:
        """Return the zips that the newest snapshot names that can be read; one that can't keeps none."""
        for number in reversed(self._files.snapshots()):
            with suppress(Unreadable):
                return set(read_snapshot(self._files.snapshot(number))[0]["blobs"])
        return set()

    def _forget_blobs(self, named: set[str]) -> None:
        for path in (self._files.folder / "lambda-blobs").glob("*.zip"):
            if path.stem not in named:
                path.unlink(missing_ok=True)

    def _save_last(self, _states: object) -> None:
        """Write the last snapshot, as the engine ends, and note that nothing comes after it."""
        if self._task:
            self._task.cancel()
        self._reap(wait=True)
        self._begin_snapshot()
        if not self._reap(wait=True) or self._number not in self._files.snapshots():
            self.failed = True
            return
        try:
            self._files.mark_clean(self._number)
        except OSError as error:
            self.failed = True
            self._say(f"the end couldn't be noted: {error}")

    @staticmethod
    def _say(message: str) -> None:
        os.write(2, f"{message}\n".encode())


def _may_change_resources(scope: Scope) -> bool:
    """Return whether a request may have made or changed a resource, by its method and what it was signed for."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    headers = dict(scope["headers"])
    action = headers.get(b"x-amz-target", b"").partition(b".")[2]
    if action:
        return action.startswith((b"Create", b"Tag")) or action in {b"DeleteTable", b"UpdateTable", b"DeleteQueue"}
    _, _, signed = headers.get(b"authorization", b"").partition(b"Credential=")
    scopes = signed.split(b"/")
    service = scopes[3].decode() if len(scopes) > 3 else ""  # noqa: PLR2004 - key, day, region, service
    path: str = scope["path"]
    if path == "/_ministack/reset":
        return True
    return bool(service) and (service not in _NOTED or ("/functions" in path and "invocations" not in path))
