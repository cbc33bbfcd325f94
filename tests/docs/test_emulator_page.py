"""What the page says of AWS and the emulator is held by tests that are there."""

import re
from functools import cache

import pytest

from docs.pages import DOCS, ROOT

PAGE = (DOCS / "explanation" / "aws-and-the-emulator.md").read_text()
LINES = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what AWS does")]


@cache
def names_of_tests() -> set[str]:
    """Return the names of the test files and of the tests in them."""
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        if "node_modules" not in path.parts
        for name in (path.name, *re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE))
    }


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:50])
def test_every_line_names_what_holds_it(line: str) -> None:
    """Each rule names a test, a file or a make target in its last column, and every test it names is there."""
    held = line.rstrip(" |").rpartition(" | ")[2]
    assert held.count("`") >= 2 or "nothing" in held
    assert set(re.findall(r"`(test_\w+(?:\.py)?)`", held)) <= names_of_tests()
