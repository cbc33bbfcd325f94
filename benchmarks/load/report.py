"""Requests, errors, and how long they took, as lines of text."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from load.clients import Answered

_FAULTS_SHOWN: Final = 5


def lines(answered: Sequence[Answered], clients: int, seconds: float) -> Iterator[str]:
    """Yield the results, a line each."""
    faults = Counter(each.fault for each in answered if each.fault)
    rate = len(answered) / seconds
    yield f"{clients} clients, {seconds:.0f} s: {len(answered)} requests, {rate:.0f} a second, {faults.total()} errors"
    yield f"{'':<16}{'requests':>9}{'errors':>8}{'p50 ms':>9}{'p99 ms':>9}"
    for name in ("", *dict.fromkeys(each.name for each in answered)):
        yield _line(name or "all", [each for each in answered if name in {"", each.name}])
    yield from (f"{count} x {fault}" for fault, count in faults.most_common(_FAULTS_SHOWN))


def _line(name: str, answered: Sequence[Answered]) -> str:
    errors = sum(bool(each.fault) for each in answered)
    took = sorted(each.seconds * 1000 for each in answered)
    return f"{name:<16}{len(answered):>9}{errors:>8}{_share(took, 0.5):>9.0f}{_share(took, 0.99):>9.0f}"


def _share(ordered: Sequence[float], share: float) -> float:
    """Return the value that a share of all don't exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
