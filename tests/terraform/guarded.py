"""The stack that Terraform made, on an embedded AWS that asks every role for its rights.

The roles are written for AWS. Where the embedded AWS asks otherwise, what a role holds is translated, so that a right
it lacks is lacking here as well.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import ClientError

from local_stack.clients import LocalClients
from local_stack.resources import ACCOUNT, REGION
from terraform.grants import PREFIX, Grant, Statement, for_the_embedded, grants_of, parts_without

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{PREFIX}-boundary"
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}  # the answer to a HEAD has no words
_PARTIQL = re.compile(r'^(INSERT INTO|UPDATE|DELETE FROM) "([^"]+)"')
_RIGHT_OF = {
    "INSERT INTO": "dynamodb:PartiQLInsert",
    "UPDATE": "dynamodb:PartiQLUpdate",
    "DELETE FROM": "dynamodb:PartiQLDelete",
}


class Guarded:
    """The stack with its roles enforced. Its own clients may do anything; `acting_as` gives those of a role."""

    def __init__(self, endpoint: str, outputs: dict[str, Any]) -> None:
        """Translate what the roles hold. outputs: Terraform's."""
        self.endpoint = endpoint
        self.outputs = outputs
        self.aws = Caller(endpoint)
        self.statements: dict[str, list[Statement]] = outputs["role_statements"]
        self._roles: dict[str, RoleClients] = {}
        self._kept: dict[int, Any] = {}
        self.boundary = boundary(self.aws)
        self._write_boundary(self.boundary + for_the_embedded(self.boundary))
        for role, statements in self.statements.items():
            self.write(role, statements)

    def grants(self) -> list[Grant]:
        """Return every grant of every role."""
        return [grant for role, statements in self.statements.items() for grant in grants_of(role, statements)]

    def acting_as(self, role: str) -> "RoleClients":
        """Return clients that act as a role does; for the moment that takes, the role trusts us."""
        if role not in self._roles:
            with self._trusting_us(role):
                self._roles[role] = RoleClients(self, role)
        return self._roles[role]

    def kept(self, aws: "Caller", make: Callable[["Caller", "Guarded"], T]) -> T:
        """Return what was made of some clients, making it once: a client takes longer to make than to use."""
        if id(aws) not in self._kept:
            self._kept[id(aws)] = make(aws, self)
        made: T = self._kept[id(aws)]
        return made

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """Take a grant away, and nothing else."""
        self.write(grant.role, [part for each in self.statements[grant.role] for part in parts_without(each, grant)])
        try:
            yield
        finally:
            self.write(grant.role, self.statements[grant.role])

    @contextmanager
    def plain_http(self) -> Iterator[None]:
        """Let the Lambdas call without TLS, which the embedded AWS doesn't speak."""
        bucket, s3, sqs = self.outputs["bucket"], self.aws.s3(), self.aws.sqs()
        queues = [url for name, url in self.outputs.items() if name.endswith("_queue_url")]
        of_bucket = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        asked = {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]) for url in queues}
        of_queues = {url: answer["Attributes"]["Policy"] for url, answer in asked.items()}
        s3.delete_bucket_policy(Bucket=bucket)
        for url, policy in of_queues.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _without_tls_only(policy)})
        try:
            yield
        finally:
            s3.put_bucket_policy(Bucket=bucket, Policy=of_bucket)
            for url, policy in of_queues.items():
                sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def write(self, role: str, statements: list[Statement]) -> None:
        """Have a role hold these statements, and what they mean here."""
        name = f"{PREFIX}-{role}"
        if not statements:
            self.aws.roles.delete_role_policy(RoleName=name, PolicyName=name)
            return
        document = {"Version": "2012-10-17", "Statement": statements + for_the_embedded(statements)}
        self.aws.roles.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))

    def write_as_terraform_did(self) -> None:
        """Have each role, and the boundary around all of them, hold again what Terraform wrote, and nothing else."""
        self._write_boundary(self.boundary)
        for role, statements in self.statements.items():
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.aws.roles.put_role_policy(
                RoleName=f"{PREFIX}-{role}", PolicyName=f"{PREFIX}-{role}", PolicyDocument=document
            )

    def holds(self, role: str, action: str, resource: str) -> bool:
        """Ask AWS's own evaluation whether a role's policy allows an action."""
        answer = self.aws.roles.simulate_principal_policy(
            PolicySourceArn=arn(role), ActionNames=[action], ResourceArns=[resource]
        )
        return answer["EvaluationResults"][0]["EvalDecision"] == "allowed"

    def _write_boundary(self, statements: list[Statement]) -> None:
        """Have the boundary around all roles hold these statements."""
        iam = self.aws.roles
        before = iam.get_policy(PolicyArn=BOUNDARY)["Policy"]["DefaultVersionId"]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=document, SetAsDefault=True)
        iam.delete_policy_version(PolicyArn=BOUNDARY, VersionId=before)

    @contextmanager
    def _trusting_us(self, role: str) -> Iterator[None]:
        name, iam = f"{PREFIX}-{role}", self.aws.roles
        trusted = json.dumps(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
        ours = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=ours)
        try:
            yield
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=trusted)


