"""docs/how-to/correct-readings.md: every command on it is typed, in order, and so are its request and its program."""

import shlex
from typing import Any, Final

import pytest

from docs.pages import DOCS, blocks, commands
from fakes.edits import FakeEdits
from heliograph.edits.model import Edit
from heliograph.reading import format_timestamp, moment_of
from heliograph.site import Site
from unit.api.fleet import AS_JSON, assessed, client_of
from unit.client.conftest import RealApi
from unit.command.conftest import Call, call

__all__ = ["call"]
PAGE: Final = DOCS / "how-to" / "correct-readings.md"
PLANT: Final = Site("plant-7", "solar", 50.0, timezone="Europe/Berlin", interval_minutes=60)
COMMANDS: Final = [line for line in commands(PAGE) if line.startswith("heliograph edit")]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> RealApi:
    """The API of a plant that sent a value an hour for a week, but for the afternoon into which the clock is put."""
    ends = [moment_of(f"2026-11-{day:02d}T{hour:02d}:00:00Z") for day in range(15, 22) for hour in range(24)]
    gap = range(17, 19)
    kept = [each for each in ends if each.day != 20 or each.hour not in gap]
    real = RealApi([assessed("plant-7", format_timestamp(each)) for each in kept], sites=[PLANT])
    monkeypatch.setattr("heliograph_cli.edit.client_of", lambda *_: real.client())
    return real


def kept_by(api: RealApi) -> list[Edit]:
    """Return the edits that are kept."""
    assert isinstance(api.stores.edits, FakeEdits)
    return list(api.stores.edits.kept.values())


def test_every_command_does_what_the_page_says(api: RealApi, call: Call) -> None:
    """Each is typed as it stands; ID is the last edit's."""
    for line in COMMANDS:
        before = kept_by(api)
        typed = line.replace(" ID", f" {before[-1].id}") if before else line
        said = call(*shlex.split(typed)[1:])
        assert said.code == 0, (line, said)
        made = len(kept_by(api)) - len(before)
        assert made == (" add " in line and "--yes" in line), line
    assert [each.action for each in kept_by(api)] == ["scale", "shift", "exclude", "accept", "set"]
    assert [bool(each.undone_at) for each in kept_by(api)] == [False] * 4 + [True]


def test_the_table_names_every_action(api: RealApi) -> None:
    """And the commands try each."""
    table = [line.split("|")[2].strip(" `") for line in PAGE.read_text().splitlines() if line.startswith("| the")]
    assert sorted(table) == sorted({shlex.split(line)[4] for line in COMMANDS if " add " in line})
    assert kept_by(api) == []


def test_the_request_and_the_program_make_their_edits(api: RealApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body of the page is taken, and the Python of the page runs."""
    files = {block.title: block.content for block in blocks(PAGE) if block.title}
    body = files["edit.json"].encode()
    assert client_of(api.stores).ask("POST", "/edits", body=body, headers=AS_JSON).status == 200
    monkeypatch.setattr("heliograph_client.Client", api.client)
    shown: list[Any] = []
    exec(files["edit.py"], {"print": shown.append})  # noqa: S102 - our own page
    assert shown[0].intervals == 2
    assert shown[1] == ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "a-test-of-the-inverter"]
    assert len(kept_by(api)) == 2
