"""An AWS that answers at once: S3, DynamoDB, SNS and SQS as far as Heliograph and the references call them.

Nothing is stored but objects. Every answer has the shape and the headers of the real one, since reading them is part of
what a client costs. Calls, items and bytes are counted.

As a process on loopback it prints its port, and ends when its standard input does: one thread, one loop, and as little
HTTP as AWS's clients speak: keep-alive, Content-Length, `Expect: 100-continue`.
"""

import asyncio
import hashlib
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

CONTROL: Final = "/_bench/"
_JSON: Final = "application/x-amz-json-1.0"
_TARGET: Final = "x-amz-target"
_HEAD_END: Final = b"\r\n\r\n"


class NullCall(NamedTuple):
    """A request. headers: by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class NullAnswer(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class NullAws:
    """Answers requests.

    canned: bodies to answer a DynamoDB operation with, by `Operation` or `Operation/table`. objects: what was put.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calls: Counter[str] = Counter()
        self.items: Counter[str] = Counter()
        self.bytes_in = 0
        self.bytes_out = 0
        self.canned: dict[str, bytes] = {}
        self.objects: dict[str, tuple[bytes, str]] = {}

    def answer(self, asked: NullCall) -> NullAnswer:
        """Answer one request and count it."""
        if asked.path.startswith(CONTROL):
            return self._control(asked)
        answered = self._answer(asked)
        self.bytes_in += len(asked.body)
        self.bytes_out += len(answered.body)
        return answered

    def counts(self) -> dict[str, Any]:
        """Return what was counted."""
        return {
            "calls": dict(self.calls),
            "items": dict(self.items),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
        }

    def _control(self, asked: NullCall) -> NullAnswer:
        """Tell the counts, begin anew, or take what to answer an operation with."""
        name = asked.path.removeprefix(CONTROL)
        if name == "counts":
            return NullAnswer(200, {}, json.dumps(self.counts()).encode())
        if name == "reset":
            self.calls.clear()
            self.items.clear()
            self.bytes_in = self.bytes_out = 0
        else:
            self.canned[unquote(name)] = asked.body
        return NullAnswer(200, {}, b"{}")

    def _answer(self, asked: NullCall) -> NullAnswer:
        target = asked.headers.get(_TARGET)
        if target is None:
            return self._sns(asked) if asked.path == "/" else self._s3(asked)
        service, _, operation = target.partition(".")
        self.calls[operation] += 1
        if service == "AmazonSQS":
            return _json(_sqs(json.loads(asked.body), operation))
        return self._dynamodb(operation, asked.body)

    def _dynamodb(self, operation: str, body: bytes) -> NullAnswer:
        items, answer = _DYNAMODB.get(operation, _one)(body, self.canned)
        self.items[operation] += items
        return _json(answer)

    def _s3(self, asked: NullCall) -> NullAnswer:
        path = urlsplit(asked.path).path
        self.calls[f"{asked.method} object"] += 1
        if asked.method == "PUT":
            tag = f'"{hashlib.md5(asked.body, usedforsecurity=False).hexdigest()}"'
            self.objects[path] = asked.body, formatdate(usegmt=True)
            return NullAnswer(200, {"ETag": tag, "x-amz-version-id": "v1"})
        if path not in self.objects:
            missing = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
            return NullAnswer(404, {"Content-Type": "application/xml"}, missing)
        body, modified = self.objects[path]
        headers = {"Last-Modified": modified, "ETag": '"0"', "x-amz-version-id": "v1", "Content-Type": "binary/octet"}
        return NullAnswer(200, headers, body)

    def _sns(self, asked: NullCall) -> NullAnswer:
        form = parse_qs(asked.body.decode())
        self.calls[operation := form["Action"][0]] += 1
        ids = [value[0] for name, value in form.items() if name.endswith(".Id")]
        self.items[operation] += max(1, len(ids))
        members = "".join(f"<member><Id>{each}</Id><MessageId>{each}</MessageId></member>" for each in ids)
        result = f"<{operation}Result><Successful>{members}</Successful><Failed/></{operation}Result>"
        body = f'<{operation}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{result}</{operation}Response>'
        return NullAnswer(200, {"Content-Type": "text/xml"}, body.encode())


