"""What must be stored in the end: a plain model, made of what landed and of nothing the product wrote."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from chaos.feed import File
from heliograph.storage.listing import Listed

Key = tuple[str, str]
Values = tuple[Decimal, Decimal]
# When it landed, its object and version, its place there: the later one holds.
Stamp = tuple[str, str, int]


class Truth(msgspec.Struct, frozen=True):
    """What landed. readings: by site and time, each pair of values with the latest stamp it came with.

    files, records, refused, unreadable: counts over every version of every object. rejects: the positions refused, by
    object and version.
    """

    readings: dict[Key, dict[Values, Stamp]]
    rejects: dict[tuple[str, str], tuple[int, ...]]
    unreadable: frozenset[tuple[str, str]]
    files: int
    records: int
    refused: int


def truth_of(landed: Iterable[Listed], files: Mapping[str, File]) -> Truth:
    """Work out the truth. landed: what the bucket lists. files: by key."""
    readings: dict[Key, dict[Values, Stamp]] = {}
    rejects: dict[tuple[str, str], tuple[int, ...]] = {}
    unreadable = set()
    count = records = 0
    for each in landed:
        file = files[each.key]
        count += 1
        records += len(file.facts) + len(file.refused)
        if not file.readable:
            unreadable.add((each.key, each.version))
        if file.refused:
            rejects[each.key, each.version] = file.refused
        for fact in file.facts:
            stamp = (each.landed_at, f"{each.key}@{each.version}", fact.position)
            kept = readings.setdefault((fact.site_id, fact.timestamp), {})
            values = (Decimal(str(fact.generated)), Decimal(str(fact.consumed)))
            kept[values] = max(kept.get(values, stamp), stamp)
    refused = sum(map(len, rejects.values()))
    return Truth(readings, rejects, frozenset(unreadable), count, records, refused)
