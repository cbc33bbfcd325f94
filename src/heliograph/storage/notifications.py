"""Notifications in AWS: the incidents table as an outbox, and the SNS topic that its messages go to.

The outbox knows what is pending, who has the notifier's lease, and when each site was last notified of.
"""

from collections.abc import Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from heliograph.errors import StorageError
from heliograph.incidents.model import Incident, Notification, Phase
from heliograph.reading import moment_of
from heliograph.storage.batches import Keys, Statement, batched, execute, get_many
from heliograph.storage.incidents import INCIDENT_CODEC, incident_item_key, pending_keys, state_key
from heliograph.storage.items import ANY_ITEM, attribute, attributes
from heliograph.storage.pages import Range, query
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import INCIDENT_SHARDS, INCIDENTS, NOTIFIER, PENDING, pending_list
from heliograph.telemetry import logger, metrics

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from types_boto3_sns import SNSClient
    from types_boto3_sns.type_defs import MessageAttributeValueTypeDef
    from types_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef as _Entry

_DAY: Final = 86_400
_WEEK: Final = 7 * _DAY
# DynamoDB takes an expression of up to 4 KB. A file with more causes than this is a group of its own.
_MOST_CAUSES: Final = 50
# Sorts behind every token, as a token is hexadecimal.
_BEHIND_ALL: Final = "~"
_NOTIFIED_AT: Final[dict[Phase, str]] = {"onset": "onset_notified_at", "recovery": "recovery_notified_at"}
_LEASE: Final = attributes({INCIDENTS.partition: NOTIFIER, INCIDENTS.sort: "turn"})
_MAX_PUBLISHED: Final = 10  # PublishBatch's limit
# What SNS answers where an entry itself is wrong (API reference, Publish: InvalidParameter, InvalidParameterValue).
_WRONG_ITSELF: Final = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})
_PLAIN_SUBJECT: Final = "Heliograph: an incident"
_PLAIN_CHARACTERS: Final = 1500
_PLAIN_ATTRIBUTES: Final = frozenset({"kind", "phase", "severity"})


