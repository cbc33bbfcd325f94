"""Expressions are parsed once, and not anew for each item of a partition, as the engine does.

A query of the engine looks at every item of its partition. Of what it did with each, three quarters were the parsing of
the condition, which is a function of its text alone. So a site with a month of readings took seconds a page.
"""

from functools import lru_cache
from types import ModuleType
from typing import Any, Final

# The product has some dozens; a condition on a batch's items may be written anew each time.
_MOST: Final = 1024


def parse_once(dynamodb: ModuleType) -> None:
    """Have the engine remember what it made of an expression's text.

    dynamodb: ministack.services.dynamodb.
    """
    tokens = lru_cache(_MOST)(dynamodb._tokenize)

    def tokenize(expression: str) -> list[Any]:
        return list(tokens(expression))  # a caller may change its own

    dynamodb._tokenize = tokenize  # type: ignore[attr-defined]
    dynamodb._condition_syntax_error = lru_cache(_MOST)(dynamodb._condition_syntax_error)  # type: ignore[attr-defined]
