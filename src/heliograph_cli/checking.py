"""Files of readings, gathered as the processor does, and judged as it and the watch do: what `check` shows."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from heliograph.checks.flag import ANOMALOUS, Flag, worst
from heliograph.checks.judge import CLOCK_RULES, judge_history
from heliograph.counted import counted
from heliograph.errors import UnreadableFile
from heliograph.evaluation.completing import Completing, Evaluated
from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, EvaluationResult, StoredReading
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.feed.decode import DEFAULT_LIMIT_BYTES
from heliograph.history import Assessed, History, Provenance, landing, merge
from heliograph.incidents.causes import RuleEpisode, SiteEvent, events
from heliograph.incidents.detection import EpisodeRules, RuleObservations, episodes
from heliograph.intervals import minutes_of
from heliograph.reading import end_of, format_timestamp, text_of
from heliograph.registers import CountedEnergy
from heliograph.series import UNKNOWN_DELAY, delay_of, series_of, site_at
from heliograph.site import Site
from heliograph_cli.commands import read
from heliograph_cli.landings import LandingRule


class Gathered(msgspec.Struct):
    """What the files hold: the history of each reading by site and timestamp, and the records rejected, by file.

    blank: how many records without any value the files have. knows_landings: whether the readings say when they landed,
    and not only when their file was last changed.
    """

    histories: dict[str, dict[str, History]]
    rejected: dict[str, list[RejectedRecord]]
    knows_landings: bool = False
    blank: int = 0


class OpenedIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that the files show. Times: UTC text. recovery: empty while it lasted when the readings end.

    evidence: the other rules that it explains.
    """

    site_id: str
    rule: str
    severity: str
    onset: str
    last: str
    recovery: str
    readings: int
    message: str
    evidence: tuple[str, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """One site's readings, each with its flags, oldest first; its days and its incidents."""

    site: Site
    minutes: int
    readings: list[Assessed]
    days: list[Day]
    incidents: list[OpenedIncident]


class NotReadings(UnreadableFile):
    """A file that was named holds no readings; the message names it."""


def gather_file(path: Path, found: Gathered, rule: LandingRule | None, registry: dict[str, Site]) -> None:
    """Read a file as the processor does; it counts as landed when it was last changed, so the later one holds.

    rule: when each of its readings landed instead, where that is known. registry: says the zones of local times.

    Raises:
        NotReadable: it can't be opened.
        NotReadings: its records can't be separated.
        UnknownLanding: it doesn't say when they landed.
    """
    body = read(path)
    landed_at = format_timestamp(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    try:
        entries = decode(body, DEFAULT_LIMIT_BYTES, partial(_zones_of, registry))
        site_of = lambda site_id: registry.get(site_id, Site(site_id))  # noqa: E731 - it closes over the registry
        landing_of = rule.of(body, DEFAULT_LIMIT_BYTES, site_of) if rule else None
        for entry in entries:
            if landing_of and isinstance(entry, Numbered):
                landed_at = text_of(landing_of(entry.position, entry.reading))
            _gather(entry, Provenance(landed_at, str(path), entry.position), found)
        found.blank += entries.blank
    except UnreadableFile as error:
        raise NotReadings(f"{path}: {error}") from None


def _zones_of(registry: Mapping[str, Site], site_ids: Iterable[str]) -> dict[str, str]:
    """Return the registered time zone of those sites that have one."""
    found = {site_id: registry[site_id].timezone for site_id in site_ids if site_id in registry}
    return {site_id: zone for site_id, zone in found.items() if zone}


def check_site(
    site: Site, histories: Iterable[History], as_of: int | None = None, *, knows_landings: bool = False
) -> Checked:
    """Run every check on one site's readings.

    as_of: the moment to look at it, seconds since 1970; by default the end of its readings. knows_landings: whether
    the histories say when the readings landed.
    """
    landed = (each for each in histories if _is_there(each, as_of, knows_landings))
    kept = sorted(landed, key=lambda each: each.timestamp)
    energies = counted(kept)
    ends = [end_of(history.timestamp) for history in kept]
    sites = [site_at(site, minutes) for minutes in minutes_of(ends, site.interval_minutes)]
    single = [judge_history(history, at) for history, at in zip(kept, sites, strict=True)]
    points = [
        _point(history, knows_landings, energy, flags)
        for (history, energy), flags in zip(energies, single, strict=True)
        if not any(flag.rule in CLOCK_RULES for flag in flags)
    ]
    series = series_of(points, site)
    begins, now = (series.ends[0], series.ends[-1]) if series.ends else (0, 0)
    now = now if as_of is None else as_of
    result = evaluate(site, series, (), begins - CONTEXT_SECONDS, now)
    days = _completed(Evaluated(site, points, result, begins - CONTEXT_SECONDS, now))
    over_time = _with_days(result, series.ends, series.generated)
    readings = [
        Assessed(history, flags, watched=over_time.get(end_of(history.timestamp), ()))
        for (history, _), flags in zip(energies, single, strict=True)
    ]
    return Checked(site, result.minutes, readings, days, _incidents(site, result, readings, now))


def _completed(evaluated: Evaluated) -> list[Day]:
    """Return the days with their sums; what is missing is estimated from the site's own days."""
    completing = Completing(evaluated, {}, anew=True)
    completing.estimate()
    return list(completing.days().values())


def _is_there(history: History, as_of: int | None, knows_landings: bool) -> bool:  # noqa: FBT001 - as in check_site
    """Return whether a reading has landed as of a moment, or ends by then where nobody knows when it landed."""
    landed = history.inserted_by.landed_at if knows_landings else history.timestamp
    return as_of is None or end_of(landed) <= as_of


def _point(
    history: History,
    knows_landings: bool,  # noqa: FBT001 - as above
    energy: CountedEnergy | None,
    flags: tuple[Flag, ...],
) -> StoredReading:
    end, current = end_of(history.timestamp), history.current
    delay = delay_of(end, end_of(history.inserted_by.landed_at)) if knows_landings else UNKNOWN_DELAY
    seconds, quality, is_partial, registers = current.said
    note = energy.note if energy else None
    return StoredReading(end, *current.values, delay, seconds, quality, is_partial, registers, note, flags)


def _gather(entry: Numbered | RejectedRecord, provenance: Provenance, found: Gathered) -> None:
    if isinstance(entry, RejectedRecord):
        found.rejected.setdefault(provenance.source, []).append(entry)
        return
    new = landing(entry.reading, provenance)
    of_site = found.histories.setdefault(new.site_id, {})
    known = of_site.get(new.timestamp)
    of_site[new.timestamp] = new if known is None else merge(known, new)


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
    found = [
        RuleEpisode(rule, basis, episode)
        for rule, basis in observed.rules().items()
        for episode in episodes(observed.of(rule, basis), EpisodeRules())
    ]
    incidents = [_incident(site, event) for event in events(found)]
    return sorted(incidents, key=lambda each: (each.rule, each.onset))


def _incident(site: Site, event: SiteEvent) -> OpenedIncident:
    episode = event.cause.episode
    anomalous = [flag for flag in episode.flags if flag.severity in ANOMALOUS]
    return OpenedIncident(
        site_id=site.site_id,
        rule=event.cause.rule,
        severity=worst(flag.severity for flag in anomalous),
        onset=text_of(episode.onset),
        last=text_of(episode.last),
        recovery="" if episode.recovery is None else text_of(episode.recovery),
        readings=len(episode.flags),
        message=anomalous[0].message,
        evidence=event.evidence,
    )
