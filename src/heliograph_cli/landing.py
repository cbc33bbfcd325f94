"""`heliograph submit`: land files in raw/, and follow each until it is stored or refused."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from heliograph.ingest import COUNTS, Ingest
from heliograph.object_keys import raw_key
from heliograph.reading import format_timestamp
from heliograph.storage.clients import Clients
from heliograph.storage.ingests import read_ingest
from heliograph.table_keys import ingest_id
from heliograph_cli.commands import command, make_app
from heliograph_cli.exits import Exit
from heliograph_cli.files import read
from heliograph_cli.show import err, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_POLL_SECONDS: Final = 0.3
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")

app = make_app()


class Submitted(msgspec.Struct, frozen=True):
    """A landed file: what it is called here, what it is called in the bucket, and its ingest's id."""

    file: str
    object_key: str
    version: str
    ingest: str


class Fate(msgspec.Struct, frozen=True):
    """What became of a submitted file; ingest is None while nobody knows."""

    submitted: Submitted
    ingest: Ingest | None

    @property
    def failed(self) -> bool:
        """Whether the file wasn't stored."""
        return self.ingest is None or self.ingest.state == "failed"

    def row(self) -> dict[str, object]:
        """Give the file's line in a table or for a script."""
        found = self.ingest
        counts = {name: getattr(found, name) if found else 0 for name in COUNTS}
        state = found.state if found else "waiting"
        return {"file": self.submitted.file, "state": state, **counts, "error": found.error if found else ""}


@command(app, meanings={Exit.FAILED: "with --wait: a file failed, or wasn't done in time"})
def submit(
    files: Annotated[list[Path], typer.Argument(help="Files of readings: JSON, NDJSON or CSV, plain or gzip.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Follow each file until it is stored or refused.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.")] = 600.0,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Land files of readings.

    Records that are refused are counted and kept in quarantine, and don't fail their file.

    Example: heliograph submit --wait meters.csv
    """
    target, clients = find_target(state_dir)
    with progress() as shown:
        submitted = [land(path, target, clients) for path in shown.track(files, description="landing")]
    if not wait:
        _print([{"file": each.file, "object_key": each.object_key} for each in submitted], as_json=as_json)
        return
    look = lambda ingest: read_ingest(clients.dynamodb(), target.ingests_table, ingest)  # noqa: E731
    fates = follow(submitted, look, timeout)
    _report(fates, timeout, as_json=as_json)
    if any(fate.failed for fate in fates):
        raise typer.Exit(1)


def land(path: Path, target: Target, clients: Clients) -> Submitted:
    """Put one file under raw/submit/, under a name that says when and what.

    Raises:
        NotReadable: the file can't be read.
    """
    body = read(path)
    now = datetime.now(UTC)
    name = f"{now:%H%M%S}-{sha256(body).hexdigest()[:8]}-{_UNSAFE.sub('-', path.name)[-100:]}"
    key = raw_key("submit", now, name)
    s3 = clients.s3()
    version = s3.put_object(Bucket=target.bucket, Key=key, Body=body).get("VersionId", "")
    request: dict[str, Any] = {"Bucket": target.bucket, "Key": key} | ({"VersionId": version} if version else {})
    landed_at = format_timestamp(s3.head_object(**request)["LastModified"])
    return Submitted(str(path), key, version, ingest_id(key, version, landed_at))


def follow(submitted: Sequence[Submitted], look: Callable[[str], Ingest | None], timeout: float) -> list[Fate]:
    """Wait until every file's ingest is there, showing progress; give them all, in the order given."""
    found: dict[str, Ingest] = {}
    with progress() as shown:
        task = shown.add_task("storing", total=len(submitted))
        for _ in _until(time.monotonic() + timeout):
            for each in submitted:
                if each.ingest not in found and (ingest := look(each.ingest)) is not None:
                    found[each.ingest] = ingest
            shown.update(task, completed=len(found))
            if len(found) == len({each.ingest for each in submitted}):
                break
    return [Fate(each, found.get(each.ingest)) for each in submitted]


def _until(deadline: float) -> Iterator[None]:
    yield
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        yield


def _report(fates: list[Fate], timeout: float, *, as_json: bool) -> None:
    """Print what became of the files; for people, what went wrong stands below the table."""
    if as_json:
        _print([fate.row() for fate in fates], as_json=True)
        return
    _print([{name: value for name, value in fate.row().items() if name != "error"} for fate in fates], as_json=False)
    for fate in fates:
        why = fate.ingest.error if fate.ingest else f"not done after {timeout:g} s; see `heliograph status`"
        if why:
            err().print(f"{fate.submitted.file}: {why}", style="red", markup=False, highlight=False)


def _print(rows: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(row)
    else:
        print_table("submitted", rows)
