"""`heliograph submit`: land files in raw/, and follow each until it is stored or rejected."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from heliograph.errors import ObjectGone
from heliograph.ingestion import COUNTS, Ingestion
from heliograph.object_keys import quarantine_key
from heliograph.storage.ingestions import read_ingestion
from heliograph.storage.objects import QuarantinedRecord, QuarantinePages, S3Landing
from heliograph_cli.commands import Exit, command, make_app, read
from heliograph_cli.kept_feeds import feeds_of, require_feed
from heliograph_cli.show import print_json, print_table, progress, warn
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, find_target

_POLL_SECONDS: Final = 0.3
_REASONS: Final = 3
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")

app = make_app()


class Submitted(msgspec.Struct, frozen=True):
    """A landed file: what it is called here, what it is called in the bucket, and its ingestion's id."""

    file: str
    object_key: str
    version: str
    ingestion: str


class Fate(msgspec.Struct, frozen=True):
    """What became of a submitted file; ingestion is None while nobody knows. rejected: the first of its bad records."""

    submitted: Submitted
    ingestion: Ingestion | None
    rejected: tuple[QuarantinedRecord, ...] = ()

    @property
    def failed(self) -> bool:
        """Return whether the file wasn't stored, or not all of it."""
        return self.ingestion is None or self.ingestion.state == "failed" or self.ingestion.rejected > 0

    def row(self) -> dict[str, object]:
        """Return the file's line in a table or for a script."""
        found = self.ingestion
        counts = {name: getattr(found, name) if found else 0 for name in COUNTS}
        state = found.state if found else "waiting"
        return {"file": self.submitted.file, "state": state, **counts, "error": found.error if found else ""}

    def problems(self, timeout: float) -> list[str]:
        """Return what went wrong with the file, a sentence each."""
        if self.ingestion is None:
            return [f"not done after {timeout:g} s; see `heliograph status`"]
        sentences = [self.ingestion.error] if self.ingestion.error else []
        sentences += [f"record {each.position}: {each.reason}" for each in self.rejected]
        if self.ingestion.rejected > len(self.rejected):
            key = quarantine_key(self.submitted.object_key, self.submitted.version)
            rest = "more records were rejected" if self.rejected else "records were rejected"
            sentences.append(f"{self.ingestion.rejected - len(self.rejected)} {rest}: heliograph quarantine show {key}")
        return sentences


_WAITED: Final = {Exit.FAILED: "with --wait: a record was rejected, a file failed, or wasn't done in time"}


@command(app, meanings=_WAITED)
def submit(
    files: Annotated[list[Path], typer.Argument(help="Files of readings: JSON, NDJSON or CSV, plain or gzip.")],
    *,
    feed: Annotated[str, typer.Option(help="The feed that they are files of, in its own format; see `feeds`.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Follow each file until it is stored or rejected.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.")] = 600.0,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Land files of readings.

    A rejected record doesn't fail its file: the other records are stored. With --wait the command names the first
    rejected records with position and reason, and ends with 1. Quarantine has all of them.

    Example: heliograph submit --wait meters.csv
    Example: heliograph submit --feed portal --wait export.xlsx
    """
    target, clients = find_target(state_dir)
    if feed:
        require_feed(feeds_of(target, clients), feed)
    submitted = land_all(files, S3Landing(clients.s3, target.bucket), feed)
    if not wait:
        _print([{"file": each.file, "object_key": each.object_key} for each in submitted], as_json=as_json)
        return
    look = lambda ingestion: read_ingestion(clients.dynamodb(), target.ingestions_table, ingestion)  # noqa: E731
    quarantine = QuarantinePages(clients.s3, target.bucket)
    fates = [with_reasons(fate, quarantine) for fate in follow(submitted, look, timeout)]
    _report(fates, timeout, as_json=as_json)
    if any(fate.failed for fate in fates):
        raise typer.Exit(1)


def land_all(files: Sequence[Path], landing: S3Landing, feed: str = "") -> list[Submitted]:
    """Land files one after the other; where one can't be read or is refused, say how many had landed.

    feed: as `land` has it.
    """
    submitted: list[Submitted] = []
    with progress() as shown:
        for path in shown.track(files, description="landing"):
            try:
                submitted.append(land(path, landing, feed))
            except Exception:
                warn(_stopped_at(path, len(submitted), len(files)), style="red")
                raise
    return submitted


def _stopped_at(path: Path, landed: int, count: int) -> str:
    if count == 1:
        return f"{path} did not land"
    return f"{landed} of {count} files landed; {path} and the files named after it did not"


def land(path: Path, landing: S3Landing, feed: str = "") -> Submitted:
    """Put one file under raw/submit/, under a name that says when and what; or under a feed's prefix, as it is called.

    Raises:
        NotReadable: the file can't be read.
    """
    body = read(path)
    digest = sha256(body).hexdigest()[:8]
    name = f"{digest}/{path.name}" if feed else f"{digest}-{_UNSAFE.sub('-', path.name)[-100:]}"
    landed = landing.land(feed or "submit", datetime.now(UTC), name, body)
    return Submitted(str(path), landed.key, landed.version, landed.ingestion)


def follow(submitted: Sequence[Submitted], look: Callable[[str], Ingestion | None], timeout: float) -> list[Fate]:
    """Wait until every file's ingestion is there, showing progress; return them all, in the order given."""
    found: dict[str, Ingestion] = {}
    with progress() as shown:
        task = shown.add_task("storing", total=len(submitted))
        for _ in _until(time.monotonic() + timeout):
            for each in submitted:
                if each.ingestion not in found and (ingestion := look(each.ingestion)) is not None:
                    found[each.ingestion] = ingestion
            shown.update(task, completed=len(found))
            if len(found) == len({each.ingestion for each in submitted}):
                break
    return [Fate(each, found.get(each.ingestion)) for each in submitted]


def with_reasons(fate: Fate, quarantine: QuarantinePages) -> Fate:
    """Add the first rejected records of a file, where it has some and its quarantine file is there."""
    if fate.ingestion is None or not fate.ingestion.rejected:
        return fate
    try:
        key = quarantine_key(fate.submitted.object_key, fate.submitted.version)
        lines = quarantine.page(key, _REASONS).items
    except ObjectGone:
        return fate
    return msgspec.structs.replace(fate, rejected=tuple(line.rejected for line in lines))


def _until(deadline: float) -> Iterator[None]:
    yield
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        yield


def _report(fates: list[Fate], timeout: float, *, as_json: bool) -> None:
    """Print what became of the files; for people, what went wrong stands below the table."""
    if as_json:
        _print([{**fate.row(), "rejected_records": _for_scripts(fate)} for fate in fates], as_json=True)
        return
    _print([{name: value for name, value in fate.row().items() if name != "error"} for fate in fates], as_json=False)
    for fate in fates:
        for why in fate.problems(timeout):
            warn(f"{fate.submitted.file}: {why}", style="red")


def _for_scripts(fate: Fate) -> list[dict[str, object]]:
    return [{"position": each.position, "reason": each.reason} for each in fate.rejected]


def _print(rows: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(row)
    else:
        print_table("submitted", rows)
