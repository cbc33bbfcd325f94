"""One call to AWS and its answer, as they pass the proxy."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_stack import Stack
from local_stack.resources import ACCOUNT
from local_stack.stack import secret_of

_SCOPE: Final = re.compile(r"Credential=[^/]+/[^/]+/([^/]+)/([^/]+)/")
_SIGNED_ANEW: Final = frozenset({"authorization", "connection", "expect", "host", "x-amz-content-sha256", "x-amz-date"})
_S3 = {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}


class Call(msgspec.Struct, frozen=True):
    """A request as a client sent it. path: with its query. headers: by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def service(self) -> str:
        """Which service it is for: dynamodb, sqs, sns or s3."""
        return self.operation.partition(".")[0]

    @property
    def operation(self) -> str:
        """What it asks for, such as `dynamodb.BatchExecuteStatement`."""
        target = self.headers.get("x-amz-target", "")
        if target:
            service, _, name = target.partition(".")
            return f"{'dynamodb' if service.startswith('DynamoDB') else 'sqs'}.{name}"
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return f"sns.{self.form().get('Action', [''])[0]}"
        listing = self.method == "GET" and urlsplit(self.path).path.strip("/").count("/") == 0
        return "s3.ListObjects" if listing else f"s3.{_S3.get(self.method, self.method)}"

    def form(self) -> dict[str, list[str]]:
        """Read the body of a call in the query protocol."""
        return parse_qs(self.body.decode(), keep_blank_values=True)

    def json(self) -> dict[str, Any]:
        """Read the body of a call in the JSON protocol."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def signed_for(self, stack: Stack) -> "Call":
        """Return the same call as who may call this stack would send it: its body or the run may be another by now."""
        scope = _SCOPE.search(self.headers.get("authorization", ""))
        if scope is None:
            return self
        region, service = scope.groups()
        kept = {name: value for name, value in self.headers.items() if name not in _SIGNED_ANEW}
        request = AWSRequest(self.method, stack.endpoint + self.path, kept, self.body)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(Credentials(ACCOUNT, secret_of(stack)), service, region).add_auth(request)
        return Call(self.method, self.path, {name.lower(): value for name, value in request.headers.items()}, self.body)

    def with_body(self, body: bytes) -> "Call":
        """Return the same call with another body."""
        headers = {**self.headers, "content-length": str(len(body))}
        return Call(self.method, self.path, headers, body)


class Answer(msgspec.Struct, frozen=True):
    """What a client gets. headers: in order, as the service wrote them."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def with_body(self, body: bytes) -> "Answer":
        """Return the same answer with another body; a checksum of the old one goes."""
        kept = tuple((name, value) for name, value in self.headers if name.lower() != "x-amz-crc32")
        return Answer(self.status, kept, body)


def json_answer(status: int, value: object) -> Answer:
    """Answer as DynamoDB and SQS do."""
    return Answer(status, (("Content-Type", "application/x-amz-json-1.0"),), json.dumps(value).encode())


def xml_answer(status: int, text: str) -> Answer:
    """Answer as S3 and SNS do."""
    return Answer(status, (("Content-Type", "text/xml"),), text.encode())
