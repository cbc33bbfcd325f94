"""Every make target and every heliograph command that the README or a page names is there, with its options."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from typer.main import get_command

from docs.pages import PAGES, ROOT, commands
from heliograph_cli.main import app

_MAKE: Final = re.compile(r"(?:^|[\s(\"])make((?: +(?:--?[\w-]+|[A-Z_]+=\S+|[a-z][\w-]*))+)")
_HELIOGRAPH: Final = re.compile(r"(?:^|[\s($&|\"'])heliograph +((?:[a-z-]+|--[\w-]+).*)$")
_ENDS: Final = re.compile(r"[|;&>#)]")
_OPTION: Final = re.compile(r"(?<!\S)--[a-z][\w-]*")
# Options that `heliograph charts` hands on to visualization/visualize.py.
_PASSES_ON: Final = "charts"


def make_targets() -> set[str]:
    """Return the Makefile's targets."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_is_there(page: Path) -> None:
    """`make X` names a target of the Makefile."""
    words = [word for line in commands(page) for found in _MAKE.findall(line) for word in found.split()]
    named = {word for word in words if word[0] != "-" and "=" not in word}
    assert named <= make_targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_there_with_its_options(page: Path) -> None:
    """`heliograph X` names a command, and each of its options is one of that command's."""
    root: Any = get_command(app)
    for line in commands(page):
        if found := _HELIOGRAPH.search(line):
            _require(root, _ENDS.split(found.group(1))[0])


def _require(root: Any, said: str) -> None:  # noqa: ANN401 - Typer keeps its commands' classes to itself
    """Walk from command to command as far as there are any, and look at the options behind them."""
    command, names = root, said.split()
    while names and getattr(command, "commands", None) and re.fullmatch(r"[a-z][a-z-]*", names[0]):
        name = names.pop(0)
        assert name in command.commands, f"there is no command `heliograph {said}`"
        command = command.commands[name]
        command = command.load() if hasattr(command, "load") else command
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = set(_OPTION.findall(said)) - options - {"--help"}
    assert not unknown or command.name == _PASSES_ON, f"`heliograph {said}` has no option {', '.join(unknown)}"
