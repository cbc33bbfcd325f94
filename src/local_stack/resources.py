"""Every resource of the local stack, as data. Terraform makes the same; a test compares the two.

Where the laptop differs from the cloud, a comment says so.
"""

from typing import Final

import msgspec

from heliograph.object_keys import RAW
from heliograph.table_keys import TABLES, Table
from local_stack.stack import Place, StackOptions

PREFIX: Final = "heliograph-local"
REGION: Final = "eu-west-1"
ACCOUNT: Final = "000000000000"

RUNTIME: Final = "python3.13"
ARCHITECTURE: Final = "arm64"
_FORTNIGHT_SECONDS: Final = 14 * 24 * 3600
_TIMEOUT_SECONDS: Final = 300
# Six times the function's timeout, as AWS advises: Lambda itself tries a throttled batch again for so long. A processor
# has its batch come back sooner, should it die (HELIOGRAPH_HIDDEN_SECONDS).
_HIDDEN_SECONDS: Final = 6 * _TIMEOUT_SECONDS
# Every receive counts, also one in which a store was throttled or no time was left. Waits of 30 s that double up to 15
# minutes, less up to a half by chance, use up 8 to 13 in an hour, and 200 in one to two days: long before the fortnight
# that SQS keeps a message. What fails by itself is a dead letter after three attempts, which the processor counts.
_MANY_RECEIVES: Final = 200


class QueueDefinition(msgspec.Struct, frozen=True):
    """A queue. visibility_seconds: how long a received message is hidden. keeps_seconds: how long one is kept.

    dead_letter: the queue that a message goes to when it was received `max_receives` times.
    senders: the services that may send, each with the ARN it sends for.
    """

    name: str
    visibility_seconds: int
    keeps_seconds: int = _FORTNIGHT_SECONDS
    dead_letter: str | None = None
    max_receives: int = 200
    senders: tuple[tuple[str, str], ...] = ()


class Bucket(msgspec.Struct, frozen=True):
    """A bucket with versions. It notifies the queue `queue` of objects created under `prefix`."""

    name: str
    queue: str
    prefix: str


class Topic(msgspec.Struct, frozen=True):
    """A topic. inbox: a queue that gets every message, as SNS wraps it."""

    name: str
    inbox: str


class NamedTable(msgspec.Struct, frozen=True):
    """A table on demand under its name, with the keys and indexes of its role."""

    name: str
    keys: Table


class Function(msgspec.Struct, frozen=True):
    """A Lambda, and its role of the same name. package: ours, with its handler. timeout: seconds. memory: MB.

    event_seconds: how long a call that nobody waits for is tried, where a schedule makes such calls.
    """

    name: str
    package: str
    memory: int
    environment: dict[str, str]
    timeout: int = _TIMEOUT_SECONDS
    event_seconds: int | None = None

    @property
    def handler(self) -> str:
        """The function that is called."""
        return f"{self.package}.handler.handler"

    @property
    def zip_name(self) -> str:
        """The name of its zip."""
        return f"{self.service}.zip"

    @property
    def service(self) -> str:
        """Its name in logs and metrics."""
        return self.package.removeprefix("lambda_")


class EventSource(msgspec.Struct, frozen=True):
    """A queue that feeds a Lambda, which reports the messages that failed."""

    queue: str
    function: str
    batch_size: int
    window_seconds: int
    max_concurrency: int


class Schedule(msgspec.Struct, frozen=True):
    """A Lambda called at a rate, by a role of its own."""

    name: str
    rate: str
    function: str
    role: str
    on: bool


class HttpApi(msgspec.Struct, frozen=True):
    """An HTTP API whose every path is a Lambda's. api_id: eight hexadecimal digits, so that its address stays.

    routes: keys of its routes; all lead to the Lambda.
    """

    name: str
    api_id: str
    function: str
    routes: tuple[str, ...] = ("$default",)


