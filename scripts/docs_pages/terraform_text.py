"""What the .tf files say, read as text: in terraform fmt's own form, which leaves few ways to write a thing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

TERRAFORM: Final = Path(__file__).resolve().parents[2] / "terraform"

_BLOCK: Final = re.compile(r'^(\w+)((?: "[^"]+")+) \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"^  (\w+)\s*= (.*(?:\n(?:  [\s})\]].*)?)*)", re.MULTILINE)


class Block(NamedTuple):
    """A block of a .tf file: its kind (variable, output, resource), its labels, what stands between its braces."""

    kind: str
    labels: tuple[str, ...]
    body: str

    def get(self, attribute: str, otherwise: str = "") -> str:
        """Return an attribute as it is written; text comes without its quotes."""
        for name, value in _ATTRIBUTE.findall(self.body):
            if name == attribute:
                written: str = value.strip()
                return written[1:-1].replace('\\"', '"') if written.startswith('"') else written
        return otherwise


def blocks(path: Path, kind: str) -> Iterator[Block]:
    """Yield the blocks of one kind in a file."""
    for found, labels, body in _BLOCK.findall(path.read_text()):
        if found == kind:
            yield Block(found, tuple(re.findall(r'"([^"]+)"', labels)), body)


def environment(path: Path) -> dict[str, str]:
    """Return what a Lambda is told: each HELIOGRAPH_ and POWERTOOLS_ variable of a file, and its expression."""
    return dict(re.findall(r"^\s+((?:HELIOGRAPH|POWERTOOLS)_\w+)\s*= (.+)$", path.read_text(), re.MULTILINE))
