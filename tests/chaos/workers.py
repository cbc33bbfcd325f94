"""The Lambdas' processes as the kernel sees them: which there are, what memory they hold, and the end of one."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_LOOK_SECONDS: Final = 0.2
_MIB: Final = 2**20


def workers(engine: int, function: str) -> list[int]:
    """Return the processes of an engine that run a Lambda."""
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()
    return [pid for pid in _children(engine) if wanted in _environment(pid)]


def kill_one(engine: int, function: str) -> bool:
    """End one process that runs a Lambda, by SIGKILL; False where none runs."""
    for pid in workers(engine, function):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


class Gauge:
    """Watches an engine and its Lambdas: the most processes of one Lambda, and the most memory, in MiB."""

    def __init__(self, engine: int, function: str) -> None:
        """Begin at nothing; the watching begins with the `with` block."""
        self._engine = engine
        self._function = function
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.processes = 0
        self.one_mib = 0
        self.all_mib = 0
        self.engine_mib = 0

    def __enter__(self) -> Self:
        """Watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            sizes = [_resident(pid) for pid in workers(self._engine, self._function)]
            self.processes = max(self.processes, len(sizes))
            self.one_mib = max([self.one_mib, *(size // _MIB for size in sizes)])
            self.all_mib = max(self.all_mib, sum(sizes) // _MIB)
            self.engine_mib = max(self.engine_mib, _resident(self._engine) // _MIB)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _environment(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0
