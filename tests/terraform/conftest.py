"""The stack, deployed once on the embedded AWS by `make deploy`: its state in S3, locked in DynamoDB."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.clients import LocalClients
from local_stack.resources import REGION
from terraform.checkout import Checkout
from terraform.cloud import Cloud, remove_strays, what_is_left
from terraform.deploy_role import GithubRole
from terraform.embedded import EmbeddedAws
from terraform.guarded import Guarded
from terraform.recorder import recording
from terraform.workspace import out_of_reach

HERE = Path(__file__).resolve().parent
ENVIRONMENT = "test"
# Another environment of the account, which has its roles, and whose name begins as the first one's does.
NEIGHBOUR = "test2"
AS_ON_THE_LAPTOP = {
    "api_auth": "none",  # nobody else reaches it
    "api_anyone": "operator",  # and whoever does may do all
    "deletion_protection": False,  # it is destroyed at the end
    "processor_concurrency": 2,  # each processor is a process of its own
    "watch_concurrency": 2,
    "watch_on": False,  # tests job for evaluations themselves
    "late_delay_seconds": 0,
    "retry_seconds": 1,  # nothing is throttled, and a person waits
}
# What an update changes: something of every kind of resource, and kinds that the first deployment didn't have.
UPDATED = {
    **AS_ON_THE_LAPTOP,
    "alert_emails": ["ops@example.com"],
    "api_throttle": {"rate": 50, "burst": 100},
    "log_retention_days": 30,
    "monthly_budget_usd": 50,
    "processor_concurrency": 3,
    "watch_period": 15,
    "simulator": {"on": False, "fleet_size": 7},
    "watch_on": True,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; those that need the apply share an xdist worker, so that one serves all."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.terraform)
            applied = "cloud" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.xdist_group("cloud" if applied else item.path.stem))
            if applied:
                item.add_marker(pytest.mark.cloud)
            item.add_marker(pytest.mark.timeout(600))
    # The last of them need the stack taken down.
    items.sort(key=lambda item: "ended" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def _terraform_is_here() -> None:
    """Skip where there is no terraform or no provider for it; in CI that is a failure."""
    if reason := out_of_reach():
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; CI needs it")
        pytest.skip(reason)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An empty AWS."""
    aws = EmbeddedAws(tmp_path_factory.mktemp("cloud"))
    aws.start()
    yield aws
    aws.stop()


@pytest.fixture(scope="session")
def checkout(embedded: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout whose every call to AWS is recorded, in an account that was bootstrapped."""
    with recording(embedded.endpoint) as recorder:
        made = Checkout(tmp_path_factory.mktemp("checkout") / "heliograph", recorder, ENVIRONMENT)
        made.bootstrap.set(repository="sunny/heliograph", environments=[ENVIRONMENT, NEIGHBOUR])
        made.bootstrap.init()
        made.bootstrap.apply()
        made.stack.set(environment=ENVIRONMENT, **AS_ON_THE_LAPTOP)
        yield made


@pytest.fixture(scope="session")
def deploy_role(embedded: EmbeddedAws, checkout: Checkout) -> GithubRole:
    """The role that the bootstrap made for deploying."""
    return GithubRole(embedded, checkout, "deploy")


@pytest.fixture(scope="session")
def plan_role(embedded: EmbeddedAws, checkout: Checkout) -> GithubRole:
    """The role that the bootstrap made for plans of pull requests."""
    return GithubRole(embedded, checkout, "plan")


@pytest.fixture(scope="session")
def cloud(embedded: EmbeddedAws, zips: Path, checkout: Checkout, deploy_role: GithubRole) -> Iterator[Cloud]:
    """The stack as `make deploy` makes it from nothing under the deploying role; nothing may be left after `destroy`.

    The parts of `make deploy` are made one by one, since before the smoke test the Lambdas' roles are translated.
    """
    assert zips.is_dir()
    made = checkout.bootstrap.outputs()
    checkout.make(
        "backend", BACKEND=made["backends"][ENVIRONMENT] + on_the_laptop(checkout.stack.environment["AWS_ENDPOINT_URL"])
    )
    with deploy_role.enforced():
        printed = checkout.make("build publish init plan apply", ARTIFACTS=made["artifacts_bucket"])
        with deploy_role.lambdas_work():
            printed += checkout.make("smoke prune")
    aws = LocalClients(embedded.endpoint, REGION, "test")
    remove_strays(aws, checkout.stack.ids_of("aws_apigatewayv2_route"))
    yield Cloud(checkout.stack, aws, embedded.endpoint, printed)
    if not checkout.is_destroyed:
        checkout.make("destroy", CONFIRM=ENVIRONMENT)
    assert what_is_left(aws) == []


@pytest.fixture(scope="module")
def guarded(cloud: Cloud, embedded: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A copy of the stack, thrown away at the end, on an embedded AWS that enforces its roles; it stands in for it."""
    outputs = cloud.workspace.outputs()
    with embedded.enforcing(tmp_path_factory.mktemp("guarded") / "state") as copy:
        yield Guarded(copy.endpoint, outputs)


def on_the_laptop(endpoint: str) -> str:
    """Return what the backend needs beside the bootstrap's words to use the embedded AWS."""
    services = ", ".join(f'{name} = "{endpoint}"' for name in ("s3", "dynamodb", "iam", "sts"))
    return f"use_path_style = true\nendpoints = {{ {services} }}\n"
