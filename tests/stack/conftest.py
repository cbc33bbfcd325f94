"""A running stack for tests, and the few things a test does with one.

One stack serves all tests of this folder that ask for it: with pytest-xdist use `--dist loadgroup`, and they all run in
one worker, while those that start stacks of their own run in another; with any other `--dist` each worker starts its
own, which costs it 3 seconds. Tests share the stack, so a test uses sites and file names of its own (`harness.name`),
and never asks for totals to be exact.

With HELIOGRAPH_TEST_DYNAMODB=local the shared stack's tables are in AWS's DynamoDB Local, and what starts stacks of its
own is left out, but for the tests marked `referee`.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_stack import Stack, StackOptions, start
from stack.dynamodb_local import dynamodb_local, missing
from stack.harness import Harness

HERE = Path(__file__).resolve().parent
ON_DYNAMODB_LOCAL = os.environ.get("HELIOGRAPH_TEST_DYNAMODB") == "local"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one of the stack, and keep those that share one in one xdist worker."""
    if ON_DYNAMODB_LOCAL:
        others = [item for item in items if item.path.is_relative_to(HERE) and not _touches_tables(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.stack)
            shared = "stack" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.xdist_group("stack" if shared else "own stacks"))


def _touches_tables(item: pytest.Item) -> bool:
    return "stack" in getattr(item, "fixturenames", ()) or item.get_closest_marker("referee") is not None


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[str | None]:
    """The address of the DynamoDB that has the shared stack's tables; None for the embedded AWS's own."""
    if not ON_DYNAMODB_LOCAL:
        yield None
        return
    if reason := missing():
        pytest.skip(reason)
    with dynamodb_local() as running:
        yield running.address


@pytest.fixture(scope="session")
def stack(zips: Path, dynamodb: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that all tests share, with its schedules off."""
    folder = tmp_path_factory.mktemp("stack")
    options = StackOptions(state_dir=folder, zips=zips, sites=4, schedule=False, watch=False, dynamodb=dynamodb)
    with start(options) as running:
        yield running.stack


@pytest.fixture
def make_harness() -> Iterator[Callable[[Stack], Harness]]:
    """Makes yards of stacks that a test starts itself, and closes them."""
    made: list[Harness] = []

    def make(stack: Stack) -> Harness:
        made.append(Harness(stack))
        return made[-1]

    yield make
    for harness in made:
        harness.close()


@pytest.fixture
def harness(stack: Stack, make_harness: Callable[[Stack], Harness]) -> Harness:
    """The shared stack, as a test drives it."""
    return make_harness(stack)
