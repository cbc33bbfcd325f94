"""The state of a stack's bucket, tables and queues, here or in the cloud."""

from datetime import UTC, datetime, timedelta
from typing import Final

from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import DynamoIngestions
from heliograph_cli.diagnosis import Line, look
from heliograph_cli.status import depth
from heliograph_cli.target import Target

_HOURS: Final = 24
_TABLES: Final = ("readings", "sites", "ingestions", "incidents")


def check_stores(target: Target, clients: Clients) -> list[Line]:
    """Look at the bucket, the tables and the queues; at the watch's queues where they are named."""
    tables = [look(f"{role} table", _table, clients, getattr(target, f"{role}_table")) for role in _TABLES]
    return [look("bucket", _bucket, clients, target.bucket), *tables, *_queues(target, clients), _last(target, clients)]


def dead_letters_line(what: str, queue: str, count: int) -> Line:
    """Return how many dead letters a queue has. queue: as `heliograph dlq --queue` calls it."""
    if not count:
        return Line(what, "ok", "none")
    option = "" if queue == "ingest" else f" --queue {queue}"
    return Line(
        what, "warn", f"{count}", f"see `heliograph dlq list{option}`, then `heliograph dlq redrive --all{option}`"
    )


def last_file_line(landed_at: str) -> Line:
    """Return when the last file landed. landed_at: UTC text; empty where none did of late."""
    if landed_at:
        return Line("last file", "ok", f"landed {landed_at}")
    return Line(
        "last file", "warn", f"none in {_HOURS} hours", "is what sends them alive? try `heliograph submit --wait`"
    )


def _queues(target: Target, clients: Clients) -> list[Line]:
    work = {"ingest queue": target.ingest_queue_url, "watch queue": target.watch_queue_url}
    dead = {"ingest": target.dead_letter_queue_url, "watch": target.watch_dead_letter_queue_url}
    lines = [look(what, _queue, clients, url) for what, url in work.items() if url]
    lines += [look(f"{name} dlq", _dead_letters, clients, name, url) for name, url in dead.items() if url]
    if not target.watch_dead_letter_queue_url:
        lines.append(Line("watch dlq", "warn", "not named", "set HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL"))
    return lines


def _bucket(what: str, clients: Clients, name: str) -> Line:
    clients.s3().head_bucket(Bucket=name)
    return Line(what, "ok", f"{name} answers")


def _table(what: str, clients: Clients, name: str) -> Line:
    state = clients.dynamodb().describe_table(TableName=name)["Table"]["TableStatus"]
    if state in {"ACTIVE", "UPDATING"}:
        return Line(what, "ok", f"{name} is {state.lower()}")
    return Line(what, "missing", f"{name} is {state.lower()}", "wait until it is active")


def _queue(what: str, clients: Clients, url: str) -> Line:
    return Line(what, "ok", f"{depth(clients, url)} waiting")


def _dead_letters(what: str, clients: Clients, queue: str, url: str) -> Line:
    return dead_letters_line(what, queue, depth(clients, url))


def _last(target: Target, clients: Clients) -> Line:
    return look("last file", _last_file, target, clients)


def _last_file(_what: str, target: Target, clients: Clients) -> Line:
    ingestions = DynamoIngestions(clients.dynamodb(), target.ingestions_table, timedelta(days=1))
    now = datetime.now(UTC)
    for hours in range(_HOURS):
        found = ingestions.of_hour(f"{now - timedelta(hours=hours):%Y%m%dT%H}", 1, None).items
        if found:
            return last_file_line(found[0].landed_at)
    return last_file_line("")
