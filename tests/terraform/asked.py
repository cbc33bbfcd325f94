"""What IAM checks for a recorded request: actions, resources and the keys that conditions go by.

Names of actions and ARNs are those of AWS's service authorization reference, against which the simulator holds each:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
What a service asks for beside (to tag what it makes, to pass a role) is in `beside.py`.
"""

import re
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import botocore.session
import msgspec

from local_stack.resources import ACCOUNT, REGION
from terraform.grants import Check
from terraform.recorded_s3 import s3_checks
from terraform.recorder import Recorded

_MODELS: Final = {"lambda": "lambda", "scheduler": "scheduler", "apigateway": "apigatewayv2"}
_NEVER_DENIED: Final = "sts:GetCallerIdentity"
# Where the right is named otherwise than the operation.
_RIGHTS: Final = {"budgets:Describe": "budgets:ViewBudget", "budgets:Create": "budgets:ModifyBudget"} | {
    f"budgets:{verb}": "budgets:ModifyBudget" for verb in ("Update", "Delete")
}

Params = dict[str, Any]


class Call(msgspec.Struct, frozen=True):
    """A request as its service reads it."""

    service: str
    operation: str
    params: Params
    recorded: Recorded


def read(recorded: Recorded) -> Call:
    """Read a request's operation and parameters, whichever of AWS's protocols it is written in."""
    service = {"monitoring": "cloudwatch"}.get(recorded.service, recorded.service)
    if recorded.target:
        return Call(service, recorded.target.rpartition(".")[2], msgspec.json.decode(recorded.body or b"{}"), recorded)
    if service in _MODELS:
        operation, params = _route(service, recorded)
        return Call(service, operation, params, recorded)
    params = dict(parse_qsl(recorded.body.decode(errors="replace") or recorded.query))
    return Call(service, params.get("Action", ""), params, recorded)


def checks(call: Call) -> list[Check]:
    """Return what IAM checks for a call itself; nothing for what it never denies.

    Raises:
        KeyError: the service, or what its call is about, is unknown here.
    """
    if call.service == "s3":
        return s3_checks(call.recorded)
    if call.service == "apigateway":
        path = call.recorded.path.removeprefix("/v2")
        return [Check(f"apigateway:{call.recorded.method}", f"arn:aws:apigateway:{REGION}::{path}")]
    action = f"{call.service}:{call.operation}"
    if action == _NEVER_DENIED:
        return []
    verb = re.match(r"\w+:[A-Z][a-z]+", action)
    if call.service == "budgets" and "Tag" not in action and verb:
        action = _RIGHTS[verb[0]]
    return [Check(action, resource, context(call)) for resource in _RESOURCES[call.service](call)]


def context(call: Call) -> tuple[tuple[str, str], ...]:
    """Return what conditions may go by that a request says itself."""
    params = call.params
    found = {
        "iam:PermissionsBoundary": params.get("PermissionsBoundary") if call.service == "iam" else None,
        "kms:RequestAlias": params.get("KeyId") if call.service == "kms" else None,
        "lambda:FunctionArn": _function_arn(params) if "EventSourceMapping" in call.operation else None,
        "dynamodb:LeadingKeys": _lock_id(params) if call.service == "dynamodb" else None,
    }
    return tuple((key, value) for key, value in found.items() if value)


def _lock_id(params: Params) -> str | None:
    item: Params = params.get("Key") or params.get("Item") or {}
    return item["LockID"]["S"] if "LockID" in item else None


def _function_arn(params: Params) -> str | None:
    name = str(params.get("FunctionName", ""))
    return name if name.startswith("arn:") or not name else _arn("lambda", f"function:{name}")


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def _role(call: Call) -> list[str]:
    return [f"arn:aws:iam::{ACCOUNT}:role/{call.params['RoleName']}"]


def _function(call: Call) -> list[str]:
    params = call.params
    if "Resource" in params:  # tags
        return [params["Resource"]]
    if "UUID" in params:
        return [_arn("lambda", f"event-source-mapping:{params['UUID']}")]
    if call.operation == "CreateEventSourceMapping":
        return ["*"]
    return [str(_function_arn(params))]


def _schedule(call: Call) -> list[str]:
    return [_arn("scheduler", f"schedule/{call.params.get('GroupName', 'default')}/{call.params['Name']}")]


def _topic(call: Call) -> list[str]:
    params = call.params
    if "SubscriptionArn" in params:
        return [params["SubscriptionArn"].rpartition(":")[0]]
    return [params.get("TopicArn") or params.get("ResourceArn") or _arn("sns", params["Name"])]


def _queue(call: Call) -> list[str]:
    return [_arn("sqs", call.params.get("QueueName") or call.params["QueueUrl"].rpartition("/")[2])]


def _table(call: Call) -> list[str]:
    found = call.params.get("ResourceArn") or call.params["TableName"]
    return [found if found.startswith("arn:") else _arn("dynamodb", f"table/{found}")]


def _alarm(call: Call) -> list[str]:
    params = call.params
    if "ResourceARN" in params:
        return [params["ResourceARN"]]
    dashboards = [value for key, value in params.items() if key.startswith("DashboardName")]
    if dashboards:
        return [f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}" for name in dashboards]
    return [_arn("cloudwatch", f"alarm:{value}") for key, value in params.items() if key.startswith("AlarmName")]


def _log_group(call: Call) -> list[str]:
    if call.operation == "DescribeLogGroups":
        return ["*"]
    found = call.params.get("resourceArn") or call.params["logGroupName"]
    return [found if found.startswith("arn:") else _arn("logs", f"log-group:{found}")]


def _budget(call: Call) -> list[str]:
    params = call.params
    name = params.get("BudgetName") or params.get("Budget", {}).get("BudgetName") or params.get("NewBudget", {})
    found = name if isinstance(name, str) else name.get("BudgetName")
    return [params.get("ResourceARN") or f"arn:aws:budgets::{ACCOUNT}:budget/{found}"]


def _key(_: Call) -> list[str]:
    return [_arn("kms", "key/00000000-0000-0000-0000-000000000000")]


_RESOURCES: Final = {
    "iam": _role,
    "lambda": _function,
    "scheduler": _schedule,
    "sns": _topic,
    "sqs": _queue,
    "dynamodb": _table,
    "cloudwatch": _alarm,
    "logs": _log_group,
    "budgets": _budget,
    "kms": _key,
}


def _route(service: str, recorded: Recorded) -> tuple[str, Params]:
    """Find a REST request's operation by its path; its parameters are those of path, query and body."""
    for operation, method, pattern in _routes(service):
        found = pattern.fullmatch(recorded.path)
        if found and method == recorded.method:
            body: Params = msgspec.json.decode(recorded.body) if recorded.body else {}
            query = dict(parse_qsl(recorded.query))
            return operation, {**query, **body, **{key: unquote(value) for key, value in found.groupdict().items()}}
    raise KeyError(f"{recorded.method} {recorded.path}")


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """Return a service's operations by method and path, those with the fewest variables first."""
    model = botocore.session.get_session().get_service_model(_MODELS[service])
    found = [(name, model.operation_model(name).http) for name in model.operation_names]
    paths = [(name, http["method"], http["requestUri"].partition("?")[0].rstrip("/")) for name, http in found]
    return [(name, method, _pattern(path)) for name, method, path in sorted(paths, key=lambda each: each[2].count("{"))]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\+?\})", path)
    found = [
        f"(?P<{part.strip('{}+')}>{'.+' if '+' in part else '[^/]+'})" if part.startswith("{") else re.escape(part)
        for part in parts
    ]
    return re.compile("".join(found) + "/?")
