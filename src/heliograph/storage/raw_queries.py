"""Queries whose answers are decoded from the body itself, into what is asked for.

botocore's own parser takes some 70 µs an item; a site's two days are 600 of them. Here msgspec decodes the body. A
client with a fast path does so, and asks botocore where that fails; with any other client botocore signs, sends
and retries, and is handed an empty answer to parse.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import msgspec

from heliograph.storage.fast_path import fast_path_of

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_BODY: Final = "RawBody"
_FAILED: Final = 300

T = TypeVar("T")


class Text(msgspec.Struct, gc=False):
    """A text attribute."""

    S: str


class Number(msgspec.Struct, gc=False):
    """A number attribute, as the text it is sent as."""

    N: str


class Answer(msgspec.Struct, Generic[T]):
    """A Query's answer with items of one kind."""

    Items: list[T]
    LastEvaluatedKey: dict[str, Any] | None = None


class RawQueries:
    """Runs queries. A client that has no fast path has to be its own: its every Query is answered raw."""

    def __init__(self, dynamodb: "DynamoDBClient") -> None:
        """Listen for answers, unless the client has a fast path; nothing is called yet."""
        self._dynamodb = dynamodb
        self._fast_path = fast_path_of(dynamodb)
        if self._fast_path is None:
            dynamodb.meta.events.register("before-parse.dynamodb.Query", _keep_body, unique_id="heliograph-raw")

    def items(self, request: dict[str, Any], decoder: "msgspec.json.Decoder[Answer[T]]") -> Iterator[T]:
        """Yield the items of all pages of a Query."""
        while True:
            answer = self.answer(request, decoder)
            yield from answer.Items
            if not answer.LastEvaluatedKey:
                return
            request = {**request, "ExclusiveStartKey": answer.LastEvaluatedKey}

    def answer(self, request: dict[str, Any], decoder: "msgspec.json.Decoder[Answer[T]]") -> Answer[T]:
        """Return one page of a Query."""
        if self._fast_path is not None:
            with suppress(msgspec.MsgspecError):
                if (body := self._fast_path.once("Query", msgspec.json.encode(request))) is not None:
                    return decoder.decode(body)
            parsed = cast("dict[str, Any]", self._dynamodb.query(**request))
            return decoder.decode(msgspec.json.encode({name: parsed.get(name) for name in Answer.__struct_fields__}))
        return decoder.decode(cast("dict[str, Any]", self._dynamodb.query(**request))[_BODY])


def _keep_body(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    if response_dict["status_code"] < _FAILED:
        customized_response_dict[_BODY] = response_dict["body"]
        response_dict["body"] = b"{}"
