"""What the page says of AWS and the emulator is held by tests that are there."""

import ast
import re

import pytest

from docs.pages import DOCS, ROOT

PAGE = (DOCS / "explanation" / "aws-and-the-emulator.md").read_text()
LINES = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what AWS does")]
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    if "node_modules" not in path.parts
    for name in (
        path.name,
        *(node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)),
    )
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:50])
def test_every_line_names_what_holds_it(line: str) -> None:
    """Each rule names a test, a file or a make target in its last column, and every test it names is there."""
    held = line.rstrip(" |").rpartition(" | ")[2]
    assert held.count("`") >= 2 or "nothing" in held
    assert set(re.findall(r"`(test_\w+(?:\.py)?)`", held)) <= TESTS
