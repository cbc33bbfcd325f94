"""The alerts table and the topic: an incident is written first, then told, then marked as told.

A crash between any two of these leaves it written and unsent, and the same file's next attempt tells it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from heliograph.errors import StorageError
from heliograph.incidents import Incident, Message
from heliograph.storage.attributes import attributes, struct_of
from heliograph.storage.batches import Statement, batched, execute, get_many, insert_statement
from heliograph.storage.expiring import ExpiringTable
from heliograph.table_keys import ALERTS

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient
    from types_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

_MAX_PUBLISHED = 10  # PublishBatch's limit


class DynamoAlerts(ExpiringTable):
    """Keeps incidents. retention: how long, counted from the landing of the object that opened one."""

    def open(self, incidents: Sequence[Incident]) -> list[Incident]:
        """Write the incidents that are new, and give those to be told now.

        Those are the new ones, and ones an earlier attempt at the same object wrote without telling. What another
        object opened is for that object's processor to tell.
        """
        outcomes = execute(self._dynamodb, [self._insert(each) for each in incidents], self._patience)
        met = [incident for incident, outcome in zip(incidents, outcomes, strict=True) if outcome]
        known = self._get(met)
        unsent = {key for key, kept in known.items() if not kept.sent_at}
        return [
            incident
            for incident, outcome in zip(incidents, outcomes, strict=True)
            if not outcome or (_key(incident) in unsent and known[_key(incident)].source == incident.source)
        ]

    def mark_sent(self, incidents: Sequence[Incident], sent_at: str) -> None:
        """Note that the incidents were told at `sent_at`, UTC text."""
        # PartiQL takes no parameter for a table's name, and this one comes from the settings.
        update = f'UPDATE "{self._table}" SET "sent_at"=? WHERE "{ALERTS.partition}"=? AND "{ALERTS.sort}"=?'  # noqa: S608
        statements = [
            Statement(update, [{"S": sent_at}, {"S": incident.site_id}, {"S": incident.key}]) for incident in incidents
        ]
        execute(self._dynamodb, statements, self._patience)

    def _insert(self, incident: Incident) -> Statement:
        expires_at = self._expires_at(incident.opened_at)
        values = {**msgspec.structs.asdict(incident), ALERTS.sort: incident.key, "expires_at": expires_at}
        return insert_statement(self._table, attributes(values))

    def _get(self, incidents: Sequence[Incident]) -> dict[tuple[str, str], Incident]:
        keys = [attributes({ALERTS.partition: each.site_id, ALERTS.sort: each.key}) for each in incidents]
        items = get_many(self._dynamodb, self._table, keys, self._patience)
        return {_key(incident): incident for incident in (struct_of(item, Incident) for item in items)}


class SnsNotifier:
    """Publishes messages to the alerts topic."""

    def __init__(self, sns: "SNSClient", topic_arn: str) -> None:
        """Keep the client; nothing is called yet."""
        self._sns = sns
        self._topic_arn = topic_arn

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish every message, ten a call.

        Raises:
            StorageError: the topic refused one; none is marked as sent, and the queue brings the file back.
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
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()
        },
    }


def _key(incident: Incident) -> tuple[str, str]:
    return incident.site_id, incident.key
