"""Whether a stack in the cloud can be reached: credentials, region, settings, resources."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError
from botocore.session import Session, get_session

from heliograph.errors import SettingsError
from heliograph.settings import PREFIX, load
from heliograph.storage.clients import Clients
from heliograph_cli.diagnosis import Line, look
from heliograph_cli.doctor_stores import check_stores
from heliograph_cli.target import Target
from heliograph_client import ONCE, Client
from heliograph_client.connection import find_scheme
from heliograph_client.resources import HEALTH

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


def check_account(environment: Mapping[str, str]) -> list[Line]:
    """Look at the account and the stack that the environment names; what needs what is missing is left out."""
    session = get_session()
    lines = [look("credentials", _credentials, session), _region(session), _names(environment)]
    if any(line.state == "missing" for line in lines):
        return lines
    lines.append(look("identity", _identity, session))
    if lines[-1].state == "missing":
        return lines
    target = load(Target, environment)
    api = look("API", _api, target.api)
    return [
        *lines,
        api,
        look("concurrency", concurrency_line, session, target),
        *check_stores(target, Clients(session)),
    ]


def _credentials(what: str, session: Session) -> Line:
    found = session.get_credentials()
    if found is None:
        return Line(what, "missing", "none are found", _SIGN_IN)
    found.get_frozen_credentials()
    return Line(what, "ok", f"from {found.method}")


def _region(session: Session) -> Line:
    region = session.get_config_variable("region")
    if region:
        return Line("region", "ok", str(region))
    return Line("region", "missing", "none is set", "set AWS_DEFAULT_REGION to where the stack is")


def _names(environment: Mapping[str, str]) -> Line:
    wanted = [PREFIX + field.name.upper() for field in msgspec.structs.fields(Target) if field.required]
    absent = [name for name in wanted if name not in environment]
    if absent:
        return Line("stack's names", "missing", f"{', '.join(absent)} not set", _OUTPUTS)
    try:
        load(Target, environment)
    except SettingsError as error:
        return Line("stack's names", "missing", str(error), _OUTPUTS)
    return Line("stack's names", "ok", "all set")


def _identity(what: str, session: Session) -> Line:
    sts: Any = session.create_client("sts")
    found = sts.get_caller_identity()
    return Line(what, "ok", f"{found['Arn']} in account {found['Account']}")


def concurrency_line(what: str, session: Session, target: Target) -> Line:
    """Compare what the stack's queues may start at once with what the account lets run: 10 where it is new."""
    functions: Any = session.create_client("lambda")
    try:
        limit = functions.get_account_settings().get("AccountLimit", {}).get("ConcurrentExecutions")
        pages = functions.get_paginator("list_event_source_mappings").paginate()
        wanted = wanted_at_once([each for page in pages for each in page.get("EventSourceMappings", [])], target)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDeniedException", "AccessDenied"}:
            raise
        return Line(what, "warn", "this identity may not look at it", _MAY_LOOK)
    if limit is None:
        return Line(what, "warn", "the account's limit isn't known", "is this AWS?")
    found = f"the queues start up to {wanted} Lambdas at once; the account lets {limit} run"
    if wanted + KEPT_FREE <= limit:
        return Line(what, "ok", found)
    return Line(what, "warn", found, _TOO_FEW)


def wanted_at_once(mappings: Sequence[Mapping[str, Any]], target: Target) -> int:
    """Return the most Lambdas that the stack's two queues start at once. mappings: the account's event sources."""
    queues = {url.rpartition("/")[2] for url in (target.ingest_queue_url, target.watch_queue_url)}
    ours = (each for each in mappings if each.get("EventSourceArn", "").rpartition(":")[2] in queues)
    return sum(each.get("ScalingConfig", {}).get("MaximumConcurrency", 0) for each in ours)


def _api(what: str, api: str) -> Line:
    """Ask the API how it is, as it wants to be asked."""
    scheme = find_scheme(api)
    asks = {"none": "lets everybody in", "iam": "asks for a signature", "jwt": "asks for a token"}[scheme]
    with Client(api, auth=scheme, retry=ONCE) as client:
        client.request("GET", HEALTH)
    return Line(
        what, "warn" if scheme == "none" else "ok", f"{api} answers and {asks}", _OPEN if scheme == "none" else ""
    )
