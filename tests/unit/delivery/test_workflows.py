"""The workflows: actions pinned, rights as small as can be, every step a make target, never two deployments at once."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[3]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED: Final = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")


def read(path: Path) -> dict[str, Any]:
    """Read a workflow."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def jobs() -> list[Any]:
    """Give every job of every workflow, under its names."""
    return [
        pytest.param(job, id=f"{path.stem}-{name}") for path in WORKFLOWS for name, job in read(path)["jobs"].items()
    ]


def targets() -> set[str]:
    """Give the Makefile's targets."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_allowed_that_no_job_asks_for(path: Path) -> None:
    """A workflow has no rights of its own, no stored key, and runs alone in its group."""
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert not re.findall(r"secrets\.", path.read_text())


@pytest.mark.parametrize("job", jobs())
def test_a_job_is_bounded_and_pinned(job: dict[str, Any]) -> None:
    """It ends in time, says its rights, uses actions by their commit, and keeps no credentials of git."""
    assert job["timeout-minutes"] <= 30
    assert "permissions" in job
    for step in job["steps"]:
        if "uses" in step:
            assert PINNED.match(step["uses"]), step
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("job", jobs())
def test_every_step_is_a_make_target(job: dict[str, Any]) -> None:
    """What CI does can be done at home."""
    for step in job["steps"]:
        if "run" in step:
            # A target may come from the matrix, by way of the environment.
            chosen = [each["tests"] for each in job.get("strategy", {}).get("matrix", {}).get("include", ())]
            words = step["run"].replace('"$TESTS"', " ".join(chosen)).split()
            assert words[0] == "make"
            assert len(words) > 1
            assert {word for word in words[1:] if "=" not in word} <= targets()


def test_two_deployments_never_meet() -> None:
    """Deploying and destroying share a group, in which a running job is never broken off."""
    deploy = read(ROOT / ".github/workflows/deploy.yml")["jobs"]["deploy"]["concurrency"]
    destroy = read(ROOT / ".github/workflows/destroy.yml")["concurrency"]
    assert deploy == destroy == {"group": "heliograph-prod", "cancel-in-progress": False}


def test_all_checks_are_required() -> None:
    """The one required job waits for every other of ci.yml."""
    found = read(ROOT / ".github/workflows/ci.yml")["jobs"]
    assert set(found["required"]["needs"]) == set(found) - {"required"}
