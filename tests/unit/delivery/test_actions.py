"""The actions that workflows use: only those we chose, each at the commit of its release; and the rights of jobs."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

GITHUB: Final = Path(__file__).resolve().parents[3] / ".github"
WORKFLOWS: Final = GITHUB / "workflows"
# Every action we use: its release, and the commit that release is. One that isn't here isn't used.
CHOSEN: Final = {
    "actions/checkout": ("v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"),
    "actions/download-artifact": ("v8.0.1", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"),
    "actions/setup-python": ("v7.0.0", "5fda3b95a4ea91299a34e894583c3862153e4b97"),
    "actions/upload-artifact": ("v7.0.0", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"),
    "aws-actions/configure-aws-credentials": ("v6.2.3", "e6de054238d6b7531b4efff3b6587d9aade6a06c"),
    "hashicorp/setup-terraform": ("v4.0.1", "dfe3c3f87815947d99a8997f908cb6525fc44e9e"),
    "re-actors/alls-green": ("v1.2.2", "05ac9388f0aebcb5727afa17fcccfecd6f8ec5fe"),
}
# The rights that jobs are given beyond reading the code, and why each is needed.
RIGHTS: Final = {
    ("ci", "plan", "id-token"): "hands it to plan.yml",
    ("ci", "comment", "pull-requests"): "puts the plans under the pull request",
    ("ci", "deploy", "id-token"): "hands it to deploy.yml",
    ("plan", "plan", "id-token"): "takes the role that plans",
    ("deploy", "deploy", "id-token"): "takes the role that deploys",
    ("destroy", "destroy", "id-token"): "takes the role that deploys",
}


def jobs() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every job, under the names of its workflow and itself."""
    found = {path.stem: yaml.safe_load(path.read_text())["jobs"] for path in WORKFLOWS.glob("*.yml")}
    return {(workflow, name): job for workflow, named in found.items() for name, job in named.items()}


def test_only_chosen_actions_are_used() -> None:
    """Every `uses` is an action of the table at its commit, with its release as the comment; none is idle."""
    text = "\n".join(path.read_text() for path in sorted(GITHUB.rglob("*.yml")))
    used = set(re.findall(r"uses: *(.*)$", text, re.MULTILINE))
    chosen = {f"{action}@{commit} # {release}" for action, (release, commit) in CHOSEN.items()}
    assert {each for each in used if not each.startswith("./.github/")} == chosen


def test_rights_are_those_of_the_table() -> None:
    """No job has a right to write, or to be somebody at AWS, that the table doesn't give a reason for."""
    held = {
        (*job, right)
        for job, said in jobs().items()
        for right, level in said["permissions"].items()
        if (right, level) != ("contents", "read")
    }
    assert held == set(RIGHTS)


def test_a_role_is_taken_only_where_nobody_else_can_push_code() -> None:
    """A job that may take a role runs for this repository's own branches, or in an environment."""
    for said in jobs().values():
        if "id-token" in said["permissions"]:
            ours = "head.repo.full_name == github.repository" in said.get("if", "")
            assert "environment" in said or ours or "required" in said["needs"]


def test_nothing_from_outside_is_written_into_a_shell() -> None:
    """What somebody else can type (titles, branches, inputs) reaches a step by its environment, never in its script."""
    for said in jobs().values():
        assert not [step for step in said.get("steps", ()) if "${{" in step.get("run", "")]
