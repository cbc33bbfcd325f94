"""What a newcomer sees: the states of a local stack's sites minutes after it started, beside the simulator's truth.

    PYTHONPATH=src:benchmarks .venv/bin/python -m first_view [--sites 20] [--hours 24] [--minutes 5] [--seed 1]

It starts `heliograph up` in a folder of its own, waits, and compares each site that alerts with the faults that the
simulator put in. A fault is going on until the incident may close: its rule's clean time after the fault's end. It ends
with status 1 where a site alerts without one, or where a fault that goes on isn't shown. History opens no incidents,
so of faults that are over it lists those without an anomalous reading.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from heliograph.incidents.detection import EpisodeRules
from heliograph.reading import moment_of
from heliograph_client import Client
from lambda_simulator.energy import INTERVAL
from lambda_simulator.fleet import SimulatedSite, make_fleet
from lambda_simulator.tick import delivered_at, floor_to_tick, simulate_tick, ticks_between

_CHECKOUT: Final = Path(__file__).parents[1]
FAULT_RATE: Final = 0.5  # `heliograph up` has it by default
# What may pass between a fault's last reading and the evaluation that closes its incident.
_CLOSING: Final = timedelta(minutes=EpisodeRules().clear_after_minutes + 35)
_AFTER: Final = timedelta(minutes=15)
# What the watch needs from a fault's begin to the evaluation that opens its incident.
_OPENING: Final = timedelta(minutes=65)
# Faults that a day of history can't show: they need weeks of a baseline, a whole day, or go to quarantine.
HIDDEN: Final = frozenset({"malformed", "conflicting_values", "incomplete_day", "future_timestamp", "unit_error_mwh"})


class SimulatedFault(NamedTuple):
    """A fault that the simulator put in.

    onset, last: ENDs of its first and last changed reading that has come in. can_show: whether one of them can show it.
    """

    site_id: str
    name: str
    onset: datetime
    last: datetime
    can_show: bool = True


class Shown(NamedTuple):
    """What the API shows. states: by site. anomalies: when the anomalous readings of a site end."""

    states: dict[str, str]
    anomalies: dict[str, list[datetime]]


class FirstView(NamedTuple):
    """What is amiss. unfounded: sites that alert without a fault. unseen: faults that go on and aren't shown.

    unflagged: faults of kinds that a day can show, of whose readings none is anomalous.
    """

    alerting: int
    unfounded: list[str]
    unseen: list[SimulatedFault]
    unflagged: list[SimulatedFault]


def faults_of(fleet: Sequence[SimulatedSite], start: datetime, now: datetime, seed: int) -> list[SimulatedFault]:
    """Return the faults in what the fleet sent between two moments, as they were labelled."""
    found: dict[tuple[str, str], SimulatedFault] = {}
    kinds = {site.site_id: site.site.kind for site in fleet}
    for tick_end in ticks_between(start, now):
        tick = simulate_tick(fleet, tick_end, seed, FAULT_RATE)
        zero = {(each["site_id"], each["timestamp"]) for each in tick.records if _is_zero(each)}
        for label in tick.labels:
            end = min(tick_end, moment_of(label.timestamp))
            known = found.get((label.site_id, label.onset))
            onset = known.onset if known else end
            says_nothing = kinds[label.site_id] != "solar" and (label.site_id, label.timestamp) in zero
            can_show = (known is not None and known.can_show) or not says_nothing
            found[label.site_id, label.onset] = SimulatedFault(label.site_id, label.fault, onset, end, can_show)
    return list(found.values())


def _is_zero(record: Mapping[str, Any]) -> bool:
    """Return whether a record says that nothing was generated or consumed.

    By day a solar site can't send that. Any other site may stand still, until weeks of readings show that this one
    never does. Of a connection that is lost and sends zeros, a day shows only the sum that comes at its end.
    """
    return all(record[side] == 0 for side in ("energy_generated_kwh", "energy_consumed_kwh"))


def newest_of(fleet: Sequence[SimulatedSite], now: datetime) -> dict[str, datetime]:
    """Return, of the sites that send later than at once, the END of the newest reading that has come in."""
    daily = [site for site in fleet if site.meter.delivers_at is not None]
    ticks = list(ticks_between(now - timedelta(days=2), now))
    ends = {site.site_id: [end for tick_end in ticks for end in delivered_at(site, tick_end)] for site in daily}
    return {site_id: max(each) for site_id, each in ends.items() if each}


def compare(shown: Shown, faults: Sequence[SimulatedFault], newest: Mapping[str, datetime], now: datetime) -> FirstView:
    """Compare what is shown with what is true. newest: as `newest_of` gives it."""
    states, anomalies = shown
    going_on = [each for each in faults if each.last >= newest.get(each.site_id, now) - _CLOSING]
    troubled = {each.site_id for each in going_on}
    alerting = [site_id for site_id, state in states.items() if state in {"alerting", "not_reporting"}]
    seen = [each for each in faults if each.name not in HIDDEN and each.can_show and each.onset <= now - _OPENING]
    return FirstView(
        len(alerting),
        [f"{site_id} is {states[site_id]}" for site_id in alerting if site_id not in troubled],
        [each for each in seen if each.last >= now - 2 * INTERVAL and each.site_id not in alerting],
        [each for each in seen if not any(_meets(end, each) for end in anomalies.get(each.site_id, ()))],
    )


def _meets(end: datetime, fault: SimulatedFault) -> bool:
    """Return whether a reading is of a fault: what an outage lacked is told by the reading after it."""
    return fault.onset <= end <= fault.last + _AFTER


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, wait, look, compare, stop; return the exit status."""
    asked = _parser().parse_args(arguments)
    fleet = make_fleet(asked.sites, asked.seed)
    began = datetime.now(UTC)
    with _up(asked) as api:
        time.sleep(60 * asked.minutes)
        now = floor_to_tick(datetime.now(UTC))
        with Client(api, auth="none") as client:
            states = {each["site_id"]: each["state"] for each in _all(client, "/fleet")}
            shown = Shown(states, {site_id: _anomalies(client, site_id) for site_id in states})
    start = (began - timedelta(hours=asked.hours)).replace(minute=0, second=0, microsecond=0)
    view = compare(shown, faults_of(fleet, start, now, asked.seed), newest_of(fleet, now), now)
    sys.stdout.write(_text(view, len(shown.states)))
    return int(bool(view.unfounded or view.unseen))


