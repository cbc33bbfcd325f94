"""Known vulnerabilities of what is pinned: found ones fail everywhere, what nobody could look up fails in CI."""

import json
from pathlib import Path

import pytest

from advisories import main

SAFE = {"name": "msgspec", "version": "0.19.0", "vulns": []}
UNKNOWN = {"name": "httpx", "version": "1.0", "skip_reason": "Dependency not found on PyPI"}
BAD = {"name": "urllib3", "version": "1.0", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["1.1"]}]}


def pip_audit(folder: Path, printed: str, status: int) -> str:
    """Make a command that prints and ends as pip-audit does."""
    command = folder / "pip-audit"
    command.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\necho 'no route to host' >&2\nexit {status}\n")
    command.chmod(0o700)
    return str(command)


@pytest.mark.parametrize(
    ("packages", "statuses", "says"),
    [
        ([SAFE], (0, 0), "1 packages looked up, 0 known vulnerabilities"),
        ([SAFE, BAD], (1, 1), "urllib3 1.0: CVE-2026-1, fixed in 1.1"),
        ([UNKNOWN, BAD], (1, 1), "CVE-2026-1"),
        ([SAFE, UNKNOWN], (0, 1), "1 not looked up, such as httpx: Dependency not found on PyPI"),
        ([UNKNOWN], (0, 1), "0 packages looked up"),
        (None, (0, 1), "nothing was looked up; pip-audit said: no route to host"),
    ],
)
def test_what_was_found_and_what_was_passed_over_is_told(
    packages: list[object] | None,
    statuses: tuple[int, int],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A vulnerability is a fault everywhere; a package without an answer in CI alone, where there is a network."""
    printed = "" if packages is None else json.dumps({"dependencies": packages, "fixes": []})
    command = pip_audit(tmp_path, printed, 1)
    for environment, status in zip(({}, {"CI": "true"}), statuses, strict=True):
        assert main([command, "a.txt"], environment) == status
        assert says in capsys.readouterr().out
