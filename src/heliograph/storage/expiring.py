"""What the stores of readings, ingestions and incidents have in common: a table whose items expire."""

from datetime import timedelta
from typing import TYPE_CHECKING

from heliograph.reading import moment_of
from heliograph.storage.retry_policy import StoreRetryPolicy

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class ExpiringTable:
    """A table of items that are kept for a while.

    table: its name. retention: how long an item is kept, counted from the landing it goes back to. patience: the time
    to give a job whose parts are throttled.
    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, retention: timedelta, retry_policy: StoreRetryPolicy | None = None
    ) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._retention = retention
        self._retry_policy = retry_policy or StoreRetryPolicy()
        self._last = ("", 0)

    def _expires_at(self, landed_at: str) -> int:
        """Return when an item may be deleted, seconds since 1970. landed_at: UTC text."""
        last, expires_at = self._last
        if landed_at == last:  # all readings of a file have landed at once
            return expires_at
        expires_at = int((moment_of(landed_at) + self._retention).timestamp())
        self._last = landed_at, expires_at
        return expires_at