class DynamoOutbox:
    """The notifications that are pending. Times are UTC text."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """Keep the client; nothing is called yet."""
        self._dynamodb = dynamodb
        self._table = table
        self._retry_policy = StoreRetryPolicy()

    def acquire_lease(self, now: str, until: str) -> bool:
        """Become the only notifier until `until`, or say that there is another."""
        return self._update_if(
            Key=_LEASE,
            UpdateExpression="SET held_until = :until",
            ConditionExpression="attribute_not_exists(held_until) OR held_until <= :now",
            ExpressionAttributeValues=attributes({":until": until, ":now": now}),
        )

    def release_lease(self) -> None:
        """Let the next notifier begin."""
        self._dynamodb.update_item(TableName=self._table, Key=_LEASE, UpdateExpression="REMOVE held_until")

    def spend(self, messages: int, causes: Sequence[str], now: str, most: int) -> bool:
        """Count messages sent at once, and note their causes.

        False, and not counted, where that makes more than `most` in ten minutes, or a cause was noted in them before.
        """
        ten_minutes = now[:15]
        values = {":messages": messages, ":room": most - messages, ":forget": int(moment_of(now).timestamp()) + _DAY}
        named = {f":c{number}": cause for number, cause in enumerate(causes[:_MOST_CAUSES])}
        is_new = "".join(f" AND NOT contains(causes, {name})" for name in named)
        noted = {":causes": {"SS": list(causes)}} if causes else {}
        adds = "sent_at_once :messages, causes :causes" if causes else "sent_at_once :messages"
        return messages <= most and self._update_if(
            Key=attributes({INCIDENTS.partition: NOTIFIER, INCIDENTS.sort: f"at once#{ten_minutes}"}),
            UpdateExpression=f"ADD {adds} SET expires_at = :forget",
            ConditionExpression=f"(attribute_not_exists(sent_at_once) OR sent_at_once <= :room){is_new}",
            ExpressionAttributeValues={**attributes({**values, **named}), **noted},
        )

    def pending(self, until: str, limit: int) -> list[Incident]:
        """Read what is pending and due by `until`, those waiting longest first."""
        items = [item for shard in range(INCIDENT_SHARDS) for item in self._pending_of(shard, until, limit)]
        items.sort(key=lambda item: str(item[PENDING.sort]["S"]))
        return [INCIDENT_CODEC.read(item) for item in items[:limit]]

    def claim(self, site_ids: Sequence[str], phase: Phase, now: str, free_before: str) -> set[str]:
        """Claim each site for a message of this phase; return those whose last one is before `free_before`."""
        name, mine = _NOTIFIED_AT[phase], f"{now}#{token_hex(6)}"
        free = f"{free_before}{_BEHIND_ALL}"
        statements = [self._state_update(site_id, name, mine, f'"{name}"<=?', free) for site_id in site_ids]
        outcomes = execute(self._dynamodb, statements, self._retry_policy)
        taken = [site_id for site_id, outcome in zip(site_ids, outcomes, strict=True) if outcome]
        return set(site_ids) - set(taken) | self._claimed_by(mine, name, taken)

    def _claimed_by(self, mine: str, name: str, site_ids: list[str]) -> set[str]:
        """Return the sites whose place was taken by this very claim: its answer was lost, and it was sent again."""
        keys = Keys(self._table, [state_key(each) for each in site_ids])
        items = get_many(self._dynamodb, keys, ANY_ITEM, self._retry_policy)
        return {item[INCIDENTS.partition]["S"] for item in items if item.get(name) == attribute(mine)}

    def release(self, site_ids: Sequence[str], phase: Phase, now: str) -> None:
        """Free the places claimed at `now`."""
        name = _NOTIFIED_AT[phase]
        where = f'"{name}">=? AND "{name}"<=?'
        statements = [self._state_update(site_id, name, "", where, now, f"{now}{_BEHIND_ALL}") for site_id in site_ids]
        execute(self._dynamodb, statements, self._retry_policy)

    def mark_notified(self, incidents: Sequence[Incident], phase: Phase, now: str) -> None:
        """Note that they were sent at `now`; what has become worse or is over meanwhile is pending then."""
        left = {each.id: each for each in incidents}
        known = dict(left)
        for _ in self._retry_policy.attempts("mark incidents as notified") if left else ():
            statements = [self._marked(known[name], phase, now, sent) for name, sent in left.items()]
            outcomes = execute(self._dynamodb, statements, self._retry_policy)
            left = {name: each for (name, each), outcome in zip(left.items(), outcomes, strict=True) if outcome}
            if not left:
                return
            keys = Keys(self._table, [incident_item_key(each) for each in left])
            known = {each.id: each for each in get_many(self._dynamodb, keys, INCIDENT_CODEC, self._retry_policy)}
            left = {name: each for name, each in left.items() if name in known}

    def digested(self, zone: str, dates: Sequence[str]) -> frozenset[str]:
        """Read what the digests of a time zone held that were due on some dates, as `digest.entry_of` names it."""
        keys = Keys(self._table, [_digest_key(zone, date) for date in dates])
        items = get_many(self._dynamodb, keys, ANY_ITEM, self._retry_policy)
        return frozenset(each for item in items for each in item["entries"]["S"].split())

    def note_digest(self, zone: str, dates: Sequence[str], entries: frozenset[str], now: str) -> None:
        """Note what the digests of a time zone held that were due on some dates, an item a date."""
        values = {":entries": " ".join(sorted(entries)), ":forget": int(moment_of(now).timestamp()) + _WEEK}
        for date in dates:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_digest_key(zone, date),
                UpdateExpression="SET entries = :entries, expires_at = :forget",
                ExpressionAttributeValues=attributes(values),
            )

    def _update_if(self, **update: Any) -> bool:  # noqa: ANN401 - DynamoDB's own parameters
        """Update an item; False where its condition doesn't hold."""
        try:
            self._dynamodb.update_item(TableName=self._table, **update)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _pending_of(self, shard: int, until: str, limit: int) -> list[dict[str, Any]]:
        sort = (PENDING.sort, "0", f"{until}~")
        chosen = Range(self._table, (PENDING.partition, pending_list(shard)), sort, PENDING.name)
        return list(query(self._dynamodb, chosen, ANY_ITEM, limit))

    def _state_update(self, site_id: str, name: str, value: str, where: str, *bounds: str) -> Statement:
        # PartiQL takes no parameter for a table's name, and this one comes from the settings.
        update = f'UPDATE "{self._table}" SET "{name}"=? WHERE {_KEY} AND {where}'  # noqa: S608
        return Statement(update, [attribute(value), *state_key(site_id).values(), *map(attribute, bounds)])

    def _marked(self, known: Incident, phase: Phase, now: str, sent: Incident) -> Statement:
        """Mark an incident that is still as it is known, so that nothing that became pending meanwhile is lost."""
        after = known.notified(phase, now, sent)
        values = {
            "onset_notified_at": attribute(after.onset_notified_at),
            "recovery_notified_at": attribute(after.recovery_notified_at),
            **({"notified_as": INCIDENT_CODEC.write(after)["notified_as"]} if after.notified_as else {}),
            **attributes({"pending_since": after.pending_since} if after.pending_since else {}),
            **attributes(pending_keys(after)),
        }
        gone = () if after.pending else (PENDING.partition, PENDING.sort)
        changes = "".join([*(f' SET "{name}"=?' for name in values), *(f' REMOVE "{name}"' for name in gone)])
        # An incident that doesn't return has no such attribute.
        returning = '"returning"=?' if known.returning else '"returning" IS MISSING'
        update = f'UPDATE "{self._table}"{changes} WHERE {_KEY} AND "recovery"=? AND "severity"=? AND {returning}'
        as_known = attributes(
            {"recovery": known.recovery, "severity": known.severity} | ({"returning": True} if known.returning else {})
        )
        return Statement(update, [*values.values(), *incident_item_key(known.id).values(), *as_known.values()])


def _digest_key(zone: str, date: str) -> "dict[str, AttributeValueTypeDef]":
    return attributes({INCIDENTS.partition: NOTIFIER, INCIDENTS.sort: f"digest#{zone}#{date}"})


_KEY: Final = f'"{INCIDENTS.partition}"=? AND "{INCIDENTS.sort}"=?'


class SnsPublisher:
    """Publishes messages to the alerts topic. retry_policy: for those of a batch that it can't take now."""

    def __init__(self, sns: "SNSClient", topic_arn: str, retry_policy: StoreRetryPolicy | None = None) -> None:
        """Keep the client; nothing is called yet."""
        self._sns = sns
        self._topic_arn = topic_arn
        self._retry_policy = retry_policy or StoreRetryPolicy()

    def publish(self, messages: Sequence[Notification]) -> int:
        """Publish every message, ten a call, and return how many the topic took.

        What a call can't take now is sent again, alone. A message that the topic refuses for what it says is sent once
        more in its plainest form; one that is refused even so is logged and counted, and the others go on: it would be
        refused for ever, and nobody would hear of anything else.

        Raises:
            StillThrottled: the topic refused one for too long; none is marked as notified, and a notifier tries again.
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


def _entry(number: int, message: Notification) -> "_Entry":
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
