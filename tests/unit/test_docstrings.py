"""A docstring explains names that are there: a field or parameter that was renamed takes its explanation along.

What is explained is written `name: what it is.` or `one, other: what they are.` A name may be a field, a parameter, an
attribute that the body uses, or a word that the file itself holds as a text.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from python_sources import tree_of

# One worker reads all files, once for all tests.
pytestmark = pytest.mark.xdist_group("sources")
ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("src", "scripts", "visualization", "benchmarks", "tests")
_EXPLAINED: Final = re.compile(r"(?:^|(?<=[.;] )|(?<=\n))((?:[a-z_0-9]+, )*[a-z_0-9]+): ", re.MULTILINE)
Described = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> dict[Path, ast.Module]:
    """Return each of the project's Python files, read."""
    return {path: tree_of(path) for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))}


@cache
def bodies() -> dict[str, list[ast.ClassDef]]:
    """Return the project's classes by name."""
    found: dict[str, list[ast.ClassDef]] = {}
    for tree in sources().values():
        for each in described_in(tree):
            if isinstance(each, ast.ClassDef):
                found.setdefault(each.name, []).append(each)
    return found


def described_in(node: ast.AST) -> Iterator[Described]:
    """Yield the classes and functions that a node holds at any depth; no expression holds one."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, Described):
            yield each
        if isinstance(each, ast.stmt | ast.excepthandler | ast.match_case):
            yield from described_in(each)


def names_in(node: ast.AST) -> Iterator[str]:
    """Yield the names that a body holds: of fields, parameters, attributes, and of the classes it is made from."""
    for each in ast.walk(node):
        match each:
            case ast.Name(name) | ast.Attribute(attr=name) | ast.arg(name) | ast.FunctionDef(name):
                yield name.lstrip("_")
            case ast.Constant(str(text)) if text.isidentifier():
                yield text
    if isinstance(node, ast.ClassDef):
        for base in node.bases:
            for one in bodies().get(base.id, ()) if isinstance(base, ast.Name) else ():
                yield from names_in(one)


def unexplained(tree: ast.Module) -> Iterator[str]:
    """Yield what the docstrings of a file explain and don't have."""
    texts: set[object] = set()
    for each in described_in(tree):
        if found := _EXPLAINED.findall(ast.get_docstring(each) or ""):
            texts = texts or {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            if explained := {name for names in found for name in names.split(", ")} - texts:
                yield from (f"{each.name}: {name}" for name in sorted(explained - set(names_in(each))))


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_docstring_explains_is_there(folder: str) -> None:
    """No docstring explains a name of former days."""
    left = {
        str(path.relative_to(ROOT)): found
        for path, tree in sources().items()
        if path.is_relative_to(ROOT / folder) and (found := list(unexplained(tree)))
    }
    assert left == {}


def test_a_name_that_is_gone_is_found() -> None:
    """The test above finds a field that was renamed, and takes one that a base class has."""
    tree = ast.parse(
        'class Base:\n    """A base. kept: so long."""\n    kept: int\n\n'
        'class One(Base):\n    """One.\n\n    gone: no more. left, lost: one of two.\n    """\n    left: int\n'
    )
    assert list(unexplained(tree)) == ["One: gone", "One: lost"]
