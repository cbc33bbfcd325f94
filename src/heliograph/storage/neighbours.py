"""A site's neighbours: those of its region and kind that lie nearest, by the sparse index `beside`.

They share its weather, so what their days gave says what its own would have given. The index keeps the sites of a
region and kind along a Z-order curve: the bits of latitude and longitude by turns, the coarsest first [Morton 1966].
Places near each other mostly stand near each other on it, so a few sites on either side hold the neighbours, however
many there are in the region. Where a place isn't known, sites stand by their names: those of one plant mostly begin
alike.
"""

from collections.abc import Iterable
from itertools import chain, product
from math import cos, hypot, inf, radians
from typing import Final

import msgspec

from heliograph.estimation.hours import DayHours, unpack_hours
from heliograph.site import Site
from heliograph.storage.batches import DynamoTable, Keys, get_many
from heliograph.storage.items import Binary, ItemReader, Text, attributes
from heliograph.storage.pages import Range, query
from heliograph.table_keys import BESIDE, BESIDE_FIRST, BESIDE_LAST, SITES, beside_at, beside_list, day_part
from heliograph.zones import region_of

# How many neighbours a site has at most: more say little more of one sky, and each is read.
MOST_NEIGHBOURS: Final = 8
# How many are looked at on either side for each that is wanted: the curve leaves a place's surroundings and comes back.
_LOOKED_AT: Final = 2
# Bits of a coordinate: 2.4 m at the equator.
_BITS: Final = 24
_DIGITS: Final = 2 * _BITS // 4
_KM_A_DEGREE: Final = 111.2


def beside_keys(site: Site) -> dict[str, str]:
    """Return a registry item's keys in the index `beside`; none where region or kind aren't known."""
    region = region_of(site)
    if not region or site.kind is None:
        return {}
    keys = beside_list(region, site.kind), beside_at(place_code(site.latitude, site.longitude), site.site_id)
    return dict(zip((BESIDE.partition, BESIDE.sort), keys, strict=True))


def place_code(latitude: float | None, longitude: float | None) -> str:
    """Return a place's code on the curve, twelve hexadecimal digits; empty where it isn't known.

    latitude, longitude: degrees, WGS 84.
    """
    if latitude is None or longitude is None:
        return ""
    north, east = _scaled(latitude, 180.0), _scaled(longitude, 360.0)
    code = sum(((north >> bit & 1) << 2 * bit + 1) | ((east >> bit & 1) << 2 * bit) for bit in range(_BITS))
    return f"{code:0{_DIGITS}x}"


def coded_place(code: str) -> tuple[float, float] | None:
    """Return the latitude and longitude of a code as `place_code` makes it; None where it is none."""
    if len(code) != _DIGITS:
        return None
    bits = int(code, 16)
    north = sum((bits >> 2 * bit + 1 & 1) << bit for bit in range(_BITS))
    east = sum((bits >> 2 * bit & 1) << bit for bit in range(_BITS))
    return _degrees(north, 180.0), _degrees(east, 360.0)


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far two places of a region lie apart, km: on a plane, which is enough to order them."""
    (north, east), (other_north, other_east) = one, other
    across = abs(east - other_east)
    across = min(across, 360.0 - across) * cos(radians((north + other_north) / 2))
    return _KM_A_DEGREE * hypot(north - other_north, across)


def _scaled(angle: float, whole: float) -> int:
    return min((1 << _BITS) - 1, int((angle + whole / 2) / whole * (1 << _BITS)))


def _degrees(scaled: int, whole: float) -> float:
    return (scaled + 0.5) / (1 << _BITS) * whole - whole / 2


class _Beside(msgspec.Struct, gc=False):
    site_id: Text
    beside_at: Text


_BESIDE: Final = ItemReader(_Beside, lambda item: (str(item.site_id.S), str(item.beside_at.S)), projected=True)


class _Hours(msgspec.Struct, gc=False):
    site_id: Text
    hours: Binary | None = None


_HOURS: Final = ItemReader(
    _Hours, lambda item: (str(item.site_id.S), item.hours.B if item.hours else b""), projected=True
)


class DynamoNeighbours(DynamoTable):
    """Finds neighbours, and reads what their days gave. table: the sites table."""

    def neighbours_of(self, site: Site, most: int = MOST_NEIGHBOURS) -> list[str]:
        """Return the nearest sites of the same region and kind, the nearest first; none where these aren't known.

        It takes two queries of a few items, however large the region is.
        """
        keys = beside_keys(site)
        if not keys:
            return []
        partition, own = (BESIDE.partition, keys[BESIDE.partition]), keys[BESIDE.sort]
        behind = Range(self._table, partition, (BESIDE.sort, own, BESIDE_LAST), index=BESIDE.name)
        before = Range(self._table, partition, (BESIDE.sort, BESIDE_FIRST, own), index=BESIDE.name, backwards=True)
        looked_at = most * _LOOKED_AT + 1  # the site itself is among them
        sides = [list(query(self._dynamodb, side, _BESIDE, looked_at)) for side in (behind, before)]
        return nearest(site, sides, most)

    def hours_of(self, site_ids: Iterable[str], dates: Iterable[str]) -> dict[str, list[DayHours]]:
        """Read what sites measured by the hour on local dates `YYYY-MM-DD`, oldest first; a hundred days a call.

        Days without any, and sites without such days, are left out. It costs half a read unit a day.
        """
        wanted = product(dict.fromkeys(site_ids), [day_part(each) for each in dict.fromkeys(dates)])
        keys = [attributes({SITES.partition: site_id, SITES.sort: part}) for site_id, part in wanted]
        found: dict[str, list[DayHours]] = {}
        for site_id, packed in get_many(
            self._dynamodb, Keys(self._table, keys, consistent=False), _HOURS, self._retry_policy
        ):
            if hours := unpack_hours(packed):
                found.setdefault(site_id, []).append(hours)
        return {site_id: sorted(days, key=lambda day: day.date) for site_id, days in found.items()}


def nearest(site: Site, sides: Iterable[list[tuple[str, str]]], most: int) -> list[str]:
    """Choose the nearest sites. sides: names and keys of those before and behind it, the nearest on the curve first.

    Those whose place isn't known come last, the nearest by name first.
    """
    place = coded_place(place_code(site.latitude, site.longitude))
    ranked: dict[str, tuple[float, int]] = {}
    for position, (site_id, key) in chain.from_iterable(enumerate(side) for side in sides):
        other = coded_place(key.partition("#")[0])
        apart = kilometres(place, other) if place and other else inf
        ranked[site_id] = min(ranked.get(site_id, (inf, position)), (apart, position))
    ranked.pop(site.site_id, None)
    return sorted(ranked, key=lambda each: (*ranked[each], each))[:most]
