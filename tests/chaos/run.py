"""One run of chaos: files land while calls fail, workers and the engine are killed, and the disk is full a while."""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chaos.client import Client
from chaos.disk import SmallDisk
from chaos.faults import Faults
from chaos.feed import Feed, File
from chaos.figures import (
    dead_letters,
    every_incident,
    measure_files,
    measure_notified,
    notify_the_rest,
)
from chaos.laptop import Laptop
from chaos.ledger import Ledger
from chaos.plan import Outcome, Plan
from chaos.proxy import FaultProxy
from chaos.scenes import Scenes, scenes_of
from chaos.served import Reader
from chaos.subscriber import Subscriber
from chaos.waiting import depth, wait_for, wait_until_idle
from chaos.wire import Wire
from chaos.workers import kill_one
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.events import Landed, event_of
from heliograph.object_keys import RAW
from heliograph.storage.listing import list_versions
from heliograph.storage.queues import SqsQueue
from local_stack import Stack, clients_for
from stack.harness import Harness, wait_until

# Landing waits while more messages wait than this: the run goes on as fast as the processor does.
_BACKLOG: Final = 40
_QUIET_SECONDS: Final = 3
_LOOKED_SECONDS: Final = 1.5
_SITES_A_CALL: Final = 5
# A kill strikes this long after its file's turn at most, so that it strikes in the middle of anything.
_STRIKES_WITHIN: Final = 1.5


