"""`heliograph check`: files in, what is wrong with them out, without AWS."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fakes.sides import there
from heliograph.reading import text_of
from heliograph_cli.main import app
from unit.evaluation.plant import SITE, at, clean, points

SITES = [{"site_id": "plant", "kind": "solar", "capacity_kw": 100.0, "latitude": 45.0, "longitude": 0.0}]


def frozen(end: int, generated: float, consumed: float) -> tuple[float, float]:
    """Freeze the plant's sixteenth day from 9 to 16 h."""
    return (33.3, consumed) if at(16, 9) <= end <= at(16, 16) else (generated, consumed)


def record(end: int, generated: float, consumed: float) -> str:
    """Write a record as a logger does."""
    energies = {"energy_generated_kwh": generated, "energy_consumed_kwh": consumed}
    return json.dumps({"site_id": SITE.site_id, "timestamp": text_of(end), **energies})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with a feed, gzip, with a bad record and a contradiction in it, and a registry."""
    sent = [(p.end, float(there(p.generated_kwh)), float(there(p.consumed_kwh))) for p in points(20, bend=frozen)]
    lines = [record(*each) for each in sent]
    lines += ['{"site_id": "plant", "timestamp": "yesterday"}', record(at(10, 12), 0.9 * clean(at(10, 12))[0], 5.0)]
    (tmp_path / "feed.ndjson.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "sites.json").write_text(json.dumps(SITES))
    return tmp_path


def check(*arguments: str | Path) -> Any:  # noqa: ANN401 - Typer's result
    """Run the command."""
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_every_reading_is_written_with_its_flags(files: Path) -> None:
    """--out has a line a reading, with its energies as sent, whether it is anomalous, and its flags."""
    result = check(files / "feed.ndjson.gz", "--sites", files / "sites.json", "--out", files / "out.ndjson")
    assert result.exit_code == 1, "a record was rejected"
    lines = [json.loads(line) for line in (files / "out.ndjson").read_text().splitlines()]
    assert len(lines) == 20 * 24
    assert list(lines[0])[:4] == ["site_id", "timestamp", "energy_generated_kwh", "energy_consumed_kwh"]
    by_rule = {rule: [line for line in lines if rule in {f["rule"] for f in line["flags"]}] for rule in ("stale",)}
    assert [line["timestamp"][11:13] for line in by_rule["stale"]] == [f"{hour:02d}" for hour in range(9, 17)]
    assert all(line["anomaly"] for line in by_rule["stale"])
    assert sum(line["anomaly"] for line in lines) == 9


def test_json_lists_incidents_days_and_refused_records(files: Path) -> None:
    """--json prints one line: each site's incidents and days, and the records that are no readings."""
    found = json.loads(check(files / "feed.ndjson.gz", "--sites", files / "sites.json", "--json").stdout)
    (site,) = found["sites"]
    assert [each["rule"] for each in site["incidents"]] == ["conflicting_values", "stale"]
    assert site["flags"] == {"conflicting_values": 1, "stale": 8}
    assert len(site["days"]) == 20
    assert found["rejected"][0]["position"] == 20 * 24 + 1


def test_rejected_records_end_with_1_and_are_named(tmp_path: Path) -> None:
    """The first three of a file are told with position and reason, the rest counted; a good file ends with 0."""
    good = record(at(1, 12), 1.0, 0.5)
    (tmp_path / "good.json").write_text(good)
    (tmp_path / "bad.ndjson").write_text("\n".join([good, *['{"site_id": "plant"}'] * 5]))
    assert check(tmp_path / "good.json").exit_code == 0
    result = check(tmp_path / "bad.ndjson")
    assert result.exit_code == 1
    reason = "timestamp, energy_generated_kwh and energy_consumed_kwh are missing; the record has site_id"
    told = [line.partition("bad.ndjson: ")[2] for line in result.stderr.splitlines() if "bad.ndjson" in line]
    assert told == [
        *(f"record {position}: {reason}" for position in (2, 3, 4)),
        "2 more rejected; --json names all",
    ]
    assert len(json.loads(check(tmp_path / "bad.ndjson", "--json").stdout)["rejected"]) == 5


def test_people_get_a_table_and_what_would_help(files: Path) -> None:
    """The table names site and rule with an example; without a registry the command says what it would bring."""
    result = check(files / "feed.ndjson.gz")
    assert "stale" in result.stdout
    assert "33.3" in result.stdout
    assert "1 record rejected" in result.stdout
    assert "--sites" in result.stderr


@pytest.mark.parametrize(("name", "says"), [("none.json", "can't be read"), ("sites.json", "1 record rejected")])
def test_a_file_that_can_t_be_read_is_named(files: Path, name: str, says: str) -> None:
    """A missing file is an error with its name; a file of another kind gives rejected records, not a traceback."""
    result = check(files / name)
    assert says in str(result.exception) + result.output
