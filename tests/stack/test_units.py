"""The bill can't rise unseen: capacity units a reading, measured on the embedded AWS, stay where they are.

DynamoDB Local is no judge of them: it tells no units of PartiQL statements, and twice those of a transaction.
"""

import pytest

from cost.feeds import FLEET, HOURLY, LONE, MeasuredFeed, World
from stack.conftest import ON_DYNAMODB_LOCAL
from stack.harness import Harness

pytestmark = pytest.mark.skipif(ON_DYNAMODB_LOCAL, reason="DynamoDB Local doesn't tell units as AWS does")


@pytest.mark.parametrize(
    ("feed", "write", "read"),
    [
        (FLEET, 1.05, 0.53),
        (HOURLY, 1.04, 0.05),
        (LONE, 5.15, 1.55),
    ],
)
def test_units_of_the_processor(harness: Harness, feed: MeasuredFeed, write: float, read: float) -> None:
    """Storing, flagging, telling and recording take no more than this a reading, 1 % of them flagged."""
    units = World(harness.stack).processor_units(feed)
    assert units.write <= write
    assert units.read <= read
    assert units.calls.keys() <= {
        "BatchExecuteStatement",
        "BatchGetItem",
        "GetItem",
        "TransactWriteItems",
        "UpdateItem",
    }, "nothing scans, and nothing is called for each reading"


def test_units_of_the_watch(harness: Harness) -> None:
    """Looking at sites every hour takes no more than this a reading; two days are packed, so they cost little."""
    units = World(harness.stack).watch_units(60, sites=2)
    assert units.write <= 0.11
    assert units.read <= 0.3
    assert "Scan" not in units.calls
