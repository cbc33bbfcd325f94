"""The topic: messages published ten a call."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from heliograph.errors import StorageError
from heliograph.incidents.incident import Message
from heliograph.storage.batches import batched

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient
    from types_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishBatchRequestEntryTypeDef

_MAX_PUBLISHED = 10  # PublishBatch's limit


class SnsNotifier:
    """Publishes messages to the alerts topic."""

    def __init__(self, sns: "SNSClient", topic_arn: str) -> None:
        """Keep the client; nothing is called yet."""
        self._sns = sns
        self._topic_arn = topic_arn

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish every message, ten a call.

        Raises:
            StorageError: the topic refused one; none is marked as told, and a teller tries again.
        """
        for batch in batched(messages, _MAX_PUBLISHED):
            entries = [_entry(number, message) for number, message in enumerate(batch)]
            answer = self._sns.publish_batch(TopicArn=self._topic_arn, PublishBatchRequestEntries=entries)
            if failed := answer.get("Failed"):
                raise StorageError(
                    f"SNS refused {len(failed)} of {len(batch)} messages: {failed[0].get('Message', '')}"
                )


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