class Chaos:
    """A stack of its own on a folder, with a proxy before it."""

    def __init__(self, plan: Plan, folder: Path, zips: Path, disk: SmallDisk | None = None) -> None:
        """Begin; nothing is started yet. disk: what the folder lies on, where it is to be filled."""
        self._plan = plan
        self._disk = disk
        self._full = False
        self._faults = Faults(plan.rate, plan.seed, plan.kinds)
        self._chance = random.Random(plan.seed)  # noqa: S311 - repeatable on purpose
        self._ledger = Ledger()
        self._wire = Wire()
        self._done: Counter[str] = Counter()
        self._redriven: set[tuple[str, str]] = set()
        self._timers: list[threading.Timer] = []
        self._yards: list[Harness] = []
        self._strikes = {
            self._chance.randrange(plan.files // 10, plan.files * 9 // 10) for _ in range(plan.engine_kills)
        }
        self._now = datetime.now(UTC)
        count = plan.files
        self._scenes = scenes_of(count, self._now) if plan.scenes else Scenes({}, *[frozenset()] * 4)
        self._proxy = FaultProxy(None, self._faults)
        self._laptop = Laptop(folder, zips, self._proxy, plan.hidden_seconds, watch=plan.watch)
        self._subscriber = Subscriber(self._inbox)
        self._client = Client(self._ledger, self._proxy.endpoint, folder)
        self._reader = Reader(self._ledger, self._api, plan.seed)
        self._proxy.on_answer += [self._wire.note, self._subscriber.note]
        self._proxy.on_unheard.append(self._subscriber.note_unheard)

    def run(self) -> Outcome:
        """Do it all, and stop everything.

        Raises:
            AssertionError: something wasn't done in time.
        """
        began = time.monotonic()
        try:
            with self._proxy:
                self._start()
                self._subscriber.start()
                self._reader.start()
                self._land_all()
                self._reader.stop()
                outcome = self._settle()
        finally:
            for timer in self._timers:
                timer.cancel()
            self._laptop.stop()
            self._client.close()
        return msgspec.structs.replace(outcome, seconds=time.monotonic() - began)

    def _land_all(self) -> None:
        plan = self._plan
        feed = Feed(
            plan.files, plan.seed, self._now, late=plan.late, posted=plan.posted, submitted=plan.submitted
        ).files()
        kept: list[File] = []
        for number, file in enumerate(feed):
            self._harm(number)
            kept += [each for each in (*self._scenes.files.get(number, ()), file) if not self._in_turn(each)]
            if number % 20 == 7:
                self._send_twice()
            if number % 10 == 0:
                self._wait_for_room()
        self._faults.sns_is_down = False
        self._fill(full=False)
        for timer in self._timers:
            timer.join()
        self._alive()
        # First what waited for room: a recovery may wait for an onset that did, and must not land beside it.
        first, later = [file for file in kept if not file.after], [file for file in kept if file.after]
        for files in filter(None, (first, later)):
            if files is later:
                wait_until_idle(self._harness, self._harness.stack.ingest_queue, self._plan.seconds)
                notify_the_rest(self._harness)
            for file in files:
                assert self._land(file), f"{file.name}: the disk is still full"

    def _in_turn(self, file: File) -> bool:
        """Land a file; False where it has to wait, for room on the disk or for what must be told before it."""
        notified = not file.after or self._subscriber.has_notified_of(file.after)
        return notified and self._land(file) is not None

    def _harm(self, number: int) -> None:
        """Do what is planned for a file's turn."""
        plan = self._plan
        self._faults.sns_is_down = _within(number, plan.sns_down, plan.files)
        self._fill(full=_within(number, plan.disk_full, plan.files))
        if number in _spread(plan.files, plan.restarts):
            self._restart()
        if number in _spread(plan.files, plan.kills):
            self._kill_worker(number)
        if number in self._strikes:
            self._strike()

    def _fill(self, *, full: bool) -> None:
        """Fill the disk, or make room on it."""
        if self._disk is None or full == self._full:
            return
        self._full = full
        if full:
            self._disk.fill()
        else:
            self._disk.make_room()
        # The engine looks once a second.
        time.sleep(_LOOKED_SECONDS)

    def _land(self, file: File) -> str | None:
        landing = self._client.land(file, self._alive)
        if landing is None:
            self._done["refused for a full disk"] += 1
            return None
        self._done["late file"] += file.late
        return landing.key

    def _start(self) -> None:
        self._laptop.start()
        self._meet()

    def _meet(self) -> None:
        """Go on with what has just started."""
        stack = self._laptop.running
        self._proxy.upstream = stack
        if self._yards:
            self._yards.pop().close()
        self._yards.append(Harness(stack))

    @property
    def _harness(self) -> Harness:
        return self._yards[0]

    def _alive(self) -> Stack:
        """Return what runs; where its engine was killed, start it again, with `heliograph up` and nothing else."""
        if self._laptop.start_again_if_dead():
            self._meet()
        return self._laptop.running

    def _restart(self) -> None:
        """Stop the embedded AWS in the middle of everything, and start it again on what it saved."""
        self._alive()
        self._subscriber.note_kill()
        self._laptop.stop()
        self._start()
        self._done["engine restarted"] += 1

    def _strike(self) -> None:
        """Kill the engine a moment later, whatever goes on by then."""

        def kill() -> None:
            self._subscriber.note_kill()
            self._done["engine killed"] += self._laptop.kill_engine()

        self._timers.append(threading.Timer(self._chance.uniform(0, _STRIKES_WITHIN), kill))
        self._timers[-1].start()

    def _kill_worker(self, number: int) -> None:
        """Kill a worker while files land, so that they are at work: mostly the processor's, by turns the others'."""
        stack = self._alive()
        functions = [stack.processor_function, stack.processor_function, stack.watch_function, stack.api_function]
        look = lambda: kill_one(stack.pid, functions[number % len(functions)])  # noqa: E731
        with suppress(AssertionError):
            wait_until(look, "a worker to kill", 10)
            self._subscriber.note_kill()
            self._done["worker killed"] += 1

    def _send_twice(self) -> None:
        """Let the processor have an object's event once more, side by side with the first."""
        last = self._ledger.landings[-1]
        self._alive()
        harness = self._harness
        with suppress(BotoCoreError, ClientError):
            (listed, *_) = list_versions(harness.s3, harness.stack.raw_bucket, last.key)
            event = event_of(harness.stack.raw_bucket, Landed(last.key, listed.version, listed.landed_at))
            harness.sqs.send_message(QueueUrl=harness.stack.ingest_queue, MessageBody=event)
            self._done["event doubled"] += 1

    def _wait_for_room(self) -> None:
        most = min(_BACKLOG, self._plan.files // 4)
        wait_for(lambda: self._waiting() <= most, "the processor to catch up", self._plan.seconds)

    def _waiting(self) -> int:
        """Count what waits for the processor; none where the engine was just killed, which the next file finds out."""
        self._alive()
        with suppress(BotoCoreError, ClientError):
            return depth(self._harness, self._harness.stack.ingest_queue)
        return 0

    def _settle(self) -> Outcome:
        """Wait until all is done, redriving what met faults in each attempt; then count, without faults."""
        self._alive()
        harness = self._harness
        self._wait_until_done(harness)
        self._faults.rate = 0.0
        self._look_at_all(harness)
        self._wait_for_stragglers()
        notify_the_rest(harness)
        incidents = every_incident(harness)
        self._subscriber.stop()
        settled = self._wire.settle(
            self._client, self._ledger.landings, list_versions(harness.s3, harness.stack.raw_bucket, RAW)
        )
        self._ledger.landings = [*settled.landings]
        missing = [f"file {each.key}@{each.version} was taken and is gone" for each in settled.missing]
        files = measure_files(harness, self._ledger, missing, len(self._redriven))
        code, said = self._laptop.audit()
        problems = [*settled.strangers, *self._reader.invented, *_dead_calls(harness)]
        problems += [f"`heliograph audit` ended with {code}: {said[-500:]}"] if code else []
        notified = measure_notified(
            incidents,
            self._subscriber.messages(),
            self._scenes,
            self._subscriber.unheard,
            self._subscriber.swallowed(),
        )
        return Outcome(
            files=files,
            notified=notified,
            fired={str(kind): count for kind, count in self._faults.fired.items()} | self._done,
            planned=frozenset(self._plan.planned()),
            calls=sum(self._faults.calls.values()),
            ups=tuple(self._laptop.seconds),
            failed_ups=tuple(self._laptop.failed),
            exits=tuple(self._laptop.exits),
            answers=dict(self._reader.answers),
            problems=(
                *problems,
                *("`up` ended with 0 though its engine was killed" for code in self._laptop.exits if not code),
            ),
            seconds=0.0,
        )

    def _wait_until_done(self, harness: Harness) -> None:
        while True:
            wait_until_idle(harness, harness.stack.ingest_queue, self._plan.seconds)
            if not self._redrive(harness):
                break
        wait_until_idle(harness, harness.stack.watch_queue, self._plan.seconds)
        self._wait_for_stragglers()

    def _look_at_all(self, harness: Harness) -> None:
        """Have the watch look at each site once more, as its next round would, and then no more."""
        scheduler = clients_for(harness.stack).scheduler
        for schedule in scheduler.list_schedules()["Schedules"]:
            found: Any = scheduler.get_schedule(Name=schedule["Name"])
            kept = {name: found[name] for name in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
            scheduler.update_schedule(**kept, State="DISABLED")
        calls = jobs_of(int(time.time()), map(DueSite, self._ledger.sites()), _SITES_A_CALL)
        SqsQueue(harness.sqs, harness.stack.watch_queue).send([job_text(call) for call in calls])
        wait_until_idle(harness, harness.stack.watch_queue, self._plan.seconds)

    def _wait_for_stragglers(self) -> None:
        """Wait until no Lambda has called for a while: one may be slow with a message that another has done."""
        seen = -1
        while seen != (now := sum(self._faults.calls.values())):
            seen = now
            time.sleep(_QUIET_SECONDS)

    def _redrive(self, harness: Harness) -> bool:
        """Send readable files among the dead letters again, as `heliograph dlq redrive` does; tell whether any was."""
        unreadable = {each.key for each in self._ledger.landings if not each.file.readable}
        dead = {name: found for name, found in dead_letters(harness).items() if found[0] not in unreadable}
        queue = SqsQueue(harness.sqs, harness.stack.dead_letter_queue)
        letters = queue.take_all()
        for letter in letters:
            if letter.id in dead:
                SqsQueue(harness.sqs, harness.stack.ingest_queue).send([letter.body])
                queue.delete(letter)
        queue.release([letter for letter in letters if letter.id not in dead])
        self._redriven |= set(dead.values())
        return bool(dead)

    def _inbox(self) -> SqsQueue | None:
        harness = next(iter(self._yards), None)
        return SqsQueue(harness.sqs, harness.stack.alerts_inbox) if harness else None

    def _api(self) -> str | None:
        stack = self._laptop.stack
        return stack.api if stack else None


def _spread(files: int, times: int) -> set[int]:
    """Spread some events over the files, none at either end."""
    return {(2 * number + 1) * files // (2 * times) for number in range(times)}


def _within(number: int, span: tuple[float, float], files: int) -> bool:
    return span[0] <= number / files < span[1]


def _dead_calls(harness: Harness) -> list[str]:
    """Say which looks failed for good."""
    letters = SqsQueue(harness.sqs, harness.stack.watch_dead_letter_queue).take_all()
    return [f"a look is among the dead letters: {letter.body[:200]}" for letter in letters]
