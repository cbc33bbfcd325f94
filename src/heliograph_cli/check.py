"""`heliograph check`: the checks on files of readings, without AWS.

files → decoded and merged as the processor does → judged one by one → looked at over time as the watch does
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from heliograph.baseline import ENOUGH_DAYS
from heliograph.errors import ReadingError
from heliograph.formatting import count
from heliograph.history import Assessed
from heliograph.reading import end_of, parse_timestamp
from heliograph.site import Site
from heliograph.site_entries import parse_sites
from heliograph_cli.checking import Checked, Gathered, check_site, gather_file
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
    gathered = _gathered(files, landing_rule(landed_at) if landed_at else None, registry)
    checked = list(_checked(gathered, registry, _moment(as_of)))
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


def _moment(text: str | None) -> int | None:
    try:
        return None if text is None else end_of(parse_timestamp(text))
    except ReadingError as error:
        raise NotReadable(f"--as-of: {error}") from None


def _gathered(files: Sequence[Path], rule: LandingRule | None, registry: dict[str, Site]) -> Gathered:
    found = Gathered({}, {}, rule is not None)
    with progress() as shown:
        for path in shown.track(files, description="reading"):
            gather_file(path, found, rule, registry)
    return found


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
