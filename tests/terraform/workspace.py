"""Terraform as the tests run it: found on this machine, its provider from a mirror, its AWS the embedded one."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

ROOT: Final = Path(__file__).resolve().parents[2]
MIRROR_VARIABLE: Final = "HELIOGRAPH_TERRAFORM_MIRROR"
# What Terraform and a person who deploys leave in a checkout.
OWN_TO_A_PERSON: Final = (".terraform*", "*.tfstate*", "*.tfvars", "*.tfvars.json", "*.tfplan", "*.backend.hcl")
_LIKELY: Final = ("/opt", "/usr/local/share", "/usr/share", "/var/lib", str(Path.home()))
_DEPTH: Final = 3
# Where Terraform itself begins to look for providers.
_REGISTRY: Final = "https://registry.terraform.io/.well-known/terraform.json"
_TIMEOUT_SECONDS: Final = 10


def find_mirror(environment: Mapping[str, str]) -> Path | None:
    """Find a mirror of Terraform's providers: where the variable says, else a folder that looks like one."""
    if MIRROR_VARIABLE in environment:
        return Path(environment[MIRROR_VARIABLE])
    for root in _LIKELY:
        for depth in range(1, _DEPTH + 1):
            for found in Path(root).glob("/".join(["*"] * (depth - 1) + ["registry.terraform.io"])):
                return found.parent
    return None


def from_mirror() -> list[str]:
    """Return the words that have `terraform init` use the mirror; none where there is no mirror."""
    mirror = find_mirror(os.environ)
    return [f"-plugin-dir={mirror}"] if mirror else []


def out_of_reach() -> str:
    """Say what of Terraform isn't here or in reach; nothing where its tests can run."""
    if not terraform():
        return "terraform isn't on the path"
    if find_mirror(os.environ):
        return ""
    try:
        with urlopen(_REGISTRY, timeout=_TIMEOUT_SECONDS):
            return ""
    except OSError as error:
        return f"Terraform's registry can't be reached, and {MIRROR_VARIABLE} names no mirror of it: {error}"


class Workspace:
    """A folder of Terraform's, with its commands run against an endpoint."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        """Work in a folder; nothing is run yet."""
        self.folder = folder
        self.environment = {
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
            "AWS_DEFAULT_REGION": "eu-west-1",  # botocore knows this one alone
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @classmethod
    def copy(cls, source: Path, folder: Path, endpoint: str) -> "Workspace":
        """Work in a copy of what is tracked of a folder."""
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*OWN_TO_A_PERSON, "bootstrap"))
        return cls(folder, endpoint)

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a command of Terraform; fail where it ends with another code than expected."""
        result = subprocess.run(  # noqa: S603 - our own words
            [terraform(), *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode in expect, f"terraform {' '.join(arguments)}\n{result.stdout[-3000:]}{result.stderr}"
        return result

    def init(self, *arguments: str) -> None:
        """Initialize with the provider of the mirror, or of the registry where there is none."""
        self.run("init", "-input=false", *from_mirror(), *arguments)

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

    def ids_of(self, kind: str) -> frozenset[str]:
        """Return the ids that the state has for resources of a kind."""
        resources = json.loads(self.run("show", "-json").stdout)["values"]["root_module"]["resources"]
        return frozenset(str(each["values"]["id"]) for each in resources if each["type"] == kind)

    def changes(self) -> list[str]:
        """Plan, and return the addresses of what would change."""
        self.run("plan", "-input=false", "-lock=false", "-out=plan", "-detailed-exitcode", expect=(0, 2))
        plan = json.loads(self.run("show", "-json", "plan").stdout)
        return [each["address"] for each in plan["resource_changes"] if each["change"]["actions"] != ["no-op"]]


def terraform() -> str:
    """Return the path of the terraform command, or an empty text where there is none."""
    return shutil.which("terraform") or ""
