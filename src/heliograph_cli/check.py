"""`heliograph check`: the checks on files of readings, without AWS.

files → decoded and merged as the processor does → judged one by one → looked at over time as the watch does
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from heliograph.baseline import ENOUGH_DAYS
from heliograph.checks.flag import ANOMALOUS, Flag, worst
from heliograph.checks.judge import CLOCK_RULES, judge_history
from heliograph.errors import ReadingError, UnreadableFile
from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, EvaluationResult
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.feed.decode import DEFAULT_LIMIT_BYTES
from heliograph.formatting import count
from heliograph.history import Assessed, History, Provenance, landing, merge
from heliograph.incidents.causes import RuleEpisode, SiteEvent, events
from heliograph.incidents.detection import EpisodeRules, RuleObservations, episodes
from heliograph.intervals import minutes_of
from heliograph.reading import end_of, format_timestamp, parse_timestamp, text_of
from heliograph.series import UNKNOWN_DELAY, Point, delay_of, series_of, site_at
from heliograph.site import Site
from heliograph.site_entries import parse_sites
from heliograph_cli.commands import ALONE, Exit, NotReadable, command, make_app, read
from heliograph_cli.landings import LandingRule, landing_rule
from heliograph_cli.show import err, out, print_json, print_table, progress, say, warn
from heliograph_cli.target import AsJson

_READ: Final = {
    Exit.DONE: "every record is a reading, whatever was found in them",
    Exit.FAILED: "a record was rejected, or a file isn't readings",
}
# Of each file this many rejected records are printed; --json has all.
_REASONS: Final = 3
app = make_app()


@command(app, exits=ALONE, meanings=_READ)
def check(
    files: Annotated[list[Path], typer.Argument(help="Files of readings: JSON, NDJSON or CSV, plain or gzip.")],
    *,
    sites: Annotated[
        Path | None, typer.Option(help="The sites' registry, JSON or CSV: more is checked with it.")
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="Write every reading with its flags, NDJSON.")] = None,
    landed_at: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN|RULE",
            help="When readings landed: the files' column that says it (UTC), or a rule: `next day 06:00` by the "
            "site's clock, `next day 06:00Z`, or how long after their end, `30min`.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Look at the sites as of this time, UTC; what comes later is left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check files of readings as the cloud does, without AWS.

    Prints what was found by site and rule; --out writes every reading with its flags, --json the incidents, the days
    and the rejected records for scripts. Ends with 1 where a record was rejected, as its file's landing would show.
    With --as-of a site that sends no more is found, too: by when its readings usually land, where --landed-at says it.

    Example: heliograph check meters.csv --sites sites.json
    """
    registry = _registry(sites)
    rule = landing_rule(landed_at) if landed_at else None
    gathered = _gathered(files, rule, registry)
    moment = None if as_of is None else _moment(as_of)
    checked = list(_checked(gathered, registry, moment))
    if out_file is not None:
        _write(out_file, checked)
    if as_json:
        print_json(_for_scripts(gathered, checked))
    else:
        _for_people(gathered, checked, registry)
    if any(gathered.rejected.values()):
        raise typer.Exit(Exit.FAILED)


def _registry(path: Path | None) -> dict[str, Site]:
    if path is None:
        return {}
    return {site.site_id: site for site in parse_sites(read(path))}


def _moment(text: str) -> int:
    try:
        return end_of(parse_timestamp(text))
    except ReadingError as error:
        raise NotReadable(f"--as-of: {error}") from None


class Gathered(msgspec.Struct):
    """What the files hold: the history of each reading by site and timestamp, and the records rejected, by file.

    blank: how many records without any value the files have. knows_landings: whether the readings say when they landed,
    and not only when their file was last changed.
    """

    histories: dict[str, dict[str, History]]
    rejected: dict[str, list[RejectedRecord]]
    knows_landings: bool = False
    blank: int = 0


