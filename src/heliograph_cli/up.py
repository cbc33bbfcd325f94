"""`heliograph up`: the whole of Heliograph on this machine."""

import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import msgspec
import typer

from heliograph.errors import HeliographError
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.reading import format_timestamp
from heliograph.storage.clients import Clients
from heliograph.storage.queues import SqsQueue
from heliograph.storage.scans import scan_sites
from heliograph_cli.commands import ALONE, Exit, command, make_app
from heliograph_cli.show import err, out, print_json, progress, warn
from heliograph_cli.sites import register
from heliograph_cli.status import depth, look
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, target_of
from lambda_simulator.fleet import fleet_registry
from local_stack import DiskFull, NotSaved, RunningStack, Stack, StackOptions, clients_for, start
from local_stack.lifecycle import not_saved, require_room
from local_stack.recovery import Recovery

_ZIPS: Final = Path(__file__).resolve().parents[2] / "build" / "local"
# A backfill is landed in parts of this length: one call of the simulator each, and a step of the progress bar.
_PART: Final = timedelta(hours=6)
_SETTLE_SECONDS: Final = 300.0
# Few sites in a message, so that several watches evaluate side by side.
_SITES_A_JOB: Final = 5
_LOOK_SECONDS: Final = 30.0

_ENDED: Final = {
    Exit.DONE: "ended by Ctrl-C or `heliograph down`; what is stored is kept",
    Exit.FAILED: "the embedded AWS didn't start, died, or couldn't save everything; or the disk is nearly full",
}

app = make_app()

_Sites = Annotated[int, typer.Option(help="Size of the simulated fleet; 0 for none.", min=0)]
_Backfill = Annotated[float, typer.Option(help="Hours of the past to simulate, on a new stack.", min=0)]
_RunFor = Annotated[float | None, typer.Option("--for", help="Stop after these seconds.", min=0)]
_Port = Annotated[int | None, typer.Option(help="Port of all AWS services; a free one if not given.")]
_Seed = Annotated[int, typer.Option(help="Another seed is another fleet and weather.", min=0)]
_FaultRate = Annotated[float, typer.Option(help="Share of a site's days with a fault.", min=0, max=1)]
_Zips = Annotated[
    Path, typer.Option(help="Folder with the Lambdas' zips for this machine.", show_default="build/local")
]
_Reserve = Annotated[
    int,
    typer.Option(
        help="MiB of the disk to leave free: below it nothing new is taken in.", envvar="HELIOGRAPH_RESERVE_MIB", min=0
    ),
]
_DynamoDb = Annotated[
    str | None,
    typer.Option(
        help="Address of another DynamoDB for the tables, such as DynamoDB Local's.",
        envvar="AWS_ENDPOINT_URL_DYNAMODB",
        metavar="URL",
    ),
]


class BackfillFailed(HeliographError):
    """The simulator couldn't fill in the past."""


