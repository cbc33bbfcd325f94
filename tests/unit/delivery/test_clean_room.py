"""The clean room tries what CI runs: a command that CI gains is tried as well."""

import re
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
ROOM: Final = ROOT / "scripts" / "clean_room.sh"
# The first is a matrix of `test` and `test-fast`; the others need a pull request.
NOT_TRIED: Final = {'"$TESTS"', "comment"}


def test_every_command_of_ci_is_tried() -> None:
    """Each `make` of ci.yml is in the list that is run where no target is named."""
    (tried,) = re.findall(r"^\(\(\$#\)\) \|\| set -- (.+)$", ROOM.read_text(), re.MULTILINE)
    in_ci = set(re.findall(r"run: make (\S+)", (ROOT / ".github" / "workflows" / "ci.yml").read_text()))
    assert in_ci - NOT_TRIED <= set(tried.split())
    assert "test" in tried.split()


def test_it_names_no_place_of_one_machine() -> None:
    """It is sound, and knows no folder of anybody's: what to hide more is said in HIDE."""
    subprocess.run(["bash", "-n", ROOM], check=True)  # noqa: S603, S607 - our own words
    assert re.findall(r"(?<![\w$}/.*])/(?:root|work|Users)\b", ROOM.read_text()) == []
