"""One run of chaos: files land while calls fail, workers are killed and the embedded AWS is stopped and started."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chaos.faults import KINDS, Faults, Kind
from chaos.feed import Feed, File
from chaos.figures import Figures, dead_letters, measure
from chaos.proxy import FaultProxy
from chaos.truth import truth_of
from chaos.workers import kill_one
from heliograph.events import Landed, event_of
from heliograph.object_keys import RAW, raw_key
from heliograph.storage.listing import list_versions
from heliograph.storage.queues import SqsQueue
from local_stack import RunningStack, StackOptions, start
from local_stack.clients import LocalClients, clients_for
from local_stack.stack import secret_of
from stack.yard import Yard, wait_until

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# Landing waits while more messages wait than this: the run goes on as fast as the processor does.
_BACKLOG: Final = 40
_LAND_ATTEMPTS: Final = 8
_QUIET_SECONDS: Final = 3


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do. rate: of calls that fail; kinds: how. kills: of workers. restarts: of the embedded AWS.

    sns_down: from when to when SNS is down, in shares of the files. hidden_seconds: how long a message of a killed
    worker stays hidden: longer than a batch takes, or files use up their attempts; the product's own 360 would take the
    run's time. seconds: how long to wait for a queue.
    """

    files: int
    seed: int
    rate: float = 0.05
    kinds: tuple[Kind, ...] = KINDS
    kills: int = 4
    restarts: int = 1
    sns_down: tuple[float, float] = (0.3, 0.4)
    hidden_seconds: int = 20
    seconds: float = 900.0


class Outcome(msgspec.Struct, frozen=True):
    """What came of it, and how many faults of each kind fired, out of how many calls."""

    figures: Figures
    fired: dict[str, int]
    calls: int
    seconds: float

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.figures.good


