"""What a run came to: every record looked for, every total recounted, every alert held against those sent."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from chaos.truth import Stamp, Truth, Values
from heliograph.events import landed_objects
from heliograph.history import KEPT_REVISIONS, History
from heliograph.incidents.incident import Incident
from heliograph.incidents.telling import Teller, TellingOptions
from heliograph.object_keys import quarantine_key
from heliograph.storage.alert_items import incident_of
from heliograph.storage.alert_telling import DynamoUntold
from heliograph.storage.ingests import read_totals
from heliograph.storage.notifier import SnsNotifier
from heliograph.storage.queues import SqsQueue
from stack.yard import Yard

_ALERT: Final = re.compile(r"/alerts/([^\s?]+)")


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a run. lost, doubled, unsent, doubled_alerts and wrong_totals are to be none.

    landed: files. stored: readings. refused: records in quarantine. dead_lettered: files that can't be read. redriven:
    files whose attempts all met faults, sent again by hand as an operator does. told: incidents told of. told_again:
    those told once more after SNS had taken a message and its answer was lost, so that nobody could know; unheard: how
    often that was.
    """

    landed: int
    stored: int
    refused: int
    dead_lettered: int
    redriven: int
    lost: tuple[str, ...]
    doubled: int
    wrong_totals: tuple[str, ...]
    told: int
    told_again: int
    unheard: int
    unsent: int
    doubled_alerts: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether all that is to be none is none."""
        return not (self.lost or self.doubled or self.wrong_totals or self.unsent or self.doubled_alerts)

    def lines(self) -> Iterator[str]:
        """Give a line a figure, and what is wrong by name."""
        yield f"landed          {self.landed} files"
        yield f"stored          {self.stored} readings"
        yield f"refused         {self.refused} records"
        yield f"dead-lettered   {self.dead_lettered} files, none of them readable"
        yield f"redriven        {self.redriven} files"
        yield f"lost            {len(self.lost)}"
        yield f"doubled         {self.doubled}"
        yield f"totals exact    {'no' if self.wrong_totals else 'yes'}"
        yield f"alerts          {self.told} told"
        yield f"alerts unsent   {self.unsent}"
        yield f"alerts doubled  {len(self.doubled_alerts)}"
        yield f"  besides       {self.told_again} told again, of {self.unheard} that SNS took and whose answer was lost"
        for wrong in (*self.lost[:9], *self.wrong_totals, *self.doubled_alerts[:9]):
            yield f"  wrong: {wrong}"


def dead_letters(yard: Yard) -> dict[str, tuple[str, str]]:
    """Give the object and version of each dead letter, by the letter's id."""
    queue = SqsQueue(yard.sqs, yard.stack.dead_letter_queue)
    letters = queue.take_all()
    queue.release(letters)
    return {letter.id: (named.key, named.version) for letter in letters for named in landed_objects(letter.body)}


def measure(yard: Yard, truth: Truth, redriven: int, unheard: Mapping[str, int]) -> Figures:
    """Look for everything. unheard: how often SNS's answer about an incident was lost."""
    dead = set(dead_letters(yard).values())
    stored = {
        (site_id, each.history.timestamp): each.history
        for site_id in {site_id for site_id, _ in truth.readings}
        for each in yard.readings_of(site_id)
    }
    tell_the_rest(yard)
    incidents = every_incident(yard)
    sent = told_incidents(yard)
    loud = [each for each in incidents if not each.quiet]
    again = Counter({name: count - 1 for name, count in sent.items() if count > 1})
    return Figures(
        landed=truth.files,
        stored=len(stored),
        refused=sum(len(positions) for positions in _quarantined(yard, truth).values()),
        dead_lettered=len(dead),
        redriven=redriven,
        lost=tuple(_lost(yard, truth, stored, dead)),
        doubled=len(stored.keys() - truth.readings.keys()) + _counted_twice(yard, truth),
        wrong_totals=tuple(_wrong_totals(yard, truth)),
        told=sum(1 for each in loud if sent[each.id]),
        unheard=sum(unheard.values()),
        told_again=sum(min(count, unheard.get(name, 0)) for name, count in again.items()),
        unsent=sum(1 for each in loud if not sent[each.id] or each.untold),
        doubled_alerts=tuple(name for name, count in again.items() if count > unheard.get(name, 0)),
    )


