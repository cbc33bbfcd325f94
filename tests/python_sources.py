"""The project's Python files, each read and parsed once for all tests of a process that look at them."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(path: Path) -> ast.Module:
    """Return what a file holds, parsed; nobody changes it."""
    return ast.parse(path.read_text(encoding="utf-8"))
