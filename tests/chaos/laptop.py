"""`heliograph up` as a process of its own, which is killed and started again as a laptop's user would see it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from chaos.proxy import FaultProxy
from local_stack import Stack, find
from stack.harness import wait_until

_READY_SECONDS: Final = 240.0
_STOP_SECONDS: Final = 60.0
_AUDIT_SECONDS: Final = 600.0
_LOOK_SECONDS: Final = 0.1


class UpFailed(AssertionError):
    """`heliograph up` ended by itself."""


class Laptop:
    """A stack on a folder, run by `heliograph up` and nothing else.

    exits: the exit codes of the runs whose engine was killed. said: what those runs printed. seconds: how long each
    start took until it was ready. failed: what starts said that had to be done twice.
    """

    def __init__(self, folder: Path, zips: Path, proxy: FaultProxy, hidden_seconds: int, *, watch: bool) -> None:
        """Begin; nothing runs yet. proxy: where Lambdas call. hidden_seconds, watch: as in `Plan`."""
        self._folder = folder
        self._words = ["up", "--sites", "0", "--zips", str(zips), "--state-dir", str(folder)]
        self._proxy = proxy
        self._changes = [proxy.endpoint, str(hidden_seconds), "watch" if watch else "no watch"]
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._lock = threading.Lock()
        self._last: Stack | None = None
        self.stack: Stack | None = None
        self.exits: list[int] = []
        self.said: list[str] = []
        self.seconds: list[float] = []
        self.failed: list[str] = []

    @property
    def running(self) -> Stack:
        """What runs."""
        assert self.stack is not None, "nothing runs"
        return self.stack

    def start(self) -> Stack:
        """Start it, and wait until it is ready; once more where a busy machine kept it from being so in time.

        Raises:
            UpFailed: it ended before it was ready.
        """
        began = time.monotonic()
        try:
            self._spawn()
        except UpFailed as error:
            self.failed.append(str(error))
            self._spawn()
        with self._lock:
            self.stack = self._last
            self._killed = False
        self.seconds.append(time.monotonic() - began)
        return self.running

    def _spawn(self) -> None:
        log = self._folder.with_name("up.log")
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", "chaos.up", *self._changes, *self._words],
                env=_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._process = process

        def ready() -> bool:
            if process.poll() is not None:
                raise UpFailed(f"`heliograph up` ended with {process.returncode}:\n{log.read_text()[-2000:]}")
            found = find(self._folder)
            if found is None or found == self._last:
                return False
            # It takes in files from now on, while it rebuilds what a killed engine left.
            self._last = self._proxy.upstream = found
            return True

        wait_until(ready, "`heliograph up`", _READY_SECONDS)

    def kill_engine(self) -> bool:
        """End the engine by SIGKILL; False where none runs."""
        with self._lock:
            if self.stack is None or self._killed or not self.is_up():
                return False
            with suppress(ProcessLookupError):
                os.kill(self.stack.pid, signal.SIGKILL)
                self._killed = True
            return self._killed

    def is_up(self) -> bool:
        """Return whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start_again_if_dead(self) -> bool:
        """Start it anew where its engine was killed; False where it runs.

        Raises:
            UpFailed: it ended though nobody killed its engine, or didn't start again.
        """
        assert self._process is not None
        with self._lock:
            killed = self._killed
        if not killed and self.is_up():
            return False
        code, said = self._process.wait(_STOP_SECONDS), self._folder.with_name("up.log").read_text()
        if not killed:
            raise UpFailed(f"`heliograph up` ended with {code} though nobody killed its engine:\n{said[-2000:]}")
        self.exits.append(code)
        self.said.append(said)
        self.start()
        return True

    def audit(self) -> tuple[int, str]:
        """Run `heliograph audit`; return its exit code and what it said."""
        words = [str(Path(sys.executable).with_name("heliograph")), "audit", "--state-dir", str(self._folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_AUDIT_SECONDS)  # noqa: S603 - our own words
        return done.returncode, done.stdout + done.stderr

    def stop(self) -> None:
        """End it as Ctrl-C does. To stop twice is to stop."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        with self._lock:
            self.stack = None


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Return the command nothing of the user's own but where programs and the tests' packages lie."""
    kept = {name: outer[name] for name in ("PATH", "HOME", "TMPDIR", "PYTHONPATH", "LANG") if name in outer}
    tests = str(Path(__file__).resolve().parents[1])
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [tests, kept.get("PYTHONPATH", "")]))}
