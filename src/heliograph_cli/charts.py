"""`heliograph charts`: run visualization/visualize.py against the running API."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import typer

from heliograph.errors import HeliographError
from heliograph_cli.api_access import Address, address_of
from heliograph_cli.commands import command, make_app
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir

_SCRIPT: Final = Path("visualization/visualize.py")

# Options of the script itself come through as they are.
_PASS_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": True}

app = make_app()


class NoScript(HeliographError):
    """The charts' script isn't beside this installation."""


@command(app, context_settings=_PASS_ON)
def charts(
    context: typer.Context,
    api: Address = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Draw charts of what the API serves.

    Further options, such as --site, --start and --format, go to visualization/visualize.py as they are.

    Example: heliograph charts --site home-01
    """
    address = address_of(api, state_dir)
    options = [*(["--json"] if as_json else []), *context.args]
    call = [sys.executable, str(script()), "--api", address, *options]
    raise typer.Exit(subprocess.run(call, check=False).returncode)  # noqa: S603 - our own script


def script() -> Path:
    """Find the script in the checkout this package is installed from, or below the current folder.

    Raises:
        NoScript: it is in neither.
    """
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (root / _SCRIPT).is_file():
            return root / _SCRIPT
    raise NoScript(f"{_SCRIPT} isn't here; run this in a checkout of Heliograph")
