"""One measured program in a process of its own, which reads from its standard input what to do.

Run with `-I -S` by `processes`, so that it sees the folders it is given and nothing else of this machine: a Lambda's
own zip unpacked, or the references' packages. It imports little, since what it has imported isn't counted in a
subject's init.

The first line says what it is: {"paths": [...], "subject": "NAME", "settings": {...}}. It answers with what init
took. Each further line is a word: `run` is answered by what one run took, `profile` by where a run's time goes.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO


def took(act: Callable[[], object]) -> dict[str, float]:
    """Do something and return what it took, ms: CPU of all threads of this process, and wall."""
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    act()
    return {"cpu": (time.process_time_ns() - cpu) / 1e6, "wall": (time.perf_counter_ns() - wall) / 1e6}


def main(commands: TextIO, answers: TextIO) -> None:
    """Be the subject that the first line names, until the input ends."""
    asked = json.loads(commands.readline())
    sys.path[:0] = asked["paths"]
    os.environ.update(asked["settings"]["environment"])
    make = getattr(importlib.import_module("speed.subjects"), asked["subject"])
    runs: list[Callable[[], object]] = []
    before = set(sys.modules)
    init = took(lambda: runs.append(make(asked["settings"])))
    _tell(answers, {**init, "modules": len(sys.modules.keys() - before)})
    for word in commands:
        _tell(answers, _profile(runs[0]) if word.strip() == "profile" else {**took(runs[0]), "peak_mb": _peak_mb()})


def _tell(answers: TextIO, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _peak_mb() -> float:
    """Return this process's own peak of memory; getrusage would count its parent's, from before exec."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib would be imported for it
        (line,) = [line for line in status if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def _profile(run: Callable[[], object]) -> dict[str, Any]:
    """Return the functions that a run spends its time in, each with its own time, ms, and its calls."""
    cprofile = importlib.import_module("cProfile")
    profiler = cprofile.Profile(time.process_time)
    profiler.runcall(run)
    profiler.create_stats()
    rows = [
        {"file": file, "function": name, "calls": calls, "ms": own * 1000, "with_callees_ms": whole * 1000}
        for (file, _, name), (_, calls, own, whole, _) in profiler.stats.items()
    ]
    return {"functions": sorted(rows, key=lambda row: -row["ms"])}


if __name__ == "__main__":
    # What a subject prints, as a Lambda's log does, isn't an answer.
    answering, sys.stdout = sys.stdout, open("/dev/null", "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as above
    main(sys.stdin, answering)
