"""The engine's process: the embedded AWS, until it is stopped or its parent is gone.

The parent holds the other end of standard input and never writes. When the parent ends, in whatever way, the kernel
closes that end; the engine then saves its state and ends as if by a signal. Its Lambda workers, which are in
its process group, end with it.

It is run as a file: an isolated interpreter finds no package of a checkout that isn't installed.
"""

import os
import shutil
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from local_engine.chain import middlewares, speak_http_1, wrap
from local_engine.expressions import parse_once
from local_engine.keeping import CANT_KEEP, Keeper
from local_engine.kept_bodies import KeptBodies, undo_halves
from local_engine.worker_memory import bound_workers

_STANDARD_INPUT = 0
_SECONDS_TO_SAVE = 60


def main(state_dir: Path) -> None:
    """Run the engine that keeps its state in `state_dir`; leave nothing behind but that state."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]  # whose own arguments it would read
    try:
        engine = import_module("ministack.app")
        speak_http_1(import_module("hypercorn.protocol.h11"))
        bound_workers(import_module("ministack.core.lambda_runtime"))
        for sentence in undo_halves(Path(os.environ["S3_DATA_DIR"])):
            os.write(2, f"{sentence}\n".encode())
        KeptBodies(import_module("ministack.services.s3"))
        parse_once(import_module("ministack.services.dynamodb"))
        keeper = Keeper(Path(os.environ["STATE_DIR"]), engine)
        engine.app = wrap(engine.app, middlewares(state_dir, keeper))  # type: ignore[attr-defined]
        engine.main()
        if keeper.failed:
            sys.exit(CANT_KEEP)
    finally:
        _end_workers()
        for name in ("stack.json", "secret"):
            (state_dir / name).unlink(missing_ok=True)
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
