"""The results on the labelled sets of the pvanalytics wheel."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from quality import baselines, detectors, ours, pvanalytics_sets
from quality.counts import Counts
from quality.events import OWN_RULES
from quality.found import Found
from quality.pvanalytics_sets import Source
from quality.readings import count_readings, split
from quality.sample import Sample
from quality.tables import COUNTED, counted, table

LABELLED: Final = (pvanalytics_sets.OUTLIERS, pvanalytics_sets.STALE, pvanalytics_sets.INTERPOLATED)
UNLABELLED: Final = (pvanalytics_sets.SERF_15, pvanalytics_sets.SERF_1)


class SetResults(NamedTuple):
    """What came out.

    own: our own rules' counts on the whole of each labelled set, by fault. clipped: the share of clipped readings that
    ours calls a fault. healthy: the share that it flags of each SERF East series.
    """

    text: str
    own: dict[str, Counts]
    clipped: float
    healthy: dict[str, float]


def measure() -> SetResults:
    """Run every detector over every set, and write the page's part."""
    own: dict[str, Counts] = {}
    parts = []
    for source in LABELLED:
        sample = pvanalytics_sets.load(source)
        rows = list(_rows(sample, source))
        own[source.fault] = count_readings(_by_own_rules(ours.find(sample), source.fault), sample)
        parts.append(f"### {source.name}\n\n{table(('', 'part', *COUNTED), rows)}")
    text, clipped = _clipping()
    healthy_text, healthy = _healthy()
    return SetResults("\n".join([*parts, text, healthy_text]), own, clipped, healthy)


def _rows(sample: Sample, source: Source) -> Iterator[list[str]]:
    tuned, reported = split(sample)
    found = ours.find(sample)
    rules = OWN_RULES[source.fault]
    said = {
        f"**Heliograph: {', '.join(sorted(rules))}**": _by_own_rules(found, source.fault),
        "Heliograph: any rule": found.flagged,
        **{name: detector(sample).flagged for name, detector in (detectors.EACH | detectors.BASELINES).items()},
    }
    for name, ends in said.items():
        yield [name, "whole", *counted(count_readings(ends, sample))]
        yield ["", "last two thirds", *counted(count_readings(ends, sample, reported))]
        if name.startswith("**"):
            yield ["", "first third (tuning)", *counted(count_readings(ends, sample, tuned))]


def _by_own_rules(found: Found, fault: str) -> set[int]:
    return {end for rule in OWN_RULES[fault] for end in found.flags.get(rule, ())}


def _clipping() -> tuple[str, float]:
    sample = pvanalytics_sets.load(pvanalytics_sets.CLIPPED)
    clipped, whole = sample.false_ends, len(sample.sent)
    rows = []
    flagged = {name: detector(sample).flagged for name, detector in (detectors.ALL | detectors.EACH).items()}
    for name, ends in flagged.items():
        rows.append([name, f"{len(ends & clipped)} of {len(clipped)}", f"{len(ends)} of {whole}"])
    recognised = [[name, *counted(count_readings(ends, sample))] for name, ends in baselines.clipped(sample).items()]
    text = (
        f"### {pvanalytics_sets.CLIPPED.name}\n\nClipped readings are no fault; how many each takes for one:\n\n"
        f"{table(('', 'clipped readings flagged', 'readings flagged'), rows)}\n"
        "For comparison, how well pvanalytics' functions that look for clipping find these readings:\n\n"
        f"{table(('', *COUNTED), recognised)}"
    )
    return text, len(flagged[detectors.OURS] & clipped) / len(clipped)


def _healthy() -> tuple[str, dict[str, float]]:
    samples = {source.name: pvanalytics_sets.load(source) for source in UNLABELLED}
    rows: list[list[str]] = []
    healthy: dict[str, float] = {}
    for name, detector in (detectors.ALL | detectors.EACH).items():
        shares = {each: len(detector(sample).flagged) / len(sample.sent) for each, sample in samples.items()}
        rows.append([name, *(f"{value:.2%}" for value in shares.values())])
        healthy = healthy or shares
    below = {each: sum(one.generated_kwh < 0 for one in sample.sent) for each, sample in samples.items()}
    text = (
        "### SERF East\n\nA healthy system; share of its readings flagged. "
        + " ".join(f"{name}: {count} of {len(samples[name].sent)} are below zero." for name, count in below.items())
        + f"\n\n{table(('', *samples), rows)}"
    )
    return text, healthy
