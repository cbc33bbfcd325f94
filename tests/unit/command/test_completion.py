"""What tab completes: commands, options, and the names of sites and incidents; silently none where there is no API."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from heliograph_cli.completion import complete_incident, complete_site
from installed import HELIOGRAPH
from unit.command.conftest import FakeServer, MakeServer


@pytest.fixture
def server(make_server: MakeServer) -> FakeServer:
    """An API with sites and incidents."""

    def answer(*request: object) -> tuple[int, dict[str, str], bytes]:
        path = str(request[1])
        items = (
            [{"site_id": "solar-1"}, {"site_id": "solar-2"}, {"site_id": "wind-1"}]
            if path.startswith("/sites?")
            else [{"id": "solar-1~stale~20261122T090500Z"}]
        )
        return 200, {}, json.dumps({"items": items}).encode()

    return make_server(answer)


def test_names_are_those_of_the_api(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that begin as was typed."""
    monkeypatch.setenv("HELIOGRAPH_API", server.url)
    assert complete_site("solar") == ["solar-1", "solar-2"]
    assert complete_incident("solar-1~") == ["solar-1~stale~20261122T090500Z"]
    assert complete_incident("x") == []


def test_the_local_stack_is_found(server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without HELIOGRAPH_API, by the state folder."""
    monkeypatch.delenv("HELIOGRAPH_API", raising=False)
    monkeypatch.setenv("HELIOGRAPH_STATE_DIR", str(tmp_path))
    (tmp_path / "stack.json").write_text(json.dumps({"api": server.url}))
    assert complete_site("w") == ["wind-1"]


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:9", "nonsense"])
def test_no_api_no_names(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is raised, nothing printed."""
    monkeypatch.setenv("HELIOGRAPH_API", address)
    monkeypatch.setenv("HELIOGRAPH_STATE_DIR", str(tmp_path))
    assert complete_site("") == []


def test_an_answer_of_another_kind_gives_no_names(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An API that wants a signature, or something else at that address."""
    monkeypatch.setenv("HELIOGRAPH_API", make_server(lambda *_: (403, {}, b"no")).url)
    assert complete_site("") == []
    monkeypatch.setenv("HELIOGRAPH_API", make_server(lambda *_: (200, {}, b"[]")).url)
    assert complete_incident("") == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("heliograph i", {"incidents"}),
        ("heliograph incidents list --site s", {"solar-1", "solar-2"}),
    ],
)
def test_bash_gets_what_can_come_next(typed: str, offered: set[str], server: FakeServer) -> None:
    """As bash asks, with the words typed and which of them the cursor is in."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1), "_HELIOGRAPH_COMPLETE": "complete_bash"}
    environment = {**os.environ, **words, "HELIOGRAPH_API": server.url}
    done = subprocess.run([HELIOGRAPH], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert set(done.stdout.split()) == offered
    assert done.stderr == ""
