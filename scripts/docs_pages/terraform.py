"""The page of Terraform's variables and outputs."""

import re

from docs_pages.markdown import code, page, table
from docs_pages.terraform_text import TERRAFORM, Block, blocks

_INTRO = """
Set variables in `terraform/ENV.tfvars`; a value that can't work is refused before anything is planned, with the message
below. [How to deploy](../how-to/deploy.md) uses them. `environment`, `artifacts_bucket` and `packages` are set by
`make deploy`.
"""


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
