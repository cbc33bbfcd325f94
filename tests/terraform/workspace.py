"""Terraform as the tests run it: found on this machine, its provider from a mirror, its AWS the embedded one."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
MIRROR_VARIABLE: Final = "HELIOGRAPH_TERRAFORM_MIRROR"
_LIKELY: Final = ("/opt", "/usr/local/share", "/usr/share", "/var/lib", str(Path.home()))
_DEPTH: Final = 3


def find_mirror(environment: Mapping[str, str]) -> Path | None:
    """Find a mirror of Terraform's providers: where the variable says, else a folder that looks like one."""
    if MIRROR_VARIABLE in environment:
        return Path(environment[MIRROR_VARIABLE])
    for root in _LIKELY:
        for depth in range(1, _DEPTH + 1):
            for found in Path(root).glob("/".join(["*"] * (depth - 1) + ["registry.terraform.io"])):
                return found.parent
    return None


class Workspace:
    """A copy of a Terraform folder, with its commands run against an endpoint."""

    def __init__(self, source: Path, folder: Path, endpoint: str) -> None:
        """Copy what is tracked; nothing is run yet."""
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "bootstrap"))
        self.folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_S3_USE_PATH_STYLE": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a command of Terraform; fail where it ends with another code than expected."""
        result = subprocess.run(  # noqa: S603 - our own words
            [terraform(), *arguments, "-no-color"],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode in expect, f"terraform {' '.join(arguments)}\n{result.stdout[-3000:]}{result.stderr}"
        return result

    def init(self, *arguments: str) -> None:
        """Initialize with the provider of the mirror, or of the registry where there is none."""
        mirror = find_mirror(os.environ)
        self.run("init", "-input=false", *([f"-plugin-dir={mirror}"] if mirror else []), *arguments)

    def apply(self) -> None:
        """Make what is described."""
        self.run("apply", "-auto-approve", "-input=false")

    def set(self, **variables: object) -> None:
        """Set variables."""
        (self.folder / "test.auto.tfvars.json").write_text(json.dumps(variables))

    def outputs(self) -> dict[str, Any]:
        """Read the outputs."""
        found = json.loads(self.run("output", "-json").stdout)
        return {name: each["value"] for name, each in found.items()}

    def changes(self) -> list[str]:
        """Plan, and give the addresses of what would change."""
        self.run("plan", "-input=false", "-out=plan", "-detailed-exitcode", expect=(0, 2))
        plan = json.loads(self.run("show", "-json", "plan").stdout)
        return [each["address"] for each in plan["resource_changes"] if each["change"]["actions"] != ["no-op"]]


def terraform() -> str:
    """Give the path of the terraform command, or an empty text where there is none."""
    return shutil.which("terraform") or ""
