"""The roles of GitHub's jobs, on an embedded AWS that enforces them: what `make` does in one, and what it asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Literal

from local_stack.resources import ACCOUNT
from terraform.checkout import Checkout
from terraform.embedded import EmbeddedAws
from terraform.grants import PREFIX, Statement
from terraform.guarded import Caller, Guarded, boundary
from terraform.recorder import Recorded

_ROLES = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-*"
_AS_THE_EMBEDDED_ASKS = "as-the-embedded-asks"

# What the embedded AWS can't tell: keys of conditions that it doesn't know, resources that it doesn't read from the
# request, names of its own. Where the role holds such an action at all, it is allowed here without condition, or of
# everything; the IAM simulator holds each request against the role as it is.
_NOT_EVALUATED: dict[str, tuple[str, list[str]]] = {
    "IamPermissionsBoundary": (
        _ROLES,
        ["iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
    ),
    "KmsRequestAlias": ("*", ["kms:DescribeKey"]),
    "LambdaFunctionArn": ("*", [f"lambda:{verb}EventSourceMapping" for verb in ("Create", "Delete", "Get", "Update")]),
    "ResourceNotRead": (
        "*",
        ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
        + ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
        + [f"lambda:{each}" for each in ("CreateFunction", "GetAlias", "ListTags", "TagResource")]
        + ["dynamodb:ListTagsOfResource"]
        + [f"sns:{each}" for each in ("GetSubscriptionAttributes", "ListTagsForResource", "Unsubscribe")]
        + ["budgets:ListTagsForResource", "budgets:ModifyBudget", "budgets:TagResource", "budgets:ViewBudget"],
    ),
}
_OWN_NAMES = {
    "budgets:ModifyBudget": "budgets:*",
    "budgets:ViewBudget": "budgets:Describe*",
    "lambda:GetAlias": "lambda:ListAliases",
    "lambda:GetEventSourceMapping": "lambda:ListEventSourceMappings",
}


class GithubRole:
    """A role of GitHub's jobs. Tests take it without GitHub's token, and are held to it as a job is."""

    def __init__(self, embedded: EmbeddedAws, checkout: Checkout, kind: Literal["plan", "deploy"]) -> None:
        """Read what the bootstrap gave it."""
        self.name = f"{PREFIX}-github-{kind}"
        self._embedded = embedded
        self._checkout = checkout
        self._keys: list[str] = []
        iam = Caller(embedded.endpoint).roles
        self.statements = _statements(iam.get_role_policy(RoleName=self.name, PolicyName=kind)["PolicyDocument"])
        self.boundary = boundary(Caller(embedded.endpoint))
        iam.put_role_policy(
            RoleName=self.name, PolicyName=_AS_THE_EMBEDDED_ASKS, PolicyDocument=_document(self._translated())
        )

    def asked(self) -> list[Recorded]:
        """Return every request that was made as this role, in order."""
        return [each for key in self._keys for each in self._checkout.recorder.of(key)]

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Have the embedded AWS enforce all roles, and `make` act as this one."""
        self._embedded.restart(AUTH="true")
        try:
            with self._checkout.acting_with(self._take()):
                yield
        finally:
            self._embedded.restart()

    @contextmanager
    def lambdas_work(self) -> Iterator[None]:
        """Have the Lambdas' roles hold what the embedded AWS asks them for, as least privilege's tests do."""
        guarded = Guarded(self._embedded.endpoint, self._checkout.stack.outputs())
        with guarded.plain_http():
            yield
        guarded.write_as_terraform_did()

    def _translated(self) -> list[Statement]:
        """Allow, of what is not evaluated, what the role holds."""
        held = {action for each in self.statements if each["Effect"] == "Allow" for action in each["Action"]}
        return [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Action": [_OWN_NAMES.get(each, each) for each in found],
                "Resource": [resource],
            }
            for sid, (resource, actions) in _NOT_EVALUATED.items()
            if (found := [each for each in actions if any(fnmatchcase(each, pattern) for pattern in held)])
        ]

    def _take(self) -> dict[str, str]:
        aws = Caller(self._embedded.endpoint)
        trusted = json.dumps(aws.roles.get_role(RoleName=self.name)["Role"]["AssumeRolePolicyDocument"])
        us = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        aws.roles.update_assume_role_policy(RoleName=self.name, PolicyDocument=_document([us]))
        taken = aws.sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{self.name}", RoleSessionName="make")
        aws.roles.update_assume_role_policy(RoleName=self.name, PolicyDocument=trusted)
        credentials = taken["Credentials"]
        self._keys.append(credentials["AccessKeyId"])
        return {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        }


def _statements(document: object) -> list[Statement]:
    found: list[Statement] = json.loads(json.dumps(document))["Statement"]
    return found


def _document(statements: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
