"""What the benchmarks share: a stack of their own, bars that must hold, tables in Markdown."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from local_stack import Stack, StackOptions, start

ROOT: Final = Path(__file__).resolve().parents[1]
ZIPS: Final = ROOT / "build" / "local"


@contextmanager
def own_stack() -> Iterator[Stack]:
    """Run a stack that does nothing by itself, in a temporary folder; both are gone when the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(state_dir=Path(folder), zips=ZIPS, sites=1, schedule=False, watch=False)
        with start(options) as running:
            yield running.stack


class Bar(NamedTuple):
    """One thing that must hold."""

    what: str
    wanted: str
    found: str
    passed: bool

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Its line of a table."""
        return self.what, self.wanted, self.found, "yes" if self.passed else "**no**"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
