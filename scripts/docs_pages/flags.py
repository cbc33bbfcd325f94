"""The page of flags: every rule and every limit."""

from docs_pages.markdown import code, page, table
from heliograph.checks import limits, rules

_INTRO = """
A flag has a `rule`, what was `observed`, the `limit` it crossed, the `unit` of both, a `severity` and a `message` for a
person. `info` explains; from `warning` up a reading is an anomaly and belongs to an incident. Why the rules are as they
are, what they spare and what they can't see: [the checks](../explanation/checks.md).
"""
_LIMITS = "Each limit stands in `src/heliograph/checks/limits.py`, with its unit and where it comes from."


def flags_page() -> str:
    """Return the page."""
    return page(
        "Flags: rules and limits",
        _INTRO,
        "## As a reading lands, by itself alone",
        _rules(rules.SINGLE),
        "## Over time, by its neighbours and the weeks before",
        _rules(rules.OVER_TIME),
        "## By the day, once it is over",
        _rules(rules.BY_DAY),
        "## Limits",
        _LIMITS,
        table(("limit", "value", "unit", "where it comes from"), _limits()),
        "## Sentinels",
        f"Below zero: {_sentinels(limits.NEGATIVE_SENTINELS)}. Above, where the site couldn't have generated them: "
        f"{_sentinels(limits.POSITIVE_SENTINELS)}.",
    )


def _rules(of: dict[str, str]) -> str:
    return table(("rule", "it says"), [(code(name), says) for name, says in of.items()])


def _limits() -> list[tuple[str, str, str, str]]:
    named = [(name, value) for name, value in vars(limits).items() if isinstance(value, limits.Limit)]
    return [(code(name), f"{each.value:g}", each.unit, each.source) for name, each in named]


def _sentinels(values: frozenset[object]) -> str:
    return ", ".join(code(each) for each in sorted(values, key=lambda value: abs(int(str(value)))))
