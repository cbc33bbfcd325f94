"""What differs between the systems that the laptop's stack runs on, in one place, with a sentence for its user.

Linux has all of it. macOS has the most: locks, process groups and signals are POSIX's, and the engine works there as
here. What only GNU's tools can, or only /proc tells, is used nowhere else in src/.
"""

import sys
from pathlib import Path
from typing import Final, NamedTuple

NOT_HERE: Final = (
    "the local stack runs on Linux and macOS, and this system lacks what both have: POSIX's locks, process groups and "
    "limits; on Windows, use it in WSL"
)


class Machine(NamedTuple):
    """What a system can.

    forks: a process with threads may fork, so that a snapshot of the state holds nobody up.
    bounds_memory: a process can be held to what it may write to, and /proc tells the most that was resident.
    differences: what a user notices of what it can't, a sentence each.
    """

    forks: bool
    bounds_memory: bool
    differences: tuple[str, ...]


_LINUX: Final = Machine(forks=True, bounds_memory=True, differences=())
_OTHERS: Final = Machine(
    # A fork of a process with threads may hang in Apple's own libraries.
    forks=False,
    # RLIMIT_DATA is kept and never looked at, and there is no /proc.
    bounds_memory=False,
    differences=(
        "the embedded AWS waits while it writes its state down, at most every ten seconds",
        "a Lambda that takes more memory than it has isn't ended, as it is on AWS",
    ),
)


def machine(system: str = sys.platform) -> Machine:
    """Return what a system can. system: as `sys.platform` names it."""
    return _LINUX if system.startswith("linux") else _OTHERS


def most_resident(pid: int) -> int:
    """Return the most that was ever resident of a process, in KiB; 0 where it is gone, or nothing here tells."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
