"""Starting, finding, stopping: nothing is lost and nothing is left behind, whoever ends whom."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local_stack import Stack, StackInUse, StackOptions, find, start, stop
from local_stack.state_folder import StateFolder
from stack.harness import Harness, reading, wait_until

NOON = "2026-06-01T12:00:00Z"
KEPT = ["engine", "engine.log", "lock", "port"]
STARTER = """
import sys
from collections.abc import Callable
from pathlib import Path
from local_stack import StackOptions, start
running = start(StackOptions(state_dir=Path(sys.argv[1]), zips=Path(sys.argv[2]), schedule=False))
sys.stdout.write("started\\n")
sys.stdout.flush()
running.wait()
running.stop()
"""


def assert_gone(pid: int, folder: Path) -> None:
    """Check that an engine has ended with all its Lambdas, and left only its state."""
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
    assert find(folder) is None
    assert sorted(path.name for path in folder.iterdir()) == KEPT
    assert {path.name for path in (folder / "engine").iterdir()} <= {"s3", "state"}


@pytest.fixture
def options(tmp_path: Path, zips: Path) -> StackOptions:
    """A stack of this test's own."""
    return StackOptions(state_dir=tmp_path / "own", zips=zips, sites=4, schedule=False)


def test_a_restart_keeps_everything(options: StackOptions, make_harness: Callable[[Stack], Harness]) -> None:
    """Readings, ingestions and queued messages are there after a restart, though the engine moves to another port.

    While it runs, the stack is found by its folder, and a second one on the same folder is refused.
    """
    with start(options) as running:
        first = make_harness(running.stack)
        landed = first.land_readings(reading("a", NOON))
        before = first.wait_for_ingestion(landed), first.readings_of("a")
        first.sqs.send_message(QueueUrl=running.stack.dead_letter_queue, MessageBody="kept")
        assert find(options.state_dir) == running.stack
        with pytest.raises(StackInUse, match=str(running.stack.pid)):
            start(options)
    assert_gone(running.stack.pid, options.state_dir)
    taken = int((options.state_dir / "port").read_text())
    with socket.create_server(("127.0.0.1", taken)), start(options) as again:
        assert again.stack.endpoint != running.stack.endpoint
        second = make_harness(again.stack)
        assert (second.wait_for_ingestion(landed), second.readings_of("a")) == before
        assert second.take(again.stack.dead_letter_queue, lambda body: body == "kept") == "kept"
        assert len(second.sqs.list_queues()["QueueUrls"]) == 5
        later = second.land_readings(reading("b", NOON))
        assert second.wait_for_ingestion(later).stored == 1
    assert_gone(again.stack.pid, options.state_dir)


def test_who_kills_the_starter_ends_the_stack(options: StackOptions) -> None:
    """The engine and its Lambdas end when whoever started them is killed, and the state is saved all the same."""
    with _starter(options) as starter:
        running = find(options.state_dir)
        assert running
        starter.kill()
        starter.wait()
    assert StateFolder(options.state_dir).wait_until_free(20)
    assert_gone_soon(running.pid, options.state_dir)
    assert (options.state_dir / "engine" / "state" / "clean").exists()


def test_anyone_can_stop_it(options: StackOptions) -> None:
    """`stop` ends a stack that another process started, which then ends too; without one there is nothing to stop."""
    assert not stop(options.state_dir)
    with _starter(options) as starter:
        running = find(options.state_dir)
        assert running
        assert stop(options.state_dir)
        assert starter.wait(20) == 0
    assert_gone(running.pid, options.state_dir)
    assert not stop(options.state_dir)


def test_a_killed_engine_leaves_no_lambda(options: StackOptions) -> None:
    """When the engine itself is killed, who waits for it is told, its Lambdas end, and the folder can be used again."""
    with start(options) as running:
        os.kill(running.stack.pid, signal.SIGKILL)
        assert running.wait(10)
    assert_gone(running.stack.pid, options.state_dir)
    with start(options) as again:
        assert again.stack.api == running.stack.api


def assert_gone_soon(pid: int, folder: Path) -> None:
    """Check the same of an engine that ends on its own, whose process the kernel may still be clearing away."""
    wait_until(lambda: not _group(pid), "the end of the engine's processes", 10)
    assert_gone(pid, folder)


def _group(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _starter(options: StackOptions) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", STARTER, str(options.state_dir), str(options.zips)]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words
    assert starter.stdout
    assert starter.stdout.readline() == "started\n"
    return starter
