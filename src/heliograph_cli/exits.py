"""Exit codes, as data: what each means to whoever called the command."""

from enum import IntEnum
from typing import Final

from heliograph.errors import HeliographError


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    INTERRUPTED = 130


MEANINGS: Final = {
    Exit.DONE: "done",
    Exit.FAILED: "something is wrong in the data, or isn't there, and is named",
    Exit.USAGE: "wrong use: an option, a setting or a file that can't be used",
    Exit.UNREACHABLE: "nothing runs here, or the stack that is named can't be reached",
    Exit.REFUSED: "no credentials, or no permission",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}

# What a command that works on this machine alone can end with, and what one that talks to a stack can.
ALONE: Final = (Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED)
OF_STACK: Final = tuple(Exit)


class WrongUse(HeliographError):
    """An option or a file that was named can't be used."""
