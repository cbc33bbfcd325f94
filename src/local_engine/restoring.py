"""Restores an engine's state: the newest snapshot that can be read, and every journalled change since.

The queues of an earlier run are adapted to the next one. The engine files each queue under a URL with its port: on
another port it would find none of them, make new ones, and the old queues' messages would be lost. And whoever had
received a message ended with the last run, so none is waited for: every message can be received at once. Work that this
cut short is no fault of what was worked on, so a message that may become a dead letter begins anew, with a new id:
neither its receives nor its attempts count any more.
"""

import gc
import json
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from uuid import uuid4

from local_engine.journal import apply
from local_engine.state_files import StateFiles, Unreadable, read_journal, read_snapshot, write_whole

_PORT: Final = re.compile(r"(?<=://)([^/:]+):\d+(?=/)")
_QUEUES: Final = "sqs"


def adapt(payload: dict[str, Any], port: int, now: float, *, without_events: bool = False) -> dict[str, Any]:
    """Return an engine's kept queues as they are to be on this port at `now`, seconds since 1970.

    without_events: leave out what S3 sent of objects, but not from dead letters. It is for a run that sends all that
    isn't done anew: what waits twice would be done twice.

    Raises:
        KeyError, TypeError, AttributeError: it isn't what an engine keeps.
    """
    queues, names = payload["queues"], payload["queue_name_to_url"]
    adapted = {_on(port, key): _adapted(queue, port, now) for key, queue in queues["data"].items()}
    if without_events:
        for queue in adapted.values():
            if "RedrivePolicy" in queue["attributes"]:
                queue["messages"] = [each for each in queue["messages"] if not _is_event(each["body"])]
    return {
        **payload,
        "queues": {**queues, "data": adapted},
        "queue_name_to_url": {**names, "data": {key: _on(port, url) for key, url in names["data"].items()}},
    }


def _adapted(queue: dict[str, Any], port: int, now: float) -> dict[str, Any]:
    messages = [{**message, "visible_at": min(message["visible_at"], now)} for message in queue["messages"]]
    if "RedrivePolicy" in queue["attributes"]:
        messages = [{**message, "id": str(uuid4()), "receive_count": 0} for message in messages]
    return {**queue, "url": _on(port, queue["url"]), "messages": messages}


def _on(port: int, url: str) -> str:
    return _PORT.sub(rf"\1:{port}", url)


def _is_event(body: str) -> bool:
    with suppress(ValueError, TypeError, KeyError, IndexError):
        return bool(json.loads(body)["Records"][0]["eventSource"] == "aws:s3")
    return False


class Restorer:
    """Restores an engine's state. port: on which it will answer."""

    def __init__(self, files: StateFiles, engine: ModuleType, port: int) -> None:
        """Read nothing yet. engine: the module with the engine's application."""
        self._files = files
        self._engine = engine
        self._persistence: ModuleType = __import__("ministack.core.persistence", fromlist=["_json_object_hook"])
        self._port = port
        self.notes: list[str] = []

    def restore(self) -> None:
        """Restore what there is, and note what is to be rebuilt where the last run didn't end as it should.

        Raises:
            Unreadable: what was read means nothing to the engine.
        """
        began = time.perf_counter()
        clean = self._files.clean_number()
        old = self._old_files()
        number, parts = self._newest()
        ended_well = number is not None and number == clean
        if old and number is None and not self._files.journals():
            parts = self._read_old(old)
            self.notes.append("an earlier version of Heliograph wrote the state")
        gc.disable()  # it would look through all there is again and again, and there is no garbage
        for part in parts:
            self._load(part, without_events=not ended_well)
        changes = self._catch_up(number or 0)
        gc.enable()
        if self.notes or (not ended_well and self._has_past()):
            found = {"notes": self.notes, "changes": changes, "seconds": round(time.perf_counter() - began, 3)}
            write_whole(self._files.rebuild, [json.dumps(found).encode()])
        self._files.unmark()

    def _newest(self) -> tuple[int | None, list[bytes]]:
        """Return the number and the parts of the newest snapshot that can be read; the others are set aside."""
        for number in reversed(self._files.snapshots()):
            path = self._files.snapshot(number)
            try:
                return number, read_snapshot(path)[1]
            except Unreadable as error:
                self.notes.append(f"{error}; it is set aside as {self._files.set_aside(path).name}")
        return None, []

    def _load(self, part: bytes, *, without_events: bool) -> None:
        """Hand a service its state. part: its name, a space, its state as JSON."""
        named, _, text = part.partition(b" ")
        service = named.decode(errors="replace")
        try:
            if service == _QUEUES:
                adapted = adapt(json.loads(text), self._port, time.time(), without_events=without_events)
                text = json.dumps(adapted).encode()
            state = json.loads(text, object_hook=self._persistence._json_object_hook)
            self._engine._get_module(self._engine._state_map[service]).load_persisted_state(state)
        except Exception as error:
            raise Unreadable(
                f"the state of {service} in {self._files.folder} means nothing to the engine "
                f"({type(error).__name__}: {error}); move that folder away, and what lies in S3 is stored anew"
            ) from error

    def _catch_up(self, number: int) -> int:
        """Make the changes again that were noted since a snapshot, up to the first gap; return how many."""
        modules = [self._engine._get_module(name) for name in ("dynamodb", _QUEUES)]
        done = lost = 0
        for expected, each in enumerate((n for n in self._files.journals() if n >= number), number):
            path = self._files.journal(each)
            if each != expected:
                missing = self._files.journal(expected) if number else f"the snapshot before {path.name}"
                self.notes.append(f"{missing} is missing; what was noted since is rebuilt")
                break
            try:
                changes, whole = read_journal(path)
            except OSError as error:
                aside = self._files.set_aside(path)
                self.notes.append(f"{path} can't be read ({error.strerror}); it is set aside as {aside.name}")
                break
            lost += sum(apply(each_call, *modules) for each_call in changes)
            done += len(changes)
            if not whole:
                self.notes.append(
                    f"{path} can't be read behind its line {len(changes)}; what it noted there is rebuilt"
                )
                self._files.set_aside(path)
                break
        if lost:
            self.notes.append(f"{lost} changes are of tables that no snapshot has; they are made again from S3")
        return done

    def _has_past(self) -> bool:
        """Return whether anything was ever kept here, in the state or in S3."""
        objects = Path(os.environ["S3_DATA_DIR"])
        kept = self._files.snapshots() or self._files.journals()
        return bool(kept) or any(path.is_file() for path in objects.glob("*/*/**/*"))

    def _old_files(self) -> list[Path]:
        """Return the files in which the engine keeps its state when left alone, one a service."""
        return sorted(self._files.folder.glob("*.json"))

    def _read_old(self, paths: list[Path]) -> list[bytes]:
        parts = []
        for path in paths:
            if path.stem not in self._engine._state_map:
                continue
            try:
                payload = json.loads(path.read_bytes())["payload"]
                parts.append(f"{path.stem} {json.dumps(payload)}".encode())
            except (OSError, ValueError, KeyError, TypeError) as error:
                aside = self._files.set_aside(path)
                self.notes.append(f"{path} can't be read ({type(error).__name__}); it is set aside as {aside.name}")
        return parts
