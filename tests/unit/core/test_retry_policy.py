"""Patience ends with the invocation, and tells a store's trouble from a file's."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from heliograph.errors import (
    ObjectGone,
    RefusedForGood,
    SettingsError,
    StillThrottled,
    StorageError,
    UnreadableFile,
)
from heliograph.storage.ingestions import met_another_writer
from heliograph.storage.redelivery import wait_seconds
from heliograph.storage.retry_policy import Deadline, StoreRetryPolicy, may_recover


def refused(code: str, *reasons: str) -> ClientError:
    """Return what botocore raises for a refusal."""
    response = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
    return ClientError(response, "PutItem")  # type: ignore[arg-type]


@pytest.mark.parametrize("left", [2.0, 8.0])
def test_retries_end_before_the_invocation_does(left: float) -> None:
    """However much of its own time is left, no wait goes past the deadline."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    deadline = Deadline(lambda: now[0])
    deadline.set(left)
    retry_policy = StoreRetryPolicy(20.0, lambda: now[0], sleep, lambda: 1.0, deadline)
    with pytest.raises(StillThrottled):
        for _ in retry_policy.attempts("write"):
            pass
    assert left - 3.1 < now[0] <= left


def test_patience_without_a_deadline_has_its_own_time() -> None:
    """Commands have no invocation."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    deadline = Deadline(lambda: now[0])
    deadline.set(1.0)
    deadline.clear()
    with pytest.raises(StillThrottled):
        for _ in StoreRetryPolicy(20.0, lambda: now[0], sleep, lambda: 1.0, deadline).attempts("write"):
            pass
    assert 16 < now[0] <= 20


@pytest.mark.parametrize(
    "error",
    [
        StillThrottled("later"),
        StorageError("refused"),
        SettingsError("missing"),
        refused("ThrottlingException"),
        refused("AccessDeniedException"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        ConnectionResetError(),
    ],
    ids=repr,
)
def test_a_store_s_trouble_may_end(error: Exception) -> None:
    """A throttle, a timeout, a right or a setting that is missing: none is the file's fault."""
    assert may_recover(error)


@pytest.mark.parametrize(
    "error",
    [
        UnreadableFile("broken"),
        ObjectGone("gone"),
        RefusedForGood("too large"),
        refused("ValidationException"),
        KeyError("ours"),
    ],
    ids=repr,
)
def test_a_file_s_trouble_stays(error: Exception) -> None:
    """What can't be read, is gone, or is refused for what it is fails the same way the next time."""
    assert not may_recover(error)


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_over_a_partition_s_load_is_tried_again(reason: str) -> None:
    """DynamoDB cancels it with this reason where one of its partitions is over its load."""
    assert met_another_writer(refused("TransactionCanceledException", "None", reason))
    assert not met_another_writer(refused("TransactionCanceledException", "None", "ValidationError"))


def test_an_hour_takes_few_of_the_queue_s_receives() -> None:
    """Waits of 30 seconds that double: 8 receives an hour, 13 where chance halves them all; 200 hold a day at least."""
    for chance, most in ((0.0, 8), (1.0, 13)):
        waited, receives = 0, 0
        while waited < 3600:
            receives += 1
            waited += wait_seconds(receives, 30, chance)
        assert receives <= most
    assert sum(wait_seconds(receive, 30, 1.0) for receive in range(1, 201)) > 24 * 3600
    assert sum(wait_seconds(receive, 30, 0.0) for receive in range(1, 201)) < 3 * 24 * 3600
