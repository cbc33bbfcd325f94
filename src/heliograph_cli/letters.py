"""`heliograph dlq`: dead letters: list, show and retry them.

Two queues end here: that of landed files (ingest), and that of evaluations of sites (watch).
"""

from typing import Annotated, Final, Literal

import msgspec
import typer

from heliograph.errors import HeliographError
from heliograph.storage.clients import Clients
from heliograph.storage.queues import Letter, SqsQueue
from heliograph_cli.causes import Cause, cause_of_file, cause_of_look
from heliograph_cli.commands import command, group, make_app
from heliograph_cli.exits import Exit, WrongUse
from heliograph_cli.show import harmless, out, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

Which = Literal["ingest", "watch"]
Queue = Annotated[Which, typer.Option(help="ingest: files that failed. watch: evaluations that failed.")]

_NO_SUCH: Final = {Exit.FAILED: "no dead letter's id begins so"}

app = make_app(no_args_is_help=True)


class NoSuchLetter(HeliographError):
    """No dead letter has the id that was asked for."""


@group(app)
def _letters() -> None:
    """What failed for good: the dead-letter queues.

    Example: heliograph dlq list
    """


@command(app, "list")
def list_letters(queue: Queue = "ingest", state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """List dead letters: how old, what each is about, and why it failed.

    Example: heliograph dlq list
    Example: heliograph dlq list --queue watch
    """
    causes = [cause for _, cause in _look(queue, *find_target(state_dir))]
    if as_json:
        for cause in causes:
            print_json(cause)
    else:
        print_table(f"dead letters of {queue}", [msgspec.structs.asdict(cause) for cause in causes])


@command(app, meanings=_NO_SUCH)
def show(
    letter_id: Annotated[str, typer.Argument(help="Id of a dead letter, or its beginning.")],
    queue: Queue = "ingest",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Show one dead letter: its message as it was, and what is known of what it is about.

    Example: heliograph dlq show 3f2a
    """
    for letter, cause in _look(queue, *find_target(state_dir)):
        if letter.id.startswith(letter_id):
            _show(letter, cause, as_json=as_json)
            return
    raise NoSuchLetter(f"no dead letter's id begins with {letter_id}; see `heliograph dlq list --queue {queue}`")


@command(app, meanings=_NO_SUCH)
def redrive(
    letter_ids: Annotated[list[str] | None, typer.Argument(help="Ids of dead letters, or their beginnings.")] = None,
    queue: Queue = "ingest",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have it done again: each goes back to its queue, and only then leaves the dead letters.

    A file is stored once however often it is processed, and an evaluation finds what is in the readings by then.

    Example: heliograph dlq redrive --all
    Example: heliograph dlq redrive --queue watch 3f2a
    """
    if bool(letter_ids) == everything:
        raise WrongUse("name dead letters by id, or say --all")
    work, dead = _queues(queue, *find_target(state_dir))
    letters = dead.take_all()
    chosen = [letter for letter in letters if everything or letter.id.startswith(tuple(letter_ids or ()))]
    dead.release([letter for letter in letters if letter not in chosen])
    with progress() as shown:
        for letter in shown.track(chosen, description="redriving"):
            work.send([letter.body])
            dead.delete(letter)
    if not chosen and not everything:
        raise NoSuchLetter(f"no dead letter has such an id; see `heliograph dlq list --queue {queue}`")
    if as_json:
        print_json({"queue": queue, "redriven": len(chosen), "of": len(letters)})
    else:
        out().print(f"{len(chosen)} of {len(letters)} dead letters go back to the {queue} queue")


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


def _look(queue: Which, target: Target, clients: Clients) -> list[tuple[Letter, Cause]]:
    """Take all dead letters, find out about each, and give them back."""
    _, dead = _queues(queue, target, clients)
    letters = dead.take_all()
    try:
        if queue == "watch":
            return [(letter, cause_of_look(letter)) for letter in letters]
        return [(letter, cause_of_file(letter, target, clients)) for letter in letters]
    finally:
        dead.release(letters)


def _show(letter: Letter, cause: Cause, *, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.structs.asdict(cause), "body": letter.body})
        return
    print_table(
        f"dead letter {letter.id}", [{"field": n, "value": v} for n, v in msgspec.structs.asdict(cause).items()]
    )
    out().print(harmless(letter.body), markup=False, highlight=False)
