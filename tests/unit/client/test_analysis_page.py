"""What docs/how-to/analyse-readings.md shows runs as it stands, against the API's own code on this machine."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout

import pytest

from docs.pages import DOCS, blocks
from unit.api.fleet import TOO_HIGH, assessed
from unit.client.conftest import Given, RealApi
from unit.command.conftest import FakeServer

READINGS = [
    assessed(timestamp="2026-11-10T23:00:00Z", generated="4"),  # the last interval of the 10th in Berlin
    assessed(timestamp="2026-11-11T00:00:00Z", generated="1.5"),
    assessed(timestamp="2026-11-11T01:00:00Z", generated="2"),
    assessed(timestamp="2026-11-11T02:00:00Z", generated="900", flags=(TOO_HIGH,)),
]


@pytest.fixture
def address() -> Iterator[str]:
    """The address of what serves the readings on this machine, as the API writes them."""
    table = RealApi(READINGS).answer("GET", "/readings/solar-1", {"accept": "application/vnd.apache.arrow.stream"}, b"")

    def answer(_method: str, path: str, _headers: dict[str, str], _body: bytes) -> Given:
        served = path.startswith("/readings/solar-1?start=2026-11-01&end=2026-12-01")
        return table if served else (200 if path == "/health" else 404, {}, b"")

    server = FakeServer(answer)
    yield server.url
    server.stop()


def test_the_five_lines_sum_up_days(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each day has what ended in it by the site's own clock, without anomalous readings."""
    (block,) = [block for block in blocks(DOCS / "how-to" / "analyse-readings.md") if block.title == "daily.py"]
    assert len([line for line in block.content.splitlines() if line]) == 5
    monkeypatch.setenv("HELIOGRAPH_API", address)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(block.content, "daily.py", "exec"), {})  # noqa: S102 - the page's own
    sums = [line.split() for line in printed.getvalue().splitlines()[1:3]]
    assert [(day, float(energy)) for day, _, energy in sums] == [("2026-11-10", 4.0), ("2026-11-11", 3.5)]


def test_the_other_questions_of_the_page_are_answered() -> None:
    """Lists and single answers come as plain values where no type is named."""
    api = RealApi(READINGS).client()
    assert [each["site_id"] for each in api.items("/fleet", dict)] == ["solar-1"]
    assert api.get("/totals/solar-1", dict, by="day")["site_id"] == "solar-1"
