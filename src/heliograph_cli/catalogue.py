"""All commands, imported: for the reference page and the tests."""

from collections.abc import Iterator

import typer.main
from typer.core import TyperCommand, TyperGroup

from heliograph_cli.commands import Later
from heliograph_cli.main import app

Made = TyperCommand | TyperGroup


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
