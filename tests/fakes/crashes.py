"""A process that dies, or a store that fails, at a chosen boundary: before or after one call into any store."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal

import msgspec

from heliograph.checks.flag import Flag
from heliograph.errors import StorageError
from heliograph.history import Assessed, History, StoreOutcome
from heliograph.site import Site

# Killed: the process is gone, and cleans up nothing. Failed: a call failed, and the process lives on.
How = Literal["killed", "failed"]
Side = Literal["before", "after"]


class Killed(BaseException):
    """The process is gone; no `except Exception` sees it."""


class CallFailed(StorageError):
    """A store's answer didn't come."""


class Crash(msgspec.Struct, frozen=True):
    """Where and how: at the so-many-th call into the stores, counted from 1."""

    at: int
    side: Side
    how: How


class Fuse:
    """Counts calls into the stores and burns at one of them. `burnt_at`: that call's name, empty while it hasn't."""

    def __init__(self, crash: Crash | None) -> None:
        """Begin; without a crash it only counts."""
        self._crash = crash
        self.calls = 0
        self.burnt_at = ""

    def call(self, name: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the store answers
        """Do a call, or burn before or after it; a process that was killed does nothing any more."""
        if self.burnt_at and self._crash and self._crash.how == "killed":
            raise Killed
        self.calls += 1
        burns = self._crash is not None and self.calls == self._crash.at
        if burns and self._crash and self._crash.side == "before":
            self._burn(name)
        result = do()
        if burns:
            self._burn(name)
        return result

    def _burn(self, name: str) -> None:
        self.burnt_at = name
        raise Killed if self._crash and self._crash.how == "killed" else CallFailed(name)


class Fused:
    """A store whose every call passes the fuse."""

    def __init__(self, name: str, store: object, fuse: Fuse) -> None:
        """Wrap a store."""
        self._name = name
        self._store = store
        self._fuse = fuse

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """Wrap a method of the store."""
        real = getattr(self._store, method)
        return lambda *given, **named: self._fuse.call(f"{self._name}.{method}", lambda: real(*given, **named))


class FusedSites(Fused):
    """The registry, which adds sites in several transactions: it can die between any two of a batch."""

    def __init__(self, store: Any, fuse: Fuse) -> None:  # noqa: ANN401 - the fake
        """Wrap the registry."""
        super().__init__("sites", store, fuse)

    def add_many(self, sites: Iterable[Site]) -> set[str]:
        """Add each site as a call of its own."""
        add = super().__getattr__("add_many")
        return set().union(*(add([site]) for site in sites))


class FusedReadings:
    """The readings' store, which writes one by one: it can die between any two readings of a batch."""

    def __init__(self, store: Any, fuse: Fuse) -> None:  # noqa: ANN401 - the fake
        """Wrap the store."""
        self._store = store
        self._fuse = fuse

    def store(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[StoreOutcome]:
        """Store each reading as a call of its own."""
        store: Callable[[Assessed], list[StoreOutcome]] = lambda each: self._store.store([each], judge)  # noqa: E731
        return [
            store_outcome
            for each in landings
            for store_outcome in self._fuse.call("readings.store", partial(store, each))
        ]

    def replace(self, landings: Sequence[Assessed], judge: Callable[[History], tuple[Flag, ...]]) -> list[StoreOutcome]:
        """Replace each reading as a call of its own."""
        replace: Callable[[Assessed], list[StoreOutcome]] = lambda each: self._store.replace([each], judge)  # noqa: E731
        return [
            store_outcome
            for each in landings
            for store_outcome in self._fuse.call("readings.replace", partial(replace, each))
        ]

    def withdraw(
        self, source: str, keys: Sequence[tuple[str, str]], judge: Callable[[History], tuple[Flag, ...]]
    ) -> None:
        """Withdraw each reading as a call of its own."""
        for key in keys:
            self._fuse.call("readings.withdraw", partial(self._store.withdraw_one, source, key, judge))
