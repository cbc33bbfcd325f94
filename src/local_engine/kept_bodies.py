"""An object is on the disk before its call is answered and before anybody hears of it.

The engine keeps objects on the disk but answers 200 where that fails, and sends the event first. Here a failure is
answered with 507, what stood before stands, and no event leaves.

Its bytes come to the disk a moment before its sidecar, which says what they are. A kill in between leaves half an
upload, which nobody was answered: `undo_halves` takes it back before the engine reads what is there.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from logging import Logger
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from local_engine.request import FULL, FULL_CODE, error_xml

_PERSISTS: Final = ("_persist_object", "_persist_displaced_version", "_persist_delete_marker")


_SIDECAR: Final = ".meta.json"
_ASIDE: Final = ".unacknowledged.tmp"  # the engine reads no file with this ending
_VERSIONS: Final = ".versions"


def undo_halves(objects: Path) -> list[str]:
    """Take back what a kill left half done below the engine's folder of objects; return a sentence for each.

    An overwritten object gets its own bytes back, which were copied aside before; a new one is set aside.
    """
    said = []
    for copied in (objects / _VERSIONS).glob("*/*/*/**/*"):
        account, bucket, version, *key = copied.relative_to(objects / _VERSIONS).parts
        current = objects.joinpath(account, bucket, *key)
        if copied.is_file() and current.is_file() and _version_of(current) == version:
            copied.replace(current)
            said.append(f"{current} was being overwritten, and holds again what was acknowledged")
    for path in objects.glob("[!.]*/*/**/*"):
        if path.is_file() and not path.name.endswith((_SIDECAR, ".tmp")) and not _sidecar(path).exists():
            path.replace(path.with_name(path.name + _ASIDE))
            said.append(f"{path} was never acknowledged; it is set aside as {path.name}{_ASIDE}")
    return said


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + _SIDECAR)


def _version_of(path: Path) -> str | None:
    """Return the version that an object's sidecar says its bytes are; None where nothing can be read."""
    try:
        said = json.loads(_sidecar(path).read_bytes())
        return None if said.get("is_delete_marker") else said.get("version_id") or "null"
    except (OSError, ValueError, AttributeError):
        return None


class NotKept(Exception):
    """An object couldn't be written to the disk."""


class _Put:
    """One call: the events it holds back, and the object it began to replace."""

    def __init__(self) -> None:
        self.events: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.replaced: tuple[str, str, dict[str, Any] | None] | None = None
        self.failure = ""


_CALL: ContextVar["_Put | None"] = ContextVar("_CALL", default=None)


class _Ear:
    """The engine's log of S3, which alone says what couldn't be written."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def warning(self, message: str, *args: object) -> None:
        self._logger.warning(message, *args)
        call = _CALL.get()
        if call and message.startswith("Failed to persist"):
            call.failure = str(args[-1])

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the log has
        return getattr(self._logger, name)


class KeptBodies:
    """Stands between the engine's S3 and the disk."""

    def __init__(self, s3: ModuleType) -> None:
        """Take the place of the functions that write, tell, and answer."""
        self._s3 = s3
        self._handle: Callable[..., Awaitable[Any]] = s3.handle_request
        self._fire: Callable[..., None] = s3._fire_s3_event_async
        self._record: Callable[..., Any] = s3._record_object_version
        taken = {
            "handle_request": self._answer,
            "_fire_s3_event_async": self._hold_back,
            "_record_object_version": self._remember,
            "logger": _Ear(s3.logger),
        }
        for name, function in taken.items():
            setattr(s3, name, function)
        for name in _PERSISTS:
            setattr(s3, name, self._raising(getattr(s3, name)))

    async def _answer(self, *request: Any, **more: Any) -> Any:  # noqa: ANN401 - the engine's own
        call = _Put()
        token = _CALL.set(call)
        try:
            answer = await self._handle(*request, **more)
        except NotKept as error:
            self._take_back(call)
            return FULL, {"Content-Type": "application/xml"}, error_xml(FULL_CODE, f"{error}; nothing was stored")
        finally:
            _CALL.reset(token)
        for args, named in call.events:
            self._fire(*args, **named)
        return answer

    def _hold_back(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - the engine's own
        call = _CALL.get()
        if call is None:
            self._fire(*args, **named)
        else:
            call.events.append((args, named))

    def _remember(self, bucket: str, key: str, prior: dict[str, Any] | None, *more: Any) -> Any:  # noqa: ANN401 - the same
        if call := _CALL.get():
            call.replaced = bucket, key, prior
        return self._record(bucket, key, prior, *more)

    def _raising(self, persist: Callable[..., None]) -> Callable[..., None]:
        """Return a function of the engine that writes and swallows what fails, without the swallowing."""

        def persisted(*args: Any, **named: Any) -> None:  # noqa: ANN401 - the engine's own
            persist(*args, **named)
            call = _CALL.get()
            if call and call.failure:
                raise NotKept(f"the disk can't take it: {call.failure}")

        return persisted

    def _take_back(self, call: _Put) -> None:
        """Put back what the call began to replace: in memory, and on the disk without needing room."""
        if not call.replaced:
            return
        bucket, key, prior = call.replaced
        objects = self._s3._buckets[bucket]["objects"]
        failed = objects.pop(key, None)
        versions = self._s3._object_versions.get((bucket, key), [])
        if failed and versions and versions[-1]["version_id"] == failed.get("version_id"):
            versions.pop()
        current = Path(self._s3._object_disk_path(bucket, key))
        if prior is None:
            for path in (current, current.with_name(current.name + ".meta.json")):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            return
        objects[key] = prior
        if versions:
            versions[-1]["is_latest"] = True
        # Its bytes were copied aside before they were replaced.
        kept = self._s3._version_disk_path(bucket, key, prior.get("version_id") or "null")
        with suppress(OSError):
            Path(kept).replace(current)
