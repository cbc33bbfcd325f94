"""The list of rules is the checks' own, and the documentation has each."""

import re
from pathlib import Path

from heliograph.checks.rules import BY_DAY, OVER_TIME, RULES, SINGLE

ROOT = Path(__file__).parents[3]
CHECKS = ROOT / "src" / "heliograph" / "checks"
# `rule = ...` or `_flag("...")` where one function has two rules.
NAMED = re.compile(r'(?:F|_f)lag\(\s*"(\w+)"|rule, why = "(\w+)"')


def test_every_rule_that_speaks_is_listed() -> None:
    """The names that checks write into flags are those of the list, no more and no fewer."""
    found = {name for path in CHECKS.glob("*.py") for pair in NAMED.findall(path.read_text()) for name in pair if name}
    assert found == set(RULES)


def test_the_documentation_has_every_rule_with_its_sentence() -> None:
    """docs/explanation/checks.md lists each rule once, in the words of the list."""
    text = (ROOT / "docs" / "explanation" / "checks.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (.*) \|$", text, re.MULTILINE))
    assert {name: says for name, says in rows.items() if name in RULES} == RULES


def test_a_rule_belongs_to_one_kind() -> None:
    """No rule is listed twice."""
    assert len(RULES) == len(SINGLE) + len(OVER_TIME) + len(BY_DAY)
