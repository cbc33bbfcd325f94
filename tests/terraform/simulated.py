"""AWS's policy evaluation by another maker, `tests/referee/simulate.mjs`: what a role may do, by which statement."""

import shutil
import subprocess
from collections.abc import Iterable

import msgspec

from local_stack.resources import ACCOUNT
from terraform.grants import Check, Statement
from terraform.workspace import ROOT

_FOLDER = ROOT / "tests" / "referee"


class Answer(msgspec.Struct, frozen=True):
    """What becomes of a check. by: the Sids of the statements that allow it, or deny it."""

    decision: str
    by: list[str]
    error: str = ""


def missing() -> str:
    """Say what isn't here that the simulator needs; nothing where all is."""
    if not shutil.which("node"):
        return "node isn't on the path"
    return (
        "" if (_FOLDER / "node_modules").is_dir() else "the simulator isn't installed; `make test-referee` installs it"
    )


def simulate(
    role: str, statements: list[Statement], asked: Iterable[Check], boundary: list[Statement] | None = None
) -> list[Answer]:
    """Return what AWS answers to each check of a role that holds these statements, within a boundary if any."""
    requests = [{"action": each.action, "resource": each.resource, "context": dict(each.context)} for each in asked]
    words = {
        "account": ACCOUNT,
        "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session",
        "statements": statements,
        "boundary": boundary,
        "requests": requests,
    }
    command = [str(shutil.which("node")), str(_FOLDER / "simulate.mjs")]
    told = subprocess.run(command, input=msgspec.json.encode(words), capture_output=True, check=True)  # noqa: S603 - ours
    return msgspec.json.decode(told.stdout, type=list[Answer])
