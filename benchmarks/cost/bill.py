"""The bill and its page: what a million readings cost, from measured units, prices and assumptions that are named."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from cost.feeds import FLEET, HOURLY, LONE, ONE_SITE, SITES, Units
from harness import table

_PRICES: Final = Path(__file__).with_name("prices.json")
MILLION: Final = 1_000_000
_DAYS_A_MONTH: Final = 30.4
_READINGS_A_DAY: Final = 288
FLEETS: Final = (100, 10_000, 1_000_000)
WRITE_BAR: Final = 1.3
READ_BAR: Final = 1.5
DOLLAR_BAR: Final = 1.10
PERIOD: Final = 30
SLOW_PERIOD: Final = 60
_HEAD: Final = """# What does it cost?
Written by `make cost`; don't edit. Units are measured: the real processor and the real watch run against the embedded
AWS, writes count as DynamoDB says (`ReturnConsumedCapacity`), reads by the sizes of the items read. 1 % of the readings
is flagged, in faults of an hour. The registry is read for every file, as by a processor that hasn't seen its sites in
the last minute.
"""


class Assumed(msgspec.Struct, frozen=True):
    """What isn't measured here, each with where it comes from.

    cpu_us_a_reading: `make bench`. share_of_cpu: of a Lambda with 1,024 MB. file_wait_ms: a GET, the registry, 20
    batches of which 8 run at once, the ingestion. evaluation_ms: `benchmarks/watch_cpu.py`, waits included.
    item_overhead: DynamoDB's own 100 bytes. log_bytes_*: counted on the local engine. messages_an_incident: mails, an
    onset and a recovery. readings_an_incident: 1 % flagged, in faults of an hour, 12 readings. noncurrent_share: of
    what lands, what is landed again under its key and kept as an old version for a month. snapshots: of the API's
    version in use and of the one before, which `make prune` leaves. api_starts_a_day: each restores one.
    """

    cpu_us_a_reading: float = 40.0
    share_of_cpu: float = 1024 / 1769
    memory_gb: float = 1.0
    file_wait_ms: float = 100.0
    evaluation_ms: float = 25.0
    evaluations_a_message: int = 25
    item_bytes: int = 257
    item_overhead: int = 100
    raw_bytes: int = 130
    noncurrent_share: float = 0.02
    log_bytes_a_file: int = 1_600
    log_bytes_a_message: int = 1_200
    messages_an_incident: int = 2
    readings_an_incident: int = 1_200
    custom_metrics: int = 18
    alarms: int = 20
    pollers: int = 5
    api_memory_gb: float = 0.5
    snapshots: int = 2
    api_starts_a_day: int = 100


def prices() -> dict[str, Any]:
    """Read the prices, dollars."""
    return dict(json.loads(_PRICES.read_text()))


def per_million(sites: int, processor: Units, watch: Units, period: int) -> dict[str, float]:
    """Return dollars for a million readings of a 5-minute fleet of so many sites, by service."""
    price, assumed = prices(), Assumed()
    in_file = min(sites, SITES)
    evaluations = 24 * 60 / period / _READINGS_A_DAY
    # An ingestion is 4 write units and a read unit a file, measured over 500 readings.
    write = processor.write + watch.write + 4 / in_file - 4 / SITES
    read = processor.read + watch.read + 1 / in_file - 1 / SITES
    incidents = 1 / assumed.readings_an_incident
    seconds = (
        assumed.cpu_us_a_reading / 1e6 / assumed.share_of_cpu
        + assumed.file_wait_ms / 1e3 / in_file
        + evaluations * assumed.evaluation_ms / 1e3
    )
    calls = 1 / in_file + evaluations / assumed.evaluations_a_message
    kept_bytes = assumed.raw_bytes * (1 + assumed.noncurrent_share)
    a_reading = {
        "DynamoDB writes": write * price["dynamodb_write_unit"],
        "DynamoDB reads": read * price["dynamodb_read_unit"],
        "DynamoDB storage, first month": (assumed.item_bytes + assumed.item_overhead)
        / 1e9
        * price["dynamodb_gb_month"],
        "Lambda": seconds * assumed.memory_gb * price["lambda_gb_second"] + calls * price["lambda_request"],
        "S3": (price["s3_put"] + price["s3_get"]) / in_file + kept_bytes / 1e9 * price["s3_gb_month"],
        "SQS": 3 * calls * price["sqs_request"],
        "SNS, by mail": incidents * assumed.messages_an_incident * (price["sns_publish"] + price["sns_email"]),
        "Logs": (
            assumed.log_bytes_a_file / in_file
            + evaluations / assumed.evaluations_a_message * assumed.log_bytes_a_message
        )
        / 1e9
        * price["logs_gb"],
    }
    return {service: dollars * MILLION for service, dollars in a_reading.items()}


def fixed_a_month() -> float:
    """Return dollars a month that are there with no reading at all: metrics, alarms, polls, ticks, snapshots."""
    price, assumed = prices(), Assumed()
    minutes = _DAYS_A_MONTH * 24 * 60
    polls = 2 * assumed.pollers * minutes * 3  # of two queues, each waiting 20 seconds
    return (
        assumed.custom_metrics * float(price["metric_month"])
        + assumed.alarms * float(price["alarm_month"])
        + polls * float(price["sqs_request"])
        + minutes * float(price["scheduler_call"])
        + snapshots_a_month()
    )


def snapshots_a_month() -> float:
    """Return dollars a month for the API's SnapStart snapshots: kept for as long as their version is, and restored."""
    price, assumed = prices(), Assumed()
    seconds = _DAYS_A_MONTH * 24 * 60 * 60
    kept = assumed.snapshots * assumed.api_memory_gb * seconds * float(price["snapshot_gb_second"])
    restores = assumed.api_starts_a_day * _DAYS_A_MONTH * assumed.api_memory_gb
    return kept + restores * float(price["snapshot_restored_gb"])