def _anomalies(client: Client, site_id: str) -> list[datetime]:
    return [moment_of(each["timestamp"]) for each in _all(client, f"/anomalies/{site_id}")]


def _all(client: Client, path: str) -> list[dict[str, Any]]:
    return [each for page in client.pages(path, {}) for each in page.json()["items"]]


@contextmanager
def _up(asked: argparse.Namespace) -> Iterator[str]:
    """Run a local stack; yield its API's address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(_CHECKOUT / ".venv" / "bin" / "heliograph"), "up", "--json", "--state-dir", folder,
            "--sites", str(asked.sites), "--backfill", str(asked.hours), "--seed", str(asked.seed),
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
            try:
                yield json.loads(_announcement(process))["api"]
            finally:
                process.terminate()
                process.wait(60)


def _announcement(process: "subprocess.Popen[str]") -> str:
    """Read the JSON that says that all is ready."""
    text = ""
    for line in process.stdout or ():
        text += line
        try:
            json.loads(text)
        except ValueError:
            continue
        return text
    raise RuntimeError("the stack ended before it was ready")


def _text(view: FirstView, sites: int) -> str:
    lines = [f"{view.alerting} of {sites} sites alert; {len(view.unfounded)} of them without a fault"]
    lines += [f"without a fault: {each}" for each in view.unfounded]
    for what, faults in (("not shown", view.unseen), ("without an anomaly", view.unflagged)):
        lines += [f"{what}: {each.site_id} {each.name} {each.onset:%d %H:%M} to {each.last:%H:%M}" for each in faults]
    return "".join(f"{line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="first_view", description=__doc__)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