class Chaos:
    """A stack of its own on a folder, with a proxy before it."""

    def __init__(self, plan: Plan, folder: Path, zips: Path) -> None:
        """Begin; nothing is started yet."""
        self._plan = plan
        self._options = StackOptions(state_dir=folder, zips=zips, sites=0, schedule=False, watch=False)
        self._faults = Faults(plan.rate, plan.seed, plan.kinds)
        self._files: dict[str, File] = {}
        self._done: dict[str, int] = {}
        self._redriven: set[tuple[str, str]] = set()

    def run(self) -> Outcome:
        """Do it all, and stop everything.

        Raises:
            AssertionError: the queue wasn't empty in time.
        """
        began = time.monotonic()
        running = start(self._options)
        try:
            with FaultProxy(running.stack, self._faults) as proxy:
                self._divert(running, proxy)
                running = self._land_all(running, proxy)
                figures = self._settle(running, proxy)
        finally:
            running.stop()
        calls = sum(self._faults.calls.values())
        fired = {str(kind): count for kind, count in self._faults.fired.items()}
        return Outcome(figures, fired | self._done, calls, time.monotonic() - began)

    def _land_all(self, running: RunningStack, proxy: FaultProxy) -> RunningStack:
        plan = self._plan
        kills = {(2 * number + 1) * plan.files // (2 * plan.kills) for number in range(plan.kills)}
        restarts = {(number + 1) * plan.files // (plan.restarts + 1) for number in range(plan.restarts)}
        now = datetime.now(UTC)
        s3 = LocalClients(proxy.endpoint, running.stack.region, secret_of(running.stack)).s3()
        yard = Yard(running.stack)
        for number, file in enumerate(Feed(plan.files, plan.seed, now).files()):
            self._faults.sns_is_down = plan.sns_down[0] <= number / plan.files < plan.sns_down[1]
            if number in restarts:
                yard.close()
                running = self._restart(running, proxy)
                yard = Yard(running.stack)
            if number in kills:
                self._kill(running)
            key = raw_key("chaos", now, file.name)
            self._files[key] = file
            _land(s3, running.stack.raw_bucket, key, file)
            if number % 20 == 7:
                self._send_twice(yard, key)
            if number % 10 == 0:
                _wait_for_room(yard, min(_BACKLOG, plan.files // 4), plan.seconds)
        self._faults.sns_is_down = False
        yard.close()
        return running

    def _divert(self, running: RunningStack, proxy: FaultProxy) -> None:
        """Have the Lambdas call the proxy, and killed workers' messages come back soon."""
        proxy.upstream = running.stack
        aws = clients_for(running.stack)
        for name in (running.stack.processor_function, running.stack.watch_function):
            found = aws.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            more = {"AWS_ENDPOINT_URL": proxy.endpoint, "HELIOGRAPH_DIGEST_OVER": "1000000"}
            aws.functions.update_function_configuration(FunctionName=name, Environment={"Variables": found | more})
        hidden: Any = {"VisibilityTimeout": str(self._plan.hidden_seconds)}
        for queue in (running.stack.ingest_queue, running.stack.watch_queue):
            aws.sqs().set_queue_attributes(QueueUrl=queue, Attributes=hidden)

    def _restart(self, running: RunningStack, proxy: FaultProxy) -> RunningStack:
        """Stop the embedded AWS in the middle of everything, and start it again on what it saved.

        The queues feed nobody until the Lambdas call the proxy again: that change ends whatever they are at, and what
        they took before it would stay hidden as long as the product has it.
        """
        _feed_lambdas(running, on=False)
        running.stop()
        again = start(self._options)
        self._divert(again, proxy)
        _feed_lambdas(again, on=True)
        self._note("engine restarted")
        return again

    def _kill(self, running: RunningStack) -> None:
        """Kill a worker; while files land, they are at work."""
        look = lambda: kill_one(running.stack.pid, running.stack.processor_function)  # noqa: E731
        with suppress(AssertionError):
            wait_until(look, "a worker to kill", 10)
            self._note("worker killed")

    def _send_twice(self, yard: Yard, key: str) -> None:
        """Let the processor have an object's event once more, side by side with the first."""
        (listed, *_) = list_versions(yard.s3, yard.stack.raw_bucket, key)
        event = event_of(yard.stack.raw_bucket, Landed(key, listed.version, listed.landed_at))
        yard.sqs.send_message(QueueUrl=yard.stack.ingest_queue, MessageBody=event)
        self._note("event doubled")

    def _settle(self, running: RunningStack, proxy: FaultProxy) -> Figures:
        """Wait until all is done, redriving what met faults in each attempt; then count, without faults."""
        yard = Yard(running.stack)
        while True:
            wait_until_idle(yard, yard.stack.ingest_queue, self._plan.seconds)
            if not self._redrive(yard):
                break
        wait_until_idle(yard, yard.stack.watch_queue, self._plan.seconds)
        self._wait_for_stragglers()
        self._faults.rate = 0.0
        truth = truth_of(list_versions(yard.s3, yard.stack.raw_bucket, RAW), self._files)
        figures = measure(yard, truth, len(self._redriven), proxy.unheard)
        yard.close()
        return figures

    def _wait_for_stragglers(self) -> None:
        """Wait until no Lambda has called for a while: one may be slow with a message that another has done."""
        seen = -1
        while seen != (now := sum(self._faults.calls.values())):
            seen = now
            time.sleep(_QUIET_SECONDS)

    def _redrive(self, yard: Yard) -> bool:
        """Send readable files among the dead letters again, as `heliograph dlq redrive` does; tell whether any was."""
        dead = {name: found for name, found in dead_letters(yard).items() if self._files[found[0]].readable}
        queue = SqsQueue(yard.sqs, yard.stack.dead_letter_queue)
        letters = queue.take_all()
        for letter in letters:
            if letter.id in dead:
                SqsQueue(yard.sqs, yard.stack.ingest_queue).send([letter.body])
                queue.delete(letter)
        queue.release([letter for letter in letters if letter.id not in dead])
        self._redriven |= set(dead.values())
        return bool(dead)

    def _note(self, what: str) -> None:
        self._done[what] = self._done.get(what, 0) + 1


def _feed_lambdas(running: RunningStack, *, on: bool) -> None:
    """Let the queues feed the Lambdas, or not for now."""
    functions = clients_for(running.stack).functions
    for name in (running.stack.processor_function, running.stack.watch_function):
        for source in functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=on)


def wait_until_idle(yard: Yard, queue: str, seconds: float) -> None:
    """Wait until a queue has nothing waiting, at work or delayed, twice in a row."""
    wait_until(lambda: not depth(yard, queue), f"{queue} to be empty", seconds)
    time.sleep(0.3)
    wait_until(lambda: not depth(yard, queue), f"{queue} to be empty", seconds)


def depth(yard: Yard, queue: str) -> int:
    """Count a queue's messages: waiting, at work and delayed."""
    parts = ("", "NotVisible", "Delayed")
    names: Any = [f"ApproximateNumberOfMessages{part}" for part in parts]
    found = yard.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def _wait_for_room(yard: Yard, most: int, seconds: float) -> None:
    wait_until(lambda: depth(yard, yard.stack.ingest_queue) <= most, "the processor to catch up", seconds)


def _land(s3: "S3Client", bucket: str, key: str, file: File) -> None:
    """Land a file as a logger does, which keeps it until it is taken."""
    for attempt in range(_LAND_ATTEMPTS):
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=file.body)
        except (BotoCoreError, ClientError):
            if attempt == _LAND_ATTEMPTS - 1:
                raise
        else:
            return
