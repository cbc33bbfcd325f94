"""The stack that Terraform made, on an embedded AWS that asks every role for its rights.

The roles are written for AWS. Where the embedded AWS asks otherwise, `for_the_embedded` translates what a role holds,
so that a right it lacks is lacking here as well.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from local_stack.clients import LocalClients
from local_stack.resources import ACCOUNT, REGION

Statement = dict[str, Any]

PREFIX = "heliograph-test"
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
# X-Ray is missing from the embedded AWS, and statements of PartiQL are denied for all tables together.
_PARTIQL = re.compile(r'^(INSERT INTO|UPDATE) "([^"]+)"')
_RIGHT_OF = {"INSERT INTO": "dynamodb:PartiQLInsert", "UPDATE": "dynamodb:PartiQLUpdate"}


class Grant(msgspec.Struct, frozen=True):
    """One action on one resource that a statement of a role allows."""

    role: str
    sid: str
    action: str
    resource: str

    @property
    def name(self) -> str:
        """What tests call it: its statement, its action, and its resource without what all names have in common."""
        short = self.resource.split(":", 5)[-1].replace(f"{PREFIX}-", "").replace(f"-{ACCOUNT}", "")
        return f"{self.sid} {self.action} {short}"


def grants_of(role: str, statements: list[Statement]) -> list[Grant]:
    """Give every grant of a role."""
    return [
        Grant(role, each["Sid"], action, resource)
        for each in statements
        for action in each["Action"]
        for resource in each["Resource"]
    ]


class Guarded:
    """The stack with its roles enforced. Its own clients may do anything; `acting_as` gives those of a role."""

    def __init__(self, endpoint: str, outputs: dict[str, Any]) -> None:
        """Let the tests take each role, and translate what the roles hold."""
        self.endpoint = endpoint
        self.outputs = outputs
        self.aws = LocalClients(endpoint, REGION)
        self.statements: dict[str, list[Statement]] = outputs["role_statements"]
        self.trusts = {role: self._trust(role) for role in self.statements}
        self._roles: dict[str, RoleClients] = {}
        for role, statements in self.statements.items():
            self.write(role, statements)

    def grants(self) -> list[Grant]:
        """Give every grant of every role."""
        return [grant for role, statements in self.statements.items() for grant in grants_of(role, statements)]

    def acting_as(self, role: str) -> "RoleClients":
        """Give clients that act as a role does."""
        if role not in self._roles:
            root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
            with self.trusting(role, root):
                self._roles[role] = RoleClients(self, role, self.take(role))
        return self._roles[role]

    def take(self, role: str) -> dict[str, str]:
        """Take a role, as whoever its trust policy allows to."""
        answer: dict[str, str] = self.aws._make_local("sts").assume_role(RoleArn=arn(role), RoleSessionName="test")[
            "Credentials"
        ]
        return answer

    @contextmanager
    def trusting(self, role: str, principal: dict[str, str]) -> Iterator[None]:
        """Let another principal take a role."""
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        self._set_trust(role, {"Version": "2012-10-17", "Statement": [statement]})
        try:
            yield
        finally:
            self._set_trust(role, self.trusts[role])

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """Take a grant away, and nothing else."""
        self.write(grant.role, [part for each in self.statements[grant.role] for part in _parts(each, grant)])
        try:
            yield
        finally:
            self.write(grant.role, self.statements[grant.role])

    def write(self, role: str, statements: list[Statement]) -> None:
        """Have a role hold these statements, and what they mean here."""
        document = {"Version": "2012-10-17", "Statement": statements + for_the_embedded(statements)}
        self.aws.roles.put_role_policy(
            RoleName=f"{PREFIX}-{role}", PolicyName=f"{PREFIX}-{role}", PolicyDocument=json.dumps(document)
        )

    def holds(self, role: str, action: str, resource: str) -> bool:
        """Ask AWS's own evaluation whether a role's policy allows an action."""
        answer = self.aws.roles.simulate_principal_policy(
            PolicySourceArn=arn(role), ActionNames=[action], ResourceArns=[resource]
        )
        return answer["EvaluationResults"][0]["EvalDecision"] == "allowed"

    def _trust(self, role: str) -> Any:  # noqa: ANN401 - a policy document
        return self.aws.roles.get_role(RoleName=f"{PREFIX}-{role}")["Role"]["AssumeRolePolicyDocument"]

    def _set_trust(self, role: str, document: Any) -> None:  # noqa: ANN401 - a policy document
        self.aws.roles.update_assume_role_policy(RoleName=f"{PREFIX}-{role}", PolicyDocument=json.dumps(document))


class RoleClients(LocalClients):
    """AWS clients that act as a role. Their calls count as made over TLS, as if it ended before the embedded AWS."""

    def __init__(self, guarded: Guarded, role: str, credentials: dict[str, str]) -> None:
        """Use a role's own credentials."""
        super().__init__(guarded.endpoint, REGION)
        self._guarded = guarded
        self._role = role
        session = self._local_session
        session.set_credentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
        )
        session.register("before-send", _over_tls)
        session.register("before-parameter-build.dynamodb.BatchExecuteStatement", self._ask_by_table)

    @cached_property
    def logs(self) -> Any:  # noqa: ANN401 - its types aren't installed
        """CloudWatch Logs."""
        return self._make_local("logs")

    def _ask_by_table(self, params: dict[str, Any], **_: object) -> None:
        """Ask as AWS does, for each statement's kind and table; the embedded AWS asks once for all tables."""
        for each in params["Statements"]:
            found = _PARTIQL.match(each["Statement"])
            assert found, each
            table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{found[2]}"
            self.require(_RIGHT_OF[found[1]], table)

    def require(self, action: str, resource: str) -> None:
        """Refuse, as AWS would, what the role's policy doesn't allow."""
        if not self._guarded.holds(self._role, action, resource):
            message = f"{self._role} is not authorized to perform: {action} on resource: {resource}"
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, action)


def for_the_embedded(statements: list[Statement]) -> list[Statement]:
    """Say what statements mean to the embedded AWS, which asks for two operations by their own names."""
    grants = grants_of("", statements)
    partiql = any(grant.action.startswith("dynamodb:PartiQL") for grant in grants)
    topics = [grant.resource for grant in grants if grant.action == "sns:Publish"]
    found = [("dynamodb:BatchExecuteStatement", ["*"])] if partiql else []
    found += [("sns:PublishBatch", topics)] if topics else []
    return [{"Effect": "Allow", "Action": [action], "Resource": resources} for action, resources in found]


def is_denied(error: BaseException | None) -> bool:
    """Tell whether an error is, or comes from, a denial."""
    while error is not None:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED:
            return True
        error = error.__cause__
    return False


def arn(role: str) -> str:
    """Give a role's ARN."""
    return f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{role}"


def _parts(statement: Statement, grant: Grant) -> list[Statement]:
    """Give a statement in parts that allow what it allows but for one grant."""
    if statement["Sid"] != grant.sid:
        return [statement]
    others = [action for action in statement["Action"] if action != grant.action]
    elsewhere = [resource for resource in statement["Resource"] if resource != grant.resource]
    parts = [{**statement, "Sid": "Others", "Action": others}] if others else []
    return parts + (
        [{**statement, "Sid": "Elsewhere", "Action": [grant.action], "Resource": elsewhere}] if elsewhere else []
    )


def _over_tls(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
    request.headers["X-Forwarded-Proto"] = "https"
