"""What a role's statements grant, one by one, and what that means to the embedded AWS."""

from typing import Any

import msgspec

from local_stack.resources import ACCOUNT

Statement = dict[str, Any]

PREFIX = "heliograph-test"


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


class Check(msgspec.Struct, frozen=True):
    """What IAM checks: one action on one resource. context: what conditions may go by, as (key, value)."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


def grants_of(role: str, statements: list[Statement]) -> list[Grant]:
    """Return every grant of a role."""
    return [
        Grant(role, each["Sid"], action, resource)
        for each in statements
        for action in each["Action"]
        for resource in each["Resource"]
    ]


def for_the_embedded(statements: list[Statement]) -> list[Statement]:
    """Say what statements mean to the embedded AWS, where it asks for the same by other names."""
    return [
        {"Effect": "Allow", "Action": [action], "Resource": [resource]}
        for grant in grants_of("", statements)
        for action, resource in [_translated(grant)]
        if (action, resource) != (grant.action, grant.resource)
    ]


def _translated(grant: Grant) -> tuple[str, str]:
    if grant.action.startswith("dynamodb:PartiQL"):
        return "dynamodb:BatchExecuteStatement", "*"
    if grant.action in {"sns:Publish", "sqs:SendMessage"}:
        return f"{grant.action}Batch", grant.resource
    if grant.action.startswith("logs:"):
        return grant.action, grant.resource.removesuffix(":*")  # it names a stream by its group
    return grant.action, grant.resource


def parts_without(statement: Statement, grant: Grant) -> list[Statement]:
    """Return a statement in parts that allow what it allows but for one grant."""
    if statement["Sid"] != grant.sid:
        return [statement]
    others = [action for action in statement["Action"] if action != grant.action]
    elsewhere = [resource for resource in statement["Resource"] if resource != grant.resource]
    parts = [{**statement, "Sid": "Others", "Action": others}] if others else []
    return parts + (
        [{**statement, "Sid": "Elsewhere", "Action": [grant.action], "Resource": elsewhere}] if elsewhere else []
    )
