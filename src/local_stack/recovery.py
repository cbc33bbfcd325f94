"""Recovery after a run that didn't end cleanly: what is missing is rebuilt from S3, which has everything accepted.

So it is where the tables are in another DynamoDB, which may have lost them. The engine begins with its newest snapshot
and the changes noted since. What it can't know are the events that waited in the ingest queue, and, where a file of its
state can't be read, more than that. So whatever of S3 isn't done is sent through the processor again. That is right
whatever was lost: to process an object twice changes nothing.
"""

import time
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import msgspec

from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.events import Landed, event_of, versions_named
from heliograph.fact import registry
from heliograph.object_keys import RAW
from heliograph.storage.batches import Keys, batched, get_many
from heliograph.storage.edits import DynamoEdits
from heliograph.storage.items import ANY_ITEM, attributes
from heliograph.storage.listing import Listed, Walk
from heliograph.storage.objects import S3Facts
from heliograph.storage.queues import SqsQueue
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.storage.sites import DynamoSites
from heliograph.table_keys import INGESTIONS, ingestion_id, ingestion_place

if TYPE_CHECKING:
    from heliograph.storage.clients import Clients
    from local_stack.stack import Stack

_TOGETHER = 100
_SITES_A_JOB = 25


class UncleanEnd(msgspec.Struct, frozen=True):
    """What an engine found that didn't end as it should. notes: a sentence for each file that can't be read.

    changes: calls that were made again. seconds: what reading it took.
    """

    notes: tuple[str, ...] = ()
    changes: int = 0
    seconds: float = 0.0


class Recovery(msgspec.Struct, frozen=True):
    """What was rebuilt. found: None where the run before ended well, and only the tables may lack something.

    files: how many of the raw objects weren't done, and were sent through the processor again. unlisted: folders with a
    key that can't be listed; what is left of its event is all that is known of it.
    """

    found: UncleanEnd | None
    objects: int
    files: int
    unlisted: tuple[str, ...] = ()


def recover_registry(stack: "Stack", aws: "Clients") -> int:
    """Register what people said of sites and the registry doesn't know; return how many sites that are.

    It comes before the files: they are judged by it.
    """
    said = registry(S3Facts(aws.s3, stack.raw_bucket).all("sites"))
    store = DynamoSites(aws.dynamodb(), stack.sites_table, stack.ingestions_table)
    known = store.get_many(said)
    unknown = [site for name, site in said.items() if known.get(name) != site]
    for site in unknown:
        store.put(site)
    return len(unknown)


def recover_edits(stack: "Stack", aws: "Clients") -> int:
    """Keep what people said of readings and the tables don't know, and have it judged; return how many edits it is."""
    facts = S3Facts(aws.s3, stack.raw_bucket)
    lost = DynamoEdits(aws.dynamodb(), stack.sites_table, facts).restore(facts.all("edits"))
    jobs = jobs_of(int(time.time()), (DueSite(edit.site_id, edit.since) for edit in lost), _SITES_A_JOB)
    SqsQueue(aws.sqs(), stack.watch_queue).send([job_text(job) for job in jobs])
    return len(lost)


def recover(stack: "Stack", aws: "Clients", found: UncleanEnd | None) -> Recovery:
    """Send every version of a raw object through the processor that isn't done, and isn't a dead letter.

    found: None where the run before ended well: an object with any state then is where it should be.
    """
    dynamodb, queue = aws.dynamodb(), SqsQueue(aws.sqs(), stack.ingest_queue)
    dead = cache(partial(_named, SqsQueue(aws.sqs(), stack.dead_letter_queue)))
    walk = Walk(aws.s3(attempts=1), stack.raw_bucket)
    listed = walk.versions(RAW)
    objects = files = 0
    for some in batched(listed, _TOGETHER):
        states = _states(dynamodb, stack.ingestions_table, some)
        missing = [e for e, state in zip(some, states, strict=True) if (state != "done" if found else not state)]
        missing = [each for each in missing if (each.key, each.version) not in dead()]
        queue.send([event_of(stack.raw_bucket, Landed(e.key, e.version, e.landed_at)) for e in missing])
        objects, files = objects + len(some), files + len(missing)
    return Recovery(found, objects, files, tuple(walk.unlisted))


def _states(dynamodb: Any, table: str, listed: Sequence[Listed]) -> list[str]:  # noqa: ANN401 - botocore's client
    """Return the state of each object's ingestion, empty where none was written."""
    names = [ingestion_id(each.key, each.version, each.landed_at) for each in listed]
    places = map(ingestion_place, names)
    keys = [attributes({INGESTIONS.partition: partition, INGESTIONS.sort: sort}) for partition, sort in places]
    items = get_many(dynamodb, Keys(table, keys), ANY_ITEM, StoreRetryPolicy())
    found = {item[INGESTIONS.sort]["S"]: str(item.get("state", {}).get("S", "")) for item in items}
    return [found.get(name, "") for name in names]


def _named(queue: SqsQueue) -> set[tuple[str, str]]:
    """Return key and version of each object that a dead letter names."""
    dead_letters = queue.take_all()
    queue.release(dead_letters)
    return versions_named(dead_letter.body for dead_letter in dead_letters)
