"""What a package's docstring says is in it: a reader goes by it."""

import ast
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[3] / "src"
_LISTED = re.compile(r"^((?:[\w*]+(?:\.py|\.js|\.html|/)(?:, )?)+)", re.MULTILINE)


def docstring(package: Path) -> str:
    """Return a package's docstring."""
    return ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""


@pytest.mark.parametrize(
    "package", sorted(path.parent for path in SRC.rglob("__init__.py")), ids=lambda path: path.name
)
def test_what_a_package_lists_is_there(package: Path) -> None:
    """Each file and folder that a package's docstring lists exists."""
    listed = [name for names in _LISTED.findall(docstring(package)) for name in names.split(", ") if name]
    assert [name for name in listed if not any(package.glob(name.rstrip("/")))] == []


def test_lists_are_read() -> None:
    """The test above sees the names: the core's docstring lists its packages and modules."""
    names = [name for names in _LISTED.findall(docstring(SRC / "heliograph")) for name in names.split(", ")]
    assert {"feed/", "storage/", "reading.py", "history.py"} <= set(names)
