"""`heliograph audit`: recount from S3 what landed, and find every record of it again."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
import typer

from heliograph.audit import Finding, problems_of, unread_state
from heliograph.errors import ObjectGone, UnreadableFile
from heliograph.events import Landed, NotAnEvent, event_of, landed_objects
from heliograph.feed import DEFAULT_LIMIT_BYTES, Numbered, Reject, decode
from heliograph.ingest import COUNTS, Ingest
from heliograph.object_keys import RAW, quarantine_key
from heliograph.reading import format_timestamp
from heliograph.storage.clients import Clients
from heliograph.storage.ingests import read_ingest, read_totals
from heliograph.storage.listing import Listed, list_versions
from heliograph.storage.objects import S3Objects
from heliograph.storage.queues import SqsQueue
from heliograph.storage.reading_pages import DynamoReadingPages
from heliograph.table_keys import ingest_id
from heliograph_cli.commands import command, make_app
from heliograph_cli.exits import Exit
from heliograph_cli.replay import moment
from heliograph_cli.show import err, harmless, out, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

# A file may be on its way this long: the longest Lambda run, and the waits between three attempts.
_MAY_WAIT: Final = timedelta(minutes=30)

app = make_app()


@command(app, meanings={Exit.FAILED: "something is lost, and is named"})
def audit(
    prefix: Annotated[str, typer.Argument(help="Keys below raw/.")] = RAW,
    since: Annotated[str | None, typer.Option(help="Landed at or after this moment, ISO 8601 with offset.")] = None,
    retention_days: Annotated[int, typer.Option(help="How long readings are kept.", min=1)] = 1095,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Send what is lost through the processor again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recount from S3 what landed, and find each record of it.

    It is stored, in quarantine, or in a dead letter; else it is lost.

    Example: heliograph audit --since 2026-11-01T00:00:00Z
    """
    begin = moment(since, "--since") or ""
    target, clients = find_target(state_dir)
    auditor = Auditor(target, clients, datetime.now(UTC), timedelta(days=retention_days))
    listed = (each for each in list_versions(clients.s3(), target.bucket, prefix) if each.landed_at >= begin)
    with progress() as shown:
        findings = [auditor.examine(each) for each in shown.track(listed, description="auditing", total=None)]
    problems = auditor.totals_problems()
    lost = [finding for finding in findings if finding.state == "lost"]
    _print(findings, lost, problems, as_json=as_json)
    if repair and lost:
        bodies = [event_of(target.bucket, Landed(each.object_key, each.version, each.landed_at)) for each in lost]
        SqsQueue(clients.sqs(), target.ingest_queue_url).send(bodies)
        err().print(f"{len(lost)} files sent through the processor again; audit once more when none waits")
    if lost or problems:
        raise typer.Exit(1)


class Auditor:
    """Examines raw objects against what is kept of them."""

    def __init__(self, target: Target, clients: Clients, now: datetime, retention: timedelta) -> None:
        """Look once at the dead letters and the queue; what lands later isn't judged."""
        self._dynamodb = clients.dynamodb()
        self._target = target
        self._objects = S3Objects(clients.s3(), target.bucket, DEFAULT_LIMIT_BYTES)
        self._readings = DynamoReadingPages(self._dynamodb, target.readings_table)
        self._dead = _dead_objects(SqsQueue(clients.sqs(), target.dead_letter_queue_url))
        self._young = format_timestamp(now - _MAY_WAIT)
        self._kept_since = format_timestamp(now - retention)
        self._sums = dict.fromkeys(COUNTS, 0)

    def examine(self, listed: Listed) -> Finding:
        """Examine one raw object."""
        if listed.landed_at < self._kept_since:
            return Finding(listed.key, listed.version, listed.landed_at, "expired")
        name = ingest_id(listed.key, listed.version, listed.landed_at)
        ingest = read_ingest(self._dynamodb, self._target.ingests_table, name)
        if ingest is not None:
            self._sums = {count: total + getattr(ingest, count) for count, total in self._sums.items()}
        try:
            entries = list(decode(self._objects.get(listed.key, listed.version).read()))
        except (UnreadableFile, ObjectGone) as error:
            return self._unread(listed, ingest, [f"it can't be read: {error}"])
        return self._compare(listed, ingest, entries)

    def totals_problems(self) -> list[str]:
        """Say which running totals are less than the sums over the ingests that were seen."""
        totals = read_totals(self._dynamodb, self._target.ingests_table)
        return [
            f"the fleet's total of {name} is {getattr(totals, name)}, less than the {total} of the audited files"
            for name, total in self._sums.items()
            if getattr(totals, name) < total
        ]

    def _compare(self, listed: Listed, ingest: Ingest | None, entries: Sequence[Numbered | Reject]) -> Finding:
        numbered = [entry for entry in entries if isinstance(entry, Numbered)]
        rejects = [entry for entry in entries if isinstance(entry, Reject)]
        stored = self._readings.get_many((e.reading.site_id, e.reading.timestamp) for e in numbered)
        problems = problems_of(
            numbered,
            rejects,
            stored,
            self._quarantined(listed) if rejects or (ingest and ingest.refused) else (),
            ingest,
        )
        if problems:
            return self._unread(listed, ingest, problems, len(numbered), len(rejects))
        return Finding(listed.key, listed.version, listed.landed_at, "stored", len(numbered), len(rejects))

    def _unread(
        self, listed: Listed, ingest: Ingest | None, problems: list[str], readings: int = 0, rejects: int = 0
    ) -> Finding:
        done = ingest is not None and ingest.state == "done"
        state = unread_state(
            in_dead_letters=(listed.key, listed.version) in self._dead,
            may_wait=not done and listed.landed_at >= self._young,
        )
        key, version, landed_at = listed.key, listed.version, listed.landed_at
        return Finding(key, version, landed_at, state, readings, rejects, tuple(problems))

    def _quarantined(self, listed: Listed) -> set[int]:
        with suppress(ObjectGone):
            body = self._objects.get(quarantine_key(listed.key, listed.version)).read()
            return {msgspec.json.decode(line)["position"] for line in body.splitlines()}
        return set()


def _dead_objects(queue: SqsQueue) -> set[tuple[str, str]]:
    """Give key and version of every object that a dead letter names."""
    letters = queue.take_all()
    queue.release(letters)
    return {(landed.key, landed.version) for letter in letters for landed in _named(letter.body)}


def _named(body: str) -> Iterator[Landed]:
    with suppress(NotAnEvent):
        yield from landed_objects(body)


def _print(findings: list[Finding], lost: list[Finding], problems: list[str], *, as_json: bool) -> None:
    states = ("stored", "dead-lettered", "waiting", "expired", "lost")
    files = {state: sum(finding.state == state for finding in findings) for state in states}
    records = {"readings": sum(each.readings for each in findings), "refused": sum(each.rejects for each in findings)}
    if as_json:
        print_json({"files": files, **records, "lost": lost, "totals": problems})
        return
    rows: list[dict[str, object]] = [{"files": state, "count": count} for state, count in files.items()]
    print_table(f"{len(findings)} files with {records['readings']} readings, {records['refused']} refused", rows)
    for finding in lost:
        text = f"lost: {finding.object_key} {finding.version}: {'; '.join(finding.problems)}"
        out().print(harmless(text), markup=False, highlight=False)
    for problem in problems:
        out().print(problem, highlight=False)
