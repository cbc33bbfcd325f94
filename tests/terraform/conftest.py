"""The real Terraform, applied once on the embedded AWS: its state in S3, locked in DynamoDB, made by the bootstrap."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.clients import LocalClients
from local_stack.engine import run_engine
from local_stack.resources import ACCOUNT, REGION
from local_stack.state_folder import StateFolder
from terraform.cloud import Cloud, what_is_left
from terraform.workspace import ROOT, Workspace, terraform

HERE = Path(__file__).resolve().parent
ENVIRONMENT = "test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; those of one file share an xdist worker, so that one apply serves all."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.terraform)
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            if "cloud" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.cloud)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session", autouse=True)
def _terraform_is_here() -> None:
    """Skip where there is no terraform; in CI that is a failure."""
    if not terraform():
        if os.environ.get("CI"):
            pytest.fail("terraform isn't on the path; CI needs it")
        pytest.skip("terraform isn't on the path")


@pytest.fixture(scope="session")
def zips() -> Path:
    """The folder with the Lambdas' zips for this machine."""
    script = ROOT / "scripts" / "build_lambdas.py"
    subprocess.run([sys.executable, script, "--target", "local"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return ROOT / "build" / "local"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty AWS."""
    folder = StateFolder(tmp_path_factory.mktemp("cloud"))
    engine = run_engine(folder, {"MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT})
    yield engine.endpoint
    engine.stop()


@pytest.fixture(scope="session")
def cloud(endpoint: str, zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The stack as Terraform makes it; at the end it is destroyed, and nothing may be left."""
    folder, aws = tmp_path_factory.mktemp("terraform"), LocalClients(endpoint, REGION)
    bootstrap = Workspace(ROOT / "terraform" / "bootstrap", folder / "bootstrap", endpoint)
    bootstrap.set(repository="sunny/heliograph", environment=ENVIRONMENT)
    bootstrap.init()
    bootstrap.apply()
    made = bootstrap.outputs()

    stack = Workspace(ROOT / "terraform", folder / "stack", endpoint)
    stack.set(
        environment=ENVIRONMENT,
        artifacts_bucket=made["artifacts_bucket"],
        packages=publish(zips, made["artifacts_bucket"], aws),
        api_auth="none",
        deletion_protection=False,
        processor_concurrency=2,
        retry_seconds=1,
    )
    (stack.folder / "test.backend.hcl").write_text(made["backend"] + on_the_laptop(endpoint))
    stack.init("-backend-config=test.backend.hcl")
    stack.apply()
    yield Cloud(stack, aws, endpoint)
    stack.run("destroy", "-auto-approve", "-input=false")
    assert what_is_left(aws) == []


def publish(zips: Path, bucket: str, aws: LocalClients) -> dict[str, str]:
    """Upload the zips under their hashes, as `make publish` does; give their keys."""
    keys = {}
    for name in ("processor", "simulator", "api"):
        body = (zips / f"{name}.zip").read_bytes()
        keys[name] = f"{name}/{hashlib.sha256(body).hexdigest()}.zip"
        aws.s3().put_object(Bucket=bucket, Key=keys[name], Body=body)
    return keys


def on_the_laptop(endpoint: str) -> str:
    """Give what the backend needs beside the bootstrap's words to use the embedded AWS."""
    services = ", ".join(f'{name} = "{endpoint}"' for name in ("s3", "dynamodb", "iam", "sts"))
    # A request for the lock must not be sent twice: the second would meet the first's lock.
    return f"use_path_style = true\nmax_retries = 0\nendpoints = {{ {services} }}\n"
