"""How a command is made: its help ends with an example and its exit codes, and it is imported when it is called.

A command's docstring is its help; lines that begin with `Example:` are its examples.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from heliograph.errors import HeliographError

_EXAMPLE: Final = "Example: "
_MANNERS: Final = "__heliograph_manners__"
F = TypeVar("F", bound=Callable[..., Any])


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    INTERRUPTED = 130


class Manners(msgspec.Struct, frozen=True):
    """What a command's help ends with: lines to be typed, and exit codes with what they mean."""

    examples: tuple[str, ...]
    exits: dict[Exit, str]


def make_app(**settings: Any) -> typer.Typer:  # noqa: ANN401 - Typer's own settings
    """Make a part of the command. Help is plain text: it is there at once, and pipes as it is."""
    return typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, **settings)


OF_STACK: Final = tuple(Exit)


def command(
    app: typer.Typer,
    name: str | None = None,
    *,
    exits: tuple[Exit, ...] = OF_STACK,
    meanings: Mapping[Exit, str] | None = None,
    **settings: Any,  # noqa: ANN401 - Typer's own settings
) -> Callable[[F], F]:
    """Make a function a command of `app`. meanings: what an exit code means here, where that is more than always."""

    def add(function: F) -> F:
        text, manners = read_manners(function, exits, meanings or {})
        setattr(function, _MANNERS, manners)
        app.command(name, help=text, epilog=write_manners(manners), **settings)(function)
        return function

    return add


def group(app: typer.Typer, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401 - Typer's own settings
    """Make a function what is called before each command of `app`; its docstring is the help of them all."""

    def add(function: F) -> F:
        text, manners = read_manners(function, OF_STACK, {})
        setattr(function, _MANNERS, manners)
        app.callback(help=text, epilog=write_manners(manners), **settings)(function)
        return function

    return add


def manners_of(made: TyperCommand | TyperGroup) -> Manners:
    """Return the examples and exit codes of a command; none where it was made without."""
    found = getattr(made.callback, _MANNERS, None)
    return found if isinstance(found, Manners) else Manners((), {})


def read_manners(
    function: Callable[..., Any], exits: tuple[Exit, ...], meanings: Mapping[Exit, str]
) -> tuple[str, Manners]:
    """Part a docstring into the help's text and its examples."""
    lines = (inspect.getdoc(function) or "").splitlines()
    examples = tuple(line.removeprefix(_EXAMPLE) for line in lines if line.startswith(_EXAMPLE))
    text = "\n".join(line for line in lines if not line.startswith(_EXAMPLE)).strip()
    return text, Manners(examples, {code: meanings.get(code, MEANINGS[code]) for code in exits})


def write_manners(manners: Manners) -> str:
    """Write examples and exit codes as the end of a help; a backspace keeps Typer from filling its lines."""
    examples = "\n".join(f"  {line}" for line in manners.examples)
    codes = "\n".join(f"  {code:<4} {meaning}" for code, meaning in manners.exits.items())
    title = "Example" if len(manners.examples) == 1 else "Examples"
    return f"\b\n{title}:\n{examples}\n\n\b\nExit codes:\n{codes}"


class CommandPart(msgspec.Struct, frozen=True):
    """A part of the command: its name, the module it is in, and its help in one line."""

    name: str
    module: str
    summary: str

    def load(self) -> TyperCommand | TyperGroup:
        """Import it."""
        app = import_module(self.module).app
        made = typer.main.get_command(app)
        made.name = self.name
        if not isinstance(made, TyperCommand | TyperGroup):
            raise TypeError(f"{self.module} has no command")
        return made


class Later(TyperCommand):
    """Stands for a part in the list of commands, and is exchanged for it when it is called."""

    part: CommandPart

    def load(self) -> TyperCommand | TyperGroup:
        """Import the part."""
        return self.part.load()

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 - Typer keeps its context's class to itself
        """Read the command line as the part does; the context that is given is the part's."""
        return self.load().make_context(info_name, args, parent, **extra)


def add_part(app: typer.Typer, part: CommandPart) -> None:
    """Put a part into the list of commands without importing it."""
    stand_in = type(f"Later_{part.name}", (Later,), {"part": part})
    app.command(part.name, help=part.summary, cls=stand_in)(_nothing)


def _nothing() -> None:
    """Nothing: the part is called in its place."""


MEANINGS: Final = {
    Exit.DONE: "done",
    Exit.FAILED: "something is wrong in the data, or isn't there, and is named",
    Exit.USAGE: "wrong use: an option, a setting or a file that can't be used",
    Exit.UNREACHABLE: "nothing runs here, or the stack that is named can't be reached",
    Exit.REFUSED: "no credentials, or no permission",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}
# What a command that works on this machine alone can end with, and what one that talks to a stack can.
ALONE: Final = (Exit.DONE, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED)


class WrongUse(HeliographError):
    """An option or a file that was named can't be used."""


class Declined(HeliographError):
    """Somebody was asked, and said no."""


def require_consent(question: str, *, yes: bool) -> None:
    """Ask before something is changed. yes: it was said already.

    Raises:
        WrongUse: nobody can be asked, since standard input is no terminal.
        Declined: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("nobody can be asked here, since standard input is no terminal; say --yes")
    if not typer.confirm(question, err=True):
        raise Declined("nothing is changed")


class NotReadable(WrongUse):
    """A file that was named can't be read or written."""


def read(path: Path) -> bytes:
    """Read a whole file.

    Raises:
        NotReadable: it isn't there, is a folder, or mustn't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReadable(f"{path} can't be read: {error.strerror}") from None
