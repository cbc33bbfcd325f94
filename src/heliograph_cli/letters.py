"""`heliograph dlq`: files that failed for good: look at them, and process them again."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from botocore.exceptions import ClientError

from heliograph.errors import HeliographError
from heliograph.events import Landed, NotAnEvent, landed_objects
from heliograph.reading import format_timestamp, moment_of
from heliograph.storage.clients import Clients
from heliograph.storage.ingests import read_ingest
from heliograph.storage.queues import Letter, SqsQueue
from heliograph.table_keys import ingest_id
from heliograph_cli.show import harmless, out, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

app = typer.Typer(help="Files that failed for good: the dead-letter queue.", no_args_is_help=True)


class NoSuchLetter(HeliographError):
    """No dead letter has the id that was asked for."""


class Cause(msgspec.Struct, frozen=True):
    """A dead letter and what is known of it. error: the last one. size_bytes: None where the object is gone."""

    id: str
    age_minutes: int
    object_key: str
    version: str
    size_bytes: int | None
    error: str


@app.command("list")
def list_letters(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """List dead letters: how old, which file, how large, and why it failed.

    Example: heliograph dlq list
    """
    target, clients = find_target(state_dir)
    causes = [cause for _, cause in _look(target, clients)]
    if as_json:
        for cause in causes:
            print_json(cause)
    else:
        print_table("dead letters", [msgspec.structs.asdict(cause) for cause in causes])


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(help="Id of a dead letter, or its beginning.")],
    state_dir: StateDir = DEFAULT_STATE_DIR,
) -> None:
    """Show one dead letter: the event S3 sent, and what is known of its file.

    Example: heliograph dlq show 3f2a
    """
    target, clients = find_target(state_dir)
    for letter, cause in _look(target, clients):
        if letter.id.startswith(letter_id):
            print_json(cause)
            out().print(harmless(letter.body), markup=False, highlight=False)
            return
    raise NoSuchLetter(f"no dead letter's id begins with {letter_id}; see `heliograph dlq list`")


@app.command()
def redrive(
    letter_ids: Annotated[list[str] | None, typer.Argument(help="Ids of dead letters, or their beginnings.")] = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
) -> None:
    """Process failed files again: each goes back to the ingest queue, and only then leaves the dead letters.

    Example: heliograph dlq redrive --all
    """
    if bool(letter_ids) == everything:
        raise typer.BadParameter("name dead letters by id, or say --all")
    target, clients = find_target(state_dir)
    ingest = SqsQueue(clients.sqs(), target.ingest_queue_url)
    dead = SqsQueue(clients.sqs(), target.dead_letter_queue_url)
    letters = dead.take_all()
    chosen = [letter for letter in letters if everything or letter.id.startswith(tuple(letter_ids or ()))]
    dead.release([letter for letter in letters if letter not in chosen])
    with progress() as shown:
        for letter in shown.track(chosen, description="redriving"):
            ingest.send([letter.body])
            dead.delete(letter)
    if not chosen and not everything:
        raise NoSuchLetter("no dead letter has such an id; see `heliograph dlq list`")
    out().print(f"{len(chosen)} of {len(letters)} dead letters go back to the ingest queue")


def _look(target: Target, clients: Clients) -> list[tuple[Letter, Cause]]:
    """Take all dead letters, find out about each, and give them back."""
    dead = SqsQueue(clients.sqs(), target.dead_letter_queue_url)
    letters = dead.take_all()
    try:
        return [(letter, _cause(letter, target, clients)) for letter in letters]
    finally:
        dead.release(letters)


def _cause(letter: Letter, target: Target, clients: Clients) -> Cause:
    age = int((datetime.now(UTC) - moment_of(letter.sent_at)).total_seconds() // 60)
    try:
        named = landed_objects(letter.body)
    except NotAnEvent as error:
        return Cause(letter.id, age, "", "", None, str(error))
    if not named:
        return Cause(letter.id, age, "", "", None, "the event names no raw object")
    return _cause_of(named[0], letter.id, age, target, clients)


def _cause_of(landed: Landed, letter_id: str, age: int, target: Target, clients: Clients) -> Cause:
    head = _head(landed, target, clients)
    if head is None:
        return Cause(letter_id, age, landed.key, landed.version, None, "the object isn't in the bucket any more")
    name = ingest_id(landed.key, landed.version, format_timestamp(head["LastModified"]))
    ingest = read_ingest(clients.dynamodb(), target.ingests_table, name)
    error = ingest.error if ingest else "no attempt came to an end; see the processor's log"
    return Cause(letter_id, age, landed.key, landed.version, head["ContentLength"], error)


def _head(landed: Landed, target: Target, clients: Clients) -> Any:  # noqa: ANN401 - botocore's answer
    version: dict[str, Any] = {"VersionId": landed.version} if landed.version else {}
    try:
        return clients.s3().head_object(Bucket=target.bucket, Key=landed.key, **version)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 405}:
            return None
        raise
