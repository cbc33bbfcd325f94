"""Comparing an answer with the labels reading by reading: for the sets whose every reading is labelled."""

from collections.abc import Collection, Iterable

from quality.counts import Counts
from quality.sample import Sample


def count_readings(found: Collection[int], sample: Sample, among: Iterable[int] | None = None) -> Counts:
    """Count hits, false alarms and misses among the sample's readings, or those of them that end at `among`."""
    ends = {each.end for each in sample.sent} if among is None else set(among)
    true = sample.false_ends & ends
    said = set(found) & ends
    return Counts(len(said & true), len(said - true), len(true - said))


def split(sample: Sample) -> tuple[list[int], list[int]]:
    """Return the ENDs of the first third, on which limits may be tuned, and of the rest, on which they are reported."""
    ends = sorted(each.end for each in sample.sent)
    third = len(ends) // 3
    return ends[:third], ends[third:]
