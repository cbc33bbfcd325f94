"""A stack's options, a running stack, what its resources are called, and its errors.

ARNs and addresses are made from names alone, so that no call has to look them up.

HeliographError
└── StackError
    ├── StackInUse
    ├── EngineFailed
    ├── NotSaved
    └── DiskFull
"""

from getpass import getuser
from pathlib import Path

import msgspec

from heliograph.errors import HeliographError


class StackError(HeliographError):
    """The local stack can't do what was asked."""


class StackInUse(StackError):
    """Another stack already runs on the same folder or port."""


class EngineFailed(StackError):
    """The embedded AWS didn't start, or ended on its own."""


class NotSaved(StackError):
    """The embedded AWS has ended without writing everything down; the next start rebuilds it."""


class DiskFull(StackError):
    """There is less room on the disk than is kept in reserve."""


class Place(msgspec.Struct, frozen=True):
    """Where resources are: an account's region, behind an endpoint (without a slash at its end)."""

    endpoint: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of a regional service."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def function_arn(self, name: str) -> str:
        """Return a Lambda function's ARN."""
        return self.arn("lambda", f"function:{name}")

    def role_arn(self, name: str) -> str:
        """Return a role's ARN."""
        return f"arn:aws:iam::{self.account}:role/{name}"

    def queue_url(self, name: str) -> str:
        """Return a queue's URL."""
        return f"{self.endpoint}/{self.account}/{name}"

    def api_url(self, api_id: str) -> str:
        """Return an HTTP API's address.

        Of the ways to reach one, this works in every client: a host name below `localhost` isn't resolved everywhere.
        """
        return f"{self.endpoint}/_aws/execute-api/{api_id}"


class StackOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a local stack is to be.

    state_dir: the folder for all that it keeps; the same folder again goes on where it stopped. port: of the engine;
    the last one or a free one where None. zips: the folder with the Lambdas' zips for this machine. sites, seed,
    fault_rate: the simulated fleet. schedule: whether the simulator runs every five minutes by itself. watch: whether
    the watch's tick comes every minute by itself. reserve_mib: while less is free on the disk, nothing new is taken in;
    0 for no limit. dynamodb: the address of another DynamoDB that has the tables; the embedded AWS has them where None.
    user: who acts where a request doesn't say.
    """

    state_dir: Path
    zips: Path
    port: int | None = None
    sites: int = 20
    seed: int = 1
    fault_rate: float = 0.15
    schedule: bool = True
    watch: bool = True
    reserve_mib: int = 256
    dynamodb: str | None = None
    user: str = msgspec.field(default_factory=getuser)


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, as it is written to `stack.json`.

    api: the address paths are joined to, as in `api + "/summary"`. endpoint: of all AWS services. dynamodb:
    where the tables are, which is the same unless `up` was given another DynamoDB. ingest_queue,
    dead_letter_queue, watch_queue, watch_dead_letter_queue, alerts_inbox: queue URLs; the inbox receives what is
    published to the topic `alerts_topic`, an ARN. *_table, *_function, raw_bucket: names. pid: of the engine.
    started_at: UTC text. secret_file: the file that holds what requests to the engine are signed with.
    """

    api: str
    endpoint: str
    region: str
    raw_bucket: str
    ingest_queue: str
    dead_letter_queue: str
    watch_queue: str
    watch_dead_letter_queue: str
    alerts_inbox: str
    alerts_topic: str
    readings_table: str
    sites_table: str
    ingestions_table: str
    incidents_table: str
    simulator_function: str
    processor_function: str
    watch_function: str
    api_function: str
    pid: int
    started_at: str
    secret_file: str
    dynamodb: str


def secret_of(stack: Stack) -> str:
    """Read the secret of a running stack.

    Raises:
        StackError: it can't be read, as the stack is another user's or has ended.
    """
    try:
        return Path(stack.secret_file).read_text()
    except OSError as error:
        raise StackError(
            f"{stack.secret_file} can't be read: {error.strerror}; is the stack yours, and does it still run?"
        ) from None