def _gathered(files: Sequence[Path], rule: LandingRule | None, registry: dict[str, Site]) -> Gathered:
    found = Gathered({}, {}, rule is not None)
    with progress() as shown:
        for path in shown.track(files, description="reading"):
            gather_file(path, found, rule, registry)
    return found


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


def _checked(gathered: Gathered, registry: dict[str, Site], as_of: int | None) -> Iterator[Checked]:
    with progress() as shown:
        for site_id, histories in shown.track(sorted(gathered.histories.items()), description="checking"):
            site = registry.get(site_id, Site(site_id))
            yield check_site(site, histories.values(), as_of, knows_landings=gathered.knows_landings)


def _write(path: Path, checked: Sequence[Checked]) -> None:
    """Write a line a reading, site by site, oldest first."""
    encoder = msgspec.json.Encoder(decimal_format="number")
    try:
        with path.open("wb") as file:
            for each in checked:
                file.writelines(encoder.encode(_line(assessed)) + b"\n" for assessed in each.readings)
    except OSError as error:
        raise NotReadable(f"{path} can't be written: {error.strerror}") from None


def _line(assessed: Assessed) -> dict[str, Any]:
    history, current = assessed.history, assessed.history.current
    return {
        "site_id": history.site_id,
        "timestamp": history.timestamp,
        "energy_generated_kwh": current.energy_generated_kwh,
        "energy_consumed_kwh": current.energy_consumed_kwh,
        "net_energy_kwh": history.reading.net_energy_kwh,
        "anomaly": assessed.anomaly,
        "flags": assessed.every_flag,
    }


def _for_scripts(gathered: Gathered, checked: Sequence[Checked]) -> dict[str, Any]:
    rejected = [
        {"file": file, **msgspec.structs.asdict(rejected)}
        for file, rejected_records in gathered.rejected.items()
        for rejected in rejected_records
    ]
    return {"sites": [_site(each) for each in checked], "rejected": rejected, "blank": gathered.blank}


def _site(checked: Checked) -> dict[str, Any]:
    days = [
        {
            "date": day.date,
            "readings": day.readings,
            "expected": day.expected,
            "generated_kwh": day.generated_kwh,
            "consumed_kwh": day.consumed_kwh,
            "flags": day.flags,
        }
        for day in checked.days
    ]
    return {
        "site_id": checked.site.site_id,
        "interval_minutes": checked.minutes,
        "readings": len(checked.readings),
        "anomalies": sum(each.anomaly for each in checked.readings),
        "flags": dict(sorted(_flag_counts(checked).items())),
        "learned": len(checked.days) > ENOUGH_DAYS,
        "incidents": checked.incidents,
        "days": days,
    }


def _for_people(gathered: Gathered, checked: Sequence[Checked], registry: dict[str, Site]) -> None:
    print_table("What was found", [row for each in checked for row in _rows(each)])
    for rule, message in _examples(checked).items():
        say(f"{rule}: {message}")
    readings = sum(len(each.readings) for each in checked)
    rejected = sum(map(len, gathered.rejected.values()))
    anomalies = sum(reading.anomaly for each in checked for reading in each.readings)
    out().print(
        f"{count(readings, 'reading')} of {count(len(checked), 'site')}: {anomalies:,} anomalous, "
        f"{count(rejected, 'record')} rejected" + (f", {gathered.blank:,} blank" if gathered.blank else "")
    )
    for file, rejected_records in gathered.rejected.items():
        for each in rejected_records[:_REASONS]:
            warn(f"{file}: record {each.position}: {each.reason}")
        if len(rejected_records) > _REASONS:
            warn(f"{file}: {len(rejected_records) - _REASONS:,} more rejected; --json names all")
    if unknown := [each for each in checked if each.site.site_id not in registry]:
        some = count(len(unknown), "site is", "sites are")
        err().print(f"{some} in no registry (--sites): capacity and place would show more")
    if new := [each for each in checked if len(each.days) <= ENOUGH_DAYS]:
        err().print(f"{count(len(new), 'site has', 'sites have')} {ENOUGH_DAYS} days or fewer: too few for a baseline")


