"""`heliograph audit`: compare all that is stored with the raw files, values included; and repair what was found.

- What is lost goes through the processor again: it stores, judges, notifies and counts as it would have.
- A reading that differs gets its computed history, if nobody changed it meanwhile, and its site is evaluated again from
  there on.
- A reading that names files which are in the bucket and don't hold it is removed: the files are the facts, and nothing
  of theirs is lost. One that names a file which is gone stays, since it may be all that is left of it.
- Ingestions get the counts they should have, in the transaction that keeps the totals in step; then the totals what
  they lack or have too much.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
import typer

from heliograph.audit.histories import Difference
from heliograph.checks.flag import Flag
from heliograph.checks.judge import judge_history
from heliograph.errors import SettingsError
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.events import Landed, event_of
from heliograph.formatting import count
from heliograph.history import History
from heliograph.object_keys import RAW
from heliograph.site import Site
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import DynamoIngestions, correct_totals
from heliograph.storage.queues import SqsQueue
from heliograph.storage.readings import DynamoReadings
from heliograph.storage.sites import DynamoSites
from heliograph_cli.audit_report import AuditReport, AuditScope, Wrong
from heliograph_cli.audit_workspace import Workspace
from heliograph_cli.auditing import Auditor
from heliograph_cli.commands import Exit, command, make_app
from heliograph_cli.replay import moment
from heliograph_cli.show import harmless, print_json, print_table, progress, say, warn
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_STATES: Final = ("stored", "miscounted", "dead-lettered", "waiting", "expired", "gone", "lost")
# People are shown this many readings, scripts this many; all are counted.
_SHOWN: Final = 20
_PRINTED: Final = 1000
app = make_app()
_TOGETHER = 100
_SITES_A_JOB = 25


@command(app, meanings={Exit.FAILED: "something is lost or wrong, and is named"})
def audit(
    prefix: Annotated[str, typer.Argument(help="Keys below raw/.")] = RAW,
    since: Annotated[str | None, typer.Option(help="Landed at or after this moment, ISO 8601 with offset.")] = None,
    retention_days: Annotated[
        int, typer.Option(help="How long readings are kept, at least.", envvar="HELIOGRAPH_RETENTION_DAYS", min=1)
    ] = 1095,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    repair_it: Annotated[bool, typer.Option("--repair", help="Repair what is lost or wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare everything that is stored with the raw files.

    Each record of each file must be stored with its values, in quarantine, or in a dead letter; else it is lost.
    Each stored reading must be what the files say, with revisions, net energy and provenance, and the totals must
    be the sums of all files. A prefix or --since limits the audit to those files, and it says what it didn't check.
    --repair writes what should be there and processes lost files again; then audit again.

    Example: heliograph audit --since 2026-11-01T00:00:00Z
    """
    if not prefix.startswith(RAW):
        raise SettingsError(f"raw objects lie below {RAW}; say {RAW}{prefix}")
    asked = AuditScope(prefix, moment(since, "--since") or "", timedelta(days=retention_days), datetime.now(UTC))
    target, clients = find_target(state_dir)
    with progress() as shown, Workspace(whole=asked.whole) as space:
        task = shown.add_task("auditing", total=None)
        auditor = Auditor(asked, target, clients)
        report = auditor.audit(space, lambda step: shown.update(task, description=harmless(step)))
    done = repair(report, target, clients, asked.retention) if repair_it and not report.is_right else None
    if as_json:
        print_json(_for_scripts(report, done))
    else:
        _for_people(report, done)
    if not report.is_right:
        raise typer.Exit(Exit.FAILED)


class Repaired(msgspec.Struct):
    """What was done. left: readings, ingestions and totals that somebody else changed meanwhile: audit once more."""

    files_sent: int = 0
    readings_written: int = 0
    readings_removed: int = 0
    sites_registered: int = 0
    sites_evaluated: int = 0
    ingestions_written: int = 0
    totals_written: int = 0
    quarantine_removed: int = 0
    left: int = 0


def _for_scripts(report: AuditReport, done: Repaired | None) -> dict[str, object]:
    return {
        "files": {state: report.files[state] for state in _STATES},
        "readings": report.readings,
        "rejected": report.rejected_records,
        "lost": report.lost,
        "miscounted": report.miscounted,
        "differences": report.differences,
        "different": [_row(report, number) for number in range(min(len(report.wrong), _PRINTED))],
        "totals": _totals(report),
        "unregistered": report.sites,
        "unexplained": report.strays,
        "not_checked": report.not_checked,
        "repaired": done,
    }


def _row(report: AuditReport, number: int) -> dict[str, object]:
    found = report.wrong[number].difference
    return {"site_id": found.site_id, "timestamp": found.timestamp, "kind": found.kind, "problem": found.problem}


def _totals(report: AuditReport) -> list[str]:
    """Write a sentence for each count of the fleet that is wrong, summed over the items it is kept in."""
    sentences = []
    for shard, over in report.totals.items():
        for name, amount in over.items():
            word = "too high" if amount > 0 else "too low"
            sentences.append(f"the fleet's total of {name} is {abs(amount)} {word} ({shard})")
    return sentences


