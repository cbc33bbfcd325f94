"""The lock of Terraform's provider: one version for everybody, on Linux and macOS."""

import re
from pathlib import Path
from typing import Final

TERRAFORM: Final = Path(__file__).resolve().parents[3] / "terraform"
LOCK: Final = ".terraform.lock.hcl"
# What a release of the provider consists of: 14 archives, an operating system and processor each, and its manifest.
ARCHIVES: Final = 15


def test_both_folders_lock_the_same_provider() -> None:
    """The bootstrap and the stack are applied by one version of the provider."""
    assert (TERRAFORM / LOCK).read_text() == (TERRAFORM / "bootstrap" / LOCK).read_text()


def test_every_platform_is_locked() -> None:
    """The lock has the hash of every archive of the release, not only of the machine that wrote it.

    `terraform init` on macOS would otherwise refuse the archive that it downloads.
    """
    text = (TERRAFORM / LOCK).read_text()
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', text))) == ARCHIVES
    assert len(re.findall(r"^provider ", text, re.MULTILINE)) == 1


def test_the_locked_version_is_in_the_range() -> None:
    """The constraint that the lock repeats is that of versions.tf, or `init -lockfile=readonly` fails."""
    wanted = re.findall(r'version *= *"(>= [0-9.]+), (< [0-9.]+)"', (TERRAFORM / "versions.tf").read_text())
    locked = re.search(r'constraints = "(>= [0-9.]+), (< [0-9.]+)"', (TERRAFORM / LOCK).read_text())
    assert locked
    low, high = locked.groups()
    assert (low.removesuffix(".0"), high.removesuffix(".0")) in wanted
