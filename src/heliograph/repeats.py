"""What a file's records are to those before them in it, told by the file alone."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from heliograph.history import NOBODY, StoreOutcome, Version, landing, reading_of
from heliograph.reading import Reading
from heliograph.sides import SIDES, content, differs, joined, same_sides

# Of a file's records the last so many intervals, at least, are remembered to tell its repeats.
_REMEMBERED: Final = 10_000


class Repeats:
    """Compares each record with the one before it in its file for the same interval: it needs nothing but the file.

    A file of more than 10,000 intervals is remembered in part.
    """

    def __init__(self) -> None:
        """Begin a file."""
        self._passed: deque[Reading] = deque(maxlen=2 * _REMEMBERED)
        self._young: dict[tuple[str, str], Reading] = {}
        self._old: dict[tuple[str, str], Reading] = {}

    def among(self, readings: Sequence[Reading], outcomes: list[StoreOutcome]) -> list[StoreOutcome]:
        """Take in the file's next readings; return their outcomes, those of repeats by the file alone.

        outcomes: what each was to what is stored.
        """
        if outcomes.count("stored") == len(outcomes):  # nearly always; no repeat stores a reading
            self._passed.extend(readings)
            return outcomes
        while self._passed:
            self._store_outcome(self._passed.popleft())
        store_outcomes = map(self._store_outcome, readings)
        return [
            outcome if outcome == "rejected" else store_outcome or outcome
            for store_outcome, outcome in zip(store_outcomes, outcomes, strict=True)
        ]

    def _store_outcome(self, reading: Reading) -> StoreOutcome | None:
        """Return what a reading is to those before it; None where it is the first of its interval, or of a side."""
        key = reading.site_id, reading.timestamp
        before = self._young.get(key) or self._old.get(key)
        self._young[key] = reading if before is None else _together(reading, before)
        if len(self._young) >= _REMEMBERED:
            self._old, self._young = self._young, {}
        return None if before is None else _outcome(reading, before)


def _outcome(reading: Reading, before: Reading) -> StoreOutcome | None:
    if before == reading:
        return "already_stored"
    brought, known = _version(reading), _version(before)
    if differs(same_sides(brought, known), known):
        return "revised"
    if any(content(brought, side) and not content(known, side) for side in SIDES):
        return None
    # Of the same values the file says something else, such as another mark.
    return "revised" if _has_all(brought, known) else "already_stored"


def _has_all(brought: Version, known: Version) -> bool:
    return all(content(brought, side) for side in SIDES if content(known, side))


def _together(reading: Reading, before: Reading) -> Reading:
    """Return a reading with the side that it lacks from the one before it."""
    return reading_of(reading.site_id, reading.timestamp, joined([_version(reading), _version(before)]))


def _version(reading: Reading) -> Version:
    return landing(reading, NOBODY).current
