"""`heliograph dlq`: dead letters: list, show and retry them.

Two queues end here: that of landed files (ingest), and that of evaluations of sites (watch).
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
import typer
from botocore.exceptions import ClientError

from heliograph.errors import HeliographError
from heliograph.evaluation.cycle import NotAJob, read_job
from heliograph.events import Landed, NotAnEvent, landed_objects
from heliograph.reading import format_timestamp, moment_of
from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import read_ingestion
from heliograph.storage.queues import DeadLetter, SqsQueue
from heliograph.table_keys import ingestion_id
from heliograph_cli.commands import Exit, WrongUse, command, group, make_app
from heliograph_cli.show import out, print_json, print_table, progress, say
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

Which = Literal["ingest", "watch"]
_Queue = Annotated[Which, typer.Option(help="ingest: files that failed. watch: evaluations that failed.")]
_NO_SUCH: Final = {Exit.FAILED: "no dead letter's id begins so"}
app = make_app(no_args_is_help=True)
_NAMED: Final = 5
_SEE_WATCH: Final = "no look at them came to an end; see the watch's log"


class NoSuchDeadLetter(HeliographError):
    """No dead letter has the id that was asked for."""


@group(app)
def _letters() -> None:
    """Dead letters: files and evaluations that failed for good.

    Example: heliograph dlq list
    """


@command(app, "list")
def list_dead_letters(
    queue: _Queue = "ingest", state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False
) -> None:
    """List dead letters: age, subject, and why each failed.

    Example: heliograph dlq list
    Example: heliograph dlq list --queue watch
    """
    failures = [failed for _, failed in _look(queue, *find_target(state_dir))]
    if as_json:
        for failed in failures:
            print_json(failed)
    else:
        print_table(f"dead letters of {queue}", [msgspec.structs.asdict(failed) for failed in failures])


@command(app, meanings=_NO_SUCH)
def show(
    message_id: Annotated[str, typer.Argument(help="Id of a dead letter, or its beginning.")],
    queue: _Queue = "ingest",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Show one dead letter: its original message, its subject, and why it failed.

    Example: heliograph dlq show 3f2a
    """
    for dead_letter, failed in _look(queue, *find_target(state_dir)):
        if dead_letter.id.startswith(message_id):
            _show(dead_letter, failed, as_json=as_json)
            return
    raise NoSuchDeadLetter(f"no dead letter's id begins with {message_id}; see `heliograph dlq list --queue {queue}`")


@command(app, meanings=_NO_SUCH)
def redrive(
    message_ids: Annotated[list[str] | None, typer.Argument(help="Ids of dead letters, or their beginnings.")] = None,
    queue: _Queue = "ingest",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    as_json: AsJson = False,
) -> None:
    """Retry dead letters: each returns to its queue before it leaves the dead letters.

    Processing a file and evaluating a site are idempotent, so a retry does no harm.

    Example: heliograph dlq redrive --all
    Example: heliograph dlq redrive --queue watch 3f2a
    """
    if bool(message_ids) == everything:
        raise WrongUse("name dead letters by id, or say --all")
    work, dead = _queues(queue, *find_target(state_dir))
    dead_letters = dead.take_all()
    chosen = [
        dead_letter for dead_letter in dead_letters if everything or dead_letter.id.startswith(tuple(message_ids or ()))
    ]
    dead.release([dead_letter for dead_letter in dead_letters if dead_letter not in chosen])
    with progress() as shown:
        for dead_letter in shown.track(chosen, description="redriving"):
            work.send([dead_letter.body])
            dead.delete(dead_letter)
    if not chosen and not everything:
        raise NoSuchDeadLetter(f"no dead letter has such an id; see `heliograph dlq list --queue {queue}`")
    if as_json:
        print_json({"queue": queue, "redriven": len(chosen), "of": len(dead_letters)})
    else:
        out().print(f"{len(chosen)} of {len(dead_letters)} dead letters go back to the {queue} queue")


