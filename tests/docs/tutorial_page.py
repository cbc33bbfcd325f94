"""The tutorial as a list of steps: what is typed, what is saved to a file, what is shown."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$|^<!-- (.+?) -->$', re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """One code block of the page.

    kind: sh (typed), text (shown) or another language (saved as `name`). remark: what a comment in front of what is
    shown says of it: "soon", it may take a few seconds; "ends with 1", the command fails.
    """

    kind: str
    name: str
    content: str
    remark: str


def steps(page: str) -> Iterator[Step]:
    """Yield the page's code blocks in order."""
    remark = ""
    for kind, name, content, comment in _FENCE.findall(page):
        if comment:
            remark = comment
            continue
        yield Step(kind, name, content, remark)
        remark = ""


def shown_in(output: str, shown: str) -> list[str]:
    """Return the lines shown on the page that the output doesn't have.

    Figures may differ, `…` stands for anything, and a table's lines and spaces don't count.
    """
    flat = _flat(output)
    return [line for line in shown.splitlines() if line.strip() and not re.search(_pattern(line), flat, re.DOTALL)]


def _pattern(line: str) -> str:
    """Make a pattern of a line: any number for a number with a date's or an address's signs, all else as it is."""
    parts = (re.escape(part) for part in _flat(line).split("…"))
    return ".*?".join(re.sub(r"\d[\d,]*", r"\\d[\\d,]*", part) for part in parts)


def _flat(text: str) -> str:
    return re.sub(r"[\s\u2500-\u257f]+", " ", text).strip()
