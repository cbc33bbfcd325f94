"""What the sender knows: which files it was told were taken, when, and so what must be stored in the end.

It asks the product nothing. Which value of a reading holds follows from the written rule: that of the file that landed
later, and within one second, which is as fine as S3 tells time, that with the greater key. A file landed between the
moment it was sent and the moment its answer came. Where that leaves it open which second it was, and that matters,
either value is right.
"""

import threading
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from chaos.feed import Fact, File

Key = tuple[str, str]
Values = tuple[Decimal, Decimal]

SENTINELS: Final = frozenset({Decimal(-999)})


class Landing(msgspec.Struct, frozen=True):
    """A file that S3 has. sent, answered: seconds since 1970. acknowledged: whether its sender heard so."""

    file: File
    key: str
    version: str
    sent: float
    answered: float
    acknowledged: bool = True

    @property
    def seconds(self) -> tuple[int, int]:
        """The first and the last second in which it may have landed."""
        return int(self.sent), int(self.answered)

    def surely_after(self, other: "Landing") -> bool:
        """Return whether it is sure that this one holds against the other, by second and then by key."""
        (first, last), (others_first, others_last) = self.seconds, other.seconds
        if first > others_last:
            return True
        follows = other.answered <= self.sent or first == last == others_first == others_last
        return follows and (self.key, self.sent) > (other.key, other.sent)


class Expected(msgspec.Struct, frozen=True):
    """What must be stored of one reading. holds: the values that may hold, mostly one. landed: all that came."""

    holds: frozenset[Values]
    landed: frozenset[Values]


class Ledger:
    """Keeps what was sent and what was taken. Used by the sender, and read by others while it sends."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.landings: list[Landing] = []
        self.rejected: list[File] = []
        self._sent: dict[Key, set[Values]] = {}
        self._sites: list[str] = []
        self._lock = threading.Lock()

    def sending(self, file: File) -> None:
        """Note that a file is about to be sent, before it is."""
        with self._lock:
            for fact in file.facts:
                self._sent.setdefault((fact.site_id, fact.timestamp), set()).add(_values(fact))
            known = set(self._sites)
            self._sites += sorted({fact.site_id for fact in file.facts} - known)

    def taken(self, landing: Landing) -> None:
        """Note that S3 has a file."""
        with self._lock:
            self.landings.append(landing)

    def was_sent(self, key: Key, values: Values) -> bool:
        """Return whether some file that was sent holds these values for a reading."""
        with self._lock:
            return values in self._sent.get(key, ())

    def sites(self) -> Sequence[str]:
        """Return the sites that files were sent of."""
        with self._lock:
            return tuple(self._sites)

    def expected(self) -> dict[Key, Expected]:
        """Work out what must be stored, by site and time."""
        by_key: dict[Key, dict[Values, list[Landing]]] = {}
        for landing in self.landings:
            for fact in landing.file.facts:
                of_key = by_key.setdefault((fact.site_id, fact.timestamp), {})
                of_key.setdefault(_values(fact), []).append(landing)
        return {key: Expected(_holding(found), frozenset(found)) for key, found in by_key.items()}


def _values(fact: Fact) -> Values:
    return Decimal(str(fact.generated)), Decimal(str(fact.consumed))


def _holding(found: dict[Values, list[Landing]]) -> frozenset[Values]:
    """Return the values with a landing that no landing of other values is surely behind."""
    return frozenset(
        values for values, landings in found.items() if any(_is_last(each, values, found) for each in landings)
    )


def _is_last(landing: Landing, values: Values, found: dict[Values, list[Landing]]) -> bool:
    rivals: Iterable[Landing] = (each for other, those in found.items() if other != values for each in those)
    return not any(rival.surely_after(landing) for rival in rivals)
