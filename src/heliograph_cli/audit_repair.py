"""Repair of what an audit found.

- What is lost goes through the processor again: it stores, judges, tells and counts as it would have.
- A reading that differs gets its computed history, if nobody changed it meanwhile, and its site is evaluated again from
  there on.
- A reading that names files which are in the bucket and don't hold it is removed: the files are the facts, and nothing
  of theirs is lost. One that names a file which is gone stays, since it may be all that is left of it.
- Ingestions get the counts they should have, in the transaction that keeps the totals in step; then the totals what
they
  lack or have too much.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from heliograph.audit.histories import Difference
from heliograph.checks.flag import Flag
from heliograph.checks.judge import judge_history
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.events import Landed, event_of
from heliograph.history import History
from heliograph.site import Site
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import DynamoIngestions, correct_totals
from heliograph.storage.queues import SqsQueue
from heliograph.storage.readings import DynamoReadings
from heliograph.storage.sites import DynamoSites
from heliograph_cli.audit_report import Report, Wrong
from heliograph_cli.target import Target

_TOGETHER = 100
_SITES_A_JOB = 25


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


def repair(report: Report, target: Target, clients: Clients, retention: timedelta) -> Repaired:
    """Put right what can be; what is gone from the bucket can't."""
    done = Repaired()
    dynamodb = clients.dynamodb()
    sites = DynamoSites(dynamodb, target.sites_table, target.ingestions_table)
    readings = DynamoReadings(dynamodb, target.readings_table, retention)
    _correct_totals(report, target, clients, done)
    for site_id in report.sites:
        done.sites_registered += sites.add(Site(site_id))
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


def _correct_totals(report: Report, target: Target, clients: Clients, done: Repaired) -> None:
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