@command(app, exits=ALONE, meanings=_ENDED)
def up(
    sites: _Sites = 20,
    backfill: _Backfill = 24.0,
    run_for: _RunFor = None,
    port: _Port = None,
    seed: _Seed = 1,
    fault_rate: _FaultRate = 0.5,
    zips: _Zips = _ZIPS,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    reserve: _Reserve = 256,
    dynamodb: _DynamoDb = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Start everything on this machine, until Ctrl-C.

    The data stays in the state folder, and the next start continues from it. After a crash it first rebuilds what
    wasn't saved. If another DynamoDB has the tables, it rebuilds what they lack.

    Example: heliograph up --sites 20 --backfill 24
    Example: heliograph up --dynamodb http://127.0.0.1:8000
    """
    ended, room = _on_signals(), Room(state_dir, reserve)
    options = StackOptions(
        state_dir=state_dir,
        port=port,
        zips=zips,
        sites=max(1, sites),
        seed=seed,
        fault_rate=fault_rate,
        schedule=sites > 0,
        reserve_mib=reserve,
        dynamodb=dynamodb,
    )
    with _started(options) as running:
        _make_ready(running, sites, seed, backfill, ended)
        _serve(running, run_for, ended, room, as_json=as_json)
    _require_good_end(running, room)
    if not as_json:
        _say_stopped(running.stack, state_dir)


def _started(options: StackOptions) -> RunningStack:
    with err().status("starting the embedded AWS"):
        return start(options)


def _make_ready(running: RunningStack, sites: int, seed: int, hours: float, ended: threading.Event) -> None:
    """Finish what the last run left, fill a new stack, and say what an older version left wrong."""
    if running.recovery:
        _say_rebuilt(running.recovery)
        _settle(running.stack, ended)
    if sites:
        fill(running.stack, sites, seed, hours, ended)
    say_uncounted(target_of(running.stack), clients_for(running.stack))


def _serve(
    running: RunningStack, seconds: float | None, ended: threading.Event, room: "Room", *, as_json: bool
) -> None:
    """Say where everything is, stay until it is to end, and say that it ends."""
    _announce(running.stack, as_json=as_json)
    _keep(running, seconds, ended, room)
    if not as_json:
        err().print("stopping; on a busy machine this takes up to a minute")


def _require_good_end(running: RunningStack, room: "Room") -> None:
    """Raise what went wrong as it ended."""
    if not running.ended_well:
        raise NotSaved(not_saved(running.last_words))
    if room.short:
        raise DiskFull(f"{room.short}; files were refused as it ended")


def _say_stopped(stack: Stack, state_dir: Path) -> None:
    """Print where everything stays."""
    err().print("stopped; what is stored stays in", str(state_dir))
    if stack.dynamodb != stack.endpoint:
        err().print(f"the tables are at {stack.dynamodb}; what is gone there is rebuilt at the next start")


def _on_signals() -> threading.Event:
    """Return an event that Ctrl-C, SIGTERM or a closed terminal sets, so that all of them end it cleanly."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    return ended


def fill(stack: Stack, sites: int, seed: int, hours: float, ended: threading.Event) -> None:
    """Register the fleet and simulate its past, unless the stack has files already."""
    target, clients = target_of(stack), clients_for(stack)
    register(fleet_registry(sites, seed), target, clients, f"simulated-{seed}-{sites}")
    if not hours or look(target, clients).totals.files:
        return
    now = datetime.now(UTC)
    begin = (now - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    parts = _parts(begin, now)
    with progress() as shown:
        for part in shown.track(parts, description="simulating the past"):
            if ended.is_set():
                return
            _simulate(stack, part)
    _settle(stack, ended)
    _look_at([site.site_id for site in fleet_registry(sites, seed)], stack, ended)


def say_uncounted(target: Target, clients: Clients) -> None:
    """Print what to do where the fleet's totals count other sites than are registered, as older versions left them."""
    counted = look(target, clients).totals.sites
    registered = sum(1 for _ in scan_sites(clients.dynamodb(), target.sites_table))
    if registered != counted == look(target, clients).totals.sites:  # none came meanwhile
        err().print(
            f"{registered} sites are registered and {counted} are counted, as an older version left them: say "
            "`heliograph audit --repair`.",
            highlight=False,
        )


def _parts(begin: datetime, end: datetime) -> list[dict[str, str]]:
    """Cut a period into parts for one call of the simulator each."""
    parts = []
    while begin < end:
        until = min(begin + _PART, end)
        parts.append({"from": format_timestamp(begin), "to": format_timestamp(until)})
        begin = until
    return parts


def _simulate(stack: Stack, part: dict[str, str]) -> None:
    functions = clients_for(stack).functions
    answer = functions.invoke(FunctionName=stack.simulator_function, Payload=msgspec.json.encode(part))
    if "FunctionError" in answer:
        raise BackfillFailed(f"the simulator failed: {answer['Payload'].read().decode()[:300]}")


def _settle(stack: Stack, ended: threading.Event) -> None:
    """Wait until what was landed is processed, so that the first look shows data."""
    target, clients = target_of(stack), clients_for(stack)
    deadline = time.monotonic() + _SETTLE_SECONDS
    with progress() as shown:
        task = shown.add_task("storing readings", total=None)
        while time.monotonic() < deadline and not ended.is_set():
            found = look(target, clients)
            shown.update(task, completed=found.totals.files, total=found.totals.files + found.waiting)
            if not found.waiting:
                return
            ended.wait(0.3)


def _look_at(site_ids: list[str], stack: Stack, ended: threading.Event) -> None:
    """Have the watch evaluate each site once, so that the fleet's states are known from the start."""
    clients = clients_for(stack)
    jobs = jobs_of(int(time.time()), map(DueSite, site_ids), _SITES_A_JOB)
    SqsQueue(clients.sqs(), stack.watch_queue).send([job_text(job) for job in jobs])
    deadline = time.monotonic() + _LOOK_SECONDS
    while time.monotonic() < deadline and not ended.wait(0.2):
        if not depth(clients, stack.watch_queue):
            return


def _announce(stack: Stack, *, as_json: bool) -> None:
    """Print where everything is, once it is ready."""
    if as_json:
        print_json(msgspec.structs.asdict(stack))
        return
    lines = {
        "dashboard": f"{stack.api}/",
        "API": stack.api,
        "documentation": f"{stack.api}/docs",
        "totals": f"{stack.api}/summary",
        "AWS endpoint": stack.endpoint,
        **({"DynamoDB": stack.dynamodb} if stack.dynamodb != stack.endpoint else {}),
        "raw bucket": f"s3://{stack.raw_bucket}/raw/",
    }
    for name, value in lines.items():
        out().print(f"  {name:<14} {value}", highlight=False)
    command = sys.argv[0]  # as it was called, so that it can be typed again
    next_ones = ", ".join(f"{command} {each}" for each in ("open", "status", "charts"))
    out().print(f"Ready. Next, in another terminal: {next_ones}. Ctrl-C stops it.")


def _say_rebuilt(recovery: Recovery) -> None:
    """Print what the last run left behind, or what the tables lack, and what is done about it."""
    for folder in recovery.unlisted:
        warn(f"A key below {folder} can't be listed; it, and others with unusual signs there, may be left out.")
    if recovery.found is None:
        if recovery.files:
            err().print(
                f"Where the tables are now, {recovery.files} of the {recovery.objects} files in S3 are missing; they "
                "are processed again.",
                highlight=False,
            )
        return
    for note in recovery.found.notes:
        warn(f"{note}.")
    err().print(
        f"The last run didn't end as it should. Nothing accepted is lost: {recovery.objects} files lie in S3, and the "
        f"{recovery.files} of them that aren't done are processed now.",
        highlight=False,
    )


class Room:
    """The room on the disk: says once when it gets too little, and once when there is enough again.

    short: what is said while it is too little; empty while there is enough.
    """

    def __init__(self, state_dir: Path, reserve_mib: int) -> None:
        """Begin with enough of it."""
        self._state_dir = state_dir
        self._reserve_mib = reserve_mib
        self.short = ""

    def look(self) -> None:
        """Look how much there is."""
        try:
            require_room(self._state_dir, self._reserve_mib)
        except DiskFull as error:
            if not self.short:
                warn(f"nothing new is taken in: {error}", style="red")
            self.short = str(error)
        else:
            if self.short:
                err().print("there is room on the disk again: files are taken in")
            self.short = ""


def _keep(running: RunningStack, seconds: float | None, ended: threading.Event, room: Room) -> None:
    """Stay until it is to end, until the time is up, or until the engine ends by another's hand or its own."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while not ended.is_set() and (deadline is None or time.monotonic() < deadline):
        if running.wait(0):
            err().print("the embedded AWS has ended")
            return
        room.look()
        ended.wait(0.2)
