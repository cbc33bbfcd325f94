"""The benchmark's lock: what its group asks for, hashed, with no address in it, at the versions that are tested."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def versions(name: str) -> dict[str, set[str]]:
    """Return a lock's packages and their versions; one may have several, for several Pythons."""
    found: dict[str, set[str]] = {}
    for package, version in LOCKED.findall((ROOT / "requirements" / f"{name}.txt").read_text()):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def test_the_lock_holds_its_group() -> None:
    """Every package that the group asks for is locked, at a version that it allows."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["quality"]
    locked = versions("quality")
    for each in map(Requirement, wanted):
        assert all(version in each.specifier for version in locked[canonicalize_name(each.name)])


def test_the_product_is_measured_as_it_is_tested() -> None:
    """What both locks hold has the same versions."""
    dev, quality = versions("dev"), versions("quality")
    assert {name: quality[name] for name in dev.keys() & quality.keys()} == {
        name: dev[name] for name in dev.keys() & quality.keys()
    }


def test_the_lock_names_no_address_and_hashes_all() -> None:
    """It works with any registry."""
    text = (ROOT / "requirements" / "quality.txt").read_text()
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_the_tests_need_none_of_it() -> None:
    """What is only compared with stays out of the checkout's own lock."""
    assert not {"pvanalytics", "river"} & versions("dev").keys()
