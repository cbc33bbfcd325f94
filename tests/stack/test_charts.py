"""The charts' script draws what a real stack serves."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from heliograph.reading import format_timestamp
from stack.harness import Harness, reading

SCRIPT = Path(__file__).resolve().parents[2] / "visualization" / "visualize.py"


def test_every_chart_of_a_site_is_drawn(harness: Harness, tmp_path: Path) -> None:
    """From landed readings to pages and pictures: two days with a gap and a sentinel, told in the overview."""
    site, now = harness.name("charted"), datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = [now - timedelta(hours=47 - hour) for hour in range(48) if hour not in {20, 21}]
    readings = [reading(site, format_timestamp(end), 1 + end.hour / 7) for end in ends]
    readings[30]["energy_generated_kwh"] = -999
    harness.wait_for_ingestion(harness.land_readings(*readings))

    options = ["--api", harness.stack.api, "--site", site, "--out", str(tmp_path), "--json"]
    command = [sys.executable, str(SCRIPT), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own

    assert done.stderr == ""
    charts = [Path(path) for path in json.loads(done.stdout)["charts"]]
    kinds = ("generation-and-consumption", "day-by-hour", "completeness", "incidents")
    assert {f"{kind}-{site}.png" for kind in kinds} <= {path.name for path in charts}
    assert all(path.stat().st_size > 10_000 for path in charts)
    index = (tmp_path / "index.html").read_text()
    assert f'href="site-{site}.html#day-by-hour"' in index
    assert "The logger writes stand-ins for values from" in index
    assert "96 %" in index
