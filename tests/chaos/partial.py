"""Batches done in part: some of a call's entries are refused inside a 200 answer, and never reach the service."""

import json
import random
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from chaos.calls import Answer, Call, json_answer, xml_answer
from chaos.refusals import throttled, transaction_cancelled

Forward = Callable[[Call], Answer]

# Of the entries of a batch, how many are refused; at least one is.
_SHARE: Final = 0.3
_STATEMENT_CODES: Final = (
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "InternalServerError",
    "TransactionConflict",
)
_TRANSACTION_CODES: Final = ("TransactionConflict", "ThrottlingError")
_OK: Final = 200


def refuse_some(call: Call, forward: Forward, chance: random.Random) -> Answer:
    """Refuse some entries of a batch and do the others."""
    return PARTIAL[call.operation](call, forward, chance)


def _statements(call: Call, forward: Forward, chance: random.Random) -> Answer:
    asked = call.json()
    refused = _some(len(asked["Statements"]), chance)
    kept = [each for number, each in enumerate(asked["Statements"]) if number not in refused]
    answer = forward(_changed(call, asked | {"Statements": kept})) if kept else json_answer(_OK, {"Responses": []})
    if answer.status != _OK:
        return answer
    done = iter(json.loads(answer.body)["Responses"])
    responses = [
        _statement_error(chance) if number in refused else next(done) for number in range(len(asked["Statements"]))
    ]
    return answer.with_body(json.dumps({"Responses": responses}).encode())


def _statement_error(chance: random.Random) -> dict[str, Any]:
    return {"Error": {"Code": chance.choice(_STATEMENT_CODES), "Message": "Refused for load"}}


def _keys(call: Call, forward: Forward, chance: random.Random) -> Answer:
    asked = call.json()
    ((table, wanted),) = asked["RequestItems"].items()
    refused = _some(len(wanted["Keys"]), chance)
    if len(refused) == len(wanted["Keys"]):
        return throttled(call)  # DynamoDB's own way where it can read none
    kept = [key for number, key in enumerate(wanted["Keys"]) if number not in refused]
    left = [key for number, key in enumerate(wanted["Keys"]) if number in refused]
    answer = forward(_changed(call, asked | {"RequestItems": {table: wanted | {"Keys": kept}}}))
    if answer.status != _OK:
        return answer
    found = json.loads(answer.body) | {"UnprocessedKeys": {table: wanted | {"Keys": left}}}
    return answer.with_body(json.dumps(found).encode())


def _writes(call: Call, forward: Forward, chance: random.Random) -> Answer:
    asked = call.json()
    ((table, wanted),) = asked["RequestItems"].items()
    refused = _some(len(wanted), chance)
    if len(refused) == len(wanted):
        return throttled(call)
    kept = [each for number, each in enumerate(wanted) if number not in refused]
    left = [each for number, each in enumerate(wanted) if number in refused]
    answer = forward(_changed(call, asked | {"RequestItems": {table: kept}}))
    if answer.status != _OK:
        return answer
    found = json.loads(answer.body) | {"UnprocessedItems": {table: left}}
    return answer.with_body(json.dumps(found).encode())


def _transaction(call: Call, _: Forward, chance: random.Random) -> Answer:
    return transaction_cancelled(call, chance.choice(_TRANSACTION_CODES))


def _messages(call: Call, forward: Forward, chance: random.Random) -> Answer:
    asked = call.json()
    refused = _some(len(asked["Entries"]), chance)
    kept = [each for number, each in enumerate(asked["Entries"]) if number not in refused]
    answer = forward(_changed(call, asked | {"Entries": kept})) if kept else json_answer(_OK, {"Successful": []})
    if answer.status != _OK:
        return answer
    failed = [
        {"Id": each["Id"], "SenderFault": False, "Code": "InternalError", "Message": "Refused for load"}
        for number, each in enumerate(asked["Entries"])
        if number in refused
    ]
    return answer.with_body(json.dumps(json.loads(answer.body) | {"Failed": failed}).encode())


_ENTRY: Final = "PublishBatchRequestEntries.member."


def _publications(call: Call, forward: Forward, chance: random.Random) -> Answer:
    form = {name: values[0] for name, values in call.form().items()}
    numbers = sorted({int(name[len(_ENTRY) :].partition(".")[0]) for name in form if name.startswith(_ENTRY)})
    refused = {numbers[place] for place in _some(len(numbers), chance)}
    ids = [form[f"{_ENTRY}{number}.Id"] for number in sorted(refused)]
    failed = "".join(
        f"<member><Id>{escape(name)}</Id><Code>InternalError</Code><Message>Refused for load</Message>"
        "<SenderFault>false</SenderFault></member>"
        for name in ids
    )
    if len(refused) == len(numbers):
        return _published(failed)
    answer = forward(call.with_body(urlencode(_without(form, numbers, refused)).encode()))
    if answer.status != _OK:
        return answer
    text = answer.body.decode().replace("<Failed/>", "").replace("<Failed></Failed>", "")
    return answer.with_body(
        text.replace("</PublishBatchResult>", f"<Failed>{failed}</Failed></PublishBatchResult>").encode()
    )


def _published(failed: str) -> Answer:
    result = f"<PublishBatchResult><Successful/><Failed>{failed}</Failed></PublishBatchResult>"
    space = "http://sns.amazonaws.com/doc/2010-03-31/"
    return xml_answer(_OK, f'<PublishBatchResponse xmlns="{space}">{result}</PublishBatchResponse>')


def _without(form: dict[str, str], numbers: list[int], refused: set[int]) -> dict[str, str]:
    """Take entries out of a form and number the others anew."""
    kept = {name: value for name, value in form.items() if not name.startswith(_ENTRY)}
    places = {number: place for place, number in enumerate((n for n in numbers if n not in refused), 1)}
    for name, value in form.items():
        number, _, rest = name.removeprefix(_ENTRY).partition(".")
        if name.startswith(_ENTRY) and int(number) in places:
            kept[f"{_ENTRY}{places[int(number)]}.{rest}"] = value
    return kept


def _some(count: int, chance: random.Random) -> set[int]:
    """Choose places of entries to refuse; at least one."""
    return {number for number in range(count) if chance.random() < _SHARE} or {chance.randrange(count)}


def _changed(call: Call, value: object) -> Call:
    return call.with_body(json.dumps(value).encode())


PARTIAL: Final = {
    "dynamodb.BatchExecuteStatement": _statements,
    "dynamodb.BatchGetItem": _keys,
    "dynamodb.BatchWriteItem": _writes,
    "dynamodb.TransactWriteItems": _transaction,
    "sqs.SendMessageBatch": _messages,
    "sns.PublishBatch": _publications,
}