class Resources(msgspec.Struct, frozen=True):
    """All there is."""

    queues: tuple[QueueDefinition, ...]
    bucket: Bucket
    topic: Topic
    tables: tuple[NamedTable, ...]
    functions: tuple[Function, ...]
    sources: tuple[EventSource, ...]
    schedules: tuple[Schedule, ...]
    api: HttpApi


DATA: Final = f"{PREFIX}-data"
INGEST_QUEUE: Final = f"{PREFIX}-ingest"
DEAD_LETTER: Final = f"{PREFIX}-dead-letter"
ALERTS: Final = f"{PREFIX}-alerts"
ALERTS_INBOX: Final = f"{PREFIX}-alerts-inbox"
PROCESSOR: Final = f"{PREFIX}-processor"
SIMULATOR: Final = f"{PREFIX}-simulator"
WATCH: Final = f"{PREFIX}-watch"
WATCH_DEAD_LETTER: Final = f"{PREFIX}-watch-dead-letter"
API: Final = f"{PREFIX}-api"
API_ID: Final = "5e110000"
# In the cloud each asks for its own role; `$default` takes the methods that the API doesn't have.
API_ROUTES: Final = (
    "$default",
    "GET /",
    "GET /{proxy+}",
    "POST /detect",
    "POST /readings",
    "POST /{proxy+}",
    "PUT /{proxy+}",
    "PATCH /{proxy+}",
    "DELETE /{proxy+}",
)
TABLE_NAMES: Final = {table.role: f"{PREFIX}-{table.role}" for table in TABLES}


def resources(options: StackOptions, place: Place) -> Resources:
    """Return every resource of the stack that `options` ask for, at `place`."""
    return Resources(
        queues=_queues(place),
        bucket=Bucket(DATA, queue=INGEST_QUEUE, prefix=RAW),
        topic=Topic(ALERTS, inbox=ALERTS_INBOX),
        tables=tuple(NamedTable(TABLE_NAMES[table.role], table) for table in TABLES),
        functions=tuple(
            _with_common(each, options)
            for each in (_processor(place), _simulator(options), _watch(place), _api(place, options))
        ),
        # Every Lambda at work is a process of its own here; two are what a laptop bears.
        sources=(
            EventSource(INGEST_QUEUE, PROCESSOR, batch_size=10, window_seconds=0, max_concurrency=2),
            EventSource(WATCH, WATCH, batch_size=4, window_seconds=0, max_concurrency=2),
        ),
        schedules=(
            Schedule(f"{PREFIX}-simulator", "rate(5 minutes)", SIMULATOR, f"{PREFIX}-schedule", options.schedule),
            Schedule(f"{PREFIX}-watch", "rate(1 minute)", WATCH, f"{PREFIX}-watch-schedule", options.watch),
        ),
        api=HttpApi(API, API_ID, API, API_ROUTES),
    )


def _with_common(function: Function, options: StackOptions) -> Function:
    """Return a function with the variables that all have: how to log, and another DynamoDB, if there is one."""
    common = {"POWERTOOLS_SERVICE_NAME": function.service, "POWERTOOLS_LOG_LEVEL": "INFO"}
    if options.dynamodb:
        common["AWS_ENDPOINT_URL_DYNAMODB"] = options.dynamodb  # the variable is botocore's own
    return msgspec.structs.replace(function, environment={**common, **function.environment})


def _queues(place: Place) -> tuple[QueueDefinition, ...]:
    from_bucket = ("s3.amazonaws.com", f"arn:aws:s3:::{DATA}")
    from_topic = ("sns.amazonaws.com", place.arn("sns", ALERTS))
    return (
        QueueDefinition(DEAD_LETTER, visibility_seconds=30),
        QueueDefinition(
            INGEST_QUEUE, _HIDDEN_SECONDS, dead_letter=DEAD_LETTER, max_receives=_MANY_RECEIVES, senders=(from_bucket,)
        ),
        QueueDefinition(WATCH_DEAD_LETTER, visibility_seconds=30),
        # Dead letters of its own: those of the ingest queue are files, and go back to the processor.
        QueueDefinition(WATCH, _HIDDEN_SECONDS, dead_letter=WATCH_DEAD_LETTER, max_receives=_MANY_RECEIVES),
        # Only here: the cloud sends mail.
        QueueDefinition(ALERTS_INBOX, visibility_seconds=30, senders=(from_topic,)),
    )


