"""The set that counts a reading's values that are no longer kept: a bit a pair of values, by their hash."""

from functools import reduce
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heliograph.history import Identity, Version

# Bits of the set that counts values no longer kept: some 79 of 100 values, 220 of 500, 256
# of 2,500; never more than there were. More bits would take an item beyond 1 KB.
COUNTING_BITS: Final = 256


def counting(versions: "Iterable[Version]") -> int:
    """Return the set of bits that counts versions; see `History.counted`."""
    return reduce(lambda bits, version: bits | _bit(version.identity), versions, 0)


def _bit(identity: "Identity") -> int:
    """Return the bit that stands for what was landed.

    Python's hash of a number is the same in every process, and for equal numbers however they are written; that of
    None or of a text isn't.
    """
    *values, registers = identity
    generated, consumed = ("-" if value is None else hash(value) for value in values)
    more = "".join(f" {register.side} {register.name} {hash(register.kwh)}" for register in registers)
    digest = sha256(f"{generated} {consumed}{more}".encode()).digest()
    return 1 << int.from_bytes(digest[:8]) % COUNTING_BITS
