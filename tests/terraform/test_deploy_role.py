"""The roles of GitHub's jobs: all that a deployment asks for, and nothing that would make its job an administrator.

Those that need the fixture `ended` come last of all, since it destroys the stack. The embedded AWS enforces the roles
as far as it can; the IAM simulator then evaluates every call that was recorded on the way.
"""

import json
from typing import Any

import pytest

from environments import FIELDS, environments
from local_stack.resources import ACCOUNT, REGION
from terraform.beside import all_checks
from terraform.checkout import Checkout
from terraform.cloud import Cloud, what_is_left
from terraform.conftest import ENVIRONMENT, NEIGHBOUR, UPDATED
from terraform.deploy_role import GithubRole
from terraform.embedded import EmbeddedAws
from terraform.grants import PREFIX, Check, Statement, grants_of
from terraform.guarded import Caller, boundary
from terraform.simulated import missing, simulate

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{PREFIX}-boundary"
STATE = f"arn:aws:s3:::heliograph-state-{ACCOUNT}"
# The smoke test asks the API at a host of its own, which the recorder doesn't stand in front of.
SMOKE = Check(
    "execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abcdef1234/$default/GET/readings/smoke-test"
)
EVERYTHING: Statement = {"Sid": "Everything", "Effect": "Allow", "Action": ["*"], "Resource": ["*"]}

# Also those that only need the bootstrap, which takes a minute.
pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]
simulated = pytest.mark.skipif(bool(missing()), reason=missing())


def _role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{name}"


