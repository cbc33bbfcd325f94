"""The crash matrix: the processor dies at every boundary of every file, and all ends as one clean run.

A boundary is a call into a store: a read, each reading's write, the quarantine, the watch's queue, the incidents, the
topic, the ingestion; and the queue's acknowledgement at the end. It is crossed before and after; the process is killed,
or the call fails and the process lives on. Then the message comes back to a fresh process.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from fakes.crashes import Crash, Fuse, How, Killed, Side
from heliograph.errors import HeliographError
from heliograph.events import Landed
from heliograph.incidents.notification import Notifier
from lambda_processor.process import Processor
from unit.processor.world import NOW, OPTIONS, World, fused, record

# New readings, one flagged, one refused, one twice; then repeats and corrections, one flagged anew, of another site.
FILES: list[object] = [
    [record(hour=9), record(hour=10, generated=-999), 5, record("new-site"), record(hour=9, generated=3)],
    [record(hour=9, generated=4), record(hour=10, generated=-999), record("new-site", hour=11), None],
    [record("third", hour=8, generated=-999), record("fourth"), record(hour=9, generated=1.5)],
    b'[{"site_id":',
    [1, 2],
    # What holds already, and then a clock that stands still: three values, one of them twice.
    [record(hour=9, generated=value) for value in (1.5, 7, 7, 8, 1.5)],
]
SIDES: tuple[Side, ...] = ("before", "after")
HOWS: tuple[How, ...] = ("killed", "failed")


def landed_world() -> tuple[World, list[Landed]]:
    """Return a world in which all files have landed and none is processed."""
    world = World()
    return world, [world.land(content, f"raw/{number}.json") for number, content in enumerate(FILES)]


def attempt(processor: Processor, landed: Landed) -> bool:
    """Process a file once; tell whether the message can be acknowledged, which that of an unreadable file never is."""
    try:
        processor.process(landed)
    except (HeliographError, Killed):
        return False
    return True


def finish(world: World, landed: list[Landed]) -> World:
    """Process files with fresh processes, as often as the queue does; later the watch sends what is pending."""
    for each in landed:
        _ = attempt(world.processor(), each) or attempt(world.processor(), each) or attempt(world.processor(), each)
    Notifier(world.incidents, world.publisher, OPTIONS, lambda: NOW + timedelta(hours=20)).notify()
    return world


def boundaries(place: int) -> int:
    """Count the calls into stores that processing a file makes, once those before it are done."""
    world, landed = landed_world()
    finish(world, landed[:place])
    fuse = Fuse(None)
    attempt(fused(world, fuse), landed[place])
    return fuse.calls


def crashed(place: int, crashes: list[Crash]) -> tuple[World, str]:
    """Crash in one file, in one attempt after the other, and finish all; return where the last fuse burnt."""
    world, landed = landed_world()
    finish(world, landed[:place])
    burnt_at = ""
    for crash in crashes:
        fuse = Fuse(crash)
        attempt(fused(world, fuse), landed[place])
        burnt_at = fuse.burnt_at
    return finish(world, landed[place:]), burnt_at


def clean() -> World:
    """Return the world after one clean run."""
    return finish(*landed_world())


def assert_as_clean(world: World, expected: World) -> None:
    """Check that all that lasts is the same: readings, counts, quarantine, incidents, sites, and the watch's calls."""
    assert world.state() == expected.state()
    assert world.ingestions.kept == expected.ingestions.kept
    assert {body for body, _ in world.queue.sent} == {body for body, _ in expected.queue.sent}
    assert all(each.onset_notified_at or each.suppressed for each in world.incidents.kept.values())


def notified(world: World) -> int:
    """Count the messages sent."""
    return len(world.publisher.published)


def positions() -> Iterator[tuple[int, Crash]]:
    """Yield every place, boundary, side and way to die; the last boundary of a file is its acknowledgement."""
    for place in range(len(FILES)):
        for at in range(1, boundaries(place) + 2):
            for side in SIDES:
                yield from ((place, Crash(at, side, how)) for how in HOWS)


def test_a_crash_at_any_boundary_ends_as_one_clean_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Every boundary of every file, before and after, killed and failed: the end is that of one clean run.

    Each incident is told, and once: but where a message was taken and the process couldn't note it any more, since no
    topic can be asked whether it took one.
    """
    expected = clean()
    tried = twice = 0
    for place, crash in positions():
        world, burnt_at = crashed(place, [crash])
        assert_as_clean(world, expected)
        tried += 1
        if notified(world) != notified(expected):
            assert notified(world) == notified(expected) + 1
            assert (burnt_at, crash.side) in {("publisher.publish", "after"), ("incidents.mark_notified", "before")}
            twice += 1
    counts = [boundaries(place) + 1 for place in range(len(FILES))]
    assert tried == sum(counts) * len(SIDES) * len(HOWS)
    with capsys.disabled():
        sys.stdout.write(
            f"\ncrash matrix: {sum(counts)} boundaries of {len(FILES)} files x {len(SIDES)} sides x {len(HOWS)} ways: "
            f"{tried} runs end as the clean one; in {twice} a message that was sent couldn't be noted and went twice\n"
        )


def test_two_crashes_in_a_row_end_as_one_clean_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The second attempt is killed as well, at any boundary: the third goes on from what both left."""
    expected = clean()
    tried = 0
    for place in (0, 1):
        count = boundaries(place)
        for first in range(1, count + 1):
            for second in range(1, count + 1):
                crashes = [Crash(first, "after", "killed"), Crash(second, "before", "killed")]
                assert_as_clean(crashed(place, crashes)[0], expected)
                tried += 1
    with capsys.disabled():
        sys.stdout.write(f"\ncrash matrix: {tried} runs with two kills end as the clean one\n")
