"""A checkout of its own, in which make targets deploy to the embedded AWS without a trace in the person's own."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local_stack.clients import LocalClients
from local_stack.resources import ACCOUNT, REGION
from terraform.recorder import Recorder
from terraform.workspace import OWN_TO_A_PERSON, ROOT, Workspace, from_mirror

_COPIED = ("Makefile", "pyproject.toml", "requirements", "scripts", "src", "terraform")
_BUILD = "build"  # the zips are made once, and shared


class Checkout:
    """A copy of the project's files, and the environment that its stack is deployed as."""

    def __init__(self, folder: Path, recorder: Recorder, environment: str) -> None:
        """Copy the files; nothing is run yet. What is run asks AWS by way of the recorder."""
        endpoint = recorder.endpoint
        folder.mkdir()
        for name in _COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns(*OWN_TO_A_PERSON, "__pycache__", "node_modules")
                shutil.copytree(ROOT / name, folder / name, ignore=ignored)
            else:
                shutil.copy2(ROOT / name, folder)
        (folder / _BUILD).symlink_to(ROOT / _BUILD)
        self._folder = folder
        self._environment = environment
        self._endpoint = endpoint
        self.recorder = recorder
        self.is_destroyed = False
        self.stack = Workspace(folder / "terraform", endpoint)
        self.bootstrap = Workspace(folder / "terraform" / "bootstrap", endpoint)

    def make(self, target: str, **variables: str) -> str:
        """Run a make target as a person does, for the embedded AWS; return what it printed, and fail where it fails."""
        init = " ".join(from_mirror())
        where = {"ENV": self._environment, "VENV": str(ROOT / ".venv")}
        chosen = {**where, "BUILD": "local", "ZIPS": "build/local", "TF_INIT": init, **variables}
        command = ["make", *target.split(), *(f"{name}={value}" for name, value in chosen.items())]
        result = self._run(command)
        if "Error acquiring the state lock" in result.stderr:
            # Nobody else is there: where Terraform's client loses an answer it asks again, and meets its own lock.
            self.unlock()
            result = self._run(command)
        assert result.returncode == 0, f"make {target}\n{result.stdout[-3000:]}{result.stderr[-3000:]}"
        self.is_destroyed = target == "destroy"
        return result.stdout

    @contextmanager
    def acting_with(self, credentials: Mapping[str, str]) -> Iterator[None]:
        """Have make and Terraform act with other credentials."""
        before = dict(self.stack.environment)
        self.stack.environment.update(credentials)
        try:
            yield
        finally:
            self.stack.environment.clear()
            self.stack.environment.update(before)

    def unlock(self) -> None:
        """Free the state's locks, as `terraform force-unlock` does."""
        aws = LocalClients(self._endpoint, REGION, "test")
        path = f"{self._environment}/terraform.tfstate"
        bucket = f"heliograph-state-{ACCOUNT}"
        aws.s3().delete_object(Bucket=bucket, Key=f"{path}.tflock")
        aws.dynamodb().delete_item(TableName="heliograph-locks", Key={"LockID": {"S": f"{bucket}/{path}"}})

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        home = {"HOME": os.environ.get("HOME", "")}  # packages are reached as the person reaches them
        environment = {**_without_clouds(os.environ), **self.stack.environment, **home}
        return subprocess.run(  # noqa: S603 - our own words
            command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False
        )


def _without_clouds(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what names another stack, account or make; how packages are reached stays."""
    foreign = ("AWS_", "HELIOGRAPH_", "TF_", "MAKE", "MFLAGS")
    return {name: value for name, value in environment.items() if not name.startswith(foreign)}