Answering = Callable[[bytes, dict[str, bytes]], tuple[int, bytes]]


def _json(body: bytes) -> NullAnswer:
    return NullAnswer(200, {"Content-Type": _JSON, "x-amz-crc32": str(zlib.crc32(body))}, body)


def _sqs(request: dict[str, Any], operation: str) -> bytes:
    if operation != "SendMessageBatch":
        return b"{}"
    sent = [
        {
            "Id": each["Id"],
            "MessageId": each["Id"],
            "MD5OfMessageBody": hashlib.md5(each["MessageBody"].encode(), usedforsecurity=False).hexdigest(),
        }
        for each in request["Entries"]
    ]
    return json.dumps({"Successful": sent, "Failed": []}).encode()


def _statements(body: bytes, _canned: dict[str, bytes]) -> tuple[int, bytes]:
    count = body.count(b'"Statement":')
    return count, b'{"Responses":[' + b",".join([b'{"TableName":"readings"}'] * count) + b"]}"


def _batch_write(body: bytes, _canned: dict[str, bytes]) -> tuple[int, bytes]:
    return body.count(b'"PutRequest"'), b'{"UnprocessedItems":{}}'


def _batch_get(body: bytes, canned: dict[str, bytes]) -> tuple[int, bytes]:
    """Return the canned item of every key asked for; `BatchGetItem/TABLE` holds them by the key's first text."""
    tables = json.loads(body)["RequestItems"]
    found: dict[str, list[Any]] = {}
    for table, asked in tables.items():
        known = json.loads(canned.get(f"BatchGetItem/{table}", b"{}"))
        names = [next(iter(key.values()))["S"] for key in asked["Keys"]]
        found[table] = [known[name] for name in names if name in known]
    answer = json.dumps({"Responses": found, "UnprocessedKeys": {}}, separators=(",", ":"))
    return sum(map(len, found.values())), answer.encode()


def _query(body: bytes, canned: dict[str, bytes]) -> tuple[int, bytes]:
    answer = canned.get(f"Query/{json.loads(body)['TableName']}", b'{"Count":0,"Items":[],"ScannedCount":0}')
    return 1, answer


def _transaction(body: bytes, _canned: dict[str, bytes]) -> tuple[int, bytes]:
    return len(json.loads(body)["TransactItems"]), b"{}"


def _one(_body: bytes, _canned: dict[str, bytes]) -> tuple[int, bytes]:
    return 1, b"{}"


_DYNAMODB: Final[dict[str, Answering]] = {
    "BatchExecuteStatement": _statements,
    "BatchWriteItem": _batch_write,
    "BatchGetItem": _batch_get,
    "Query": _query,
    "TransactWriteItems": _transaction,
}


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, aws: NullAws) -> None:
        """Keep who answers."""
        self._aws = aws
        self._held = bytearray()
        self._transport: asyncio.Transport | None = None
        self._asked: NullCall | None = None
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the types
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._held += data
        while self._transport is not None and (asked := self._whole()):
            self._transport.write(as_bytes(self._aws.answer(asked)))

    def _whole(self) -> NullCall | None:
        """Take one whole request off what was received."""
        if self._asked is None:
            head, found, _ = self._held.partition(_HEAD_END)
            if not found:
                return None
            del self._held[: len(head) + len(_HEAD_END)]
            self._begin(bytes(head))
        if self._asked is None or len(self._held) < self._wanted:
            return None
        asked = self._asked._replace(body=bytes(self._held[: self._wanted]))
        del self._held[: self._wanted]
        self._asked = None
        return asked

    def _begin(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._asked = NullCall(method, path, headers, b"")
        self._wanted = int(headers.get("content-length", 0))
        if self._transport is not None and headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def as_bytes(answered: NullAnswer) -> bytes:
    """Write an answer as HTTP."""
    headers = {
        "Server": "Server",
        "x-amzn-RequestId": "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123",
        "Connection": "keep-alive",
        "Content-Length": str(len(answered.body)),
        **answered.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answered.status} OK\r\n{lines}\r\n".encode() + answered.body


async def serve() -> None:
    """Serve on a free port until standard input ends."""
    loop = asyncio.get_running_loop()
    aws = NullAws()
    server = await loop.create_server(lambda: Connection(aws), "127.0.0.1", 0)
    async with server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