def _rows(checked: Checked) -> Iterator[dict[str, object]]:
    incidents = Counter(each.rule for each in checked.incidents)
    for rule, readings in sorted(_flag_counts(checked).items(), key=lambda found: -found[1]):
        marked = [each for each in checked.readings if any(flag.rule == rule for flag in each.every_flag)]
        flag = next(flag for flag in marked[0].every_flag if flag.rule == rule)
        yield {
            "site": checked.site.site_id,
            "rule": rule,
            "severity": flag.severity,
            "readings": readings,
            "incidents": incidents[rule],
            "first": marked[0].history.timestamp[:10],
            "last": marked[-1].history.timestamp[:10],
        }


def _examples(checked: Sequence[Checked]) -> dict[str, str]:
    """Return the first sentence of each rule: one site's tells what the rule means."""
    flags = (flag for each in reversed(checked) for reading in reversed(each.readings) for flag in reading.every_flag)
    return dict(sorted((flag.rule, flag.message) for flag in {flag.rule: flag for flag in flags}.values()))


def _flag_counts(checked: Checked) -> Counter[str]:
    return Counter(flag.rule for each in checked.readings for flag in each.every_flag)


class NotReadings(UnreadableFile):
    """A file that was named holds no readings; the message names it."""


def gather_file(path: Path, found: Gathered, rule: LandingRule | None, registry: dict[str, Site]) -> None:
    """Read a file as the processor does; it counts as landed when it was last changed, so the later one holds.

    rule: when each of its readings landed instead, where that is known. registry: says the zones of local times.

    Raises:
        NotReadable: it can't be opened.
        NotReadings: its records can't be told apart.
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
    kept = sorted(
        (each for each in histories if _is_there(each, as_of, knows_landings)), key=lambda each: each.timestamp
    )
    ends = [end_of(history.timestamp) for history in kept]
    sites = [site_at(site, minutes) for minutes in minutes_of(ends, site.interval_minutes)]
    single = [judge_history(history, at) for history, at in zip(kept, sites, strict=True)]
    points = [
        _point(history, knows_landings)
        for history, flags in zip(kept, single, strict=True)
        if not any(flag.rule in CLOCK_RULES for flag in flags)
    ]
    series = series_of(points, site)
    begins, now = (series.ends[0], series.ends[-1]) if series.ends else (0, 0)
    now = now if as_of is None else as_of
    result = evaluate(site, series, (), begins - CONTEXT_SECONDS, now)
    over_time = _with_days(result, series.ends, series.generated)
    readings = [
        Assessed(history, flags, watched=over_time.get(end_of(history.timestamp), ()))
        for history, flags in zip(kept, single, strict=True)
    ]
    return Checked(site, result.minutes, readings, list(result.days.values()), _incidents(site, result, readings, now))


def _is_there(history: History, as_of: int | None, knows_landings: bool) -> bool:  # noqa: FBT001 - as in check_site
    """Return whether a reading has landed as of a moment, or ends by then where nobody knows when it landed."""
    landed = history.inserted_by.landed_at if knows_landings else history.timestamp
    return as_of is None or end_of(landed) <= as_of


def _point(history: History, knows_landings: bool) -> Point:  # noqa: FBT001 - as in check_site
    end, current = end_of(history.timestamp), history.current
    delay = delay_of(end, end_of(history.inserted_by.landed_at)) if knows_landings else UNKNOWN_DELAY
    return Point(end, *current.values, delay, current.interval_seconds, current.quality, current.is_partial)


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
    told = [flag for flag in episode.flags if flag.severity in ANOMALOUS]
    return OpenedIncident(
        site_id=site.site_id,
        rule=event.cause.rule,
        severity=worst(flag.severity for flag in told),
        onset=text_of(episode.onset),
        last=text_of(episode.last),
        recovery="" if episode.recovery is None else text_of(episode.recovery),
        readings=len(episode.flags),
        message=told[0].message,
        evidence=event.evidence,
    )
