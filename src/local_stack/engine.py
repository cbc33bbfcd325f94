"""The embedded AWS as a process of its own, in an environment of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx2

from local_stack.stack import EngineFailed, StackInUse
from local_stack.state_folder import StateFolder

HOST: Final = "127.0.0.1"
_PROCESS: Final = Path(__file__).resolve().parents[1] / "local_engine" / "__main__.py"
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 60.0
_KEEP_SECONDS: Final = 20.0
_GROUP_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.02
_TRIES: Final = 5


class Engine:
    """A running engine. The one who started it keeps this; when that process ends, the engine ends."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, folder: StateFolder, secret: str) -> None:
        """Keep the process. secret: what requests to it are signed with."""
        self._process = process
        self._folder = folder
        self.port = port
        self.secret = secret
        self.pid = process.pid
        self.endpoint = f"http://{HOST}:{port}"
        self.edition = edition(folder)

    def is_running(self) -> bool:
        """Return whether it still runs."""
        return self._process.poll() is None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended by itself or by another's hand; False where it hasn't within these seconds."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def keep_now(self) -> None:
        """Have everything written down now, and wait until it is: what was just made survives a kill from then on."""
        asked = self._folder.state / "asked"
        asked.unlink(missing_ok=True)
        os.kill(self.pid, signal.SIGUSR1)
        deadline = time.monotonic() + _KEEP_SECONDS
        while self.is_running() and not asked.exists() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)

    @property
    def last_words(self) -> str:
        """The end of what it printed."""
        return self._folder.last_words()

    @property
    def ended_well(self) -> bool:
        """Return whether it has ended and written everything down."""
        return not self.is_running() and self._folder.ended_well()

    def stop(self) -> None:
        """Let it save its state and end; leave nothing behind but that state."""
        end_engine(self.pid, self.wait)
        if self._process.stdin:
            self._process.stdin.close()
        self._folder.clear_if_free()


def run_engine(
    folder: StateFolder, settings: Mapping[str, str], port: int | None = None, *, signatures: bool = True
) -> Engine:
    """Start an engine on a folder, and wait until it answers.

    settings: more of its environment variables. port: any that is free where None, the last one if it can be had.
    signatures: whether requests must be signed with the run's secret; without, any key is taken, as where the engine
    itself enforces IAM, and only web pages are kept out.

    Raises:
        StackInUse: another engine runs on the folder, or the port is taken.
        EngineFailed: it ended by itself; the message shows what it printed.
    """
    lock = folder.take()
    try:
        folder.clear()
        return _run(folder, settings, port, lock, signatures=signatures)
    finally:
        os.close(lock)


def _run(folder: StateFolder, settings: Mapping[str, str], asked: int | None, lock: int, *, signatures: bool) -> Engine:
    for attempt in range(_TRIES):
        port = _choose_port(asked, folder.last_port() if attempt == 0 else None)
        folder.temporary.mkdir(parents=True, exist_ok=True)
        secret = folder.make_secret()
        # It is the engine's own key, which it gives its Lambdas.
        given = {"AWS_SECRET_ACCESS_KEY": secret} if signatures else {}
        engine = Engine(_spawn(folder, {**settings, **given}, port, lock), port, folder, secret)
        if _is_up_or_stopped(engine):
            folder.write_port(port)
            return engine
        if asked or "already in use" not in folder.log.read_text(errors="replace"):
            break
    raise EngineFailed(f"the embedded AWS didn't start; {folder.log} ends with:\n{folder.last_words()}")


def _spawn(folder: StateFolder, settings: Mapping[str, str], port: int, lock: int) -> "subprocess.Popen[bytes]":
    with folder.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-I", "-X", "utf8", _PROCESS, folder.path],
            env={**environment(folder, port), **settings},
            cwd=folder.engine,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            pass_fds=(lock,),
        )
    folder.name_owner(process.pid)
    return process


def environment(folder: StateFolder, port: int) -> dict[str, str]:
    """Return the whole environment of an engine: nothing of the user's own gets to it or to its Lambdas."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder.engine),
        "TMPDIR": str(folder.temporary),
        "PYTHONUTF8": "1",
        # A Lambda's code is unpacked anew for each worker, compiled as the zip holds it; what a worker would compile is
        # never used again.
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "UTC",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "LOG_LEVEL": "WARNING",
        "MINISTACK_EDITION": edition(folder),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would look after containers of its own making; the user's Docker is none of its business.
        "DOCKER_HOST": f"unix://{folder.engine}/no-docker",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder.engine / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder.engine / "s3"),
    }


def edition(folder: StateFolder) -> str:
    """Return what an engine calls itself: by it, one that answers is distinguished from any other."""
    return f"heliograph {folder.path}"


def end_engine(pid: int, wait: Callable[[float], bool]) -> None:
    """Ask an engine to save and end; end it and its Lambdas by force where it doesn't in time.

    wait: waits for as many seconds until it has ended, and tells whether it has.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    ended = wait(_STOP_SECONDS)
    _end_group(pid)
    if not ended:
        wait(_STOP_SECONDS)


def _end_group(pid: int) -> None:
    """End the Lambdas of an engine that is gone, which may outlive it by a moment, and wait until they are gone too."""
    deadline = time.monotonic() + _GROUP_SECONDS
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(pid, signal.SIGKILL)
            time.sleep(_POLL_SECONDS)


def _is_up_or_stopped(engine: Engine) -> bool:
    """Wait until the engine answers; stop it where it doesn't, or where waiting is interrupted."""
    up = False
    try:
        up = _is_up(engine)
    finally:
        if not up:
            engine.stop()
    return up


def _is_up(engine: Engine) -> bool:
    """Wait until this very engine answers; False where it ends or the time is up."""
    deadline = time.monotonic() + _START_SECONDS
    with httpx2.Client(base_url=engine.endpoint, trust_env=False, timeout=_START_SECONDS) as client:
        while engine.is_running() and time.monotonic() < deadline:
            with suppress(httpx2.TransportError, ValueError):
                # Another process may have taken the port between the look at it and the engine's own.
                return bool(client.get("/_ministack/health").json()["edition"] == engine.edition)
            time.sleep(_POLL_SECONDS)
    return False


def _choose_port(asked: int | None, last: int | None) -> int:
    for port in (asked,) if asked else (last, 0):
        if port is not None and (found := _free(port)):
            return found
    raise StackInUse(f"port {asked} is taken: choose another, or none to get a free one")


def _free(port: int) -> int | None:
    """Return the port if it can be had, any free one for 0, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the engine does, so that a port whose last connections are still winding down can be had.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return None
        found: int = probe.getsockname()[1]
        return found
