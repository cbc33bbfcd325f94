"""What a test does with a running stack: land files, wait for what becomes of them, look."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import httpx2
import msgspec

from heliograph.history import Assessed
from heliograph.ingestion import Ingestion
from heliograph.object_keys import raw_key
from heliograph.reading import format_timestamp
from heliograph.storage.ingestions import DynamoIngestions
from heliograph.storage.reading_pages import DynamoReadingPages
from heliograph.table_keys import ingestion_id
from heliograph_cli.api_access import sign_for
from local_stack import Stack
from local_stack.clients import clients_for

T = TypeVar("T")


def reading(site_id: str, timestamp: str, generated: float = 1.5) -> dict[str, Any]:
    """Return a reading as a logger sends it; it consumes a quarter of a kWh."""
    energies = {"energy_generated_kwh": generated, "energy_consumed_kwh": 0.25}
    return {"site_id": site_id, "timestamp": timestamp, **energies}


def wait_until(look: Callable[[], T | None], what: str, seconds: float) -> T:
    """Look until there is something to see, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)
    return seen


class Landed(msgspec.Struct, frozen=True):
    """A file that a test put into raw/, and the id of its ingestion."""

    key: str
    version: str
    ingestion: str

    @property
    def source(self) -> str:
        """How readings name it."""
        return f"{self.key}@{self.version}"


class Harness:
    """A running stack as a test drives it: land files, wait for what becomes of them, look."""

    def __init__(self, stack: Stack) -> None:
        """Make clients; nothing is called yet."""
        self.stack = stack
        self.aws = clients_for(stack)
        self.s3 = self.aws.s3()
        self.sqs = self.aws.sqs()
        self.dynamodb = self.aws.dynamodb()
        self.http = httpx2.Client(base_url=f"{stack.api}/", auth=sign_for(stack), trust_env=False, timeout=30)
        self.ingestions = DynamoIngestions(self.dynamodb, stack.ingestions_table, timedelta(days=1))
        self.readings = DynamoReadingPages(self.dynamodb, stack.readings_table)

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    @staticmethod
    def name(kind: str) -> str:
        """Return a name no other test uses."""
        return f"{kind}-{uuid4().hex[:8]}"

    def land(self, body: bytes, name: str = "") -> Landed:
        """Put a file into raw/, as a site's logger would."""
        return self.land_as(raw_key("test", datetime.now(UTC), name or f"{self.name('file')}.json"), body)

    def land_as(self, key: str, body: bytes) -> Landed:
        """Put a file into the bucket under a key."""
        version = self.s3.put_object(Bucket=self.stack.raw_bucket, Key=key, Body=body)["VersionId"]
        landed = self.s3.head_object(Bucket=self.stack.raw_bucket, Key=key, VersionId=version)["LastModified"]
        return Landed(key, version, ingestion_id(key, version, format_timestamp(landed)))

    def land_readings(self, *readings: dict[str, Any]) -> Landed:
        """Put a file of readings into raw/."""
        return self.land(msgspec.json.encode(readings))

    def wait_for_ingestion(self, landed: Landed, seconds: float = 30) -> Ingestion:
        """Wait until the processor has recorded what became of a file."""
        return wait_until(lambda: self.ingestions.get(landed.ingestion), f"the ingestion of {landed.key}", seconds)

    def wait_until_idle(self, seconds: float = 30) -> None:
        """Wait until the ingest queue is empty and nothing is being worked on."""
        wait_until(lambda: not self._waiting(), "an empty ingest queue", seconds)

    def readings_of(self, site_id: str) -> list[Assessed]:
        """Read a site's readings as they are stored."""
        return list(self.readings.of_site(site_id, None, None, 1000, None).items)

    def take(self, queue_url: str, wanted: Callable[[str], bool], seconds: float = 30) -> str:
        """Wait for a message whose body is wanted, take it off the queue and return its body."""
        return wait_until(lambda: self._take(queue_url, wanted), f"a message on {queue_url}", seconds)

    def call(self, function: str, event: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the Lambda answers
        """Call a Lambda and return its answer."""
        answer = self.aws.functions.invoke(FunctionName=function, Payload=msgspec.json.encode(event))
        body = answer["Payload"].read()
        assert not answer.get("FunctionError"), body
        return msgspec.json.decode(body)

    def _waiting(self) -> int:
        found = self.sqs.get_queue_attributes(
            QueueUrl=self.stack.ingest_queue,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(map(int, found["Attributes"].values()))

    def _take(self, queue_url: str, wanted: Callable[[str], bool]) -> str | None:
        received = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1)
        for message in received.get("Messages", []):
            if wanted(message["Body"]):
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                return message["Body"]
        return None
