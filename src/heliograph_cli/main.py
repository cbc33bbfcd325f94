"""The `heliograph` command: its parts, and what a user sees when something is wrong."""

import sys
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

import heliograph
from heliograph.errors import HeliographError
from heliograph_cli import alerts, letters, quarantine, sites
from heliograph_cli.audit import audit
from heliograph_cli.charts import charts
from heliograph_cli.check import check
from heliograph_cli.landing import submit
from heliograph_cli.replay import replay
from heliograph_cli.show import err, harmless, out
from heliograph_cli.simulate import simulate
from heliograph_cli.status import status
from heliograph_cli.up import down, up

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(
    name="heliograph",
    help="Raw meter readings of renewable-energy sites, turned into data that can be trusted.",
    epilog="Exit codes: 0 done; 1 something failed, and is named; 2 wrong use; 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(down)
app.command()(submit)
app.command()(check)
app.add_typer(sites.app, name="sites")
app.command()(status)
app.add_typer(alerts.app, name="alerts")
app.add_typer(letters.app, name="dlq")
app.add_typer(quarantine.app, name="quarantine")
app.command()(replay)
app.command()(audit)
app.command(context_settings=_PASS_ON)(charts)
app.command()(simulate)


@app.callback()
def _heliograph(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        out().print(heliograph.__version__, highlight=False)
        raise typer.Exit


def run() -> None:
    """Run the command; a user's mistake is one line on standard error and exit code 1, never a traceback."""
    try:
        app()
    except HeliographError as error:
        _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        _fail(f"AWS refused or can't be reached: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(message: str) -> None:
    err().print(harmless(f"heliograph: {message}"), style="red", markup=False, highlight=False)
    sys.exit(1)
