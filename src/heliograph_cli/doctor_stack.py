"""What `heliograph doctor` says of an account and its stack, and of the local one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError
from botocore.session import Session, get_session

from heliograph.errors import SettingsError
from heliograph.settings import PREFIX, load
from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import DynamoIngestions
from heliograph_cli.doctor_machine import Diagnosis, look
from heliograph_cli.status import depth
from heliograph_cli.target import Target, target_of
from heliograph_client import ONCE, ApiError, Client
from heliograph_client.connection import find_scheme
from heliograph_client.resources import HEALTH
from local_stack import Stack, clients_for, find
from local_stack.clients import LocalClients

_SIGN_IN: Final = "set AWS_PROFILE, or sign in, such as by `aws sso login`"
_OUTPUTS: Final = 'take them from the stack: eval "$(make outputs ENV=…)"'
_MAY_LOOK: Final = "allow lambda:GetAccountSettings and lambda:ListEventSourceMappings"
_TOO_FEW: Final = (
    "ask for more at Service Quotas (Lambda, concurrent executions), or lower processor_concurrency and "
    "watch_concurrency: what doesn't fit is throttled, and files wait"
)
# Left for the API, the simulator and the watch's tick.
KEPT_FREE: Final = 4
_OPEN: Final = "that is for trials: set api_auth to iam or jwt"
_SECONDS = 10.0
_HOURS: Final = 24
_TABLES: Final = ("readings", "sites", "ingestions", "incidents")


def check_account(environment: Mapping[str, str]) -> list[Diagnosis]:
    """Look at the account and the stack that the environment names; what needs what is missing is left out."""
    session = get_session()
    lines = [look("credentials", _credentials, session), _region(session), _names(environment)]
    if all(line.state == "ok" for line in lines):
        lines.append(look("identity", _identity, session))
    if any(line.state == "missing" for line in lines):
        return lines
    target = load(Target, environment)
    lines += [look("API", _api, target.api), look("concurrency", concurrency_line, session, target)]
    return [*lines, *check_stores(target, Clients(session))]


def _credentials(what: str, session: Session) -> Diagnosis:
    found = session.get_credentials()
    if found is None:
        return Diagnosis(what, "missing", "none are found", _SIGN_IN)
    found.get_frozen_credentials()
    return Diagnosis(what, "ok", f"from {found.method}")


def _region(session: Session) -> Diagnosis:
    region = session.get_config_variable("region")
    if region:
        return Diagnosis("region", "ok", str(region))
    return Diagnosis("region", "missing", "none is set", "set AWS_DEFAULT_REGION to where the stack is")


def _names(environment: Mapping[str, str]) -> Diagnosis:
    wanted = [PREFIX + field.name.upper() for field in msgspec.structs.fields(Target) if field.required]
    absent = [name for name in wanted if name not in environment]
    if absent:
        return Diagnosis("stack's names", "missing", f"{', '.join(absent)} not set", _OUTPUTS)
    try:
        load(Target, environment)
    except SettingsError as error:
        return Diagnosis("stack's names", "missing", str(error), _OUTPUTS)
    return Diagnosis("stack's names", "ok", "all set")


def _identity(what: str, session: Session) -> Diagnosis:
    sts: Any = session.create_client("sts")
    found = sts.get_caller_identity()
    return Diagnosis(what, "ok", f"{found['Arn']} in account {found['Account']}")


def concurrency_line(what: str, session: Session, target: Target) -> Diagnosis:
    """Compare what the stack's queues may start at once with what the account lets run: 10 where it is new."""
    functions: Any = session.create_client("lambda")
    try:
        limit = functions.get_account_settings().get("AccountLimit", {}).get("ConcurrentExecutions")
        pages = functions.get_paginator("list_event_source_mappings").paginate()
        wanted = wanted_at_once([each for page in pages for each in page.get("EventSourceMappings", [])], target)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDeniedException", "AccessDenied"}:
            raise
        return Diagnosis(what, "warn", "this identity may not look at it", _MAY_LOOK)
    if limit is None:
        return Diagnosis(what, "warn", "the account's limit isn't known", "is this AWS?")
    found = f"the queues start up to {wanted} Lambdas at once; the account lets {limit} run"
    if wanted + KEPT_FREE <= limit:
        return Diagnosis(what, "ok", found)
    return Diagnosis(what, "warn", found, _TOO_FEW)


def wanted_at_once(mappings: Sequence[Mapping[str, Any]], target: Target) -> int:
    """Return the most Lambdas that the stack's two queues start at once. mappings: the account's event sources."""
    queues = {url.rpartition("/")[2] for url in (target.ingest_queue_url, target.watch_queue_url)}
    ours = (each for each in mappings if each.get("EventSourceArn", "").rpartition(":")[2] in queues)
    return sum(each.get("ScalingConfig", {}).get("MaximumConcurrency", 0) for each in ours)


def _api(what: str, api: str) -> Diagnosis:
    """Ask the API how it is, as it wants to be asked."""
    scheme = find_scheme(api)
    asks = {"none": "lets everybody in", "iam": "asks for a signature", "jwt": "asks for a token"}[scheme]
    with Client(api, auth=scheme, retry=ONCE) as client:
        client.request("GET", HEALTH)
    return Diagnosis(
        what, "warn" if scheme == "none" else "ok", f"{api} answers and {asks}", _OPEN if scheme == "none" else ""
    )


