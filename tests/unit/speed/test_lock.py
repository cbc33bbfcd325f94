"""The speed benchmark's lock: hashed, no address in it, at the versions that are tested."""

import ast
import re
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def versions(name: str) -> dict[str, str]:
    """Return a lock's packages and versions."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {canonicalize_name(package): version for package, version in LOCKED.findall(text)}


def test_what_is_compared_with_is_as_old_as_what_is_shipped() -> None:
    """boto3 and orjson are there, and all that both locks hold has the same version: botocore first of all."""
    dev, bench = versions("dev"), versions("bench")
    assert {"boto3", "botocore", "orjson", "fastapi", "mangum"} <= bench.keys()
    assert {name: bench[name] for name in dev.keys() & bench.keys()} == {
        name: dev[name] for name in dev.keys() & bench.keys()
    }


def test_the_lock_names_no_address_and_hashes_all() -> None:
    """It works with any registry."""
    text = (ROOT / "requirements" / "bench.txt").read_text()
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


@pytest.mark.parametrize("function", ["processor", "watch", "simulator", "api"])
def test_no_lambda_needs_any_of_it(function: str) -> None:
    """What is only compared with, or what people bring, stays out of the zips."""
    assert not {"boto3", "orjson"} & versions(function).keys()


def test_the_checkout_s_boto3_is_for_tests_alone() -> None:
    """Tests hold what people's own tools do against the local stack; no code of ours imports boto3."""
    assert "orjson" not in versions("dev")
    ours = (path for folder in ("src", "scripts", "visualization") for path in (ROOT / folder).rglob("*.py"))
    assert not [path for path in ours if "boto3" in imported(path)]


def imported(module: Path) -> set[str]:
    """Return the packages that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}
