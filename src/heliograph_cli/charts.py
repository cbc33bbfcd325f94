"""`heliograph charts`: run visualization/visualize.py against the running API."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from heliograph.errors import HeliographError
from heliograph_cli.target import DEFAULT_STATE_DIR, StateDir, find_target

_SCRIPT: Final = Path("visualization/visualize.py")


class NoScript(HeliographError):
    """The charts' script isn't beside this installation."""


def charts(
    context: typer.Context,
    api: Annotated[str | None, typer.Option(help="Address of the API; the running stack's if not given.")] = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
) -> None:
    """Draw charts of what the API serves; further options go to visualization/visualize.py.

    Example: heliograph charts --site home-01
    """
    address = api or find_target(state_dir)[0].api
    command = [sys.executable, str(script()), "--api", address, *context.args]
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own script


def script() -> Path:
    """Find the script in the checkout this package is installed from, or below the current folder.

    Raises:
        NoScript: it is in neither.
    """
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (root / _SCRIPT).is_file():
            return root / _SCRIPT
    raise NoScript(f"{_SCRIPT} isn't here; run this in a checkout of Heliograph")