def check_local(state_dir: Path) -> list[Diagnosis]:
    """Look at the local stack, where one runs."""
    stack = find(state_dir)
    if stack is None:
        return [Diagnosis("local stack", "warn", f"nothing runs on {state_dir}", "start it with `heliograph up`")]
    clients = clients_for(stack)
    return [
        Diagnosis("local stack", "ok", f"runs since {stack.started_at}, process {stack.pid}"),
        api_line(stack.api),
        *_functions(stack, clients),
        *check_stores(target_of(stack), clients),
    ]


def api_line(api: str) -> Diagnosis:
    """Ask the API how it is."""
    try:
        with Client(api, auth="none", retry=ONCE, timeout=_SECONDS) as client:
            client.request("GET", HEALTH)
    except ApiError as error:
        found = str(error).partition("; ")[0]
        return Diagnosis(
            "API", "missing", found, "see engine.log in the state folder; say `heliograph down`, then `up`"
        )
    return Diagnosis("API", "ok", f"{api} answers /health")


def _functions(stack: Stack, clients: LocalClients) -> list[Diagnosis]:
    names = {
        "processor": stack.processor_function,
        "watch": stack.watch_function,
        "simulator": stack.simulator_function,
    }
    return [look(what, function_line, clients, name) for what, name in names.items()]


def function_line(what: str, clients: LocalClients, name: str) -> Diagnosis:
    """Return how one of the local stack's Lambdas is; without a state it is active, as on AWS."""
    state = clients.functions.get_function(FunctionName=name)["Configuration"].get("State", "Active")
    if state == "Active":
        return Diagnosis(what, "ok", f"{name} is active")
    return Diagnosis(what, "missing", f"{name} is {state}", "say `heliograph down`, then `heliograph up`")


def check_stores(target: Target, clients: Clients) -> list[Diagnosis]:
    """Look at the bucket, the tables and the queues; at the watch's queues where they are named."""
    tables = [look(f"{role} table", _table, clients, getattr(target, f"{role}_table")) for role in _TABLES]
    last = look("last file", _last_file, target, clients)
    return [look("bucket", _bucket, clients, target.bucket), *tables, *_queues(target, clients), last]


def dead_letters_line(what: str, queue: str, count: int) -> Diagnosis:
    """Return how many dead letters a queue has. queue: as `heliograph dlq --queue` calls it."""
    if not count:
        return Diagnosis(what, "ok", "none")
    option = "" if queue == "ingest" else f" --queue {queue}"
    return Diagnosis(
        what, "warn", f"{count}", f"see `heliograph dlq list{option}`, then `heliograph dlq redrive --all{option}`"
    )


def last_file_line(landed_at: str) -> Diagnosis:
    """Return when the last file landed. landed_at: UTC text; empty where none did of late."""
    if landed_at:
        return Diagnosis("last file", "ok", f"landed {landed_at}")
    return Diagnosis(
        "last file", "warn", f"none in {_HOURS} hours", "is what sends them alive? try `heliograph submit --wait`"
    )


def _queues(target: Target, clients: Clients) -> list[Diagnosis]:
    work = {"ingest queue": target.ingest_queue_url, "watch queue": target.watch_queue_url}
    dead = {"ingest": target.dead_letter_queue_url, "watch": target.watch_dead_letter_queue_url}
    lines = [look(what, _queue, clients, url) for what, url in work.items() if url]
    lines += [look(f"{name} dlq", _dead_letters, clients, name, url) for name, url in dead.items() if url]
    if not target.watch_dead_letter_queue_url:
        lines.append(Diagnosis("watch dlq", "warn", "not named", "set HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL"))
    return lines


def _bucket(what: str, clients: Clients, name: str) -> Diagnosis:
    clients.s3().head_bucket(Bucket=name)
    return Diagnosis(what, "ok", f"{name} answers")


def _table(what: str, clients: Clients, name: str) -> Diagnosis:
    state = clients.dynamodb().describe_table(TableName=name)["Table"]["TableStatus"]
    if state in {"ACTIVE", "UPDATING"}:
        return Diagnosis(what, "ok", f"{name} is {state.lower()}")
    return Diagnosis(what, "missing", f"{name} is {state.lower()}", "wait until it is active")


def _queue(what: str, clients: Clients, url: str) -> Diagnosis:
    return Diagnosis(what, "ok", f"{depth(clients, url)} waiting")


def _dead_letters(what: str, clients: Clients, queue: str, url: str) -> Diagnosis:
    return dead_letters_line(what, queue, depth(clients, url))


def _last_file(_what: str, target: Target, clients: Clients) -> Diagnosis:
    ingestions = DynamoIngestions(clients.dynamodb(), target.ingestions_table, timedelta(days=1))
    now = datetime.now(UTC)
    for hours in range(_HOURS):
        found = ingestions.of_hour(f"{now - timedelta(hours=hours):%Y%m%dT%H}", 1, None).items
        if found:
            return last_file_line(found[0].landed_at)
    return last_file_line("")
