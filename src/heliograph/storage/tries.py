"""Attempts at a queue message that began: SQS's own count of receives can't say that.

A message is received for many reasons: a store was throttled, there was no time left for it, a Lambda was throttled.
Only attempts that began count here, and those that ended because of a store are taken back. An attempt goes by the
number of the receive it began in, and they are kept as a set, so to count one twice counts it once. The items lie among
the ingestions, each in a partition of its own, and go when the queue wouldn't keep their message any more.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.storage.batches import get_many
from heliograph.storage.items import attribute, attributes
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import INGESTIONS, tries_place

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS: Final = 15 * 24 * 3600  # a day more than SQS keeps a message


class Tried(msgspec.Struct, frozen=True):
    """What is counted about a message.

    begun: attempts that began and weren't taken back. buried: whether it has a dead letter.
    """

    begun: int = 0
    buried: bool = False


class DynamoTries:
    """Counts attempts in the ingestions table. now: seconds since 1970."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        now: Callable[[], float],
        retry_policy: StoreRetryPolicy | None = None,
    ) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._now = now
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def of(self, message_ids: Iterable[str]) -> dict[str, Tried]:
        """Read what is counted about some messages; those of which nothing is are left out.

        Raises:
            StillThrottled: the table refused for load until patience ran out.
        """
        names = {tries_place(each)[0]: each for each in message_ids}
        found = get_many(self._dynamodb, self._table, [_key(each) for each in names.values()], self._retry_policy)
        return {
            names[each[INGESTIONS.partition]["S"]]: Tried(len(each.get("begun", {}).get("NS", ())), "buried" in each)
            for each in found
        }

    def begin(self, message_id: str, receive: int) -> int:
        """Count an attempt, before it begins: one write. Return how many are counted by now."""
        answer = self._update(message_id, "ADD begun :one SET expires_at = :expires", {":one": {"NS": [str(receive)]}})
        return len(answer["begun"]["NS"])

    def take_back(self, message_id: str, receive: int) -> None:
        """Count an attempt no more that ended because of a store; asked for again while the store refuses this too.

        Raises:
            StillThrottled: it refused until patience ran out, so the attempt stays counted.
        """
        for _ in self._retry_policy.attempts("take an attempt back"):
            try:
                self._update(
                    message_id, "DELETE begun :one SET expires_at = :expires", {":one": {"NS": [str(receive)]}}
                )
            except (BotoCoreError, ClientError):
                continue
            return

    def bury(self, message_id: str) -> None:
        """Note that a message has its dead letter, so that it gets no second one."""
        self._update(message_id, "SET buried = :yes, expires_at = :expires", {":yes": attribute(value=True)})

    def _update(self, message_id: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
        expires = attribute(int(self._now()) + _KEPT_SECONDS)
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(message_id),
            UpdateExpression=expression,
            ExpressionAttributeValues={**values, ":expires": expires},
            ReturnValues="UPDATED_NEW",
        )
        return dict(answer.get("Attributes", {}))


def _key(message_id: str) -> dict[str, Any]:
    partition, sort = tries_place(message_id)
    return attributes({INGESTIONS.partition: partition, INGESTIONS.sort: sort})
