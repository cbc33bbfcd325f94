"""The `heliograph` command: its parts, and what a user sees when something is wrong."""

import sys
from collections.abc import Iterator
from typing import Annotated, Final

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

import heliograph
from heliograph_cli.commands import CommandPart, Exit, Later, add_part, group

PARTS: Final = (
    CommandPart("up", "heliograph_cli.up", "Start everything on this machine, until Ctrl-C."),
    CommandPart("down", "heliograph_cli.down", "Stop the stack of the state folder; the data stays."),
    CommandPart("env", "heliograph_cli.env", "Print the local stack's endpoint and credentials for AWS tools."),
    CommandPart(
        "open", "heliograph_cli.open_dashboard", "Open the dashboard, with credentials if the API requires them."
    ),
    CommandPart("status", "heliograph_cli.status", "Show what is stored, what waits and what failed."),
    CommandPart("tail", "heliograph_cli.tail", "Follow incidents and landed files as they come, until Ctrl-C."),
    CommandPart("incidents", "heliograph_cli.incidents", "Open and closed incidents."),
    CommandPart("edit", "heliograph_cli.edit", "Correct readings; list, show and undo corrections."),
    CommandPart("submit", "heliograph_cli.submit", "Land files of readings."),
    CommandPart("check", "heliograph_cli.check", "Check files of readings as the cloud does, without AWS."),
    CommandPart("feeds", "heliograph_cli.feeds", "How the files of any meter, portal or utility are read."),
    CommandPart("sites", "heliograph_cli.sites", "The registry of sites."),
    CommandPart("charts", "heliograph_cli.charts", "Draw charts of what the API serves."),
    CommandPart("quarantine", "heliograph_cli.quarantine", "Rejected records: show, correct and land them again."),
    CommandPart("dlq", "heliograph_cli.dead_letters", "Dead letters: files and evaluations that failed for good."),
    CommandPart("replay", "heliograph_cli.replay", "Send raw objects through the processor again."),
    CommandPart("audit", "heliograph_cli.audit", "Compare everything that is stored with the raw files."),
    CommandPart("simulate", "heliograph_cli.simulate", "Write a simulated fleet's files and labels to a folder."),
    CommandPart("doctor", "heliograph_cli.doctor", "Say what is missing on this machine or in this account."),
)
app = typer.Typer(
    name="heliograph",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _part in PARTS:
    add_part(app, _part)
Made = TyperCommand | TyperGroup


def _print_version(value: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if value:
        typer.echo(heliograph.__version__)
        raise typer.Exit


@group(app)
def _heliograph(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Store, check and alert on the meter readings of renewable-energy sites.

    Tab completion: heliograph --install-completion

    Example: heliograph up
    Example: heliograph submit --wait meters.csv
    Example: heliograph doctor
    """


def run() -> None:
    """Run the command; a user's mistake is one line on standard error and an exit code, never a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        # Imported only now: most calls fail in nothing, and `--help` needn't wait for AWS's library.
        from heliograph_cli.failures import explain  # noqa: PLC0415
        from heliograph_cli.show import warn  # noqa: PLC0415

        explained = explain(error)
        if explained is None:
            raise
        warn(f"heliograph: {explained[1]}", style="red")
        sys.exit(explained[0])


def every_command() -> Iterator[tuple[str, Made]]:
    """Yield each command with the words that call it, the command itself first, groups before what is in them."""
    yield from _walk("heliograph", typer.main.get_command(app))


def _walk(words: str, made: object) -> Iterator[tuple[str, Made]]:
    if isinstance(made, Later):
        made = made.load()
    if isinstance(made, TyperCommand | TyperGroup):
        yield words, made
    if isinstance(made, TyperGroup):
        for name, each in made.commands.items():
            yield from _walk(f"{words} {name}", each)
