"""The real zips: each runs alone, and is light enough. The first run fetches the locked packages."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from lambda_zips.build import Built, build_all
from lambda_zips.recipe import AWS, LOCAL, RECIPES, ROOT

# One worker reads the zips.
pytestmark = pytest.mark.xdist_group("zips")
NAMES = [recipe.name for recipe in RECIPES]
_ELF_MACHINE = slice(18, 20)
_AARCH64 = (183).to_bytes(2, "little")

# The handler, with all that it needs; then every client whose model must be in the zip, and what is loaded later.
PROBE = """
import sys
sys.path.insert(0, {folder!r})
from lambda_{name}.handler import handler
for module in list(sys.modules.values()):
    if (getattr(module, "__file__", None) or "").endswith(".py") and module.__file__.startswith({folder!r}):
        with open(module.__spec__.cached, "rb") as compiled:
            assert compiled.read(8)[4:] == bytes((1, 0, 0, 0)), module
from heliograph.storage.clients import Clients
aws = Clients()
for client in (aws.dynamodb(), aws.s3(), aws.sns(), aws.sqs()):
    assert client.meta.endpoint_url.startswith("https://"), client.meta.endpoint_url
{late}
outside = [module.__file__ for module in list(sys.modules.values())
           if "-packages" in (getattr(module, "__file__", None) or "")]
assert not outside, outside
assert callable(handler)
"""
# Building for AWS takes as long as all other tests of this folder; `make test-cloud` applies these zips as well.
for_aws = pytest.mark.cloud
# What a handler loads later than its start, when a request asks for it.
LATE = {"api": "import heliograph.checks.registry  # GET /rules"}


@pytest.fixture(scope="module")
def local_zips() -> dict[str, Built]:
    """The zips for this machine, built if they aren't fresh."""
    return {built.recipe.name: built for built in build_all([LOCAL], ROOT / "build")}


@pytest.fixture(scope="module")
def aws_zips() -> dict[str, Built]:
    """The zips for AWS, built if they aren't fresh."""
    return {built.recipe.name: built for built in build_all([AWS], ROOT / "build")}


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_lacks_nothing_and_brings_it_compiled(local_zips: dict[str, Built], tmp_path: Path, name: str) -> None:
    """What sees the zip's contents alone imports the handler and what it loads later, and makes every client.

    Each module that a handler loads is there compiled, and is never held against its source's time.
    """
    with ZipFile(local_zips[name].path) as archive:
        archive.extractall(tmp_path)
    probe = PROBE.format(folder=str(tmp_path), name=name, late=LATE.get(name, ""))
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-I", "-S", "-B", "-c", probe],
        env={"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@for_aws
@pytest.mark.parametrize("name", NAMES)
def test_an_aws_zip_is_for_aws(aws_zips: dict[str, Built], name: str) -> None:
    """What is compiled in it is for 64-bit Arm and Python 3.13 (or every Python 3)."""
    with ZipFile(aws_zips[name].path) as archive:
        compiled = [place for place in archive.namelist() if place.endswith(".so")]
        assert compiled
        for place in compiled:
            assert archive.read(place)[_ELF_MACHINE] == _AARCH64
            assert "cpython-313-aarch64" in place or ".abi3." in place


@for_aws
@pytest.mark.parametrize("name", NAMES)
def test_a_zip_is_light_and_holds_one_lambda(aws_zips: dict[str, Built], name: str) -> None:
    """Each is within its budget, and of ours it has the core and its own Lambda only."""
    built = aws_zips[name]
    assert not built.too_big
    with ZipFile(built.path) as archive:
        packages = {place.split("/")[0] for place in archive.namelist()}
    ours = {package for package in packages if package.startswith(("heliograph", "lambda_", "local_stack"))}
    assert ours == {"heliograph", f"lambda_{name}"}


@for_aws
@pytest.mark.parametrize("name", NAMES)
def test_an_aws_zip_holds_nothing_compiled_for_this_machine(aws_zips: dict[str, Built], name: str) -> None:
    """AWS runs another Python than the one that builds."""
    with ZipFile(aws_zips[name].path) as archive:
        assert not [place for place in archive.namelist() if place.endswith(".pyc")]
