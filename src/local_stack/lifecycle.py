"""Start, find and stop a local stack."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx2
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.reading import format_timestamp
from local_stack.clients import LocalClients
from local_stack.create import create_functions, create_storage, create_triggers
from local_stack.engine import Engine, end_engine, run_engine
from local_stack.recovery import Recovery, recover, recover_edits, recover_registry
from local_stack.resources import (
    ACCOUNT,
    ALERTS,
    ALERTS_INBOX,
    API,
    API_ID,
    DATA,
    DEAD_LETTER,
    INGEST_QUEUE,
    PROCESSOR,
    REGION,
    SIMULATOR,
    TABLE_NAMES,
    WATCH,
    WATCH_DEAD_LETTER,
    resources,
)
from local_stack.stack import DiskFull, EngineFailed, NotSaved, Place, Stack, StackOptions
from local_stack.state_folder import StateFolder
from local_stack.tables import Tables, address_of

MIB: Final = 1024 * 1024
_READY_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05


class RunningStack:
    """A stack that this process started. It ends with this process, with `stop`, or with its `with` block."""

    def __init__(self, stack: Stack, engine: Engine, recovery: Recovery | None = None) -> None:
        """Keep what runs. recovery: what was done again at its start, where anything may have been missing."""
        self.stack = stack
        self.recovery = recovery
        self._engine = engine

    @property
    def ended_well(self) -> bool:
        """Return whether it has ended with everything written down."""
        return self._engine.ended_well

    @property
    def last_words(self) -> str:
        """The end of what its engine printed."""
        return self._engine.last_words

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it ends by another's hand; False where it still runs after these seconds."""
        return self._engine.wait(seconds)

    def stop(self) -> None:
        """Save everything and end it. To stop twice is to stop."""
        self._engine.stop()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()


def start(options: StackOptions) -> RunningStack:
    """Start a stack, and wait until its API answers. What an earlier run on the same folder left is all there.

    Where that run didn't end as it should, or the tables are elsewhere now and may lack what it stored, what is missing
    is sent through the queue again, before anybody finds the stack.

    Raises:
        StackInUse: a stack runs on the folder, or the port is taken.
        DiskFull: less room is free than is to be kept in reserve.
        EngineFailed: the embedded AWS didn't start, or the API didn't answer in time.
        StackError: a zip is missing, the folder was made by another version of Heliograph, or the DynamoDB that is to
            have the tables doesn't answer or has those of another folder.
    """
    folder = StateFolder(options.state_dir)
    address_of(options.dynamodb, "")  # before anything is started
    require_room(folder.path, options.reserve_mib)
    settings = {
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "RESERVE_BYTES": str(options.reserve_mib * MIB),
    }
    engine = run_engine(folder, settings, options.port)
    try:
        return _begin(options, engine, folder)
    except BaseException:
        engine.stop()
        raise


def _begin(options: StackOptions, engine: Engine, folder: StateFolder) -> RunningStack:
    """Make all that there is, send again what is missing, and let the stack be found."""
    found, fresh = folder.to_rebuild(), folder.is_fresh()
    address = address_of(options.dynamodb, engine.endpoint)
    aws = LocalClients(engine.endpoint, REGION, engine.secret, address)
    tables = Tables(folder, aws.dynamodb(), address)
    rebuild = bool(found) or tables.behind
    stack = _make(msgspec.structs.replace(options, dynamodb=address), engine, folder, aws, rebuild=rebuild)
    if fresh:
        engine.keep_now()
    recovery = None
    if rebuild:
        recovery = recover(stack, aws, found)
        folder.note_rebuilt()
    tables.note_whole()
    folder.write_stack(stack)
    return RunningStack(stack, engine, recovery)


