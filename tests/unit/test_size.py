"""The code stays small enough to read: no long function, no long file, a type for each parameter and result."""

from functools import cache
from textwrap import dedent

import pytest

from count_code import MeasuredFile, measure, measure_file, report

# One worker reads all files, once for all tests.
pytestmark = pytest.mark.xdist_group("sources")
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_FILE = 350


@cache
def files() -> tuple[MeasuredFile, ...]:
    """Return the files of code that aren't tests."""
    return tuple(each for each in measure() if not each.path.startswith("tests/"))


def test_no_file_is_long() -> None:
    """A file holds one concept, and a reader sees all of it in some minutes."""
    assert {each.path: each.lines for each in files() if each.lines > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_long() -> None:
    """A function does one thing; its body fits a screen."""
    functions = [each for file in files() for each in file.functions]
    long = {f"{each.path}: {each.name}": each.lines for each in functions if each.lines > MOST_LINES_OF_A_FUNCTION}
    assert long == {}


def test_everything_is_annotated() -> None:
    """Each parameter and each result has a type."""
    bare = [f"{each.path}: {each.name}" for file in files() for each in file.functions if not each.is_annotated]
    assert bare == []


def test_a_body_is_measured_without_its_signature_and_docstring() -> None:
    """A docstring makes no function long; a parameter without a type is found."""
    text = dedent('''
        def added(
            one: int,
            other,
        ) -> int:
            """Add.

            Two numbers.
            """
            found = one + other
            return found
    ''')
    (function,) = measure_file("a.py", text).functions
    assert (function.name, function.lines, function.is_annotated) == ("added", 2, False)


def test_the_report_has_each_figure() -> None:
    """It names the longest function and counts the folders' lines."""
    found = [
        measure_file(
            "src/heliograph/a.py", "def first() -> int:\n    return 1\n\n\ndef other() -> int:\n    return 2\n"
        )
    ]
    text = report(found)
    assert "| `src/heliograph` | 1 | 6 |" in text
    assert "Longest function: first in src/heliograph/a.py, 1 lines." in text
    assert "Annotated: 2 of 2 functions." in text
