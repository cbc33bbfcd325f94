"""`python -m crash`: kill the engine at random moments of a burst, then `heliograph up` and nothing else; count.

It ends by itself, prints a line a figure, and exits with 1 where anything was lost, doubled or counted wrong.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from chaos.feed import Feed, File
from chaos.figures import Files, every_incident, measure_files, notify_the_rest
from chaos.ledger import Landing
from chaos.ledger import Ledger as Landings
from chaos.waiting import wait_until_idle
from crash.full import fill_up
from heliograph.object_keys import RAW, raw_key
from heliograph.reading import moment_of
from heliograph.storage.listing import list_versions
from installed import HELIOGRAPH
from local_stack import StackOptions, find, start
from stack.harness import Harness

# The watch is on, and tells of many incidents in one digest that names the first ones: what is marked as told counts,
# hours later, when each site's turn has come.
UNSENT: Final = "alerts unsent"
ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 900.0


class Ledger:
    """Files to land, in order, and those that were acknowledged."""

    def __init__(self, files: dict[str, File]) -> None:
        """Begin with nothing landed."""
        self.files = files
        self.acknowledged: set[str] = set()
        self._left = list(files)

    def land(self, harness: Harness, until: int) -> None:
        """Land files until so many are acknowledged, or the engine is gone; what wasn't acknowledged is sent again."""
        while self._left and len(self.acknowledged) < until:
            key = self._left[0]
            try:
                harness.s3.put_object(Bucket=harness.stack.raw_bucket, Key=key, Body=self.files[key].body)
            except (BotoCoreError, ClientError):
                return
            self.acknowledged.add(self._left.pop(0))


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("what", choices=["kills", "disk"])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heliograph-crash-") as folder:
        if asked.what == "disk":
            return say_all(fill_up(Path(folder), ROOT / "build" / "local"))
        return run(asked.files, asked.kills, asked.seed, Path(folder) / "state")


def run(files: int, kills: int, seed: int, folder: Path) -> int:
    """Kill, restart, count; 0 where all is right."""
    now = datetime.now(UTC)
    sent = {raw_key("crash", now, file.name): file for file in Feed(files, seed, now).files()}
    ledger, chance = Ledger(sent), random.Random(seed)  # noqa: S311 - repeatable on purpose
    moments = sorted(chance.sample(range(1, files + 1), kills))
    options = StackOptions(state_dir=folder, zips=ROOT / "build" / "local", sites=1, schedule=False, watch=False)
    for moment in moments:
        began = time.monotonic()
        running = start(options)
        ready = time.monotonic() - began
        rebuilt = running.recovery.files if running.recovery else 0
        harness = Harness(running.stack)
        landing = threading.Thread(target=ledger.land, args=(harness, files))
        landing.start()
        while len(ledger.acknowledged) < moment:
            time.sleep(0.001)
        time.sleep(chance.random() / 2)
        os.kill(running.stack.pid, signal.SIGKILL)
        landing.join()
        running.wait(20)
        running.stop()
        say(f"killed at       {len(ledger.acknowledged)} files; it had started in {ready:.1f} s, {rebuilt} done again")
    return finish(ledger, folder)


def finish(ledger: Ledger, folder: Path) -> int:
    """Start it by the command, land what is left, wait, and compare all there is with the ledger."""
    began = time.monotonic()
    command = [HELIOGRAPH, "up", "--sites", "0", "--json", "--state-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as up:  # noqa: S603 - our own words
        assert up.stdout
        json.loads(up.stdout.readline())
        ready = time.monotonic() - began
        stack = find(folder)
        assert stack
        harness = Harness(stack)
        wait_until_idle(harness, stack.ingest_queue, _SECONDS)
        whole = time.monotonic() - began
        ledger.land(harness, len(ledger.files))
        wait_until_idle(harness, stack.ingest_queue, _SECONDS)
        figures = count(harness, ledger)
        notify_the_rest(harness)
        pending = sum(1 for each in every_incident(harness) if each.pending)
        audit = [HELIOGRAPH, "audit", "--state-dir", str(folder)]
        audited = subprocess.run(audit, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own words
        up.send_signal(signal.SIGINT)
    landed = len(ledger.acknowledged)
    say(f"up              was there after {ready:.1f} s, and whole after {whole:.1f} s ({whole / 60:.1f} min)")
    say(f"acknowledged    {landed} of {len(ledger.files)} files")
    for line in figures.lines():
        if not line.startswith(UNSENT):
            say(line)
    say(f"{UNSENT}   {pending}")
    say(f"audit           exit code {audited.returncode}; up ended with {up.returncode}")
    wrong = figures.wrong or pending
    good = not wrong and landed == len(ledger.files) and audited.returncode == up.returncode == 0
    return 0 if good else 1


def count(harness: Harness, ledger: Ledger) -> Files:
    """Hold all that is stored against what landed: what was acknowledged, and what was tried again."""
    landings = Landings()
    for each in list_versions(harness.s3, harness.stack.raw_bucket, RAW):
        at = moment_of(each.landed_at).timestamp()
        landings.taken(Landing(ledger.files[each.key], each.key, each.version, at, at))
    missing = ledger.acknowledged - {each.key for each in landings.landings}
    return measure_files(harness, landings, sorted(missing), 0)


def say_all(lines: Iterator[str]) -> int:
    """Print lines; return 0 where the last one says good, and skip, with the reason, where no disk can be mounted."""
    last = ""
    try:
        for last in lines:
            say(last)
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"skipped: no disk can be mounted here ({error})")
        return 0
    return 0 if last == "good" else 1


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
