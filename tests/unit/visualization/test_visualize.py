"""The script, from the command line to the files."""

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import visualize
from fakes.chart_api import FakeApi
from heliograph_client import ONCE, client
from unit.visualization.samples import flag, incident, reading, sunny

SCRIPT = Path(visualize.__file__)
START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def fleet(fake_api: FakeApi) -> FakeApi:
    """Return a fleet of two homes, one of them with a flagged reading, and a site that never reported."""
    fake_api.add("home-01", sunny("home-01", START, 48), timezone="America/Los_Angeles", interval_minutes=60)
    fake_api.add("home-02", sunny("home-02", START, 30), kind="solar")
    fake_api.readings["home-02"][3] = reading("2026-06-01T04:00:00Z", 9, 1, flag("over_capacity", "critical"))
    fake_api.add("no-data", [])
    return fake_api


def run(url: str, out: Path, *options: str) -> Result:
    """Run the script in this process, saving pages only, which is quick."""
    arguments = ["--api", url, "--out", str(out), "--format", "html", *options]
    return CliRunner().invoke(visualize.app, arguments)


def test_the_script_runs_on_its_own(fleet: FakeApi, served: str, tmp_path: Path) -> None:
    """Run as `heliograph charts` runs it: JSON on stdout, nothing on stderr, a picture for each chart."""
    options = ["--site", "home-02", "--out", str(tmp_path), "--format", "png", "--json"]
    command = [sys.executable, str(SCRIPT), "--api", served, *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)  # noqa: S603 - our own
    charts = [Path(path) for path in json.loads(done.stdout)["charts"]]
    assert done.stderr == ""
    assert len(charts) == 8
    assert {path.suffix for path in charts} == {".png"}
    assert all(path.stat().st_size > 10_000 for path in charts)
    assert len(list((tmp_path / "thumbs").iterdir())) == 16
    assert (tmp_path / "index.html").exists()
    assert fleet.asked


def test_every_site_with_readings_is_drawn(fleet: FakeApi, served: str, tmp_path: Path) -> None:
    """Without options: four charts of the fleet, four of each site that has readings, a page each, and the index."""
    result = run(served, tmp_path)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Saved 12 charts; open {tmp_path / 'index.html'}\n"
    pages = ["fleet.html", "index.html", "site-home-01.html", "site-home-02.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == pages
    assert not any(target.startswith("/readings/no-data") for target in fleet.asked)


def test_a_days_range_is_the_sites_own(fleet: FakeApi, served: str, tmp_path: Path) -> None:
    """A day given as bound is asked for from midnight to midnight where the site is."""
    result = run(served, tmp_path, "--site", "home-01", "--start", "2026-06-01", "--end", "2026-06-02")
    assert result.exit_code == 0, result.output
    assert "start=2026-06-01T07%3A00%3A01Z&end=2026-06-02T07%3A00%3A01Z" in fleet.asked[-3]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--site", "nowhere"), "answers 404: there's no site nowhere"),
        (("--start", "2030-01-01"), "there is nothing to draw: no reading of the 3 sites from 2030-01-01 to now"),
        (("--site", "no-data"), "there is nothing to draw: no reading of no-data yet"),
        (("--start", "soon"), "'soon' is neither a day"),
        (("--format", "pdf"), "--format 'pdf' is none of: html, png"),
        (("--api", "localhost:8000"), "isn't an address like http://127.0.0.1:8000"),
        (("--api", "http://me:pw@localhost"), "use a token"),
        (("--auth", "iam", "--token", "x"), "leave out --token"),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_what_can_not_be_done_is_one_clear_line(
    served: str, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    """A mistake, or nothing to draw, is one line on stderr, nothing on stdout, no file, and not success."""
    result = run(served, tmp_path, *options)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_api_without_sites_says_what_to_do(served: str, tmp_path: Path) -> None:
    """A fresh stack has nothing to draw yet."""
    result = run(served, tmp_path)
    assert (result.exit_code, result.stderr) == (1, "error: the API has no sites yet: land a reading first\n")


def test_an_api_that_is_down_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port ends the run with its address, and a word on what to look at."""
    monkeypatch.setattr(client, "RetryPolicy", lambda: ONCE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = run(url, tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {url}/sites can't be reached")


def test_each_series_is_read_once(fleet: FakeApi, served: str, tmp_path: Path) -> None:
    """However many charts show a site, its readings are asked for once, and its incidents open and closed."""
    fleet.incidents["home-01"] = [incident("stale", "2026-06-02T00:00:00Z")]
    assert run(served, tmp_path, "--site", "home-01").exit_code == 0
    assert fleet.asked == [
        "/sites/home-01",
        "/readings/home-01?limit=1000",
        "/incidents?state=open&site_id=home-01&limit=1000",
        "/incidents?state=closed&site_id=home-01&limit=1000",
    ]
    assert "Critical: 1 open incident (stale)" in (tmp_path / "index.html").read_text()


def test_what_the_api_says_can_not_move_the_cursor(fake_api: FakeApi, served: str, tmp_path: Path) -> None:
    """Control signs in a site's name, which an error repeats, don't reach the terminal."""
    result = run(served, tmp_path, "--site", "a\x1b[2Jb\nc")
    assert fake_api.asked
    assert "\x1b" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_too_many_sites_ask_for_a_choice(fake_api: FakeApi, served: str, tmp_path: Path) -> None:
    """A fleet nobody could look through isn't drawn site by site unless sites are named."""
    for number in range(501):
        fake_api.add(f"site-{number}", [])
    result = run(served, tmp_path)
    assert "choose up to 500 with --site" in result.stderr
    assert not any(target.startswith("/sites/") for target in fake_api.asked)


def test_the_token_reaches_the_api_and_nothing_else(served: str, tmp_path: Path, fleet: FakeApi) -> None:
    """A token may come from the environment, and is in no file that is saved."""
    result = CliRunner(env={**os.environ, "HELIOGRAPH_API_TOKEN": "t0ps3cret"}).invoke(
        visualize.app, ["--api", served, "--auth", "jwt", "--out", str(tmp_path), "--format", "html"]
    )
    assert result.exit_code == 0, result.output
    assert fleet.asked
    assert not any(b"t0ps3cret" in path.read_bytes() for path in tmp_path.rglob("*.*"))
