"""What commands print: tables and progress for people, JSON for scripts.

Results go to standard output, everything else to standard error, so that a pipe gets results alone.
"""

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress

_PIPE_COLUMNS: Final = 160
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@cache
def out() -> Console:
    """Return the console results go to; what goes to a file or a pipe has room for wide tables."""
    console = Console(soft_wrap=True)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_COLUMNS
    return console


@cache
def err() -> Console:
    """Return the console that messages, progress and errors go to."""
    return Console(stderr=True, soft_wrap=True)


def print_json(value: object) -> None:
    """Print one line of JSON; decimals are numbers with all their digits."""
    line = msgspec.json.Encoder(decimal_format="number").encode(value).decode()
    out().print(line, markup=False, highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """Print a line of the results as it is; control characters as escapes."""
    out().print(harmless(text), style=style, markup=False, highlight=False)


def warn(text: str, style: str = "") -> None:
    """Print a line of what isn't a result as it is; control characters as escapes."""
    err().print(harmless(text), style=style, markup=False, highlight=False)


def print_raw(text: str) -> None:
    """Print text as it is, for a file to take; a terminal gets no control characters."""
    out().file.write(harmless(text) if out().is_terminal else text)


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows as a table; its columns are those of the first row, numbers to the right."""
    if not rows:
        out().print(f"{title}: none")
        return
    from rich.table import Table  # noqa: PLC0415 - only where there is something to show
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for name, value in rows[0].items():
        side: Literal["left", "right"] = "right" if isinstance(value, (int, float)) else "left"
        table.add_column(name.replace("_", " "), justify=side, no_wrap=name == "site_id")
    for row in rows:
        # As text of its own: what a record or a file's name holds is neither markup nor the terminal's business.
        table.add_row(*(Text(harmless(_cell(value))) for value in row.values()))
    out().print(table)


def progress() -> "Progress":
    """Return a progress display that vanishes when done, and is silent where standard error isn't a terminal."""
    from rich.progress import (  # noqa: PLC0415 - only for what takes long
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err(),
        transient=True,
        disable=not err().is_terminal,
    )


def harmless(text: str) -> str:
    """Show control characters, with which text could write over a terminal, as escapes."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
