"""Run uv, the one that is installed beside this Python."""

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from uv import find_uv_bin

from lambda_zips.recipe import ROOT

# uv is looked for through sysconfig, which can't be first used by two threads at once.
_LOOKING = threading.Lock()


def run_uv(words: Sequence[str | Path], told: str = "") -> tuple[int, str]:
    """Run `uv` with these words and `told` on its standard input; return its exit status and its errors."""
    with _LOOKING:
        uv = find_uv_bin()
    done = subprocess.run(  # noqa: S603 - our own words
        [uv, *words], cwd=ROOT, input=told, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.strip()
