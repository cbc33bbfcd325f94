"""The page of flags: every rule with its limits, from the registry."""

from collections.abc import Iterator
from typing import Final

from docs_pages.markdown import code, page, table
from heliograph.checks import registry
from heliograph.checks.flag import SEVERITIES, Rule, RuleScope, Severity

_INTRO: Final = """
A flag has a `rule`, what was `observed`, the `limit` it crossed, the `unit` of both, a `severity` and a `message` for a
person. `info` explains; from `warning` up a reading is an anomaly and belongs to an incident. `GET /rules` of the API
has the same. Why the rules are as they are, what they spare and what they can't see:
[the checks](../explanation/checks.md).
"""
_SCOPES: Final[dict[RuleScope, str]] = {
    "reading": "As a reading lands, by itself alone",
    "series": "Over time, by its neighbours and the weeks before",
    "day": "By the day, once it is over",
    "silence": "Where no reading comes",
}
_ALSO: Final[dict[RuleScope, str]] = {
    "reading": "as a reading lands",
    "series": "over time, by the baseline, where the registry doesn't say enough",
    "day": "by the day",
    "silence": "where no reading comes",
}


_PROMISES: Final[dict[Severity, tuple[str, str]]] = {
    "critical": ("somebody must act today", "at once, and again at recovery"),
    "warning": ("it can wait until the morning", "in the daily digest at 07:00 local"),
    "info": ("it explains, and needs nobody", "never"),
}


def flags_page() -> str:
    """Return the page."""
    return page(
        "Flags: rules and limits", _INTRO, *_severities(), *(part for scope in _SCOPES for part in _scope(scope))
    )


def _severities() -> Iterator[str]:
    """Yield what each severity promises, and the rules whose worst it is."""
    yield "## Severities"
    yield (
        "A severity says who must do what, and when ([ADR 42](../adr/0042-severity-and-digest.md)). A rule may give a "
        "milder one than its worst, as its own section says."
    )
    rows = []
    for severity in reversed(SEVERITIES):
        rules = [f"[{code(rule.name)}](#{rule.name})" for rule in registry.RULES if rule.severity == severity]
        meaning, sent = _PROMISES[severity]
        rows.append((code(severity), meaning, sent, ", ".join(rules)))
    yield table(("severity", "it means", "it is sent", "the worst of these rules"), rows)


def _scope(scope: RuleScope) -> Iterator[str]:
    """Yield the parts of one scope: a table of the rules that belong there, then each rule."""
    rules = [rule for rule in registry.RULES if rule.scopes[0] == scope]
    yield f"## {_SCOPES[scope]}"
    yield table(("rule", "it says"), [(f"[{code(rule.name)}](#{rule.name})", rule.sentence) for rule in rules])
    for rule in rules:
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.name}"
    yield f"{rule.sentence[0].upper()}{rule.sentence[1:]}. {_facts(rule)}"
    yield f"**What to do:** {rule.advice}"
    yield table(
        ("limit", "value", "unit", "where it comes from"),
        [(each.name, f"{each.value:.10g}", each.unit, each.source) for each in rule.limits],
    )


def _facts(rule: Rule) -> str:
    also = "".join(f" It also checks {_ALSO[scope]}." for scope in rule.scopes[1:])
    excludes = " A value it flags isn't used in totals." if rule.excludes else ""
    loses = " Its incidents say how much energy was lost." if rule.loses else ""
    return f"Severity: {rule.severity}. Unit: {rule.unit}.{also}{excludes}{loses}"
