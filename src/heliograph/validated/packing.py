"""Estimates as they are kept with their day: packed, since what they were made of may not be there any more."""

import zlib
from collections.abc import Mapping
from decimal import Decimal
from itertools import accumulate, groupby, pairwise
from typing import Final

import msgspec

from heliograph.estimation.model import Estimate, Method
from heliograph.validated.model import NO_ESTIMATES, Estimates


class _Column(msgspec.Struct, array_like=True, frozen=True):
    """One side. steps: the first END, then seconds between ENDs. methods: each with how many it has in a row."""

    steps: list[int]
    kwh: str
    methods: list[tuple[Method, int]]


_DECODER: Final = msgspec.json.Decoder(tuple[_Column, _Column])


def pack_estimates(estimates: Estimates) -> bytes:
    """Write a day's estimates; nothing where there are none."""
    if not any(estimates):
        return b""
    return zlib.compress(msgspec.json.encode([_column(each) for each in estimates]))


def unpack_estimates(packed: bytes) -> Estimates:
    """Read a day's estimates back, by side and END."""
    if not packed:
        return NO_ESTIMATES
    generated, consumed = _DECODER.decode(zlib.decompress(packed))
    return _estimates(generated), _estimates(consumed)


def _column(estimates: Mapping[int, Estimate]) -> _Column:
    found = [estimates[end] for end in sorted(estimates)]
    ends = [0, *(each.end for each in found)]
    methods = [(method, len(list(some))) for method, some in groupby(each.method for each in found)]
    return _Column(
        [after - before for before, after in pairwise(ends)], " ".join(f"{each.kwh:f}" for each in found), methods
    )


def _estimates(column: _Column) -> dict[int, Estimate]:
    methods = [method for method, number in column.methods for _ in range(number)]
    values = zip(accumulate(column.steps), map(Decimal, column.kwh.split()), methods, strict=True)
    return {end: Estimate(end, kwh, method) for end, kwh, method in values}