def _queues(queue: Which, target: Target, clients: Clients) -> tuple[SqsQueue, SqsQueue]:
    """Return a queue and its dead letters.

    Raises:
        WrongUse: the stack in the cloud is named without the watch's queues.
    """
    urls = {
        "ingest": (target.ingest_queue_url, target.dead_letter_queue_url),
        "watch": (target.watch_queue_url, target.watch_dead_letter_queue_url),
    }[queue]
    if not all(urls):
        raise WrongUse(
            "set HELIOGRAPH_WATCH_QUEUE_URL and HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL to the watch's queues"
        )
    sqs = clients.sqs()
    return SqsQueue(sqs, urls[0]), SqsQueue(sqs, urls[1])


class FailedFile(msgspec.Struct, frozen=True):
    """A file that failed. error: the last one. size_bytes: None where the object is gone."""

    id: str
    age_minutes: int
    object_key: str
    version: str
    size_bytes: int | None
    error: str


class FailedEvaluation(msgspec.Struct, frozen=True):
    """Evaluations that failed. asked_at: UTC text. count: of the sites; sites: the first of them."""

    id: str
    age_minutes: int
    asked_at: str
    count: int
    sites: str
    error: str


Failed = FailedFile | FailedEvaluation


def _look(queue: Which, target: Target, clients: Clients) -> list[tuple[DeadLetter, Failed]]:
    """Take all dead letters, find out about each, and give them back."""
    _, dead = _queues(queue, target, clients)
    dead_letters = dead.take_all()
    try:
        if queue == "watch":
            return [(dead_letter, failed_evaluation(dead_letter)) for dead_letter in dead_letters]
        return [(dead_letter, failed_file(dead_letter, target, clients)) for dead_letter in dead_letters]
    finally:
        dead.release(dead_letters)


def _show(dead_letter: DeadLetter, failed: Failed, *, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.structs.asdict(failed), "body": dead_letter.body})
        return
    print_table(
        f"dead letter {dead_letter.id}", [{"field": n, "value": v} for n, v in msgspec.structs.asdict(failed).items()]
    )
    say(dead_letter.body)


def failed_evaluation(dead_letter: DeadLetter) -> FailedEvaluation:
    """Return what a dead letter of the watch is about; the readings say what an evaluation finds, so none is kept."""
    try:
        job = read_job(dead_letter.body)
    except NotAJob as error:
        return FailedEvaluation(dead_letter.id, _age(dead_letter), "", 0, "", str(error))
    sites = ", ".join(visit.site_id for visit in job.sites[:_NAMED])
    more = f" and {len(job.sites) - _NAMED} more" if len(job.sites) > _NAMED else ""
    return FailedEvaluation(dead_letter.id, _age(dead_letter), job.at, len(job.sites), sites + more, _SEE_WATCH)


def failed_file(dead_letter: DeadLetter, target: Target, clients: Clients) -> FailedFile:
    """Return what a dead letter of the ingest queue is about, and the last error of its file."""
    try:
        named = landed_objects(dead_letter.body)
    except NotAnEvent as error:
        return FailedFile(dead_letter.id, _age(dead_letter), "", "", None, str(error))
    if not named:
        return FailedFile(dead_letter.id, _age(dead_letter), "", "", None, "the event names no raw object")
    return _of_object(named[0], dead_letter, target, clients)


def _of_object(landed: Landed, dead_letter: DeadLetter, target: Target, clients: Clients) -> FailedFile:
    age = _age(dead_letter)
    head = _head(landed, target, clients)
    if head is None:
        return FailedFile(
            dead_letter.id, age, landed.key, landed.version, None, "the object isn't in the bucket any more"
        )
    name = ingestion_id(landed.key, landed.version, format_timestamp(head["LastModified"]))
    ingestion = read_ingestion(clients.dynamodb(), target.ingestions_table, name)
    error = ingestion.error if ingestion else "no attempt came to an end; see the processor's log"
    return FailedFile(dead_letter.id, age, landed.key, landed.version, head["ContentLength"], error)


def _age(dead_letter: DeadLetter) -> int:
    return int((datetime.now(UTC) - moment_of(dead_letter.sent_at)).total_seconds() // 60)


def _head(landed: Landed, target: Target, clients: Clients) -> Any:  # noqa: ANN401 - botocore's answer
    version: dict[str, Any] = {"VersionId": landed.version} if landed.version else {}
    try:
        return clients.s3().head_object(Bucket=target.bucket, Key=landed.key, **version)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 405}:
            return None
        raise
