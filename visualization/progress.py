"""Bars on stderr that show how far the work is; nothing where stderr is no terminal."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from heliograph_client import Reading

_EVERY: Final = 1000


def bars() -> Progress:
    """Return the bars; they vanish when the work is done. NO_COLOR is respected."""
    console = Console(stderr=True)
    columns: tuple[ProgressColumn, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def counted(readings: Iterable[Reading], report: Callable[[str, int], None]) -> Iterator[Reading]:
    """Pass readings on, and report as they come: the last one's timestamp, and how many since the last report."""
    since, last = 0, None
    for reading in readings:
        since, last = since + 1, reading.timestamp
        if since == _EVERY:
            report(last, since)
            since = 0
        yield reading
    if since and last is not None:
        report(last, since)
