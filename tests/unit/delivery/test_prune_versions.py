"""Old versions of a function: what an alias needs stays, and one to go back to."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from prune_versions import prune

PER_PAGE = 3


class FakeFunctions:
    """A function's versions and aliases, in pages."""

    def __init__(self, versions: int, *aliases: dict[str, Any]) -> None:
        """Keep versions 1 to `versions`, and aliases."""
        self.versions = ["$LATEST", *map(str, range(1, versions + 1))]
        self.aliases = list(aliases)
        self.failed: set[str] = set()

    def get_paginator(self, operation: str) -> SimpleNamespace:
        """Page through versions or aliases."""
        if operation == "list_aliases":
            return SimpleNamespace(paginate=lambda **_: [{"Aliases": [each]} for each in self.aliases])
        return SimpleNamespace(paginate=lambda **_: self._pages())

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:  # noqa: N803 - Lambda's names
        """Delete a version, unless an alias needs it, as Lambda does."""
        assert FunctionName == "api"
        assert Qualifier != "$LATEST"
        assert all(Qualifier != each["FunctionVersion"] for each in self.aliases)
        self.versions.remove(Qualifier)

    def _pages(self) -> Iterator[dict[str, Any]]:
        listed = self.versions.copy()
        for at in range(0, len(listed), PER_PAGE):
            yield {"Versions": [self._version(each) for each in listed[at : at + PER_PAGE]]}

    def _version(self, version: str) -> dict[str, str]:
        return {"Version": version, "State": "Failed" if version in self.failed else "Active"}


@pytest.mark.parametrize(
    ("versions", "aliases", "left"),
    [
        (12, [{"FunctionVersion": "12"}], ["11", "12"]),
        # After a roll-back: the one in use, and the newest to go forward to.
        (12, [{"FunctionVersion": "3"}], ["3", "12"]),
        (
            12,
            [{"FunctionVersion": "10", "RoutingConfig": {"AdditionalVersionWeights": {"4": 0.1}}}],
            ["4", "10", "12"],
        ),
        (1, [{"FunctionVersion": "1"}], ["1"]),
        (0, [], []),
    ],
)
def test_only_what_nobody_needs_is_deleted(versions: int, aliases: list[dict[str, Any]], left: list[str]) -> None:
    """However many there are, the alias's versions and the newest other one are left, and the unpublished code."""
    functions = FakeFunctions(versions, *aliases)
    deleted = prune(cast("Any", functions), "api")
    assert functions.versions == ["$LATEST", *left]
    assert len(deleted) == versions - len(left)
    assert prune(cast("Any", functions), "api") == []


def test_a_version_whose_start_failed_is_deleted_and_never_kept_to_go_back_to() -> None:
    """Version 3 serves, 4 failed to start, 5 is the fix: 3 is what there is to go back to, and 4 goes."""
    functions = FakeFunctions(5, {"FunctionVersion": "5"})
    functions.failed = {"4"}
    assert prune(cast("Any", functions), "api") == ["1", "2", "4"]
    assert functions.versions == ["$LATEST", "3", "5"]
