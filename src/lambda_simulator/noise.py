"""Numbers that look random but are functions of their names: hashes, never a generator with a state.

A generator has to be walked from its beginning; a hash can be asked for any site at any moment, in any order.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from math import floor, hypot
from statistics import NormalDist
from struct import pack
from typing import Final, TypeVar

T = TypeVar("T")

_STANDARD: Final = NormalDist()
_BYTES: Final = 8
_STEPS: Final = 2**53  # the whole numbers that a float holds exactly


@lru_cache(maxsize=65536)
def key_of(*names: str | int) -> int:
    """Turn names into one 64-bit number; other names give, for all that matters, another number."""
    text = "\x1f".join(map(str, names))
    return int.from_bytes(blake2b(text.encode(), digest_size=_BYTES).digest(), "little")


def uniform(key: int, index: int = 0) -> float:
    """Return the number of `key` at `index`, evenly spread over 0 <= x < 1."""
    digest = blake2b(pack("<Qq", key, index), digest_size=_BYTES).digest()
    return (int.from_bytes(digest, "little") % _STEPS) / _STEPS


def between(low: float, high: float, *names: str | int) -> float:
    """Return the number of `names`, evenly spread over low <= x < high."""
    return low + (high - low) * uniform(key_of(*names))


def pick(options: Sequence[T], *names: str | int) -> T:
    """Return the one of `options` that `names` stand for; each is as likely."""
    return options[floor(uniform(key_of(*names)) * len(options))]


def jitter(key: int, index: int) -> float:
    """Return the number of `key` at `index`, evenly spread over -1 <= x < 1; another index knows nothing of it."""
    return 2.0 * uniform(key, index) - 1.0


def smooth(key: int, seconds: float, period_seconds: float) -> float:
    """Return noise of mean 0 and deviation 1 that wanders over about `period_seconds`.

    Knots a period apart are hashed to normal deviates and joined by a smoothstep. Each `key` has its own knots in its
    own phase; the blend is divided by its own deviation, or it would calm down half way between two knots.
    """
    place = seconds / period_seconds + uniform(key)
    knot = floor(place)
    weight = _smoothstep(place - knot)
    blend = (1.0 - weight) * _knot(key, knot) + weight * _knot(key, knot + 1)
    return blend / hypot(1.0 - weight, weight)


def chance_below(deviate: float) -> float:
    """Return the share of standard normal deviates below `deviate`."""
    return _STANDARD.cdf(deviate)


def _smoothstep(share: float) -> float:
    return share * share * (3.0 - 2.0 * share)


@lru_cache(maxsize=65536)
def _knot(key: int, knot: int) -> float:
    return _STANDARD.inv_cdf((uniform(key, knot) * (_STEPS - 1) + 0.5) / _STEPS)
