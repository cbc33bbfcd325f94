"""`heliograph edit`: what is sent for what is typed, what is said before anything changes, and when nothing does."""

import io
import json
import shlex
from decimal import Decimal
from typing import Any

import pytest

from fakes.edits import FakeEdits
from heliograph.edits.model import Edit, EditBody
from heliograph.edits.offers import command_of
from heliograph.site import Site
from unit.api.fleet import assessed
from unit.client.conftest import RealApi
from unit.command.conftest import Call

BERLIN = Site("home", "solar", 50.0, timezone="Europe/Berlin", interval_minutes=60)
DAY = ("--from", "2026-11-21", "--to", "2026-11-22")
WHY = ("--reason", "Wh for kWh")


class Terminal(io.StringIO):
    """Somebody at a terminal, who has typed this."""

    def isatty(self) -> bool:
        """It is one."""
        return True


class Api:
    """The API's own code, and the command that asks it."""

    def __init__(self, call: Call, real: RealApi) -> None:
        """Keep both."""
        self._call = call
        self._real = real

    def edit(self, *arguments: object, code: int = 0) -> str:
        """Type a command; return what it prints, its results before its messages."""
        said = self._call("edit", *arguments)
        assert said.code == code, said
        return said.out + said.err

    def add(self, *arguments: object, code: int = 0, site: str = "home") -> str:
        """Make an edit of a day."""
        return self.edit("add", site, *arguments, *DAY, *WHY, code=code)

    @property
    def kept(self) -> list[Edit]:
        """The edits that are kept."""
        assert isinstance(self._real.stores.edits, FakeEdits)
        return list(self._real.stores.edits.kept.values())


@pytest.fixture
def api(call: Call, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A site in Berlin that sent 4.1 kWh an hour, and one of which nothing is registered."""
    readings = [assessed("home", f"2026-11-21T{hour:02d}:00:00Z") for hour in range(24)]
    real = RealApi([*readings, assessed("bare")], sites=[BERLIN])
    monkeypatch.setattr("heliograph_cli.edit.client_of", lambda *_: real.client())
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("COLUMNS", "200")
    return Api(call, real)


def test_an_edit_says_what_it_changes_and_is_made(api: Api) -> None:
    """A date is the site's own midnight; the energy before and after; how to undo it."""
    said = api.add("scale", "--factor", "0.001", "--yes")
    assert "scale by 0.001: home, after 2026-11-20T23:00:00Z up to 2026-11-21T23:00:00Z: Wh for kWh" in said
    assert "24 intervals would change" in said
    assert "generated 98.4 kWh → 0.0984 kWh" in said
    (edit,) = api.kept
    assert f"heliograph edit undo {edit.id}" in said
    assert (edit.start, edit.factor, edit.reason) == ("2026-11-20T23:00:00Z", Decimal("0.001"), "Wh for kWh")


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        (("exclude",), {}),
        (("exclude", "--side", "consumed"), {"side": "consumed"}),
        (("accept",), {}),
        (("accept", "--rule", "stale", "--rule", "spike"), {"rules": ("spike", "stale")}),
        (
            ("set", "--generated", "1.25", "--interval", "15min"),
            {"generated_kwh": Decimal("1.25"), "interval_seconds": 900},
        ),
        (("set", "--consumed", "0"), {"consumed_kwh": Decimal(0)}),
        (("scale", "--factor", "1000"), {"factor": Decimal(1000)}),
        (("shift", "--by", "1h"), {"shift_seconds": 3600}),
        (("shift", "--by", "-30min"), {"shift_seconds": -1800}),
        (("shift", "--by", "-37s"), {"shift_seconds": -37}),
    ],
    ids=" ".join,
)
def test_each_action_has_its_options(api: Api, arguments: tuple[str, ...], fields: dict[str, Any]) -> None:
    """What is typed is what is kept."""
    api.add(*arguments, "--yes")
    (edit,) = api.kept
    assert edit.action == arguments[0]
    assert {name: getattr(edit, name) for name in fields} == fields


def test_a_dry_run_keeps_nothing(api: Api) -> None:
    """And asks nobody; as JSON it is one line with the effect."""
    assert "24 intervals would have no value" in api.add("exclude", "--dry-run")
    found = json.loads(api.add("exclude", "--dry-run", "--json"))
    assert (found["made_at"], found["effect"]["intervals"]) == (None, 24)
    assert api.kept == []