def _processor(place: Place) -> Function:
    return Function(
        PROCESSOR,
        "lambda_processor",
        memory=1024,
        environment={
            **_tables("readings", "sites", "ingestions", "incidents"),
            "HELIOGRAPH_BUCKET": DATA,
            "HELIOGRAPH_ALERTS_TOPIC_ARN": place.arn("sns", ALERTS),
            "HELIOGRAPH_INGEST_QUEUE_URL": place.queue_url(INGEST_QUEUE),
            "HELIOGRAPH_DEAD_LETTER_QUEUE_URL": place.queue_url(DEAD_LETTER),
            "HELIOGRAPH_WATCH_QUEUE_URL": place.queue_url(WATCH),
            "HELIOGRAPH_LINK": place.api_url(API_ID),
            # The cloud waits 30 seconds: nothing here is throttled, and a person waits.
            "HELIOGRAPH_RETRY_SECONDS": "1",
            # The cloud waits a minute for more of the same.
            "HELIOGRAPH_LATE_DELAY_SECONDS": "5",
        },
    )


def _watch(place: Place) -> Function:
    return Function(
        WATCH,
        "lambda_watch",
        event_seconds=120,
        memory=1024,
        environment={
            **_tables("readings", "sites", "incidents"),
            "HELIOGRAPH_ALERTS_TOPIC_ARN": place.arn("sns", ALERTS),
            "HELIOGRAPH_WATCH_QUEUE_URL": place.queue_url(WATCH),
            "HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL": place.queue_url(WATCH_DEAD_LETTER),
            "HELIOGRAPH_LINK": place.api_url(API_ID),
            # The cloud looks at each site every half hour: a laptop has few sites, and a person who waits.
            "HELIOGRAPH_WATCH_PERIOD": "5",
            "HELIOGRAPH_RETRY_SECONDS": "1",
        },
    )


def _simulator(options: StackOptions) -> Function:
    return Function(
        SIMULATOR,
        "lambda_simulator",
        event_seconds=300,
        memory=512,
        environment={
            "HELIOGRAPH_BUCKET": DATA,
            "HELIOGRAPH_FLEET_SIZE": str(options.sites),
            "HELIOGRAPH_SEED": str(options.seed),
            "HELIOGRAPH_FAULT_RATE": str(options.fault_rate),
        },
    )


def _api(place: Place, options: StackOptions) -> Function:
    return Function(
        API,
        "lambda_api",
        timeout=30,
        memory=512,
        environment={
            # In the cloud the gateway's authorizer says who asks, and with which role; here it is whoever has the run's
            # secret, who may do all. No other page is let in by the engine's guard.
            "HELIOGRAPH_API_ORIGINS": "",
            "HELIOGRAPH_API_ANYONE": "operator",
            "HELIOGRAPH_USER": options.user,
            **_tables("readings", "sites", "ingestions", "incidents"),
            "HELIOGRAPH_BUCKET": DATA,
            "HELIOGRAPH_INGEST_QUEUE_URL": place.queue_url(INGEST_QUEUE),
            "HELIOGRAPH_DEAD_LETTER_QUEUE_URL": place.queue_url(DEAD_LETTER),
            "HELIOGRAPH_WATCH_QUEUE_URL": place.queue_url(WATCH),
            "HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL": place.queue_url(WATCH_DEAD_LETTER),
        },
    )


def _tables(*roles: str) -> dict[str, str]:
    return {f"HELIOGRAPH_{role.upper()}_TABLE": TABLE_NAMES[role] for role in roles}
