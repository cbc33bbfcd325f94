"""The topic: messages published ten a call."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from heliograph.errors import StorageError
from heliograph.incidents.incident import Message
from heliograph.storage.batches import batched
from heliograph.storage.patience import Patience

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient
    from types_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishBatchRequestEntryTypeDef

_MAX_PUBLISHED = 10  # PublishBatch's limit


class SnsNotifier:
    """Publishes messages to the alerts topic. patience: how long to go on with those of a batch it can't take now."""

    def __init__(self, sns: "SNSClient", topic_arn: str, patience: Patience | None = None) -> None:
        """Keep the client; nothing is called yet."""
        self._sns = sns
        self._topic_arn = topic_arn
        self._patience = patience or Patience()

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish every message, ten a call. Those of a call that the topic can't take now are sent again, alone.

        Raises:
            StillThrottled: the topic refused one for too long; none is marked as told, and a teller tries again.
            StorageError: the topic refused one for good.
        """
        for batch in batched(messages, _MAX_PUBLISHED):
            left = [_entry(number, message) for number, message in enumerate(batch)]
            for _ in self._patience.attempts("publish alerts"):
                left = self._publish(left)
                if not left:
                    break

    def _publish(self, entries: "list[PublishBatchRequestEntryTypeDef]") -> "list[PublishBatchRequestEntryTypeDef]":
        """Publish entries once and give those to be sent again."""
        answer = self._sns.publish_batch(TopicArn=self._topic_arn, PublishBatchRequestEntries=entries)
        failed = {each["Id"]: each for each in answer.get("Failed", [])}
        for each in failed.values():
            if each["SenderFault"]:
                raise StorageError(
                    f"SNS refused {len(failed)} of {len(entries)} messages: {each['Code']}: {each.get('Message', '')}"
                )
        return [entry for entry in entries if entry["Id"] in failed]


def _entry(number: int, message: Message) -> "PublishBatchRequestEntryTypeDef":
    return {
        "Id": str(number),
        "Subject": message.subject,
        "Message": message.text,
        "MessageAttributes": {name: _attribute(value) for name, value in message.attributes.items()},
    }


def _attribute(value: str | tuple[str, ...]) -> "MessageAttributeValueTypeDef":
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": msgspec.json.encode(value).decode()}
