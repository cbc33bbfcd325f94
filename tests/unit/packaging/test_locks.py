"""The locks hold what pyproject.toml asks for, and nothing it doesn't."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
LAMBDAS = ("simulator", "processor", "api")


def locked(name: str) -> dict[str, str]:
    """Return a lock's packages and versions."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {canonicalize_name(package): version for package, version in LOCKED.findall(text)}


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_lock_holds_its_extra(name: str) -> None:
    """Every package a Lambda's extra asks for is locked, at a version the extra allows."""
    versions = locked(name)
    for wanted in map(Requirement, PROJECT["optional-dependencies"][name]):
        assert versions[canonicalize_name(wanted.name)] in wanted.specifier


@pytest.mark.parametrize("name", LAMBDAS)
def test_the_command_line_stays_out(name: str) -> None:
    """What only the command line needs isn't shipped to a Lambda."""
    assert not {"typer", "rich", "httpx2", "ministack", "uv"} & locked(name).keys()


@pytest.mark.parametrize("name", LAMBDAS)
def test_what_is_shipped_is_what_was_tested(name: str) -> None:
    """A Lambda's packages have the versions of the checkout that the tests run in."""
    dev = locked("dev")
    assert {package: dev[package] for package in locked(name)} == locked(name)


@pytest.mark.parametrize("name", ["dev", "fuzz", *LAMBDAS])
def test_a_lock_names_no_address_and_hashes_all(name: str) -> None:
    """A lock works with any registry: no address or path in it, and a hash for every package."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert str(ROOT) not in text
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if LOCKED.match(entry)]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
