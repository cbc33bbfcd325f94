"""`heliograph doctor`: what is missing on this machine, or in this account."""

import os
from collections import Counter
from collections.abc import Sequence
from typing import Final

from heliograph_cli.commands import Exit, command, make_app
from heliograph_cli.doctor_machine import Diagnosis, check_machine
from heliograph_cli.doctor_stack import check_account, check_local
from heliograph_cli.show import err, print_json, say
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir

_STYLES: Final = {"ok": "green", "warn": "yellow", "missing": "red"}
_MEANINGS: Final = {
    Exit.DONE: "nothing is missing; there may be warnings",
    Exit.FAILED: "something is missing, and the line says what to do",
}
app = make_app()


@command(app, exits=(Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED), meanings=_MEANINGS)
def doctor(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Say what is missing on this machine or in this account.

    It checks this machine and the stack: the one in the cloud if HELIOGRAPH_BUCKET names it, else the local one.
    Each line is ok, warn or missing, and says what to do. It changes nothing.

    Example: heliograph doctor
    Example: heliograph doctor --json
    """
    with err().status("looking"):
        lines = check_machine(state_dir)
        lines += check_account(os.environ) if "HELIOGRAPH_BUCKET" in os.environ else check_local(state_dir)
    for line in lines:
        _print(line, as_json=as_json)
    _end(lines, as_json=as_json)


def _print(line: Diagnosis, *, as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    text = f"{line.state:<8} {line.what:<16} {line.found}" + (f"; {line.do}" if line.do else "")
    say(text, style=_STYLES[line.state])


def _end(lines: Sequence[Diagnosis], *, as_json: bool) -> None:
    counts = Counter(line.state for line in lines)
    if not as_json:
        err().print(f"{counts['ok']} ok, {counts['warn']} to look at, {counts['missing']} missing", highlight=False)
    if counts["missing"]:
        raise SystemExit(Exit.FAILED)
