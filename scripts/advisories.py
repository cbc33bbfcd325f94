#!/usr/bin/env python3
"""Look up known vulnerabilities of what the locks pin: `advisories.py PIP_AUDIT LOCK…`.

pip-audit asks PyPI for each version's advisories, and passes over what it gets no answer for: where a mirror or a
machine without a network knows none, it would find nothing wrong with anything. So this looks at what was passed over.
Where the variable CI is set that is a fault, as a vulnerability is everywhere; elsewhere it is said.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

_OPTIONS: Final = ("--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json")


class Vulnerability(msgspec.Struct, frozen=True):
    """A known one. fix_versions: those that don't have it."""

    id: str
    fix_versions: list[str] = []


class Package(msgspec.Struct, frozen=True):
    """A pinned package, as pip-audit prints it. skip_reason: why it wasn't looked up, empty where it was."""

    name: str
    version: str = ""
    vulns: list[Vulnerability] = []
    skip_reason: str = ""


class Report(msgspec.Struct, frozen=True):
    """All of them."""

    dependencies: list[Package]


def judge(report: Report, *, on_ci: bool) -> tuple[int, str]:
    """Return the exit status and what to say. on_ci: whether what wasn't looked up is a fault."""
    found = [
        f"{each.name} {each.version}: {one.id}, fixed in {', '.join(one.fix_versions) or 'no version yet'}"
        for each in report.dependencies
        for one in each.vulns
    ]
    unknown = [each for each in report.dependencies if each.skip_reason]
    looked_up = len(report.dependencies) - len(unknown)
    said = [*found, f"{looked_up} packages looked up, {len(found)} known vulnerabilities"]
    if unknown:
        said.append(f"{len(unknown)} not looked up, such as {unknown[0].name}: {unknown[0].skip_reason}")
    return int(bool(found) or (on_ci and bool(unknown))), "\n".join(said)


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Ask, say and judge; return the exit status."""
    command, *locks = arguments
    asked = [command, *_OPTIONS, *(word for lock in locks for word in ("--requirement", lock))]
    result = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    on_ci = bool(environment.get("CI"))
    try:
        status, words = judge(msgspec.json.decode(result.stdout, type=Report), on_ci=on_ci)
    except msgspec.MsgspecError:
        last = (result.stderr.strip() or "nothing").splitlines()[-1]
        status, words = int(on_ci), f"nothing was looked up; pip-audit said: {last}"
    sys.stdout.write(f"{words}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
