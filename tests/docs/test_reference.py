"""The reference is what the code is: made anew it is the same, and nothing that can be set or seen is missing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from docs.pages import DOCS, ROOT
from docs_pages.metrics import MEANINGS, measured_by
from docs_pages.terraform import TERRAFORM, blocks
from docs_reference import PAGES, main
from python_sources import tree_of

_VARIABLE: Final = re.compile(r"\bHELIOGRAPH_[A-Z][A-Z_]*[A-Z]\b")
_CODE: Final = [
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "visualization").rglob("*.py"),
    *(ROOT / "scripts").glob("*.py"),
    *(ROOT / "benchmarks").rglob("*.py"),
    *TERRAFORM.glob("*.tf"),
    ROOT / "Makefile",
]


def nodes(path: Path) -> Iterator[ast.AST]:
    """Yield all that a file's syntax tree holds."""
    return ast.walk(tree_of(path))


def reference(page: str) -> str:
    """Read a page of the reference."""
    return (DOCS / "reference" / page).read_text()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_would_write(name: str) -> None:
    """A page that differs has been left behind: `make docs-reference` writes it."""
    assert reference(name) == PAGES[name](), "say make docs-reference"


def test_check_names_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --check nothing is written, each page that differs is named, and the exit status is 1."""
    assert main(["--check"], tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
    said = capsys.readouterr().out
    assert all(name in said for name in PAGES)
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


def test_every_variable_that_is_read_is_listed() -> None:
    """Whatever HELIOGRAPH_ variable the code, Terraform or the Makefile names is on the page of settings."""
    named = {name for path in _CODE for name in _VARIABLE.findall(path.read_text())}
    assert named <= set(_VARIABLE.findall(reference("settings.md")))


def test_every_metric_is_listed() -> None:
    """What any Lambda measures is on the page, and no Lambda measures without one."""
    measuring = {
        path.parts[-2].removeprefix("lambda_")
        for path in (ROOT / "src").rglob("lambda_*/*.py")
        if any(isinstance(node, ast.Attribute) and node.attr == "add_metric" for node in nodes(path))
    }
    assert measuring == {name for name in MEANINGS if "," not in name}  # what several measure, the core does
    assert all(f"`{name}`" in reference("metrics.md") for service in measuring for name in measured_by(service))


def test_every_alarm_is_listed() -> None:
    """As many alarms stand on the page as Terraform makes: four of queues, two a function, and those by themselves."""
    text = (TERRAFORM / "monitoring.tf").read_text()
    alone = [each for each in blocks(TERRAFORM / "monitoring.tf", "resource") if "metric_alarm" in each.labels[0]]
    functions = len(re.findall(r'^    \w+\s+= "\$\{local\.prefix\}', text, re.MULTILINE))
    queues = len(re.findall(r"^      says ", text, re.MULTILINE))
    listed = re.findall(r"^\| `[\w-]+` \|.*\|.*\|$", reference("metrics.md").partition("## Alarms")[2], re.MULTILINE)
    each_of = [re.findall(r'"\w+"', each.get("for_each")) for each in alone if "toset([" in each.body]
    more = sum(len(names) - 1 for names in each_of)
    assert len(listed) == len(alone) - 2 + 2 * functions + queues + more
    assert "each.key" not in reference("metrics.md")


def test_every_variable_and_output_of_terraform_is_listed() -> None:
    """The page has each, of the stack and of the bootstrap."""
    page = reference("terraform.md")
    for folder in (TERRAFORM, TERRAFORM / "bootstrap"):
        text = "".join(path.read_text() for path in folder.glob("*.tf"))
        declared = re.findall(r'^(?:variable|output) "(\w+)"', text, re.MULTILINE)
        assert declared
        assert all(f"| `{name}` |" in page for name in declared)
