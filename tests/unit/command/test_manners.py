"""What every command owes its user: an example that works, exit codes, JSON, a start without delay."""

import shlex
import subprocess
import sys

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

import heliograph
from heliograph_cli.commands import MEANINGS, Exit, manners_of
from heliograph_cli.main import PARTS, app, every_command

COMMANDS = dict(every_command())
PRINTING = {words: made for words, made in COMMANDS.items() if isinstance(made, TyperCommand)}
EXAMPLES = [(words, line) for words, made in COMMANDS.items() for line in manners_of(made).examples]


def test_all_commands_are_walked() -> None:
    """Every part is found, and what is in it; a part that isn't imported yet counts as well."""
    assert {f"heliograph {part.name}" for part in PARTS} <= COMMANDS.keys()
    assert {"heliograph dlq redrive", "heliograph sites load", "heliograph incidents show"} <= PRINTING.keys()


@pytest.mark.parametrize("words", COMMANDS)
def test_help_shows_an_example_and_exit_codes(words: str) -> None:
    """`--help` ends with what to type and what the command ends with, each line whole."""
    result = CliRunner().invoke(app, [*words.split()[1:], "--help"], prog_name="heliograph")
    assert result.exit_code == 0
    manners = manners_of(COMMANDS[words])
    assert manners.examples
    assert all(f"    {line}\n" in result.output for line in manners.examples)
    assert all(line.startswith(words) for line in manners.examples) or isinstance(COMMANDS[words], TyperGroup)
    assert {Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED} <= manners.exits.keys() <= MEANINGS.keys()
    assert all(f"    {code:<4} {meaning}" in result.output for code, meaning in manners.exits.items())


@pytest.mark.parametrize("words", PRINTING)
def test_what_prints_has_json(words: str) -> None:
    """Each command that does something says it as JSON too."""
    assert "--json" in [name for each in PRINTING[words].params for name in each.opts]


@pytest.mark.parametrize(("words", "line"), EXAMPLES)
def test_examples_are_understood(words: str, line: str) -> None:
    """Each example is read by the real command, down to its last option."""
    arguments = shlex.split(line.partition(" > ")[0])[1:]
    context = typer.main.get_command(app).make_context("heliograph", arguments)
    while isinstance(context.command, TyperGroup) and (rest := [*context._protected_args, *context.args]):
        name, made, rest = context.command.resolve_command(context, rest)
        assert made is not None
        context = made.make_context(name, rest, parent=context)
    assert context.command_path.startswith(words)


def test_the_list_of_commands_says_what_each_does() -> None:
    """The line that stands for a part before it is imported is the first of its own help, and fits."""
    for part in PARTS:
        made = COMMANDS[f"heliograph {part.name}"]
        assert (made.help or "").splitlines()[0] == part.summary
    assert "..." not in CliRunner().invoke(app, ["--help"]).output.partition("Commands:")[2]


def test_help_needs_no_heavy_library() -> None:
    """`heliograph --help` is there at once: neither AWS's library nor Rich nor an HTTP client is imported."""
    heavy = ["botocore", "httpx2", "rich", "local_stack", "heliograph.checks"]
    code = f"""
import sys
from heliograph_cli.main import run
sys.argv = ["heliograph", "--help"]
try:
    run()
except SystemExit:
    sys.exit(str([name for name in {heavy} if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.stderr.strip() == "[]"


def test_the_version_is_printed() -> None:
    """`heliograph --version` needs no command."""
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"{heliograph.__version__}\n")


def test_a_mistyped_command_is_guessed() -> None:
    """The usage error names what was meant."""
    result = CliRunner().invoke(app, ["statsu"])
    assert result.exit_code == Exit.USAGE
    assert "Did you mean 'status'" in result.output
