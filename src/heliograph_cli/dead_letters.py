"""`heliograph dlq`: dead letters: list, show and retry them.

Two queues end here: that of landed files (ingest), and that of evaluations of sites (watch).
"""

from typing import Annotated, Final, Literal

import msgspec
import typer

from heliograph.errors import HeliographError
from heliograph.storage.clients import Clients
from heliograph.storage.queues import DeadLetter, SqsQueue
from heliograph_cli.commands import command, group, make_app
from heliograph_cli.exits import Exit, WrongUse
from heliograph_cli.failure_reasons import Failed, failed_evaluation, failed_file
from heliograph_cli.show import harmless, out, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

Which = Literal["ingest", "watch"]
Queue = Annotated[Which, typer.Option(help="ingest: files that failed. watch: evaluations that failed.")]

_NO_SUCH: Final = {Exit.FAILED: "no dead letter's id begins so"}

app = make_app(no_args_is_help=True)


class NoSuchDeadLetter(HeliographError):
    """No dead letter has the id that was asked for."""


@group(app)
def _letters() -> None:
    """Dead letters: files and evaluations that failed for good.

    Example: heliograph dlq list
    """


@command(app, "list")
def list_dead_letters(
    queue: Queue = "ingest", state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False
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
    queue: Queue = "ingest",
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
    queue: Queue = "ingest",
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
    out().print(harmless(dead_letter.body), markup=False, highlight=False)
