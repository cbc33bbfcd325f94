"""The checks on files, without AWS: the processor's steps, then each site's evaluation and incidents.

files → decoded and merged as the processor does → judged one by one → looked at over time as the watch does
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from heliograph.assessed import Assessed
from heliograph.checks.flag import ANOMALOUS, Flag
from heliograph.checks.single import judge, repeated
from heliograph.errors import UnreadableFile
from heliograph.evaluation.day import Day
from heliograph.evaluation.evaluate import CONTEXT_SECONDS, evaluate
from heliograph.evaluation.result import EvaluationResult
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.feed.unpack import DEFAULT_LIMIT_BYTES
from heliograph.history import History, Provenance, landing, merge
from heliograph.incidents.detection import Episode, EpisodeRules, RuleObservations, episodes
from heliograph.reading import format_timestamp
from heliograph.series import Point, end_of, series_of, text_of
from heliograph.site import Site
from heliograph_cli.files import read

# A reading whose clock is this far off says nothing of the days around it.
_CLOCK_RULES: Final = frozenset({"future_timestamp", "implausible_timestamp"})


class NotReadings(UnreadableFile):
    """A file that was named holds no readings; the message names it."""


class Gathered(msgspec.Struct):
    """What the files hold: the history of each reading by site and timestamp, and the records rejected, by file."""

    histories: dict[str, dict[str, History]]
    rejected: dict[str, list[RejectedRecord]]


class OpenedIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that the files show. Times: UTC text. recovery: empty while it lasted when the readings end."""

    site_id: str
    rule: str
    severity: str
    onset: str
    last: str
    recovery: str
    readings: int
    message: str


class Checked(msgspec.Struct, frozen=True):
    """One site's readings, each with its flags, oldest first; its days and its incidents."""

    site: Site
    minutes: int
    readings: list[Assessed]
    days: list[Day]
    incidents: list[OpenedIncident]


def gather_file(path: Path, found: Gathered) -> None:
    """Read a file as the processor does; it counts as landed when it was last changed, so the later one holds.

    Raises:
        NotReadable: it can't be opened.
        NotReadings: its records can't be told apart.
    """
    body = read(path)
    landed_at = format_timestamp(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    try:
        for entry in decode(body, DEFAULT_LIMIT_BYTES):
            _gather(entry, Provenance(landed_at, str(path), entry.position), found)
    except UnreadableFile as error:
        raise NotReadings(f"{path}: {error}") from None


def check_site(site: Site, histories: Iterable[History]) -> Checked:
    """Run every check on one site's readings."""
    kept = sorted(histories, key=lambda history: history.timestamp)
    single = [judge_history(history, site) for history in kept]
    points = [
        Point(end_of(history.timestamp), history.current.energy_generated_kwh, history.current.energy_consumed_kwh)
        for history, flags in zip(kept, single, strict=True)
        if not any(flag.rule in _CLOCK_RULES for flag in flags)
    ]
    series = series_of(points, site)
    begins, now = (series.ends[0], series.ends[-1]) if series.ends else (0, 0)
    result = evaluate(site, series, (), begins - CONTEXT_SECONDS, now)
    over_time = _with_days(result, series.ends, series.generated)
    readings = [
        Assessed(history, flags, watched=over_time.get(end_of(history.timestamp), ()))
        for history, flags in zip(kept, single, strict=True)
    ]
    return Checked(site, series.minutes, readings, list(result.days.values()), _incidents(site, result, readings, now))


def _gather(entry: Numbered | RejectedRecord, provenance: Provenance, found: Gathered) -> None:
    if isinstance(entry, RejectedRecord):
        found.rejected.setdefault(provenance.source, []).append(entry)
        return
    new = landing(entry.reading, provenance)
    of_site = found.histories.setdefault(new.site_id, {})
    known = of_site.get(new.timestamp)
    of_site[new.timestamp] = new if known is None else merge(known, new)


def judge_history(history: History, site: Site) -> tuple[Flag, ...]:
    """Judge a reading by itself, as the processor does where it lands again."""
    flags = judge(history.reading, site, history.current.provenance.landed_at)
    return (*flags, repeated(history)) if history.replaced else flags


def _with_days(result: EvaluationResult, ends: list[int], generated: list[float]) -> dict[int, tuple[Flag, ...]]:
    """Add what a day as a whole shows to the reading of its highest generation, where it can be seen in a file."""
    flags = dict(result.flags)
    output = dict(zip(ends, generated, strict=True))
    for day in result.days.values():
        if day.flags:
            best = max((end for end in ends if day.start < end <= day.ends), key=output.__getitem__)
            flags[best] = (*flags.get(best, ()), *day.flags)
    return flags


def _incidents(site: Site, result: EvaluationResult, readings: list[Assessed], now: int) -> list[OpenedIncident]:
    single = {end_of(each.history.timestamp): each.flags for each in readings if each.flags}
    judged = set(result.judged)
    observed = RuleObservations(result, {end: flags for end, flags in single.items() if end in judged}, now)
    return [
        _incident(site, rule, episode)
        for rule, basis in observed.rules().items()
        for episode in episodes(observed.of(rule, basis), EpisodeRules())
    ]


def _incident(site: Site, rule: str, episode: Episode) -> OpenedIncident:
    told = [flag for flag in episode.flags if flag.severity in ANOMALOUS]
    return OpenedIncident(
        site_id=site.site_id,
        rule=rule,
        severity="critical" if any(flag.severity == "critical" for flag in told) else "warning",
        onset=text_of(episode.onset),
        last=text_of(episode.last),
        recovery="" if episode.recovery is None else text_of(episode.recovery),
        readings=len(episode.flags),
        message=told[0].message,
    )
