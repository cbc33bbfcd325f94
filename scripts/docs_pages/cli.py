"""The page of the command line, from the commands themselves: what each does, its options, examples, exit codes."""

from collections.abc import Iterator
from typing import Final

import msgspec
import typer

from docs_pages.markdown import code, table
from heliograph.settings import PREFIX
from heliograph_cli.commands import MEANINGS, manners_of
from heliograph_cli.main import Made, every_command
from heliograph_cli.target import Target

_HEAD: Final = """\
# Command line

Made from the commands by `make docs-reference`; `heliograph COMMAND --help` says the same.

Results go to standard output, all else to standard error: progress, messages, errors. With `--json` standard output
holds JSON alone, one document or one a line. Progress bars are shown on a terminal only, and colours too; `NO_COLOR=1`
turns colours off. Tab completes commands, options, sites and incidents after `heliograph --install-completion`.
"""

# What commands read beside their options: variables, and what each is.
_VARIABLES: Final = {
    "AWS_PROFILE, AWS_ACCESS_KEY_ID, …": "Credentials for a stack in the cloud, as for every AWS tool.",
    "AWS_DEFAULT_REGION": "Region of the stack in the cloud.",
    "HELIOGRAPH_API": "Address of the API.",
    "HELIOGRAPH_API_TOKEN": "Bearer token, where the API wants one.",
    "HELIOGRAPH_STATE_DIR": "Folder of the local stack; `.heliograph` if not set.",
    "NO_COLOR": "Anything: no colours.",
}
_OUTPUTS: Final = 'In a shell, `eval "$(make outputs ENV=prod)"` sets them.'


def cli_page() -> str:
    """Return the page."""
    sections = [_section(words, made) for words, made in every_command()]
    return "\n".join([_HEAD, _exit_codes(), _variables(), *sections]).rstrip() + "\n"


def _section(words: str, made: Made) -> str:
    """Return one command's part of the page."""
    manners = manners_of(made)
    text = (made.help or "").replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n")
    lines = [f"## {words}", "", text, "", "```sh", *manners.examples, "```", ""]
    if rows := list(_options(words, made)):
        lines += [table(("option", "meaning"), rows), ""]
    special = [f"{exit_}: {said}" for exit_, said in manners.exits.items() if said != MEANINGS[exit_]]
    codes = ", ".join(str(int(exit_)) for exit_ in manners.exits)
    return "\n".join([*lines, f"Exit codes: {codes}." + "".join(f" {each}." for each in special), ""])


def _options(words: str, made: Made) -> Iterator[tuple[str, str]]:
    context = typer.Context(made, info_name=words)
    for each in made.get_params(context):
        record = each.get_help_record(context)
        if record and "--help" not in each.opts:
            yield code(record[0]), record[1]


def _exit_codes() -> str:
    return "\n".join(["## Exit codes", "", table(("code", "meaning"), MEANINGS.items()), ""])


def _variables() -> str:
    fields = msgspec.structs.fields(Target)
    named = ",\n".join(f"`{PREFIX}{field.name.upper()}`" for field in fields if field.required)
    besides = ",\n".join(f"`{PREFIX}{field.name.upper()}`" for field in fields if not field.required)
    rows = [(code(name), meaning) for name, meaning in _VARIABLES.items()]
    head = ["## Environment variables", "", table(("variable", "meaning"), rows), ""]
    which = "Where `HELIOGRAPH_BUCKET` is set, commands talk to that stack in the cloud, which is then named whole:"
    ends = [f"{named};", "and, for the watch's dead letters:", f"{besides}.", _OUTPUTS, ""]
    return "\n".join([*head, which, *ends])
