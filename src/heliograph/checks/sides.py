"""A view as the checks of values see it: each side by the readings that have a measured value of it."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

import msgspec

from heliograph.baseline import Field
from heliograph.checks.view import FIELDS, SeriesFacts, View
from heliograph.series import Series


class _Side(NamedTuple):
    """The readings of a series that have measured values of some sides."""

    fields: tuple[Field, ...]
    series: Series
    facts: SeriesFacts


def by_side(view: View) -> list[View]:
    """Return the view as the checks of values see it: of readings with measured values, each side by itself if need be.

    Readings that lack one, or whose values are estimated, tell a check of values nothing, as if they were missing.
    """
    if not any(view.series.absent):
        return [view]  # nearly always
    return [_on_side(view, side) for side in view.facts.of(_sides)]


def _on_side(view: View, side: _Side) -> View:
    ends, all_ends = side.series.ends, view.series.ends
    first = bisect_left(ends, all_ends[view.first]) if view.first < len(all_ends) else len(ends)
    after = bisect_right(ends, all_ends[view.after - 1]) if view.first < view.after else first
    return msgspec.structs.replace(
        view, series=side.series, facts=side.facts, first=first, after=after, fields=side.fields
    )


def _sides(series: Series) -> list[_Side]:
    there = [[at for at, end in enumerate(series.ends) if end not in lacking] for lacking in series.absent]
    groups: list[tuple[tuple[Field, ...], list[int]]] = (
        [(FIELDS, there[0])]
        if there[0] == there[1]
        else [((field,), positions) for field, positions in zip(FIELDS, there, strict=True)]
    )
    parts = ((fields, series.at(positions)) for fields, positions in groups if positions)
    return [_Side(fields, part, SeriesFacts(part)) for fields, part in parts]
