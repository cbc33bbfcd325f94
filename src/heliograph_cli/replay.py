"""`heliograph replay`: process raw objects again. It is idempotent, so it is safe at any time."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from heliograph.errors import ReadingError, SettingsError
from heliograph.events import Landed, event_of, versions_named
from heliograph.formatting import count
from heliograph.object_keys import RAW
from heliograph.reading import parse_timestamp
from heliograph.storage.listing import Listed, Walk
from heliograph.storage.queues import SqsQueue
from heliograph_cli.commands import command, make_app
from heliograph_cli.show import out, print_json, progress, warn
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, find_target

_TOGETHER: Final = 10

app = make_app()


@command(app)
def replay(
    prefix: Annotated[str, typer.Argument(help="Keys below raw/, such as raw/submit/2026/.")] = RAW,
    since: Annotated[str | None, typer.Option("--from", help="Landed at or after this moment, ISO 8601.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Landed before this moment, ISO 8601.")] = None,
    rate: Annotated[float, typer.Option(help="Files a second.", min=0.1)] = 50.0,
    resume: Annotated[Path | None, typer.Option(help="File that notes the progress; continues from there.")] = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Send raw objects through the processor again.

    It sends every version of each object, in the order of keys. It removes an object's dead letter; the object gets
    another if it fails again. With the same --resume file it continues behind the last key it sent.

    Example: heliograph replay raw/submit/2026/11/ --resume replay.txt
    """
    if not prefix.startswith(RAW):
        raise SettingsError(f"raw objects lie below {RAW}; say {RAW}{prefix}")
    is_chosen = landed_within(since, until)
    target, clients = find_target(state_dir)
    after = resume.read_text().strip() if resume and resume.exists() else ""
    queue = SqsQueue(clients.sqs(), target.ingest_queue_url)
    walk = Walk(clients.s3(attempts=1), target.bucket)
    sent = 0
    with progress() as shown, replaced_letters(SqsQueue(clients.sqs(), target.dead_letter_queue_url)) as note:
        task = shown.add_task("sending", total=None)
        for together in _by_key(filter(is_chosen, walk.versions(prefix, after))):
            queue.send([event_of(target.bucket, Landed(e.key, e.version, e.landed_at)) for e in together])
            note(together)
            sent += len(together)
            shown.update(task, completed=sent)
            if resume:
                resume.write_text(together[-1].key)
            time.sleep(len(together) / rate)
    _warn_of(walk.unlisted)
    if as_json:
        print_json({"sent": sent})
    else:
        out().print(f"{count(sent, 'file')} sent to the ingest queue; `heliograph status` shows how many wait")


def _warn_of(unlisted: Iterable[str]) -> None:
    for folder in unlisted:
        warn(f"a key below {folder} can't be listed: it, and others with unusual signs there, may be left out")


@contextmanager
def replaced_letters(dead: SqsQueue) -> Iterator[Callable[[Iterable[Listed]], None]]:
    """Delete, at the end, the dead letters of the objects that were noted: sent again, each would have two.

    Only letters that were there at the beginning are deleted; one that was written meanwhile is the news.
    """
    dead_letters = dead.take_all()
    dead.release(dead_letters)
    objects = {dead_letter.id: versions_named([dead_letter.body]) for dead_letter in dead_letters}
    left = {named for each in objects.values() for named in each}
    noted: set[tuple[str, str]] = set()

    def note(sent: Iterable[Listed]) -> None:
        noted.update(left.intersection((each.key, each.version) for each in sent))

    try:
        yield note
    finally:
        if noted:
            for dead_letter in dead.take_all():
                if objects.get(dead_letter.id) and objects[dead_letter.id] <= noted:
                    dead.delete(dead_letter)
                else:
                    dead.release([dead_letter])


def _by_key(listed: Iterator[Listed]) -> Iterator[list[Listed]]:
    """Cut into parts of about ten that never end between two versions of one key, so a key can stand for its part."""
    part: list[Listed] = []
    for each in listed:
        if len(part) >= _TOGETHER and part[-1].key != each.key:
            yield part
            part = []
        part.append(each)
    if part:
        yield part


def landed_within(since: str | None, until: str | None) -> Callable[[Listed], bool]:
    """Return whether a file landed from `--from` to before `--to`, where these are given; raise as `moment` does."""
    begin, end = moment(since, "--from") or "", moment(until, "--to")
    return lambda each: begin <= each.landed_at and (end is None or each.landed_at < end)


def moment(value: str | None, option: str) -> str | None:
    """Read an option that is a moment; return UTC text, or None where it isn't given.

    Raises:
        SettingsError: it isn't ISO 8601 with an offset.
    """
    try:
        return None if value is None else parse_timestamp(value)
    except ReadingError as error:
        raise SettingsError(f"{option}: {error}") from None