def readings_a_month(sites: int) -> float:
    """Return a 5-minute fleet's readings in a month."""
    return sites * _READINGS_A_DAY * _DAYS_A_MONTH


def page(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    """Write the page."""
    parts = [_HEAD, "## Units a reading\n", _units_table(processor, watch), _bars(processor, watch)]
    parts += ["## Where they go\n", _details(processor, watch), "## Dollars for a million readings\n"]
    parts += [_dollars(processor[FLEET.name], watch, period) for period in (PERIOD, SLOW_PERIOD)]
    parts += ["## What lowers it\n", _levers(processor[FLEET.name], watch), "## Assumed\n", _assumed()]
    return "\n".join(parts)


def totals(processor: Units, watch: Units) -> tuple[float, float]:
    """Return write and read units a reading, processor and watch together."""
    return processor.write + watch.write, processor.read + watch.read


def _units_table(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    rows = [(f"processor, {name}", f"{units.write:.2f}", f"{units.read:.2f}") for name, units in processor.items()]
    rows += [(f"watch, every {period} minutes", f"{u.write:.2f}", f"{u.read:.2f}") for period, u in watch.items()]
    return table(("part", "write", "read"), rows)


def _bars(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    rows = []
    for feed in (FLEET, HOURLY, ONE_SITE, LONE):
        for period, seen in watch.items():
            write, read = totals(processor[feed.name], seen)
            bar = feed in {FLEET, HOURLY}
            held = ("yes" if write <= WRITE_BAR and read <= READ_BAR else "**no**") if bar else "no bar"
            rows.append((feed.name, period, f"{write:.2f}", f"{read:.2f}", held))
    wanted = f"write ≤ {WRITE_BAR}, read ≤ {READ_BAR}"
    return table(("feed, with the watch", "every, minutes", "write", "read", wanted), rows)


def _details(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    named = {f"processor, {FLEET.name}": processor[FLEET.name], f"processor, {LONE.name}": processor[LONE.name]}
    named |= {f"watch, every {period} minutes": units for period, units in watch.items()}
    rows = [
        (part, kind, what, f"{units:.3f}")
        for part, found in named.items()
        for kind, by in (("write", found.writes), ("read", found.reads))
        for what, units in by.items()
    ]
    return table(("part", "", "operation and table or index", "units a reading"), rows)


def _dollars(processor: Units, watch: Mapping[int, Units], period: int) -> str:
    bills = {sites: per_million(sites, processor, watch[period], period) for sites in FLEETS}
    services = next(iter(bills.values()))
    rows: list[Sequence[object]] = [
        (service, *(f"{bill[service]:.3f}" for bill in bills.values())) for service in services
    ]
    rows.append(("**total**", *(f"**{sum(bill.values()):.2f}**" for bill in bills.values())))
    shares = [fixed_a_month() / readings_a_month(sites) * MILLION for sites in FLEETS]
    rows.append((f"share of ${fixed_a_month():.2f} a month that is always there", *(f"{each:.3f}" for each in shares)))
    about = f"A 5-minute fleet, each site evaluated every {period} minutes; bar: ≤ {DOLLAR_BAR:.2f}.\n\n"
    return about + table(("dollars a million readings", *(f"{sites:,} sites" for sites in FLEETS)), rows)


def _levers(processor: Units, watch: Mapping[int, Units]) -> str:
    price = prices()["dynamodb_read_unit"] * MILLION
    readings = {period: sum(v for k, v in u.reads.items() if "readings" in k) for period, u in watch.items()}
    registry = sum(v for k, v in processor.reads.items() if "sites" in k)
    item = Assumed().item_bytes
    rows = [
        ("look every 60 minutes", readings[PERIOD] - readings[SLOW_PERIOD]),
        (f"items of 130 bytes, not {item}: short names, no net, every 30 minutes", readings[PERIOD] * (1 - 130 / item)),
        ("the same, every 60 minutes", readings[SLOW_PERIOD] * (1 - 130 / item)),
        ("keep the registry for the whole hour (files of the same sites at the same processor)", registry * 11 / 12),
    ]
    lines = [(what, f"{units:.2f}", f"{units * price:.3f}") for what, units in rows]
    lone = (
        "\nThe lone device pays 4 write units and a consistent read for each file's ingestion: let the logger send an "
        "hour at once, or a gateway gather its devices.\n"
    )
    return table(("lever", "fewer read units a reading", "dollars a million"), lines) + lone


def _assumed() -> str:
    price = prices()
    rows = [(name, value) for name, value in msgspec.structs.asdict(Assumed()).items()]
    about = f"Prices of {price['as_of']}, {price['region']}: {price['source']} (`benchmarks/cost/prices.json`).\n\n"
    explained = " ".join((Assumed.__doc__ or "").split())
    return f"{about}{explained}\n\n{table(('assumed', 'value'), rows)}"