def require_room(path: Path, reserve_mib: int) -> None:
    """Make sure that more room is free than is kept in reserve.

    Raises:
        DiskFull: there isn't.
    """
    there = next(each for each in (path, *path.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < reserve_mib * MIB:
        raise DiskFull(
            f"the disk of {path} is nearly full: {free // MIB} MiB are free, and {reserve_mib} MiB are kept in reserve "
            "so that nothing accepted is lost; free some room, or keep less with --reserve"
        )


def find(state_dir: Path) -> Stack | None:
    """Return the stack that runs on a folder, whoever started it, or None."""
    return StateFolder(state_dir).read_stack()


def stop(state_dir: Path) -> bool:
    """Save and end the stack that runs on a folder, whoever started it; False where none runs.

    Raises:
        NotSaved: it has ended, but not everything is written down.
    """
    folder = StateFolder(state_dir)
    stack = folder.read_stack()
    if stack is None:
        return False
    end_engine(stack.pid, folder.wait_until_free)
    folder.clear_if_free()
    if not folder.ended_well():
        raise NotSaved(not_saved(folder.last_words(3)))
    return True


def not_saved(last_words: str) -> str:
    """Return what to say of an engine that ended without writing everything down."""
    return (
        f"the embedded AWS has ended without saving everything; it last said:\n{last_words}\n"
        "What was accepted is in S3, and the next `heliograph up` rebuilds the rest from it."
    )


def _make(options: StackOptions, engine: Engine, folder: StateFolder, aws: LocalClients, *, rebuild: bool) -> Stack:
    """Make all that there is, and wait until the API answers; its Lambda starts while the rest is made.

    rebuild: whether the registry may lack what people said.
    """
    place = Place(engine.endpoint, REGION, ACCOUNT)
    stack = describe(place, engine.pid, datetime.now(UTC), folder.secret, options.dynamodb)
    wanted = resources(options, place)
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        create_functions(wanted, aws, place, options.zips)
        ready = pool.submit(_wait_until_ready, stack, engine, folder)
        create_storage(wanted, aws, place)
        if rebuild:
            recover_registry(stack, aws)
            recover_edits(stack, aws)
        create_triggers(wanted, aws, place)
        ready.result()
    except (BotoCoreError, ClientError) as error:
        raise EngineFailed(f"the embedded AWS refused a resource: {error}") from error
    finally:
        pool.shutdown(wait=False)
    return stack


def describe(place: Place, pid: int, started: datetime, secret_file: Path, dynamodb: str | None = None) -> Stack:
    """Return what runs at a place. dynamodb: the address of another DynamoDB that has the tables."""
    return Stack(
        api=place.api_url(API_ID),
        endpoint=place.endpoint,
        region=place.region,
        raw_bucket=DATA,
        ingest_queue=place.queue_url(INGEST_QUEUE),
        dead_letter_queue=place.queue_url(DEAD_LETTER),
        watch_queue=place.queue_url(WATCH),
        watch_dead_letter_queue=place.queue_url(WATCH_DEAD_LETTER),
        alerts_inbox=place.queue_url(ALERTS_INBOX),
        alerts_topic=place.arn("sns", ALERTS),
        **{f"{role}_table": name for role, name in TABLE_NAMES.items()},
        simulator_function=SIMULATOR,
        processor_function=PROCESSOR,
        watch_function=WATCH,
        api_function=API,
        pid=pid,
        started_at=format_timestamp(started),
        secret_file=str(secret_file),
        dynamodb=dynamodb or place.endpoint,
    )


def _wait_until_ready(stack: Stack, engine: Engine, folder: StateFolder) -> None:
    """Call the API's /health, all the way through the HTTP API and the Lambda, until it answers 200."""
    deadline = time.monotonic() + _READY_SECONDS
    answer = "nothing"
    with httpx2.Client(trust_env=False, timeout=_READY_SECONDS) as client:
        while engine.is_running() and time.monotonic() < deadline:
            with suppress(httpx2.TransportError):
                response = client.get(f"{stack.api}/health")
                if response.is_success:
                    return
                answer = f"{response.status_code} {response.text[:500]}"
            time.sleep(_POLL_SECONDS)
    raise EngineFailed(f"the API didn't answer /health; last it said: {answer}; see {folder.log}")
