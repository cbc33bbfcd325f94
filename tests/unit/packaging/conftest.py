"""The packaging scripts, as the tests import them; and a tiny tree to package."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture
def tiny_root(tmp_path: Path) -> Path:
    """A checkout with one small file a package and nothing from others."""
    root = tmp_path / "checkout"
    for package in (
        "heliograph",
        "lambda_simulator",
        "lambda_processor",
        "lambda_watch",
        "lambda_api",
        "heliograph_cli",
    ):
        folder = root / "src" / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(f'"""{package}."""\n')
        if package.startswith("lambda_"):
            (folder / "handler.py").write_text('"""Import the core."""\n\nimport heliograph\n')
    for name in ("simulator", "processor", "watch", "api"):
        lock = root / "requirements" / f"{name}.txt"
        lock.parent.mkdir(exist_ok=True)
        lock.write_text("# nothing\n")
    return root
