"""`heliograph status`: what runs, what is stored, what waits, what failed."""

from typing import Final

import msgspec

from heliograph.ingestion import IngestionTotals
from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import read_totals
from heliograph_cli.commands import command, make_app
from heliograph_cli.show import print_json, print_table
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_DEPTHS: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")

app = make_app()


class Status(msgspec.Struct, frozen=True):
    """A running Heliograph at a glance.

    waiting: files landed and not yet processed, those in work included. dead_letters: files that failed for good.
    watch_dead_letters: calls for looks at sites that failed for good; None where that queue isn't named.
    """

    api: str
    totals: IngestionTotals
    waiting: int
    dead_letters: int
    watch_dead_letters: int | None


@command(app)
def status(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Show what is stored, what waits and what failed.

    Example: heliograph status --json
    """
    found = look(*find_target(state_dir))
    if as_json:
        print_json(found)
        return
    rows: list[dict[str, object]] = [{"what": "API", "value": found.api}]
    rows += [{"what": name.replace("_", " "), "value": value} for name, value in _figures(found).items()]
    print_table("Heliograph", rows)


def look(target: Target, clients: Clients) -> Status:
    """Read the totals and the queues' depths."""
    totals = read_totals(clients.dynamodb(), target.ingestions_table)
    return Status(
        api=target.api,
        totals=totals,
        waiting=depth(clients, target.ingest_queue_url),
        dead_letters=depth(clients, target.dead_letter_queue_url),
        watch_dead_letters=depth(clients, target.watch_dead_letter_queue_url)
        if target.watch_dead_letter_queue_url
        else None,
    )


def depth(clients: Clients, queue_url: str) -> int:
    """Count the messages of a queue, those being worked on included."""
    found = clients.sqs().get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(_DEPTHS))["Attributes"]
    return sum(int(found[name]) for name in _DEPTHS)


def _figures(found: Status) -> dict[str, int | None]:
    totals = msgspec.structs.asdict(found.totals)
    names = {"stored": "readings", "bytes": "bytes landed", "already_stored": "repeats", "rejected": "records rejected"}
    figures: dict[str, int | None] = {names.get(name, name): value for name, value in totals.items()}
    dead = {"dead letters": found.dead_letters, "dead letters of the watch": found.watch_dead_letters}
    return {**figures, "files waiting": found.waiting, **dead}
