"""`heliograph simulate`: a simulated fleet's files and labels in a folder, without AWS."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from heliograph.formatting import count
from heliograph.reading import format_timestamp, moment_of, parse_timestamp
from heliograph_cli.commands import ALONE, command, make_app
from heliograph_cli.show import out, print_json
from heliograph_cli.target import AsJson
from lambda_simulator.fleet import fleet_registry, make_fleet
from lambda_simulator.handler import Simulator, SimulatorSettings
from lambda_simulator.handler import simulate as run_simulator

app = make_app()


class FolderSink:
    """A folder that takes objects as a bucket does."""

    def __init__(self, root: Path) -> None:
        """Write below `root`."""
        self._root = root

    def put(self, key: str, body: bytes) -> str:
        """Write one object as a file; it has no version."""
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return ""


@command(app, exits=ALONE)
def simulate(
    hours: Annotated[float, typer.Option(help="Length of the period.", min=0.1)] = 24.0,
    sites: Annotated[int, typer.Option(help="Size of the fleet.", min=1)] = 20,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("simulated"),
    until: Annotated[str | None, typer.Option(help="End of the period, ISO 8601; now if not given.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another fleet and weather.", min=0)] = 1,
    fault_rate: Annotated[float, typer.Option(help="Share of a site's days with a fault.", min=0, max=1)] = 0.15,
    *,
    as_json: AsJson = False,
) -> None:
    """Write a simulated fleet's files and labels to a folder.

    Submit or check the files. The labels list their faults, and sites.json is the registry.

    Example: heliograph simulate --hours 48 --sites 10 --out simulated
    """
    end = moment_of(parse_timestamp(until)) if until else datetime.now(UTC)
    period = {"from": format_timestamp(end - timedelta(hours=hours)), "to": format_timestamp(end)}
    settings = SimulatorSettings(bucket="folder", fleet_size=sites, seed=seed, fault_rate=fault_rate)
    folder = FolderSink(out_dir)
    written = run_simulator(period, Simulator(settings, make_fleet(sites, seed), folder, lambda: end))
    folder.put("sites.json", msgspec.json.format(msgspec.json.encode(fleet_registry(sites, seed))))
    if as_json:
        print_json({"out": str(out_dir), **written})
    else:
        held = f"{count(written['readings'], 'reading')} and {count(written['labels'], 'label')}"
        out().print(f"{count(written['files'], 'file')} with {held}")
        out().print(f"are in {out_dir}; {out_dir}/sites.json is the registry")
