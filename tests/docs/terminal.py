"""A terminal for the tutorial: one shell that keeps its variables, and everything it prints."""

import os
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

_END: Final = "--- end of a command, exit code "


class Said(NamedTuple):
    """What a command printed on both outputs, and its exit code."""

    output: str
    code: int


class Terminal:
    """A bash that runs commands one after the other."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        """Start it in a folder."""
        self._shell = subprocess.Popen(
            ["bash", "--norc"],  # noqa: S607 - the reader's own
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> Said:
        """Type a command and wait until it is done."""
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.write(f"{command}\nprintf '\\n{_END}%s\\n' $?\n")
        self._shell.stdin.flush()
        lines: list[str] = []
        for line in self._shell.stdout:
            if line.startswith(_END):
                return Said("".join(lines), int(line.removeprefix(_END)))
            lines.append(line)
        raise AssertionError(f"the shell ended at {command}: {''.join(lines)}")

    def close(self) -> None:
        """End the shell."""
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.close()
        self._shell.wait(10)
        self._shell.stdout.close()
