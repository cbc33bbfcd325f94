"""The topic: messages published ten a call."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from aws_lambda_powertools.metrics import MetricUnit

from heliograph.errors import StorageError
from heliograph.incidents.model import Message
from heliograph.storage.batches import batched
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.telemetry import logger, metrics

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient
    from types_boto3_sns.type_defs import MessageAttributeValueTypeDef
    from types_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef as _Entry

_MAX_PUBLISHED: Final = 10  # PublishBatch's limit
# What SNS answers where an entry itself is wrong (API reference, Publish: InvalidParameter, InvalidParameterValue).
_WRONG_ITSELF: Final = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})
_PLAIN_SUBJECT: Final = "Heliograph: an incident"
_PLAIN_CHARACTERS: Final = 1500
_PLAIN_ATTRIBUTES: Final = frozenset({"kind", "phase", "severity"})


class SnsPublisher:
    """Publishes messages to the alerts topic. patience: how long to go on with those of a batch it can't take now."""

    def __init__(self, sns: "SNSClient", topic_arn: str, retry_policy: StoreRetryPolicy | None = None) -> None:
        """Keep the client; nothing is called yet."""
        self._sns = sns
        self._topic_arn = topic_arn
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def publish(self, messages: Sequence[Message]) -> int:
        """Publish every message, ten a call, and return how many the topic took.

        What a call can't take now is sent again, alone. A message that the topic refuses for what it says is sent once
        more in its plainest form; one that is refused even so is logged and counted, and the others go on: it would be
        refused for ever, and nobody would hear of anything else.

        Raises:
            StillThrottled: the topic refused one for too long; none is marked as told, and a notifier tries again.
            StorageError: the topic takes no messages at all, such as for want of a right.
        """
        refused = 0
        for batch in batched(messages, _MAX_PUBLISHED):
            wrong = self._publish_batch([_entry(number, message) for number, message in enumerate(batch)])
            hopeless = self._publish_batch([_plainest(entry) for entry in wrong])
            for entry in hopeless:
                logger().error("message refused", subject=entry["Subject"], text=entry["Message"])
                metrics().add_metric("NotificationsRejected", MetricUnit.Count, 1)
            refused += len(hopeless)
        return len(messages) - refused

    def _publish_batch(self, left: "list[_Entry]") -> "list[_Entry]":
        """Publish entries until the topic has taken or refused each; return those refused for what they say."""
        wrong: list[_Entry] = []
        for _ in self._retry_policy.attempts("publish alerts") if left else ():
            failed = self._failures(left)
            wrong += [entry for entry in left if failed.get(entry["Id"])]
            left = [entry for entry in left if failed.get(entry["Id"]) is False]
            if not left:
                break
        return wrong

    def _failures(self, entries: "list[_Entry]") -> dict[str, bool]:
        """Publish entries once; return the ids of those not taken, and whether what they say is the reason."""
        answer = self._sns.publish_batch(TopicArn=self._topic_arn, PublishBatchRequestEntries=entries)
        failed = answer.get("Failed", [])
        for each in failed:
            if each["SenderFault"] and each["Code"] not in _WRONG_ITSELF:
                raise StorageError(
                    f"SNS refused {len(failed)} of {len(entries)} messages: {each['Code']}: {each.get('Message', '')}"
                )
        return {each["Id"]: each["SenderFault"] for each in failed}


def _entry(number: int, message: Message) -> "_Entry":
    return {
        "Id": str(number),
        "Subject": message.subject,
        "Message": message.text,
        "MessageAttributes": {name: _attribute(value) for name, value in message.attributes.items()},
    }


def _plainest(entry: "_Entry") -> "_Entry":
    """Return an entry with nothing that a topic could refuse: short, in ASCII, its attributes words of ours."""
    text = entry["Message"].encode("ascii", "backslashreplace").decode()[:_PLAIN_CHARACTERS]
    words = {name: value for name, value in entry["MessageAttributes"].items() if name in _PLAIN_ATTRIBUTES}
    return {
        "Id": entry["Id"],
        "Subject": _PLAIN_SUBJECT,
        "Message": text or _PLAIN_SUBJECT,
        "MessageAttributes": words,
    }


def _attribute(value: str | tuple[str, ...]) -> "MessageAttributeValueTypeDef":
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": msgspec.json.encode(value).decode()}