def tell_the_rest(yard: Yard) -> None:
    """Tell as the watch does each minute, hours later: what waits its turn is due by then."""
    topic = SnsNotifier(yard.aws.sns(), yard.stack.alerts_topic)
    untold = DynamoUntold(yard.dynamodb, yard.stack.alerts_table)
    options = TellingOptions(digest_over=10**6)
    for hours in (3, 6):
        later = datetime.now(UTC) + timedelta(hours=hours)
        Teller(untold, topic, options, lambda moment=later: moment).tell()  # type: ignore[misc]


def every_incident(yard: Yard) -> list[Incident]:
    """Read all incidents there are, which only a test may do."""
    pages = yard.dynamodb.get_paginator("scan").paginate(TableName=yard.stack.alerts_table)
    items: list[Any] = [item for page in pages for item in page["Items"]]
    return [incident_of(item) for item in items if "rule" in item]


def told_incidents(yard: Yard) -> Counter[str]:
    """Empty the alerts' inbox and count how often each incident's onset was told."""
    inbox = SqsQueue(yard.sqs, yard.stack.alerts_inbox)
    found: Counter[str] = Counter()
    while letters := inbox.take_all():
        for letter in letters:
            told = msgspec.json.decode(letter.body)
            if told["MessageAttributes"]["phase"]["Value"] == "onset":
                found.update(_ALERT.findall(told["Message"]))
            inbox.delete(letter)
    return found


def _lost(
    yard: Yard, truth: Truth, stored: Mapping[tuple[str, str], History], dead: set[tuple[str, str]]
) -> Iterator[str]:
    for key, landed in truth.readings.items():
        kept = {each.values: _stamp(each.stamp) for each in stored[key].versions} if key in stored else {}
        newest = sorted(landed.items(), key=lambda pair: pair[1], reverse=True)
        versions = dict(newest[: KEPT_REVISIONS + 1])
        if kept != versions and not _all_dead(versions, kept, dead):
            yield f"reading {key}: {versions} landed, {kept} is kept"
    kept_rejects = _quarantined(yard, truth)
    for named, positions in truth.rejects.items():
        if kept_rejects.get(named) != positions and named not in dead:
            yield f"rejects of {named}: {positions} landed, {kept_rejects.get(named)} are kept"
    for named in truth.unreadable - dead:
        yield f"unreadable file {named} isn't among the dead letters"
    for named in dead - truth.unreadable:
        yield f"readable file {named} is a dead letter"


def _stamp(stamp: Any) -> Stamp:  # noqa: ANN401 - the history's own
    return stamp.landed_at, stamp.source, stamp.position


def _all_dead(versions: Mapping[Values, Stamp], kept: Mapping[Values, Stamp], dead: set[tuple[str, str]]) -> bool:
    """Tell whether all that differs comes from files among the dead letters."""
    sources = {f"{key}@{version}" for key, version in dead}
    return all(kept.get(values) == stamp or stamp[1] in sources for values, stamp in versions.items())


def _quarantined(yard: Yard, truth: Truth) -> dict[tuple[str, str], tuple[int, ...]]:
    found = {}
    for key, version in truth.rejects:
        try:
            answer = yard.s3.get_object(Bucket=yard.stack.raw_bucket, Key=quarantine_key(key, version))
        except yard.s3.exceptions.NoSuchKey:
            continue
        lines = answer["Body"].read().splitlines()
        found[key, version] = tuple(msgspec.json.decode(line)["position"] for line in lines)
    return found


def _counted_twice(yard: Yard, truth: Truth) -> int:
    return max(0, read_totals(yard.dynamodb, yard.stack.ingests_table).stored - len(truth.readings))


def _wrong_totals(yard: Yard, truth: Truth) -> Iterator[str]:
    totals = read_totals(yard.dynamodb, yard.stack.ingests_table)
    good = truth.records - truth.refused
    expected = {
        "files": truth.files,
        "failed_files": len(truth.unreadable),
        "records": truth.records,
        "stored": len(truth.readings),
        "refused": truth.refused,
        "sites": len({site_id for site_id, _ in truth.readings}),
    }
    for name, value in expected.items():
        if getattr(totals, name) != value:
            yield f"the total of {name} is {getattr(totals, name)}, not {value}"
    if totals.equal + totals.revised != good - len(truth.readings):
        yield f"{totals.equal} equal and {totals.revised} revised aren't {good - len(truth.readings)}"