def test_somebody_is_asked_first(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """No, or nothing, changes nothing and ends with 1; yes makes it; who can't be asked must say so."""
    for typed, code, edits in (("n\n", 1, 0), ("\n", 1, 0), ("y\n", 0, 1)):
        monkeypatch.setattr("sys.stdin", Terminal(typed))
        said = api.add("exclude", code=code)
        assert "Make this edit?" in said
        assert ("nothing is changed" in said, len(api.kept)) == (not edits, edits)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "say --yes" in api.add("exclude", code=2)
    assert "say --yes" in api.edit("undo", api.kept[0].id, code=2)
    assert len(api.kept) == 1


def test_edits_are_listed_shown_and_undone(api: Api) -> None:
    """The list says what each does and who undid it; undone once more changes nothing."""
    api.add("scale", "--factor", "0.001", "--side", "generated", "--yes", "--id", "first")
    api.add("shift", "--by", "-1h", "--yes", "--id", "second")
    assert "undone; the totals of home follow" in api.edit("undo", "first", "--yes")
    assert "it is undone already" in api.edit("undo", "first")
    listed = api.edit("list", "home")
    assert "2 edits" in listed
    assert "scale what was generated by 0.001" in listed
    assert "shift by -1h" in listed
    lines = [json.loads(line) for line in api.edit("list", "home", "--json").splitlines()]
    assert [(each["id"], bool(each["undone_at"])) for each in lines] == [("first", True), ("second", False)]
    assert "anonymous" in api.edit("show", "first")
    assert json.loads(api.edit("show", "second", "--json"))["shift_seconds"] == -3600
    assert json.loads(api.edit("undo", "second", "--yes", "--json"))["changed"] is True
    assert json.loads(api.edit("undo", "second", "--json"))["changed"] is False


def test_the_same_id_again_is_one_edit(api: Api) -> None:
    """Whoever doesn't know whether an edit was made repeats it; one that was undone since isn't made again."""
    for _ in range(2):
        assert "made; the totals" in api.add("exclude", "--yes", "--id", "first")
    assert len(api.kept) == 1
    assert "says something else" in api.add("accept", "--yes", "--id", "first", code=1)
    api.edit("undo", "first", "--yes")
    assert "it was made before, and undone" in api.add("exclude", "--yes", "--id", "first")


@pytest.mark.parametrize(
    ("begin", "utc"),
    [
        ("2026-11-21", "2026-11-20T23:00:00Z"),
        ("2026-11-21T09:30", "2026-11-21T08:30:00Z"),
        ("2026-11-21T09:30Z", "2026-11-21T09:30:00Z"),
        ("2026-11-21T09:30:15-08:00", "2026-11-21T17:30:15Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
    ],
)
def test_a_time_is_local_or_has_its_offset(api: Api, begin: str, utc: str) -> None:
    """The site's zone, at that time of the year."""
    api.edit("add", "home", "exclude", "--from", begin, "--to", "2026-11-22", *WHY, "--yes")
    assert api.kept[0].start == utc


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("home", "exclude", "--from", "2026-10-25T02:30", "--to", "2026-11-01", *WHY),
            2,
            "2026-10-25T02:30:00+02:00 or",
        ),
        (("home", "exclude", "--from", "2026-03-29T02:30", "--to", "2026-04-01", *WHY), 2, "comes never or twice"),
        (("bare", "exclude", *DAY, *WHY), 2, "no time zone is registered for bare"),
        (("home", "exclude", "--from", "noon", "--to", "2026-11-22", *WHY), 2, "isn't a date or a time"),
        (("home", "scale", "--factor", "1/1000", *DAY, *WHY), 2, "isn't a number"),
        (("home", "scale", "--factor", "inf", *DAY, *WHY), 2, "finite"),
        (("home", "shift", "--by", "1 hour", *DAY, *WHY), 2, "such as 1h, 30min or 37s"),
        (("home", "delete", *DAY, *WHY), 2, "exclude"),
        (("home", "exclude", *DAY), 2, "--reason"),
        (("home", "exclude", *DAY, "--reason", "?"), 1, "reason has 1 characters"),
        (("home", "scale", *DAY, *WHY), 1, "scale needs a factor"),
        (("nobody", "exclude", *DAY, *WHY), 1, "there's no site nobody"),
    ],
)
def test_what_can_t_be_meant_is_said(api: Api, arguments: tuple[str, ...], code: int, words: str) -> None:
    """What to write instead; nothing is kept."""
    assert words in " ".join(api.edit("add", *arguments, "--yes", code=code).split())
    assert api.kept == []


def test_an_edit_nobody_made_ends_with_1(api: Api) -> None:
    """To show it, or to undo it."""
    for name in ("show", "undo"):
        assert "there's no edit other" in api.edit(name, "other", code=1)
    assert "there's no site nobody" in api.edit("list", "nobody", code=1)
    assert "0 edits: none" in api.edit("list", "home")


@pytest.mark.parametrize(
    "offer",
    [
        EditBody(
            site_id="home",
            action="scale",
            start="2026-11-20T23:00:00Z",
            end="2026-11-21T23:00:00Z",
            side="generated",
            factor=Decimal("0.001"),
            reason="it's 1000 times what is usual; $HOME",
        ),
        EditBody(
            site_id="home",
            action="shift",
            start="2026-11-20T23:00:00Z",
            end="2026-11-21T23:00:00Z",
            shift_seconds=-3600,
            reason="the clock is ahead",
        ),
    ],
    ids=lambda each: each.action,
)
def test_the_command_of_an_offer_makes_it(api: Api, offer: EditBody) -> None:
    """What an incident says to type is the edit that it offers."""
    words = shlex.split(command_of(offer))
    assert words[:2] == ["heliograph", "edit"]
    api.edit(*words[2:], "--yes")
    (edit,) = api.kept
    assert {**{name: getattr(edit, name) for name in EditBody.__struct_fields__}, "id": ""} == {
        name: getattr(offer, name) for name in EditBody.__struct_fields__
    }
