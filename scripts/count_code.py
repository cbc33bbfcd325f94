"""Print how large the code is: files and lines by folder, the lengths of files and functions, what is annotated.

Vendored files don't count. A function's length is that of its body, without its signature and docstring.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parents[1]
# The folders of the table; what is below none of them is left out.
FOLDERS: Final = (
    "src/heliograph", "src/heliograph_cli", "src/heliograph_client", "src/lambda_api", "src/lambda_processor",
    "src/lambda_simulator", "src/lambda_watch", "src/local_engine", "src/local_stack", "visualization", "benchmarks",
    "scripts", "terraform", "tests",
)  # fmt: skip
CODE: Final = (".py", ".js", ".tf")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef


class MeasuredFunction(msgspec.Struct, frozen=True):
    """A function: where it is, how many lines its body has, and whether its parameters and result have types."""

    path: str
    name: str
    lines: int
    is_annotated: bool


class MeasuredFile(msgspec.Struct, frozen=True):
    """A file of code and its functions, which are known of Python only."""

    path: str
    lines: int
    functions: tuple[MeasuredFunction, ...] = ()


def measure(root: Path = ROOT) -> list[MeasuredFile]:
    """Measure each file of code that git knows."""
    paths = [each for each in known_files(root) if each.endswith(CODE) and "/vendor/" not in each]
    return [measure_file(each, (root / each).read_text("utf-8")) for each in paths]


def known_files(root: Path = ROOT) -> list[str]:
    """Return the path, from `root`, of each file that git knows and that is there."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [each for each in listed.splitlines() if (root / each).is_file()]


def measure_file(path: str, text: str) -> MeasuredFile:
    """Measure a file by its text."""
    functions = measure_functions(path, text) if path.endswith(".py") else ()
    return MeasuredFile(path, text.count("\n"), tuple(functions))


def measure_functions(path: str, text: str) -> Iterator[MeasuredFunction]:
    """Measure each function of a Python file."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _Definition):
            yield MeasuredFunction(path, node.name, _body_lines(node), _is_annotated(node))


def _body_lines(function: _Definition) -> int:
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _is_annotated(function: _Definition) -> bool:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    bare = [each for each in named if each and each.annotation is None and each.arg not in {"self", "cls"}]
    return not bare and function.returns is not None


def report(files: list[MeasuredFile]) -> str:
    """Write the figures as a table and four lines."""
    rows = ["| folder | files | lines |", "|---|---|---|"]
    for folder in FOLDERS:
        found = [each.lines for each in files if each.path.startswith(f"{folder}/")]
        rows.append(f"| `{folder}` | {len(found)} | {sum(found):,} |")
    core = [each.lines for each in files if each.path.startswith("src/heliograph/") and each.functions]
    functions = [each for file in files if not file.path.startswith("tests/") for each in file.functions]
    longest = max(functions, key=lambda each: each.lines)
    annotated = sum(each.is_annotated for each in functions)
    return "\n".join([
        *rows,
        "",
        f"Median file of the core: {median(core):.0f} lines. Longest: {max(core)}.",
        f"90 of 100 functions have at most {quantiles((each.lines for each in functions), n=10)[-1]:.0f} lines.",
        f"Longest function: {longest.name} in {longest.path}, {longest.lines} lines.",
        f"Annotated: {annotated:,} of {len(functions):,} functions.",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(report(measure()) + "\n")
