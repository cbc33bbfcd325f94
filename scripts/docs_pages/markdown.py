"""Markdown for generated pages."""

from collections.abc import Iterable, Sequence


def page(title: str, *parts: str) -> str:
    """Return a page: its title, who writes it, and its parts, a blank line between any two."""
    written = "Written by `make docs-reference` from the code; don't edit."
    return "\n\n".join([f"# {title}", written, *(part.strip() for part in parts if part.strip())]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; what a cell holds is kept on one line and out of the table's own marks."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines)


def code(value: object) -> str:
    """Return a value as code; nothing for nothing."""
    return f"`{value}`" if value not in {None, ""} else ""


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
