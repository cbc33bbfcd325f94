"""The Terraform files themselves: in shape, sound, and keeping what they promise, without any AWS."""

import re
from pathlib import Path

import pytest

from terraform.workspace import ROOT, Workspace

STACK, BOOTSTRAP = ROOT / "terraform", ROOT / "terraform" / "bootstrap"


def workspace(source: Path, tmp_path: Path) -> Workspace:
    """Return a copy with its provider and no backend; nobody listens at its endpoint."""
    made = Workspace.copy(source, tmp_path / "copy", "http://127.0.0.1:9")
    made.init("-backend=false")
    return made


@pytest.mark.cloud
@pytest.mark.parametrize("source", [STACK, BOOTSTRAP], ids=["stack", "bootstrap"])
def test_it_is_in_shape_and_sound(source: Path, tmp_path: Path) -> None:
    """`terraform fmt` would change nothing, and `terraform validate` finds nothing."""
    made = workspace(source, tmp_path)
    made.run("fmt", "-check", "-recursive")
    made.run("validate")


@pytest.mark.cloud
@pytest.mark.parametrize(("source", "least"), [(STACK, 38), (BOOTSTRAP, 19)], ids=["stack", "bootstrap"])
def test_it_keeps_its_promises(source: Path, least: int, tmp_path: Path) -> None:
    """`terraform test`: keys, wiring, retention, policies, auth, who may deploy, what each bad variable says."""
    result = workspace(source, tmp_path).run("test")
    counted = re.search(r"(\d+) passed, 0 failed", result.stdout)
    assert counted
    assert int(counted[1]) >= least, "runs that are gone keep no promise"


# A mistake in each of five files, and what the check says that catches it.
MISTAKES = [
    ("landing.tf", 'filter_prefix = "raw/"', 'filter_prefix = "row/"', "What is created under raw/ is told"),
    ("api.tf", 'actions   = ["dynamodb:Query"]', 'actions   = ["dynamodb:Scan"]', "The API only reads, but for"),
    ("storage.tf", 'sort      = "timestamp"', 'sort      = "position"', "Readings are kept by site and time"),
    ("processor.tf", '["ReportBatchItemFailures"]', "[]", "Only the messages that failed come back"),
    ("monitoring.tf", 'var.budget_counts == "heliograph"', "true", "The budget counts what AWS can count at once"),
]


@pytest.mark.cloud
def test_mistakes_are_caught_and_named(tmp_path: Path) -> None:
    """The promises can fail: five mistakes at once are each caught by their own check."""
    made = workspace(STACK, tmp_path)
    for file, right, wrong, _ in MISTAKES:
        path = made.folder / file
        assert right in path.read_text()
        path.write_text(path.read_text().replace(right, wrong))
    result = made.run("test", "-filter=tests/stack.tftest.hcl", expect=(1,))
    said = " ".join((result.stdout + result.stderr).split())
    assert [says for *_, says in MISTAKES if says not in said] == []
