"""What the engine's process runs: the embedded AWS, until it is told to end or whoever started it is gone.

The parent holds the other end of standard input and never writes. When the parent ends, in whatever way, the kernel
closes that end; the engine then saves its state and ends as if it had been told to. Its Lambda workers, which are in
its process group, end with it.

It is run as a file, not as a module, so that the engine loads nothing of ours.
"""

import os
import runpy
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

_STANDARD_INPUT = 0
_SECONDS_TO_SAVE = 20


def main(state_dir: Path) -> None:
    """Run the engine that keeps its state in `state_dir`; leave nothing behind but that state."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    try:
        runpy.run_module("ministack", run_name="__main__", alter_sys=True)
    finally:
        _end_workers()
        (state_dir / "stack.json").unlink(missing_ok=True)
        shutil.rmtree(state_dir / "engine" / "tmp", ignore_errors=True)


def _end_with_parent() -> None:
    # Not through sys.stdin: a thread that waits in its buffer breaks the interpreter's end.
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_SAVE)
    os.killpg(0, signal.SIGKILL)


def _end_workers() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
