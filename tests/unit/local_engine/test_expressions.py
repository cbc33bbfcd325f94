"""The engine parses an expression once, whatever it is tried on, and still refuses what AWS refuses."""

from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import ministack.services.dynamodb as engine
import pytest

from local_engine.expressions import parse_once

PARSERS = ("_tokenize", "_condition_syntax_error")
CONDITION = "site = :site AND #end BETWEEN :first AND :last"
VALUES = {":site": {"S": "roof-1"}, ":first": {"S": "010"}, ":last": {"S": "019"}}
ITEMS = [{"site": {"S": "roof-1"}, "end": {"S": f"{number:03d}"}} for number in range(100)]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each of the engine's parsers was called, behind what remembers them."""
    calls: Counter[str] = Counter()

    def counting(name: str, parser: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:  # noqa: ANN401 - the engine's own
            calls[name] += 1
            return parser(*arguments)

        return call

    for name in PARSERS:
        monkeypatch.setattr(engine, name, counting(name, getattr(engine, name)))
    parse_once(engine)
    return calls


def matches(condition: str, item: dict[str, Any]) -> bool:
    """Return whether a condition holds for an item."""
    return bool(engine._evaluate_condition(condition, item, VALUES, {"#end": "end"}, slot="KeyConditionExpression"))


def test_a_condition_is_parsed_once_for_all_items(parsed: Counter[str]) -> None:
    """Each item is still judged by its own values."""
    assert [item["end"]["S"] for item in ITEMS if matches(CONDITION, item)] == [
        f"{number:03d}" for number in range(10, 20)
    ]
    assert parsed == dict.fromkeys(PARSERS, 1)


def test_a_condition_that_is_none_is_refused_each_time(parsed: Counter[str]) -> None:
    """What was remembered of it is its fault."""
    for _ in range(2):
        with pytest.raises(ValueError, match="Syntax error"):
            matches("site = AND #end", ITEMS[0])
    assert parsed["_condition_syntax_error"] == 1


def test_tokens_are_the_caller_s_own() -> None:
    """One that changes them changes nobody else's."""
    module = ModuleType("dynamodb")
    module.__dict__.update(_tokenize=lambda text: [text], _condition_syntax_error=str)
    parse_once(module)
    module._tokenize("a = :a").clear()
    assert module._tokenize("a = :a") == ["a = :a"]
