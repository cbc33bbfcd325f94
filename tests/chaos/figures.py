"""What a run came to: every file, value, total and message held against the sender's ledger and the subscriber's."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from chaos.ledger import Expected, Key, Landing, Ledger
from chaos.scenes import Scenes
from chaos.served import Api, compare, wrong_hours
from chaos.subscriber import Message, told_of
from heliograph.events import landed_objects
from heliograph.incidents.model import Incident, Phase
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.object_keys import quarantine_key
from heliograph.reading import format_timestamp
from heliograph.storage.incidents import INCIDENT_CODEC
from heliograph.storage.notifications import DynamoOutbox, SnsPublisher
from heliograph.storage.queues import SqsQueue
from stack.harness import Harness

Named = tuple[str, str]

_PHASES: Final[tuple[Phase, ...]] = ("onset", "recovery")
# Longer ago than any late file's readings.
_SUMMED_DAYS: Final = 12
# The next digest is due within a day, and a site's third message two hours after its first.
_HOURS_LATER: Final = 27


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the files. unacknowledged: those that S3 took and didn't answer for; readings: good records.

    undecided: readings of which two values landed within the same second, so that either may hold. redriven: readable
    files whose attempts all met faults, sent again by hand as an operator does. lost, doubled, wrong_values,
    wrong_totals: what is to be none, by name.
    """

    landed: int
    unacknowledged: int
    stored: int
    rejected: int
    undecided: int
    dead_lettered: int
    redriven: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong_values: tuple[str, ...]
    wrong_totals: tuple[str, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """All that is to be none."""
        return (*self.lost, *self.doubled, *self.wrong_values, *self.wrong_totals)

    def lines(self) -> Iterator[str]:
        """Yield a line a figure, and what is wrong by name."""
        yield f"landed          {self.landed} files, {self.unacknowledged} of them without their sender hearing so"
        yield f"stored          {self.stored} readings, {self.undecided} with two values of one second"
        yield f"rejected        {self.rejected} records"
        yield f"dead-lettered   {self.dead_lettered} files, none of them readable"
        yield f"redriven        {self.redriven} files"
        yield f"lost            {len(self.lost)}"
        yield f"doubled         {len(self.doubled)}"
        yield f"wrong values    {len(self.wrong_values)}"
        yield f"totals exact    {'no' if self.wrong_totals else 'yes'}"
        for wrong in (*self.lost[:9], *self.doubled[:9], *self.wrong_values[:9], *self.wrong_totals[:9]):
            yield f"  wrong: {wrong}"


class Notified(msgspec.Struct, frozen=True, kw_only=True):
    """What people were told. onsets, recoveries: incidents told of, in digests too. messages, digests: how many came.

    over: incidents that ended before their turn came, which nobody is told of. planned: how many were planned. again:
    those told once more after SNS had taken a message whose answer was lost, or whose sender was killed before it could
    note it, so that nobody could know; `unheard` counts those chances. swallowed: messages that SNS took and that the
    engine's SIGKILL kept from the subscriber.
    """

    onsets: int
    recoveries: int
    over: int
    planned: int
    messages: int
    digests: int
    again: int
    unheard: int
    swallowed: int
    unsent: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """All that is to be none."""
        return (*self.unsent, *self.doubled)

    def lines(self) -> Iterator[str]:
        """Yield a line a figure, and what is wrong by name."""
        yield f"notified        {self.onsets} onsets, {self.recoveries} recoveries; {self.planned} of them were planned"
        yield f"over, pending   {self.over} incidents ended before their turn came"
        yield f"messages        {self.messages}, {self.digests} of them digests; {self.swallowed} died with the engine"
        yield f"unsent          {len(self.unsent)}"
        yield f"told twice      {len(self.doubled)}"
        yield f"  besides       {self.again} told again, of {self.unheard} whose sender couldn't know"
        for wrong in (*self.unsent[:9], *self.doubled[:9]):
            yield f"  wrong: {wrong}"


def dead_letters(harness: Harness) -> dict[str, Named]:
    """Return the object and version of each dead letter, by the letter's id."""
    queue = SqsQueue(harness.sqs, harness.stack.dead_letter_queue)
    letters = queue.take_all()
    queue.release(letters)
    return {letter.id: (named.key, named.version) for letter in letters for named in landed_objects(letter.body)}


def measure_files(harness: Harness, ledger: Ledger, missing: Iterable[str], redriven: int) -> Files:
    """Look for every file and value. ledger: with all that landed. missing: files that S3 took and no longer has."""
    dead = set(dead_letters(harness).values())
    expected = ledger.expected()
    api = Api(harness.http)
    served = compare(api, expected)
    kept = _quarantined(harness, ledger.landings)
    since = (datetime.now(UTC) - timedelta(days=_SUMMED_DAYS)).replace(minute=0, second=0)
    return Files(
        landed=len(ledger.landings),
        unacknowledged=sum(not each.acknowledged for each in ledger.landings),
        stored=served.served,
        rejected=sum(map(len, kept.values())),
        undecided=sum(len(each.holds) > 1 for each in expected.values()),
        dead_lettered=len(dead),
        redriven=redriven,
        lost=(*missing, *served.lost, *_lost(ledger.landings, kept, dead)),
        doubled=served.doubled,
        wrong_values=served.wrong,
        wrong_totals=(
            *_wrong_totals(api, ledger.landings, expected),
            *wrong_hours(api, expected, format_timestamp(since)),
        ),
    )


def measure_notified(
    incidents: list[Incident], messages: list[Message], scenes: Scenes, unheard: Mapping[Named, int], swallowed: int
) -> Notified:
    """Hold the messages against the incidents, and both against what was planned.

    unheard: chances to be told again, by phase and incident; "" stands for those that digests count.
    """
    unsent: list[str] = []
    doubled: list[str] = []
    notified: dict[Phase, int] = {}
    again = 0
    for phase in _PHASES:
        named, counted = told_of(messages, phase)
        due = {each.id: each for each in incidents if _is_due(each, phase)}
        unsent += [
            f"{phase} of {name} isn't noted as notified" for name, each in due.items() if not _notified_at(each, phase)
        ]
        unnamed = [name for name in due if name not in named]
        if len(unnamed) > counted:
            unsent.append(f"digests count {counted} {phase}s, and {len(unnamed)} were told in none but them")
        strange = [name for name in named if name not in due]
        doubled += [f"{phase} of {name} was told and nobody is to be told" for name in strange]
        spare = {name: min(count - 1, unheard.get((phase, name), 0)) for name, count in named.items()}
        again += sum(spare.values())
        doubled += [f"{phase} of {name} came {n} times" for name, n in named.items() if n - 1 > spare[name]]
        # Whether a digest counts again what was told before can't be told by its text; only that it has the right to.
        if counted > len(unnamed) + sum(n for (of_phase, _), n in unheard.items() if of_phase == phase):
            doubled.append(f"digests count {counted} {phase}s, of {len(unnamed)} that no other message names")
        notified[phase] = sum(bool(_notified_at(each, phase)) for each in due.values())
    unsent += _unplanned(incidents, messages, scenes)
    return Notified(
        onsets=notified["onset"],
        recoveries=notified["recovery"],
        over=sum(bool(each.recovery) and not each.suppressed and not each.onset_notified_at for each in incidents),
        planned=len(scenes.onsets) + len(scenes.recoveries),
        messages=len(messages),
        digests=sum(each.is_digest for each in messages),
        again=again,
        unheard=sum(unheard.values()),
        swallowed=swallowed,
        unsent=tuple(unsent),
        doubled=tuple(doubled),
    )


def _unplanned(incidents: list[Incident], messages: list[Message], scenes: Scenes) -> Iterator[str]:
    """Say which planned trouble didn't become what it must."""
    notifies = [each for each in incidents if not each.suppressed]
    planned: tuple[tuple[Phase, frozenset[Named]], ...] = (("onset", scenes.onsets), ("recovery", scenes.recoveries))
    for phase, wanted in planned:
        found = Counter((each.site_id, each.rule) for each in notifies if _is_due(each, phase))
        yield from (
            f"planned: {phase} of {each}, found {found[each]} times" for each in sorted(wanted) if found[each] != 1
        )
    named, counted = told_of(messages, "onset")
    apart = [name for name in named if name.partition("~")[0] in {site_id for site_id, _ in scenes.together}]
    yield from (f"planned: {name} in a digest, and it came by itself" for name in apart)
    if scenes.together and counted < len(scenes.together):
        yield f"planned: a digest of {len(scenes.together)} incidents; digests count {counted}"
    past = {site_id for site_id, _ in scenes.history}
    yield from (f"planned: {each.id} is history, and was told" for each in notifies if each.site_id in past)


def _is_due(incident: Incident, phase: Phase) -> bool:
    """Return whether it notifies. What was over when it was found is history, and notifies nobody."""
    if incident.suppressed or (incident.recovery and not incident.onset_notified_at):
        return False
    return phase == "onset" or bool(incident.recovery)


def _notified_at(incident: Incident, phase: Phase) -> str:
    return incident.onset_notified_at if phase == "onset" else incident.recovery_notified_at


def notify_the_rest(harness: Harness) -> None:
    """Tell as the watch does each minute, hours later: what waits its turn is due by then.

    A tick of the watch may be at it still, and then it is its turn.
    """
    topic = SnsPublisher(harness.aws.sns(), harness.stack.alerts_topic)
    outbox = DynamoOutbox(harness.dynamodb, harness.stack.incidents_table)
    for hours in range(3, _HOURS_LATER, 3):
        later = datetime.now(UTC) + timedelta(hours=hours)
        Notifier(outbox, topic, NotificationOptions(link=harness.stack.api), lambda moment=later: moment).notify()  # type: ignore[misc]
        if not any(each.pending for each in every_incident(harness)):
            return


def every_incident(harness: Harness) -> list[Incident]:
    """Read all incidents there are, which only a test may do."""
    pages = harness.dynamodb.get_paginator("scan").paginate(TableName=harness.stack.incidents_table)
    items: list[Any] = [item for page in pages for item in page["Items"]]
    return [INCIDENT_CODEC.read(item) for item in items if "rule" in item]


def _lost(landings: Iterable[Landing], kept: Mapping[Named, tuple[int, ...]], dead: set[Named]) -> Iterator[str]:
    readable = {(each.key, each.version): each.file for each in landings}
    for named, file in readable.items():
        if file.readable and named in dead:
            yield f"readable file {named} is a dead letter"
        if not file.readable and named not in dead:
            yield f"unreadable file {named} isn't among the dead letters"
        if file.rejected and kept.get(named) != file.rejected and named not in dead:
            yield f"rejected records of {named}: {file.rejected} landed, {kept.get(named)} are kept"


def _quarantined(harness: Harness, landings: Iterable[Landing]) -> dict[Named, tuple[int, ...]]:
    found = {}
    for each in landings:
        if not each.file.rejected:
            continue
        key = quarantine_key(each.key, each.version)
        try:
            answer = harness.s3.get_object(Bucket=harness.stack.raw_bucket, Key=key)
        except harness.s3.exceptions.NoSuchKey:
            continue
        lines = answer["Body"].read().splitlines()
        found[each.key, each.version] = tuple(msgspec.json.decode(line)["position"] for line in lines)
    return found


def _wrong_totals(api: Api, landings: list[Landing], expected: Mapping[Key, Expected]) -> Iterator[str]:
    totals = api.get("summary")
    files = [each.file for each in landings]
    good, rejected = sum(len(each.facts) for each in files), sum(len(each.rejected) for each in files)
    wanted = {
        "files": len(files),
        "failed_files": sum(not each.readable for each in files),
        "records": good + rejected,
        "readings": len(expected),
        "rejected": rejected,
        "sites": len({site_id for site_id, _ in expected}),
        "bytes": sum(len(each.body) for each in files),
    }
    for name, value in wanted.items():
        if totals[name] != value:
            yield f"the total of {name} is {totals[name]}, not {value}"
    if totals["already_stored"] + totals["revised"] != good - len(expected):
        yield f"{totals['already_stored']} equal and {totals['revised']} revised aren't {good - len(expected)}"
