"""The page of the bill."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from cost.bill import MILLION, Assumed, fixed_a_month, per_million, prices, readings_a_month
from cost.feeds import FLEET, HOURLY, LONE, ONE_SITE, Units

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


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in [head, ["---"] * len(head), *rows])


def _units_table(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    rows = [(f"processor, {name}", f"{units.write:.2f}", f"{units.read:.2f}") for name, units in processor.items()]
    rows += [(f"watch, every {period} minutes", f"{u.write:.2f}", f"{u.read:.2f}") for period, u in watch.items()]
    return _table(("part", "write", "read"), rows)


def _bars(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    rows = []
    for feed in (FLEET, HOURLY, ONE_SITE, LONE):
        for period, seen in watch.items():
            write, read = totals(processor[feed.name], seen)
            bar = feed in {FLEET, HOURLY}
            held = ("yes" if write <= WRITE_BAR and read <= READ_BAR else "**no**") if bar else "no bar"
            rows.append((feed.name, period, f"{write:.2f}", f"{read:.2f}", held))
    wanted = f"write ≤ {WRITE_BAR}, read ≤ {READ_BAR}"
    return _table(("feed, with the watch", "every, minutes", "write", "read", wanted), rows)


def _details(processor: Mapping[str, Units], watch: Mapping[int, Units]) -> str:
    named = {f"processor, {FLEET.name}": processor[FLEET.name], f"processor, {LONE.name}": processor[LONE.name]}
    named |= {f"watch, every {period} minutes": units for period, units in watch.items()}
    rows = [
        (part, kind, what, f"{units:.3f}")
        for part, found in named.items()
        for kind, by in (("write", found.writes), ("read", found.reads))
        for what, units in by.items()
    ]
    return _table(("part", "", "operation and table or index", "units a reading"), rows)


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
    return about + _table(("dollars a million readings", *(f"{sites:,} sites" for sites in FLEETS)), rows)


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
    return _table(("lever", "fewer read units a reading", "dollars a million"), lines) + lone


def _assumed() -> str:
    price = prices()
    rows = [(name, value) for name, value in msgspec.structs.asdict(Assumed()).items()]
    about = f"Prices of {price['as_of']}, {price['region']}: {price['source']} (`benchmarks/cost/prices.json`).\n\n"
    explained = " ".join((Assumed.__doc__ or "").split())
    return f"{about}{explained}\n\n{_table(('assumed', 'value'), rows)}"
