"""Where GitHub deploys to: read from one variable, said in words, handed on as JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from environments import FIELDS, NotUsable, environments, main

SCRIPT: Final = Path(__file__).resolve().parents[3] / "scripts" / "environments.py"
PROD: Final = {field: f"the {field}" for field in FIELDS}


def test_a_repository_without_the_variable_deploys_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no fault: the job succeeds, names no environment, and says what to set."""
    output, summary = tmp_path / "output", tmp_path / "summary"
    assert main({"ENVIRONMENTS": "", "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}) == 0
    assert output.read_text() == "environments=[]\n"
    assert "gh variable set ENVIRONMENTS" in summary.read_text()
    assert "Nothing is deployed" in capsys.readouterr().out


def test_environments_are_handed_on_in_their_order(tmp_path: Path) -> None:
    """The staging environment that is named first is deployed first, each with all that its jobs need."""
    output = tmp_path / "output"
    text = json.dumps({"staging": {**PROD, "more": 1}, "prod": PROD})
    assert main({"ENVIRONMENTS": text, "GITHUB_OUTPUT": str(output)}) == 0
    handed = json.loads(output.read_text().removeprefix("environments="))
    assert handed == [{"name": "staging", **PROD}, {"name": "prod", **PROD}]
    assert output.read_text().count("\n") == 1


def test_one_is_chosen_by_its_name() -> None:
    """To destroy, exactly the typed one is meant; another name is a fault that tells those there are."""
    text = json.dumps({"staging": PROD, "prod": PROD})
    assert [each["name"] for each in environments(text, "prod")] == ["prod"]
    with pytest.raises(NotUsable, match="names staging, prod"):
        environments(text, "production")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("prod", "isn't JSON"),
        ("[]", "isn't an object"),
        ('{"Prod": {}}', "isn't an environment's name"),
        ('{"prod": "eu-west-1"}', "lacks region, artifacts"),
        (json.dumps({"prod": {**PROD, "deploy_role": " "}}), "lacks deploy_role"),
    ],
)
def test_what_is_set_by_half_is_a_fault(text: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A person who set it meant to deploy, so the job fails and names what is wrong."""
    assert main({"ENVIRONMENTS": text}) == 1
    assert reason in capsys.readouterr().err


def test_it_runs_before_anything_is_installed() -> None:
    """The job has only the runner's Python: nothing of a virtual environment is imported."""
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", SCRIPT], env={"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
