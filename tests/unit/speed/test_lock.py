"""The speed benchmark's lock: hashed, no address in it, at the versions that are tested."""

import re
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def versions(name: str) -> dict[str, str]:
    """Give a lock's packages and versions."""
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


def test_the_checkout_needs_none_of_it() -> None:
    """What is only compared with stays out of the checkout's own lock."""
    assert not {"boto3", "orjson"} & versions("dev").keys()
