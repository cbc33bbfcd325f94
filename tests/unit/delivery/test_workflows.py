"""The workflows: actions pinned, rights as small as can be, every step a make target, never two deployments at once."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[3]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# By its commit; or of this repository, at the commit that is checked out.
PINNED: Final = re.compile(r"^([\w.-]+/[\w./-]+@[0-9a-f]{40}|\./\.github/[\w./-]+)$")
# The one secret there is: how the smoke test gets a token, where an API wants tokens.
SECRETS: Final = {"ci": {"API_TOKEN_REQUEST"}, "deploy": {"API_TOKEN_REQUEST"}}


def read(path: Path) -> dict[str | bool, Any]:
    """Read a workflow; YAML takes the key `on` for true."""
    found: dict[str | bool, Any] = yaml.safe_load(path.read_text())
    return found


def jobs() -> list[Any]:
    """Return every job of every workflow, under its names."""
    return [
        pytest.param(job, id=f"{path.stem}-{name}") for path in WORKFLOWS for name, job in read(path)["jobs"].items()
    ]


def targets() -> set[str]:
    """Return the Makefile's targets."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_allowed_that_no_job_asks_for(path: Path) -> None:
    """A workflow has no rights of its own, no stored key of AWS, and runs alone in its group."""
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert set(re.findall(r"secrets\.(\w+)", path.read_text())) == SECRETS.get(path.stem, set())


@pytest.mark.parametrize("job", jobs())
def test_a_job_is_bounded_and_pinned(job: dict[str, Any]) -> None:
    """It ends in time, says its rights, uses actions by their commit, and keeps no credentials of git."""
    assert "permissions" in job
    if "uses" in job:  # a workflow of this repository, whose own jobs are looked at
        assert PINNED.match(job["uses"])
        return
    assert job["timeout-minutes"] <= 30
    for step in job["steps"]:
        if "uses" in step:
            assert PINNED.match(step["uses"]), step
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("job", jobs())
def test_every_step_is_a_make_target(job: dict[str, Any]) -> None:
    """What CI does can be done at home."""
    for step in job.get("steps", ()):
        if "run" in step:
            # A target may come from the matrix, by way of the environment.
            chosen = [each["tests"] for each in job.get("strategy", {}).get("matrix", {}).get("include", ())]
            words = step["run"].replace('"$TESTS"', " ".join(chosen)).split()
            assert words[0] == "make"
            assert len(words) > 1
            assert {word for word in words[1:] if "=" not in word} <= targets()


def test_two_deployments_never_meet() -> None:
    """Deploying and destroying an environment share a group, in which a running job is never broken off."""
    deploy = read(ROOT / ".github/workflows/deploy.yml")["concurrency"]
    destroy = read(ROOT / ".github/workflows/destroy.yml")["concurrency"]
    assert deploy == {"group": "heliograph-${{ inputs.environment }}", "cancel-in-progress": False}
    assert destroy == {"group": "heliograph-${{ inputs.confirm }}", "cancel-in-progress": False}


def test_a_run_that_may_deploy_is_never_broken_off() -> None:
    """A newer push ends the checks of a pull request, and never those of main, whose run deploys."""
    assert read(ROOT / ".github/workflows/ci.yml")["concurrency"] == {
        "group": "ci-${{ github.ref }}",
        "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    }


def test_only_what_passed_every_check_is_deployed() -> None:
    """The deployment waits for the required job, runs for main alone, and takes the zips of its own run."""
    job = read(ROOT / ".github/workflows/ci.yml")["jobs"]["deploy"]
    assert "required" in job["needs"]
    assert job["if"].startswith("github.event_name == 'push' && ")
    assert "always()" not in job["if"]
    steps = read(ROOT / ".github/workflows/deploy.yml")["jobs"]["deploy"]["steps"]
    assert "make build" not in [step.get("run") for step in steps]
    assert read(ROOT / ".github/workflows/deploy.yml")[True].keys() == {"workflow_call"}


def test_a_repository_that_deploys_nowhere_skips_what_would() -> None:
    """Where no environment is named, nothing is planned and nothing is deployed, so that main stays green."""
    found = read(ROOT / ".github/workflows/ci.yml")["jobs"]
    for name in ("plan", "deploy"):
        assert "environments" in found[name]["needs"]
        assert "needs.environments.outputs.environments != '[]'" in found[name]["if"]


def test_a_deployment_ends_with_old_versions_deleted() -> None:
    """Each keeps a snapshot that is paid for: they go at home as on GitHub, once the new one has served a reading."""
    (at_home,) = re.findall(r"^deploy: (.+?) ##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    steps = read(ROOT / ".github/workflows/deploy.yml")["jobs"]["deploy"]["steps"]
    on_github = " ".join(step.get("run", "") for step in steps)
    for targets_in_order in (at_home, on_github):
        assert re.search(r"\bapply\b.*\bsmoke\b.*\bprune\b", targets_in_order)


def test_the_set_up_is_written_once() -> None:
    """Python and Terraform come by the composite action alone, in every workflow."""
    found = [path.name for path in WORKFLOWS if re.search("setup-(python|terraform)@", path.read_text())]
    assert found == []


def test_all_checks_are_required() -> None:
    """The one required job waits for every other of ci.yml that checks."""
    found = read(ROOT / ".github/workflows/ci.yml")["jobs"]
    assert set(found["required"]["needs"]) == set(found) - {"required", "environments", "plan", "comment", "deploy"}