def _for_people(report: AuditReport, done: Repaired | None) -> None:
    rows: list[dict[str, object]] = [{"files": state, "count": report.files[state]} for state in _STATES]
    total = sum(report.files.values())
    files = f"{count(total, 'file')} with {count(report.readings, 'reading')}"
    print_table(f"{files}, {report.rejected_records:,} rejected", rows)
    lines = [f"{each.state}: {each.object_key} {each.version}: {'; '.join(each.problems)}" for each in report.findings]
    lines += [_line(report, number) for number in range(min(len(report.wrong), _SHOWN))]
    if report.differences > _SHOWN:
        lines.append(f"{report.differences - _SHOWN} more readings differ; --json names up to {_PRINTED}")
    lines += _totals(report)
    lines += [f"the site {site} has readings and isn't registered" for site in report.sites]
    lines += [f"{key} holds records that no file of that name holds" for key in report.strays]
    for line in lines:
        say(line)
    for line in report.not_checked:
        warn(f"not checked: {line}")
    if done is not None:
        warn(_repaired(done))


def _line(report: AuditReport, number: int) -> str:
    found = report.wrong[number].difference
    return f"{found.kind}: {found.site_id} {found.timestamp} {found.problem}"


def _repaired(done: Repaired) -> str:
    parts = [
        f"{count(done.readings_written, 'reading')} written and {done.readings_removed:,} removed",
        f"{count(done.sites_evaluated, 'site')} to be evaluated again",
        f"{done.ingestions_written} ingestions and {done.totals_written} items of the totals put right",
        f"{count(done.files_sent, 'file')} sent through the processor again; audit again when none waits",
    ]
    if done.left:
        parts.insert(0, f"{count(done.left, 'item')} changed meanwhile and stayed")
    return "; ".join(parts)


def repair(report: AuditReport, target: Target, clients: Clients, retention: timedelta) -> Repaired:
    """Put right what can be; what is gone from the bucket can't."""
    done = Repaired()
    dynamodb = clients.dynamodb()
    sites = DynamoSites(dynamodb, target.sites_table, target.ingestions_table)
    readings = DynamoReadings(dynamodb, target.readings_table, retention)
    _correct_totals(report, target, clients, done)
    done.sites_registered = len(report.sites) - len(sites.add_many(map(Site, report.sites)))
    for some in batched(report.wrong, _TOGETHER):
        _correct_readings(some, readings, sites, done)
    _evaluate(report.wrong, target, clients, done)
    ingestions = DynamoIngestions(dynamodb, target.ingestions_table, retention)
    for ingestion in report.recounted:
        written = ingestions.correct(ingestion)
        done.ingestions_written += written
        done.left += not written
    for key in report.strays:
        clients.s3().delete_object(Bucket=target.bucket, Key=key)
        done.quarantine_removed += 1
    lost = [event_of(target.bucket, Landed(each.object_key, each.version, each.landed_at)) for each in report.lost]
    SqsQueue(clients.sqs(), target.ingest_queue_url).send(lost)
    done.files_sent = len(lost)
    return done


def _correct_totals(report: AuditReport, target: Target, clients: Clients, done: Repaired) -> None:
    """Put the totals right first: as yet they are as they were read."""
    for shard, over in report.totals.items():
        were = report.totals_were.get(shard, {})
        written = correct_totals(clients.dynamodb(), target.ingestions_table, shard, over, were)
        done.totals_written += written
        done.left += not written


def _correct_readings(wrong: list[Wrong], readings: DynamoReadings, sites: DynamoSites, done: Repaired) -> None:
    known = sites.get_many({each.difference.site_id for each in wrong})
    for each in wrong:
        if each.stored is None or each.difference.kind == "unverified":
            continue
        computed = each.difference.computed
        if computed is None:
            took = readings.remove(each.stored)
            done.readings_removed += took
        else:
            took = readings.correct(each.stored, computed, _flags(computed, known))
            done.readings_written += took
        done.left += not took


def _flags(history: History, known: dict[str, Site]) -> tuple[Flag, ...]:
    return judge_history(history, known.get(history.site_id, Site(history.site_id)))


def _evaluate(wrong: Iterable[Wrong], target: Target, clients: Clients, done: Repaired) -> None:
    """Ask the watch to evaluate each site again from its earliest reading that was put right."""
    since: dict[str, str] = {}
    for difference in (each.difference for each in wrong if _was_changed(each.difference)):
        since[difference.site_id] = min(since.get(difference.site_id, difference.timestamp), difference.timestamp)
    due_sites = [DueSite(site_id, moment) for site_id, moment in sorted(since.items())]
    jobs = jobs_of(int(datetime.now(UTC).timestamp()), due_sites, _SITES_A_JOB)
    SqsQueue(clients.sqs(), target.watch_queue_url).send([job_text(job) for job in jobs])
    done.sites_evaluated = len(due_sites)


def _was_changed(difference: Difference) -> bool:
    """Return whether a reading's energies were put right here; what is missing, the processor asks for."""
    return difference.kind not in {"missing", "unverified"}
