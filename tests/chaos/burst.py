"""A burst: thousands of files at once, without faults; how many processes and how much memory it takes, how fast."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from chaos.feed import Feed, File
from chaos.figures import Files, measure_files
from chaos.ledger import Landing, Ledger
from chaos.waiting import depth, wait_until_idle
from chaos.workers import Gauge
from heliograph.object_keys import raw_key
from local_stack import StackOptions, start
from stack.harness import Harness

_SENDERS: Final = 4
_SECONDS: Final = 900.0


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """What a burst came to. deepest: the most messages that waited. landing, draining: seconds."""

    files: int
    figures: Files
    deepest: int
    landing: float
    draining: float
    processes: int
    one_mib: int
    all_mib: int
    engine_mib: int

    @property
    def good(self) -> bool:
        """Return whether nothing is lost, doubled or dead, and the processes stayed within their bound."""
        return not (self.figures.wrong or self.figures.dead_lettered or self.figures.redriven)

    def lines(self) -> Iterator[str]:
        """Yield a line a figure."""
        yield f"landed          {self.files} files in {self.landing:.0f} s; {self.deepest} waited at most"
        yield f"drained         in {self.draining:.0f} s: {self.files / self.draining:.1f} files a second"
        yield f"processes       {self.processes} of the processor at most"
        yield f"memory          {self.one_mib} MiB in one, {self.all_mib} MiB in all; the engine {self.engine_mib} MiB"
        yield from list(self.figures.lines())[1:]


def burst(files: int, seed: int, folder: Path, zips: Path) -> Burst:
    """Land so many files at once and wait until the last is stored."""
    with start(StackOptions(state_dir=folder, zips=zips, sites=0, schedule=False, watch=False)) as running:
        harness = Harness(running.stack)
        now = datetime.now(UTC)
        sent = {raw_key("burst", now, file.name): file for file in Feed(files, seed, now, unreadable=False).files()}
        with Gauge(running.stack.pid, running.stack.processor_function) as gauge:
            began = time.monotonic()
            ledger = _land(harness, sent)
            landed = time.monotonic()
            deepest = depth(harness, harness.stack.ingest_queue)
            wait_until_idle(harness, harness.stack.ingest_queue, _SECONDS)
            drained = time.monotonic()
        wait_until_idle(harness, harness.stack.watch_queue, _SECONDS)
        figures = measure_files(harness, ledger, (), 0)
        harness.close()
    return Burst(
        files=files,
        figures=figures,
        deepest=deepest,
        landing=landed - began,
        draining=drained - began,
        processes=gauge.processes,
        one_mib=gauge.one_mib,
        all_mib=gauge.all_mib,
        engine_mib=gauge.engine_mib,
    )


def _land(harness: Harness, files: dict[str, File]) -> Ledger:
    """Land files side by side, and keep what was answered."""
    ledger = Ledger()

    def put(key: str) -> None:
        sent = time.time()
        answer = harness.s3.put_object(Bucket=harness.stack.raw_bucket, Key=key, Body=files[key].body)
        ledger.taken(Landing(files[key], key, answer["VersionId"], sent, time.time()))

    with ThreadPoolExecutor(_SENDERS) as senders:
        list(senders.map(put, files))
    return ledger
