"""What there is to build: the Lambdas with their budgets, and the machines they run on."""

import platform
import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parents[2]
_MB: Final = 1_000_000


class Recipe(msgspec.Struct, frozen=True):
    """A Lambda's name, which is also its extra's and its lock's, and the most its zip may weigh, bytes."""

    name: str
    budget: int

    @property
    def packages(self) -> tuple[str, ...]:
        """Our own packages that go into its zip."""
        return "heliograph", f"lambda_{self.name}"

    def lock(self, root: Path) -> Path:
        """Return its lock: every third-party package of the zip, with hashes."""
        return root / "requirements" / f"{self.name}.txt"


class ZipTarget(msgspec.Struct, frozen=True):
    """Where zips run. runs: what distinguishes its machines. options: those with which uv installs for them.

    runs_here: whether the Python that builds them runs them, so that they hold compiled modules.
    """

    name: str
    runs: str
    options: tuple[str, ...]
    runs_here: bool = False


RECIPES: Final = (
    Recipe("simulator", 10 * _MB),
    Recipe("processor", 10 * _MB),
    Recipe("watch", 10 * _MB),
    Recipe("api", 20 * _MB),
)

# The local engine runs Lambdas in this very Python.
LOCAL: Final = ZipTarget("local", f"{sys.version} {platform.platform()}", ("--python", sys.executable), runs_here=True)
# Lambda's python3.13 on arm64 is Amazon Linux 2023, whose glibc is newer than this tag asks for.
AWS: Final = ZipTarget(
    "aws",
    "python3.13 arm64",
    ("--python", sys.executable, "--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_28"),
)
TARGETS: Final = {target.name: target for target in (LOCAL, AWS)}
