"""What a service asks IAM for beside the call itself, in the caller's name. The embedded AWS asks for none of it.

Each from the service's own page of AWS's documentation.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from local_stack.resources import ACCOUNT, REGION
from terraform.asked import Call, Params, checks, context, read
from terraform.grants import Check
from terraform.recorder import Recorded

# Whatever is made with tags is tagged: by which right, and what the request calls its tags.
_TAGS: Final = {
    "budgets": ("budgets:TagResource", "ResourceTags"),
    "cloudwatch": ("cloudwatch:TagResource", "Tags.member.1.Key"),
    "dynamodb": ("dynamodb:TagResource", "Tags"),
    "iam": ("iam:TagRole", "Tags.member.1.Key"),
    "lambda": ("lambda:TagResource", "Tags"),
    "logs": ("logs:TagResource", "tags"),
    "sns": ("sns:TagResource", "Tags.member.1.Key"),
    "sqs": ("sqs:TagQueue", "tags"),
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
_DELIVER: Final = (
    "logs:CreateLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
_OWN_ROLE: Final = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"
)


def all_checks(recorded: Iterable[Recorded], before: Iterable[Recorded] = ()) -> list[Check]:
    """Return all that IAM checks for some requests, each once, in order. before: by which others made what there is."""
    found: dict[Check, None] = {}
    boundaries: dict[str, str] = {}
    sources: dict[str, str] = {}
    for each in before:
        _learn(read(each), boundaries, sources)
    for each in recorded:
        call = read(each)
        _learn(call, boundaries, sources)
        for check in (*checks(call), *_beside(call)):
            found[_with_what_is_known(check, boundaries, sources)] = None
    return list(found)


def _learn(call: Call, boundaries: dict[str, str], sources: dict[str, str]) -> None:
    """Note what later calls' conditions go by: a role's boundary, an event source's function."""
    if call.operation in {"CreateRole", "PutRolePermissionsBoundary"} and "PermissionsBoundary" in call.params:
        boundaries[call.params["RoleName"]] = call.params["PermissionsBoundary"]
    if call.operation == "CreateEventSourceMapping" and call.recorded.status < 300:
        sources[msgspec.json.decode(call.recorded.answer)["UUID"]] = dict(context(call))["lambda:FunctionArn"]


def _with_what_is_known(check: Check, boundaries: dict[str, str], sources: dict[str, str]) -> Check:
    known = dict(check.context)
    name = check.resource.rpartition("/")[2]
    if check.action.startswith("iam:") and name in boundaries:
        known.setdefault("iam:PermissionsBoundary", boundaries[name])
    uuid = check.resource.rpartition(":")[2]
    if "EventSourceMapping" in check.action and uuid in sources:
        known["lambda:FunctionArn"] = sources[uuid]
    return Check(check.action, check.resource, tuple(sorted(known.items())))


def _beside(call: Call) -> Iterator[Check]:
    yield from _tags(call)
    yield from _passes(call)
    code = call.params if call.operation == "UpdateFunctionCode" else call.params.get("Code", {})
    if call.service == "lambda" and "S3Bucket" in code:
        yield Check("s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}")
    if call.service == "apigateway":
        yield from _of_an_api(call)


def _tags(call: Call) -> Iterator[Check]:
    action, name = _TAGS.get(call.service, ("", ""))
    made = call.operation.startswith(("Create", "PutMetricAlarm"))
    if made and call.params.get(name):
        resource = (
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:*" if "EventSource" in call.operation else None
        )
        yield Check(action, resource or checks(call)[0].resource)


def _passes(call: Call) -> Iterator[Check]:
    """Return the role that a call gives to a service."""
    params: Params = call.params
    role = params.get("Role") if call.service == "lambda" else params.get("Target", {}).get("RoleArn")
    if call.service in {"lambda", "scheduler"} and role:
        yield Check("iam:PassRole", role, (("iam:PassedToService", f"{call.service}.amazonaws.com"),))


def _of_an_api(call: Call) -> Iterator[Check]:
    if call.operation in {"CreateApi", "CreateStage"} and call.params.get("tags"):
        # The ARN is AWS's: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997
        yield Check("apigateway:POST", f"arn:aws:apigateway:{REGION}::arn:aws:apigateway:{REGION}::/tags/")
    if call.operation == "CreateApi":
        yield Check("iam:CreateServiceLinkedRole", _OWN_ROLE, (("iam:AWSServiceName", "ops.apigateway.amazonaws.com"),))
    if call.operation in {"CreateStage", "UpdateStage"} and "accessLogSettings" in call.params:
        yield from (Check(action, "*") for action in _DELIVER)
    if call.operation == "DeleteStage":
        yield Check("logs:DeleteLogDelivery", "*")
