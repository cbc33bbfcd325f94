"""Which calls go wrong, and how: drawn by chance from a seed, and counted."""

import random
import threading
from collections import Counter
from collections.abc import Collection
from typing import Final, Literal

from chaos.calls import Call
from chaos.partial import PARTIAL

Kind = Literal[
    "throttled",
    "slow down",
    "server error",
    "latency",
    "reset",
    "answer lost",
    "truncated",
    "partial",
    "sns down",
]

# What may happen to any call. A reset comes before the service sees the call; a lost or truncated answer after it.
EVERYWHERE: Final[tuple[Kind, ...]] = ("server error", "latency", "reset", "answer lost", "truncated")
KINDS: Final[tuple[Kind, ...]] = ("throttled", "slow down", *EVERYWHERE, "partial", "sns down")


class Faults:
    """Draws a fault for a call. rate: of all calls. kinds: only these. `fired` counts them, `calls` what passed."""

    def __init__(self, rate: float, seed: int, kinds: Collection[Kind] = KINDS) -> None:
        """Begin with a seed; nothing is counted yet."""
        self.rate = rate
        self.sns_is_down = False
        self.fired: Counter[Kind] = Counter()
        self.calls: Counter[str] = Counter()
        self.chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._kinds = kinds
        self._lock = threading.Lock()

    def draw(self, call: Call) -> Kind | None:
        """Say what happens to a call; None where it passes as it is."""
        with self._lock:
            self.calls[call.operation] += 1
            kind = self._draw(call)
            if kind:
                self.fired[kind] += 1
            return kind

    def _draw(self, call: Call) -> Kind | None:
        if self.sns_is_down and call.service == "sns":
            return "sns down"
        if self.chance.random() >= self.rate:
            return None
        fitting = [kind for kind in self._fitting(call) if kind in self._kinds]
        return self.chance.choice(fitting) if fitting else None

    @staticmethod
    def _fitting(call: Call) -> tuple[Kind, ...]:
        """Return what may happen to this call; a batch is often done in part."""
        busy: Kind = "slow down" if call.service == "s3" else "throttled"
        in_part: tuple[Kind, ...] = ("partial", "partial") if call.operation in PARTIAL else ()
        return (busy, *EVERYWHERE, *in_part)
