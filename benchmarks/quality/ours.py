"""Heliograph's own checks, by the product's own path: judged at landing, then evaluated over time."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from heliograph.checks.flag import ANOMALOUS, Flag, is_anomalous
from heliograph.checks.judge import judge, repeated
from heliograph.checks.no_data import GAP
from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import Day, EvaluationResult
from heliograph.history import History, Provenance, landing, merge
from heliograph.incidents.detection import Episode, EpisodeRules, RuleObservations, episodes
from heliograph.reading import Reading, text_of
from heliograph.series import Series
from quality.sample import DetectorAnswer, Sample, Sent, Spoken, Stretch, series

_DAY: Final = 86_400
_DAYS_KEPT: Final = 42


class Looked(msgspec.Struct, frozen=True):
    """A sample judged as it landed and re-evaluated once.

    found: the answer. whole: all readings as stored. days: of the re-evaluation, by date. at_landing: the ENDs flagged
    then.
    """

    found: DetectorAnswer
    whole: Series
    days: list[Day]
    at_landing: set[int]


def find(sample: Sample) -> DetectorAnswer:
    """Judge each record as it lands, then evaluate the whole series, and join what is found into incidents."""
    return summary(sample).found


@lru_cache(maxsize=1)
def summary(sample: Sample) -> Looked:
    """Do the same, and keep what later evaluations lean on."""
    single = _judge_at_landing(sample)
    whole = series(sample)
    now = max(each.landed for each in sample.sent)
    result = evaluate(sample.site, whole, (), whole.ends[0], now)
    flags: dict[str, set[int]] = {}
    told: dict[str, set[int]] = {"rejected": set(sample.rejected)}
    for end, found in (*single.items(), *result.flags.items()):
        for flag in found:
            (flags if finds(flag) else told).setdefault(flag.rule, set()).add(end)
    days = [result.days[date] for date in sorted(result.days)]
    stretches = [*_day_stretches(days), *_silence(result, now)]
    found_all = DetectorAnswer(flags, stretches, told, _incidents(result, single, flags, now))
    at_landing = {end for end, found in single.items() if is_anomalous(found)}
    return Looked(found_all, whole, days, at_landing)


def finds(flag: Flag) -> bool:
    """Return whether a flag shows a fault: a short gap does too, as what is left of an outage that `no_data` told."""
    return flag.severity in ANOMALOUS or flag.rule == GAP.name


def _judge_at_landing(sample: Sample) -> dict[int, tuple[Flag, ...]]:
    """Run the single-reading checks on each record, as the processor does; what lands together is of one file."""
    found: dict[int, tuple[Flag, ...]] = {}
    often = {end for end, count in Counter(each.end for each in sample.sent).items() if count > 1}
    histories: dict[int, History] = {}
    for position, each in enumerate(sample.sent):
        reading, landed_at = _reading(each, sample), text_of(each.landed)
        flags = judge(reading, sample.site, landed_at)
        if each.end in often:
            new = landing(reading, Provenance(landed_at, landed_at, position))
            history = histories[each.end] = merge(histories.get(each.end, new), new)
            flags = (*flags, *repeated(history, sample.site)) if history.replaced else flags
        if flags:
            found[each.end] = (*found.get(each.end, ()), *flags)
    return found


def _incidents(
    result: EvaluationResult, single: dict[int, tuple[Flag, ...]], flags: dict[str, set[int]], now: int
) -> list[Spoken]:
    """Join flags into incidents as the watch does."""
    observed = RuleObservations(result, single, now)
    return [
        _spoken(rule, episode, flags.get(rule, set()) if basis == "reading" else set())
        for rule, basis in observed.rules().items()
        for episode in episodes(observed.of(rule, basis), EpisodeRules())
    ]


def _spoken(rule: str, episode: Episode, ends: set[int]) -> Spoken:
    return Spoken(
        rule, episode.onset, episode.last, frozenset(end for end in ends if episode.onset <= end <= episode.last)
    )


def rolling(sample: Sample, now: int) -> EvaluationResult:
    """Evaluate as the watch does at `now`: at two days of readings, one of them context, and the days that are over."""
    whole, days = summary(sample).whole, summary(sample).days
    judge_from = now - _DAY
    first, after = bisect_left(whole.ends, judge_from - _DAY), bisect_right(whole.ends, now)
    window = whole.part(first, after)
    over = bisect_right([day.ends for day in days], now)
    return evaluate(sample.site, window, days[max(0, over - _DAYS_KEPT) : over], judge_from, now)


def _day_stretches(days: Sequence[Day]) -> list[Stretch]:
    return [Stretch(flag.rule, day.start, day.ends) for day in days for flag in day.flags if flag.severity in ANOMALOUS]


def _silence(result: EvaluationResult, now: int) -> list[Stretch]:
    """Return the silence at the series' end; one that has ended is flagged at the reading that ended it."""
    if result.no_data is None or result.last_end is None:
        return []
    return [Stretch("no_data", result.last_end, now)]


def _reading(each: Sent, sample: Sample) -> Reading:
    return Reading(sample.site.site_id, text_of(each.end), each.generated_kwh, each.consumed_kwh)
