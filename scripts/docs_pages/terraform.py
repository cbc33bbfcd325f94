"""The page of Terraform's variables and outputs, from what the .tf files say.

They are read as text, in terraform fmt's own form, which leaves few ways to write a thing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from docs_pages.markdown import code, page, table

TERRAFORM: Final = Path(__file__).resolve().parents[2] / "terraform"
_BLOCK: Final = re.compile(r'^(\w+)((?: "[^"]+")+) \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"^  (\w+)\s*= (.*(?:\n(?:  [\s})\]].*)?)*)", re.MULTILINE)
_INTRO = """
Set variables in `terraform/ENV.tfvars`; a value that can't work is refused before anything is planned, with the message
below. [How to deploy](../how-to/deploy.md) uses them. `environment`, `artifacts_bucket` and `packages` are set by
`make deploy`.
"""


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
    """Return a Lambda's settings: each HELIOGRAPH_ and POWERTOOLS_ variable of a file, and its expression."""
    return dict(re.findall(r"^\s+((?:HELIOGRAPH|POWERTOOLS)_\w+)\s*= (.+)$", path.read_text(), re.MULTILINE))


def terraform_page() -> str:
    """Return the page: what can be set and what is given back, of the stack and of the bootstrap."""
    stack, bootstrap = TERRAFORM, TERRAFORM / "bootstrap"
    return page(
        "Terraform: variables and outputs",
        _INTRO,
        "## The stack",
        _variables([*blocks(stack / "variables.tf", "variable")]),
        "### Its outputs",
        _outputs([*blocks(stack / "outputs.tf", "output")]),
        "## The bootstrap, once in an account",
        _variables([*blocks(bootstrap / "variables.tf", "variable")]),
        "### Its outputs",
        _outputs([*blocks(bootstrap / "outputs.tf", "output")]),
    )


def _variables(found: list[Block]) -> str:
    rows = [(code(each.labels[0]), each.get("description"), _default(each), _allowed(each)) for each in found]
    return table(("variable", "meaning", "default", "allowed"), rows)


def _outputs(found: list[Block]) -> str:
    return table(("output", "what it is"), [(code(each.labels[0]), each.get("description")) for each in found])


def _default(variable: Block) -> str:
    """Return the default; of an object with optional fields, theirs."""
    fields = re.findall(r"(\w+)\s*= optional\(\w+, (.+)\)", variable.body)
    if fields:
        return ", ".join(code(f"{name} = {value}") for name, value in fields)
    return code(variable.get("default")) or "none: to be set"


def _allowed(variable: Block) -> str:
    said = re.search(r'error_message = "(.*)"$', variable.body, re.MULTILINE)
    return said.group(1).replace('\\"', '"') if said else code(variable.get("type"))