class Caller(LocalClients):
    """AWS clients of anyone; of one who may do anything where no credentials are given.

    Their calls count as made over TLS, as if that ended before the embedded AWS, while `over_tls` is set.
    """

    def __init__(self, endpoint: str, credentials: Mapping[str, str] | None = None) -> None:
        """Use these credentials. They are IAM's or STS's own words."""
        super().__init__(endpoint, REGION, "test")
        self.over_tls = True
        if credentials:
            key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
            self._local_session.set_credentials(key, secret, credentials.get("SessionToken"))
        self._local_session.register("before-send", self._say_tls)

    @cached_property
    def logs(self) -> Any:  # noqa: ANN401 - its types aren't installed
        """CloudWatch Logs."""
        return self._make_local("logs")

    @cached_property
    def cognito(self) -> Any:  # noqa: ANN401 - its types aren't installed
        """Cognito's user pools."""
        return self._make_local("cognito-idp")

    @cached_property
    def sts(self) -> Any:  # noqa: ANN401 - its types aren't installed
        """STS."""
        return self._make_local("sts")

    def _say_tls(self, **event: Any) -> None:  # noqa: ANN401 - botocore's own shapes
        if self.over_tls:
            event["request"].headers["X-Forwarded-Proto"] = "https"


class RoleClients(Caller):
    """AWS clients that act as a role."""

    def __init__(self, guarded: Guarded, role: str) -> None:
        """Take the role."""
        answer = guarded.aws.sts.assume_role(RoleArn=arn(role), RoleSessionName="test")
        super().__init__(guarded.endpoint, answer["Credentials"])
        self._guarded = guarded
        self._role = role

    def dynamodb(self) -> "DynamoDBClient":
        """Make a DynamoDB client that asks, as AWS does, for each statement's kind and table."""
        return cast("DynamoDBClient", _AskingByTable(super().dynamodb(), self))

    def require(self, action: str, resource: str) -> None:
        """Refuse, as AWS would, what the role's policy doesn't allow."""
        if not self._guarded.holds(self._role, action, resource):
            message = f"{self._role} is not authorized to perform: {action} on resource: {resource}"
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, action)


class _AskingByTable:
    """A DynamoDB client of a role. The embedded AWS asks once for all tables, where AWS asks for each statement."""

    def __init__(self, client: "DynamoDBClient", role: RoleClients) -> None:
        self._client = client
        self._role = role

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        return getattr(self._client, name)

    def batch_execute_statement(self, **params: Any) -> Any:  # noqa: ANN401 - DynamoDB's own
        for each in params["Statements"]:
            found = _PARTIQL.match(each["Statement"])
            assert found, each
            self._role.require(_RIGHT_OF[found[1]], f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{found[2]}")
        return self._client.batch_execute_statement(**params)


def boundary(aws: Caller) -> list[Statement]:
    """Return what the boundary around the stack's roles holds."""
    version = aws.roles.get_policy(PolicyArn=BOUNDARY)["Policy"]["DefaultVersionId"]
    found = aws.roles.get_policy_version(PolicyArn=BOUNDARY, VersionId=version)["PolicyVersion"]["Document"]
    statements: list[Statement] = json.loads(json.dumps(found))["Statement"]
    return statements


def is_denied(error: BaseException | None) -> bool:
    """Return whether an error is, or comes from, a denial."""
    while error is not None:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED:
            return True
        error = error.__cause__
    return False


def _without_tls_only(policy: str) -> str:
    document = json.loads(policy)
    return json.dumps({**document, "Statement": [each for each in document["Statement"] if each["Sid"] != "TlsOnly"]})


def arn(role: str) -> str:
    """Return a role's ARN."""
    return f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{role}"
