"""A stack's folder on disk, and the lock on it.

stack.json   what runs; gone when it has stopped
secret       what requests to this run's engine are signed with; only its user can read it, and it is gone with the run
lock         held by the engine for as long as it lives, so the kernel itself releases it; holds the engine's pid
port         the engine's last port, so that addresses stay the same
engine.log   what the engine printed in this run
engine/      what the engine keeps: state/, as local_engine/state_files.py says; s3/; tmp/, gone when it has stopped
"""

import fcntl
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from local_stack.recovery import UncleanEnd
from local_stack.stack import Stack, StackError, StackInUse

_POLL_SECONDS: Final = 0.02
# Longer than `is_taken` or `clear_if_free` of another process hold the lock.
_TAKE_SECONDS: Final = 0.5


class StateFolder:
    """A stack's folder. Nothing is made or opened until it is asked for."""

    def __init__(self, path: Path) -> None:
        """Remember where it is."""
        self.path = path.resolve()
        self.engine = self.path / "engine"
        self.log = self.path / "engine.log"
        self.temporary = self.engine / "tmp"
        self.state = self.engine / "state"
        self._stack = self.path / "stack.json"
        self._lock = self.path / "lock"
        self._port = self.path / "port"
        self.secret = self.path / "secret"

    def take(self) -> int:
        """Lock the folder for a new engine, and return the lock: an open file, to be handed to the engine and closed.

        Raises:
            StackInUse: an engine already runs on it.
            StackError: its path is a file's, or leads through one.
        """
        self._make()
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + _TAKE_SECONDS
        while not _locked(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(lock)
                pid = self._lock.read_text() or "unknown"
                message = f"a stack already runs on {self.path} (process {pid}): stop it first, or use another folder"
                raise StackInUse(message)
            time.sleep(_POLL_SECONDS)
        return lock

    def _make(self) -> None:
        """Make the folder for its user alone; one that an earlier run made for all to read is closed."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise self._no_folder() from None
        if self._lock.exists():
            self.path.chmod(0o700)

    def _no_folder(self) -> StackError:
        file = next(each for each in (self.path, *self.path.parents) if each.exists())
        return StackError(f"{self.path} can't be a folder: {file} is a file; name another with --state-dir")

    def is_taken(self) -> bool:
        """Return whether an engine runs on it.

        Raises:
            StackError: its path is a file's, or leads through one.
        """
        try:
            lock = os.open(self._lock, os.O_RDONLY)
        except FileNotFoundError:
            return False
        except NotADirectoryError:
            raise self._no_folder() from None
        try:
            return not _locked(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)

    def wait_until_free(self, seconds: float) -> bool:
        """Wait until no engine runs on it; False where one still does after these seconds."""
        deadline = time.monotonic() + seconds
        while self.is_taken():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def name_owner(self, pid: int) -> None:
        """Note the engine's pid, for messages to people."""
        self._lock.write_text(str(pid))

    def read_stack(self) -> Stack | None:
        """Return what runs on it, or None."""
        if not self.is_taken():
            return None
        try:
            return msgspec.json.decode(self._stack.read_bytes(), type=Stack)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def write_stack(self, stack: Stack) -> None:
        """Note what runs on it, whole or not at all."""
        unfinished = self._stack.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(stack)) + b"\n")
        unfinished.replace(self._stack)

    def make_secret(self) -> str:
        """Make the secret of a new run, which only this user can read."""
        secret = secrets.token_urlsafe(30)
        self.secret.unlink(missing_ok=True)
        with open(os.open(self.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - with its mode from the start
            file.write(secret)
        return secret

    def last_port(self) -> int | None:
        """Return the port of the last engine, or None."""
        with suppress(FileNotFoundError, ValueError):
            return int(self._port.read_text())
        return None

    def write_port(self, port: int) -> None:
        """Note the engine's port."""
        self._port.write_text(f"{port}\n")

    def is_fresh(self) -> bool:
        """Return whether no engine ever wrote down everything here."""
        return not any(self.state.glob("snapshot-*.state"))

    def ended_well(self) -> bool:
        """Return whether the last engine wrote everything down as it ended."""
        return (self.state / "clean").exists()

    def to_rebuild(self) -> UncleanEnd | None:
        """Return what an engine found that didn't end as it should, until it is noted as rebuilt."""
        try:
            return msgspec.json.decode((self.state / "rebuild.json").read_bytes(), type=UncleanEnd)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError:
            return UncleanEnd()

    def note_rebuilt(self) -> None:
        """Note that the rest is rebuilt, or on its way through the queue."""
        (self.state / "rebuild.json").unlink(missing_ok=True)

    def last_words(self, most: int = 15) -> str:
        """Return the end of what the engine printed."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-most:])
        except FileNotFoundError:
            return ""

    def clear(self) -> None:
        """Remove what is only of use while an engine runs."""
        self._stack.unlink(missing_ok=True)
        self.secret.unlink(missing_ok=True)
        shutil.rmtree(self.temporary, ignore_errors=True)

    def clear_if_free(self) -> None:
        """Clear after an engine that could not do so itself; nothing where another one runs by now."""
        with suppress(StackInUse):
            lock = self.take()
            self.clear()
            os.close(lock)


def _locked(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