def _of_others(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


BOUNDED = (("iam:PermissionsBoundary", BOUNDARY),)
# What would make the deploying role more than it is, or reach what isn't the stack's.
FORBIDDEN = {
    "a role without the boundary": Check("iam:CreateRole", _role("api")),
    "a role within another boundary": Check(
        "iam:CreateRole", _role("api"), (("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),)
    ),
    "a policy of a role without the boundary": Check("iam:PutRolePolicy", _role("api")),
    "who may take a role without the boundary": Check("iam:UpdateAssumeRolePolicy", _role("api")),
    "a wider boundary": Check(
        "iam:PutRolePermissionsBoundary",
        _role("api"),
        (("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),),
    ),
    "a managed policy": Check("iam:AttachRolePolicy", _role("api"), BOUNDED),
    "a role of somebody else's": Check("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/admin", BOUNDED),
    "a role passed to a virtual machine": Check(
        "iam:PassRole", _role("api"), (("iam:PassedToService", "ec2.amazonaws.com"),)
    ),
    "somebody else's role passed on": Check(
        "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", (("iam:PassedToService", "lambda.amazonaws.com"),)
    ),
    "another service's own role": Check(
        "iam:CreateServiceLinkedRole",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2",
        (("iam:AWSServiceName", "ec2.amazonaws.com"),),
    ),
    "somebody else's log": Check("logs:DeleteLogGroup", _of_others("logs", "log-group:/aws/lambda/payroll")),
    "a REST API": Check("apigateway:PATCH", f"arn:aws:apigateway:{REGION}::/restapis/abc"),
    "somebody else's event source": Check(
        "lambda:DeleteEventSourceMapping",
        _of_others("lambda", "event-source-mapping:00000000-0000-0000-0000-000000000000"),
        (("lambda:FunctionArn", _of_others("lambda", "function:payroll")),),
    ),
    "somebody else's table": Check("dynamodb:DeleteTable", _of_others("dynamodb", "table/payroll")),
    "another environment's state": Check("s3:GetObject", f"{STATE}/prod/terraform.tfstate"),
    "another environment's state, changed": Check("s3:PutObject", f"{STATE}/prod/terraform.tfstate"),
    "another environment's lock": Check(
        "dynamodb:DeleteItem",
        _of_others("dynamodb", "table/heliograph-locks"),
        (("dynamodb:LeadingKeys", f"heliograph-state-{ACCOUNT}/prod/terraform.tfstate"),),
    ),
}


def _of(environment: str) -> list[Check]:
    """Return what the role that deploys an environment may do, each with what AWS says of the request."""
    prefix = f"heliograph-{environment}"
    state = f"{environment}/terraform.tfstate"
    bounded = (("iam:PermissionsBoundary", f"arn:aws:iam::{ACCOUNT}:policy/{prefix}-boundary"),)
    role = f"arn:aws:iam::{ACCOUNT}:role/{prefix}-api"
    function = _of_others("lambda", f"function:{prefix}-api")
    locks = _of_others("dynamodb", "table/heliograph-locks")
    zips = f"arn:aws:s3:::heliograph-artifacts-{ACCOUNT}"
    return [
        Check("s3:ListBucket", STATE, (("s3:prefix", state),)),
        Check("s3:GetObject", f"{STATE}/{state}"),
        Check("s3:PutObject", f"{STATE}/{state}"),
        Check("s3:DeleteObject", f"{STATE}/{state}.tflock"),
        Check("dynamodb:GetItem", locks, (("dynamodb:LeadingKeys", f"heliograph-state-{ACCOUNT}/{state}-md5"),)),
        Check("dynamodb:DeleteItem", locks, (("dynamodb:LeadingKeys", f"heliograph-state-{ACCOUNT}/{state}"),)),
        Check("s3:ListBucket", zips, (("s3:prefix", f"{environment}/api/0.zip"),)),
        Check("s3:GetObject", f"{zips}/{environment}/api/0.zip"),
        Check("s3:PutObject", f"{zips}/{environment}/api/0.zip"),
        Check("s3:DeleteObject", f"arn:aws:s3:::{prefix}-data-{ACCOUNT}/raw/a.json"),
        Check("dynamodb:DeleteTable", _of_others("dynamodb", f"table/{prefix}-readings")),
        Check("lambda:UpdateFunctionCode", function),
        Check(
            "lambda:DeleteEventSourceMapping",
            _of_others("lambda", "event-source-mapping:00000000-0000-0000-0000-000000000000"),
            (("lambda:FunctionArn", function),),
        ),
        Check("sqs:PurgeQueue", _of_others("sqs", f"{prefix}-ingestion")),
        Check("sns:DeleteTopic", _of_others("sns", f"{prefix}-alerts")),
        Check("scheduler:DeleteSchedule", _of_others("scheduler", f"schedule/default/{prefix}-watch")),
        Check("logs:DeleteLogGroup", _of_others("logs", f"log-group:/aws/lambda/{prefix}-api")),
        Check("cloudwatch:DeleteAlarms", _of_others("cloudwatch", f"alarm:{prefix}-silent")),
        Check("cloudwatch:DeleteDashboards", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{prefix}"),
        Check("budgets:ModifyBudget", f"arn:aws:budgets::{ACCOUNT}:budget/{prefix}"),
        Check("iam:CreateRole", role, bounded),
        Check("iam:PutRolePolicy", role, bounded),
        Check("iam:TagRole", role),
        Check("iam:PassRole", role, (("iam:PassedToService", "lambda.amazonaws.com"),)),
    ]


# What stays forbidden even where somebody gives the role everything, and the statement that forbids it.
KEPT = {
    Check("iam:DeleteRolePermissionsBoundary", _role("api"), BOUNDED): "KeepTheBoundary",
    Check("iam:CreatePolicyVersion", BOUNDARY): "LeaveWhoDeploys",
    Check("iam:SetDefaultPolicyVersion", BOUNDARY): "LeaveWhoDeploys",
    Check("iam:DeletePolicy", BOUNDARY): "LeaveWhoDeploys",
    Check("iam:PutRolePolicy", _role("github-deploy")): "LeaveWhoDeploys",
    Check("iam:UpdateAssumeRolePolicy", _role("github-deploy")): "LeaveWhoDeploys",
    Check("iam:AttachRolePolicy", _role("github-plan")): "LeaveWhoDeploys",
}
# What the roles of the stack can't do, whatever the deploying role writes into their policies.
OUT_OF_BOUNDS = [
    Check("iam:PutRolePolicy", _role("api")),
    Check("iam:PassRole", _role("api"), (("iam:PassedToService", "lambda.amazonaws.com"),)),
    Check("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    Check("lambda:UpdateFunctionCode", _of_others("lambda", f"function:{PREFIX}-api")),
    Check("dynamodb:DeleteTable", _of_others("dynamodb", f"table/{PREFIX}-readings")),
    Check("dynamodb:GetItem", _of_others("dynamodb", "table/payroll")),
    Check("s3:DeleteObject", f"arn:aws:s3:::{PREFIX}-data-{ACCOUNT}/raw/a.json"),
    Check("s3:GetObject", f"{STATE}/{ENVIRONMENT}/terraform.tfstate"),
]


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> dict[str, Any]:
    """Terraform's outputs, as long as there are any."""
    return cloud.workspace.outputs()


@pytest.fixture(scope="module")
def planned(cloud: Cloud, checkout: Checkout, plan_role: GithubRole) -> str:
    """What a pull request's job prints: a plan made under the planning role, without a lock."""
    assert cloud.workspace.folder.is_dir(), "something is deployed that the plan is compared with"
    with plan_role.enforced():
        return checkout.make(
            "names init plan", LOCK="false", ARTIFACTS=checkout.bootstrap.outputs()["artifacts_bucket"]
        )


@pytest.fixture(scope="module")
def ended(cloud: Cloud, checkout: Checkout, deploy_role: GithubRole, outputs: dict[str, Any]) -> str:
    """What an update and `make destroy` print, both under the deploying role with enforcement."""
    assert outputs
    checkout.stack.set(environment=ENVIRONMENT, **UPDATED)
    with deploy_role.enforced():
        printed = checkout.make("plan apply")
        printed += checkout.make("destroy", CONFIRM=ENVIRONMENT)
    assert what_is_left(cloud.aws) == []
    return printed


@pytest.fixture(scope="module")
def asked(deploy_role: GithubRole, ended: str) -> list[Check]:
    """All that IAM checks from the first deployment to the end."""
    assert ended
    return [*all_checks(deploy_role.asked()), SMOKE]


def test_every_role_is_within_the_boundary(cloud: Cloud) -> None:
    """Each role that Terraform made for the stack carries the boundary that the bootstrap made."""
    roles = [each for each in Caller(cloud.endpoint).roles.list_roles()["Roles"] if "-github-" not in each["RoleName"]]
    assert sorted(each["RoleName"].removeprefix(f"{PREFIX}-") for each in roles) == [
        "api",
        "processor",
        "schedule",
        "simulator",
        "watch",
        "watch-schedule",
    ]
    found = {
        each["RoleName"]: Caller(cloud.endpoint).roles.get_role(RoleName=each["RoleName"])["Role"] for each in roles
    }
    assert {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in found.values()} == {BOUNDARY}


@simulated
def test_the_boundary_takes_nothing_from_a_role(cloud: Cloud, outputs: dict[str, Any]) -> None:
    """Whatever a role's own policy grants, AWS allows within the boundary; and a policy is no longer than AWS takes."""
    limits = boundary(Caller(cloud.endpoint))
    for role, statements in outputs["role_statements"].items():
        grants = grants_of(role, statements)
        checks = [Check(each.action, _one_of(each.resource), _below(each.action)) for each in grants]
        answers = simulate(f"{PREFIX}-{role}", statements, checks, limits)
        assert [(role, check) for check, each in zip(checks, answers, strict=True) if each.decision != "Allowed"] == []
        assert len(json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))) <= 10_240


@simulated
def test_no_role_leaves_the_boundary(cloud: Cloud) -> None:
    """A role whose policy allowed everything could still do nothing but the stack's own work."""
    limits = boundary(Caller(cloud.endpoint))
    answers = simulate(f"{PREFIX}-api", [EVERYTHING], OUT_OF_BOUNDS, limits)
    assert [check for check, each in zip(OUT_OF_BOUNDS, answers, strict=True) if each.decision == "Allowed"] == []
    assert {each.decision for each in simulate(f"{PREFIX}-api", [EVERYTHING], OUT_OF_BOUNDS)} == {"Allowed"}


def test_a_pull_request_plans_without_a_lock(planned: str, plan_role: GithubRole) -> None:
    """Under the planning role a plan is made, and no request of it changes anything."""
    assert "Plan:" in planned or "No changes." in planned
    actions = {check.action.partition(":")[2] for check in all_checks(plan_role.asked())}
    assert [each for each in actions if not each.startswith(("Get", "List", "Describe", "GET"))] == []


@simulated
def test_the_planning_role_holds_what_a_plan_asks_for(
    planned: str, plan_role: GithubRole, deploy_role: GithubRole
) -> None:
    """AWS allows each request of a plan; what would hold off a deployment or read another state, it doesn't."""
    assert planned
    checks = all_checks(plan_role.asked(), deploy_role.asked())
    assert refused(plan_role, checks) == []
    forbidden = [
        *FORBIDDEN.values(),
        Check("s3:PutObject", f"{STATE}/{ENVIRONMENT}/terraform.tfstate"),
        Check("s3:PutObject", f"{STATE}/{ENVIRONMENT}/terraform.tfstate.tflock"),
        Check("dynamodb:PutItem", _of_others("dynamodb", "table/heliograph-locks")),
        Check("s3:GetObject", f"arn:aws:s3:::{PREFIX}-data-{ACCOUNT}/raw/a.json"),
        Check("dynamodb:GetItem", _of_others("dynamodb", f"table/{PREFIX}-readings")),
    ]
    assert refused(plan_role, forbidden) == forbidden


def test_make_deploy_updates_and_destroys_under_the_deploy_role(ended: str) -> None:
    """With its role enforced a deployed stack is changed, and then removed until nothing is left."""
    assert "Apply complete!" in ended
    assert "Destroy complete!" in ended


@simulated
def test_aws_allows_all_that_a_deployment_asks_for(deploy_role: GithubRole, asked: list[Check]) -> None:
    """Each recorded request of first deployment, update and destroy is allowed, and what AWS asks for beside it."""
    assert {"iam:CreateRole", "lambda:UpdateFunctionConfiguration", "s3:DeleteBucket"} <= {
        each.action for each in asked
    }
    assert refused(deploy_role, asked) == []


@simulated
def test_each_statement_of_the_deploy_role_is_needed(deploy_role: GithubRole, asked: list[Check]) -> None:
    """Without any one of its statements something that a deployment asks for is refused, or something worse isn't."""
    granted = simulate(deploy_role.name, deploy_role.statements, asked)
    for statement in deploy_role.statements:
        sid = statement["Sid"]
        rest = [each for each in deploy_role.statements if each["Sid"] != sid]
        if statement["Effect"] == "Allow":
            by_it = [check for check, answer in zip(asked, granted, strict=True) if sid in answer.by]
            assert any(each.decision != "Allowed" for each in simulate(deploy_role.name, rest, by_it)), sid
        else:
            kept = [check for check, by in KEPT.items() if by == sid]
            answers = simulate(deploy_role.name, [*rest, EVERYTHING], kept)
            assert any(each.decision == "Allowed" for each in answers), sid


@simulated
def test_the_deploy_role_is_no_administrator(deploy_role: GithubRole) -> None:
    """It can't make itself or a Lambda more than they are, and reaches nothing but the stack of its environment."""
    assert refused(deploy_role, FORBIDDEN.values()) == list(FORBIDDEN.values())


def test_github_is_told_of_both_environments(checkout: Checkout, deploy_role: GithubRole) -> None:
    """What the bootstrap prints is what ENVIRONMENTS takes: both, in their order, with roles that exist."""
    told = environments(checkout.bootstrap.run("output", "-raw", "environments").stdout)
    assert [each["name"] for each in told] == [ENVIRONMENT, NEIGHBOUR]
    assert all(each[field] for each in told for field in FIELDS)
    assert f"/{deploy_role.name}" in told[0]["deploy_role"]
    roles = {each["Arn"] for each in Caller(checkout.stack.environment["AWS_ENDPOINT_URL"]).roles.list_roles()["Roles"]}
    assert {each[field] for each in told for field in ("plan_role", "deploy_role")} <= roles
    checkout.make("backend", ENV=NEIGHBOUR)
    assert (checkout.stack.folder / f"{NEIGHBOUR}.backend.hcl").read_text().strip() == told[1]["backend"].strip()


@simulated
@pytest.mark.usefixtures("checkout")
def test_no_environment_reaches_another(embedded: EmbeddedAws) -> None:
    """Of two environments side by side each role may do its own work, and none of it on the other's."""
    for own, other in ((ENVIRONMENT, NEIGHBOUR), (NEIGHBOUR, ENVIRONMENT)):
        for kind in ("plan", "deploy"):
            name = f"heliograph-{own}-github-{kind}"
            policy = Caller(embedded.endpoint).roles.get_role_policy(RoleName=name, PolicyName=kind)["PolicyDocument"]
            statements = json.loads(json.dumps(policy))["Statement"]
            answers = {each.decision for each in simulate(name, statements, _of(other))}
            assert "Allowed" not in answers, name
            if kind == "deploy":
                own_work = zip(_of(own), simulate(name, statements, _of(own)), strict=True)
                assert [check for check, each in own_work if each.decision != "Allowed"] == []


@simulated
def test_the_boundary_stays_whatever_the_deploy_role_is_given(deploy_role: GithubRole) -> None:
    """Even beside a policy that allows everything it can't take off or change the boundary or GitHub's roles."""
    answers = simulate(deploy_role.name, [*deploy_role.statements, EVERYTHING], KEPT)
    assert {each.decision for each in answers} == {"ExplicitlyDenied"}


def refused(role: GithubRole, checks: Any) -> list[Check]:  # noqa: ANN401 - any iterable, twice
    """Return the checks that AWS wouldn't allow a role."""
    found = list(checks)
    answers = simulate(role.name, role.statements, found)
    assert [(check, each.error) for check, each in zip(found, answers, strict=True) if each.error] == []
    return [check for check, each in zip(found, answers, strict=True) if each.decision != "Allowed"]


def _below(action: str) -> tuple[tuple[str, str], ...]:
    """Return where a listing looks."""
    return (("s3:prefix", "raw/a/"),) if action.startswith("s3:List") else ()


def _one_of(pattern: str) -> str:
    """Return a resource that a pattern of a policy names."""
    if pattern == "*":
        return pattern
    return pattern.replace(":*", ":log-stream:a").replace("*", "a")
