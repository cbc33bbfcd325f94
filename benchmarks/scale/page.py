"""The page about scale: cases simulated, what breaks first, which setting moves it."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from harness import table
from heliograph.formatting import count
from heliograph.table_keys import TOTALS_SHARDS
from scale.limits import AWS, PRODUCT, SPREAD, Limits, Partitions, Retries, ScaleFleet, Work
from scale.simulate import OURS, Product, Seen, simulate


class ScaleCase(NamedTuple):
    """A case: what is different about it. seconds: how long it is run."""

    name: str
    fleet: ScaleFleet
    limits: Limits = AWS
    warm: int = 0
    product: Product = OURS
    seconds: int = 7200


# Read units the watch takes an evaluation, from `make cost`.
_UNITS_A_LOOK: Final = 2.9
_PUNCTUAL: Final = ScaleFleet(spread_seconds=10)
_ALONE: Final = ScaleFleet(sites_a_file=1)
_CAPPED: Final = msgspec.structs.replace(AWS, source_concurrency=50)
_RAISED: Final = msgspec.structs.replace(AWS, table_quota=200_000)
# A flagged reading is written with its entries in two indexes.
_FAILING: Final = ScaleFleet(anomalous=1.0, write_units=4)
_EVEN: Final = msgspec.structs.replace(_FAILING, spread_seconds=300)
# As it was: three receives, and one partition for an hour's files, for the totals, for a day's anomalies.
_THREE: Final = Product(retries=Retries(max_receives=3))
_ONE: Final = Product(spread=Partitions(1, 1, 1))

CASES: Final = (
    ScaleCase("files of 500 sites, landing within a minute, new table, 50 processors at most", ScaleFleet(), _CAPPED),
    ScaleCase("the same, 1,000 processors", ScaleFleet()),
    ScaleCase("50 processors, table warmed for 20,000 a second", ScaleFleet(), _CAPPED, 20_000),
    ScaleCase("the same, 1,000 processors", ScaleFleet(), AWS, 20_000),
    ScaleCase("the same, spread over the whole interval", ScaleFleet(spread_seconds=300), AWS, 20_000),
    ScaleCase("all within 10 seconds, warmed for 40,000", _PUNCTUAL, AWS, 40_000),
    ScaleCase("all within 10 seconds, quota and warmth 200,000", _PUNCTUAL, _RAISED, 200_000),
    ScaleCase("the whole fleet fails at once, landing evenly, warmed for 40,000", _EVEN, AWS, 40_000, seconds=3600),
    ScaleCase("the same, landing within a minute", _FAILING, AWS, 40_000, seconds=3600),
    ScaleCase("the same, landing evenly, a day's anomalies in one partition", _EVEN, AWS, 40_000, _ONE, 3600),
    ScaleCase(
        "a file for each reading, spread evenly, warmed for 40,000",
        msgspec.structs.replace(_ALONE, spread_seconds=300),
        AWS,
        40_000,
        seconds=1200,
    ),
    ScaleCase(
        "the same, an hour's files and the totals in one partition each",
        msgspec.structs.replace(_ALONE, spread_seconds=300),
        AWS,
        40_000,
        _ONE,
        1200,
    ),
)

_HEAD: Final = """# Past one machine: a million sites

Written by `make scale`; don't edit. A million sites that send every five minutes are 3,333 readings a second on
average, 288 million a day. What follows is a simulation (`benchmarks/scale`), second by second over two hours, of what
is asked of AWS and what AWS allows; nothing of it was run on AWS. What one file takes is from `make bench` and
`make cost`, the limits are AWS's own, named in `benchmarks/scale/limits.py`; retries, timeouts and receives are those
of the code ([ADR 18](../adr/0018-retries.md)). A file that comes back asks for all its writes again.
"""

_LETTERS: Final = """## Files that become dead letters

Files of 500 sites that land within a minute, every five minutes, for two hours. The bar is 0.
"""

_FIRST: Final = """## What breaks first, and what moves it

1. **The table's ramp.** A new table on demand takes 4,000 write units a second, and then twice its previous peak each
   half hour. Files that land within a minute ask for {asked:,.0f} a second: statements are throttled one by one and
   asked again for {retry_seconds:.0f} seconds, then the file comes back; none is a dead letter. But the first hours
   are late, the more so the more processors ask at once: leave `processor_concurrency` at its 50, and set *warm
   throughput* on the tables before the fleet is switched on, or let it grow site by site.
2. **Punctual loggers.** If all files land within the same ten seconds, the peak is 30 times the mean, and the table's
   quota of 40,000 units a second (to be raised on request) decides how late the last one is. Spreading the uploads over
   the interval needs no quota at all: it is the cheapest of all settings, and it is in the loggers.
3. **A file for each reading.** It is {alone:,.0f} files a second on average instead of {together:.0f}: four more write
   units and a read for each, and S3's {puts:,} PUTs a second a prefix in the way. Gather readings at a gateway, or POST
   many at once.
4. **Concurrency.** The event source starts with 5 processors and adds 300 a minute; `MaximumConcurrency` caps it
   (Terraform: `processor_concurrency`). It is not the limit: {processors} processors at once are enough, well inside
   Lambda's 1,000 an account. More of them only ask a throttled table more often.
5. **Partitions.** A partition takes {partition:,} write units a second, and what shares a key shares a partition. The
   tables' keys begin with the site. What doesn't is spread by a hash: an hour's files over {ingestions} partitions, 2
   units a file, so {ingestion_files:,.0f} files a second; the fleet's totals over {totals}, so {total_files:,.0f},
   which is the ceiling; a day's anomalies in the index by day over {anomalies}, so {flagged:,.0f} flagged readings a
   second, before DynamoDB splits them further. An index over its load throttles its table: with one partition, a fault
   of the whole fleet would keep all readings waiting. At {together:.0f} files a second each of the {shards} items of
   the totals is written {totals_rate:.1f} times a second; with a file for each reading {alone_totals:.0f} times, near
   what transactions on one item bear.
6. **The watch.** A million sites every 30 minutes are 556 evaluations a second: at 25 ms each, 14 watches at once.
   Their reads, {reads:,.0f} read units a second, are inside the table's quota of 40,000.
7. **SQS and S3** are far from their limits with gathered files: 7 messages a second against {in_flight:,} in flight,
   7 GETs a second against {gets:,}.
"""


def page() -> str:
    """Simulate every case and write the page."""
    results = [(case, _run(case)) for case in CASES]
    base = ScaleFleet()
    alone = _ALONE.sites / _ALONE.interval_seconds
    together = base.files / base.interval_seconds
    first = _FIRST.format(
        asked=base.sites * base.write_units / base.spread_seconds,
        retry_seconds=PRODUCT.retry_seconds,
        alone=alone,
        together=together,
        processors=results[3][1].busy,
        partition=AWS.partition_writes,
        puts=AWS.s3_puts,
        gets=AWS.s3_gets,
        in_flight=AWS.queue_in_flight,
        ingestions=SPREAD.ingestions,
        ingestion_files=SPREAD.ingestions * AWS.partition_writes / 2,
        totals=SPREAD.totals,
        total_files=SPREAD.totals * AWS.partition_writes / 2,
        anomalies=SPREAD.anomalies,
        flagged=SPREAD.anomalies * AWS.partition_writes / 2,
        shards=TOTALS_SHARDS,
        totals_rate=together / TOTALS_SHARDS,
        alone_totals=alone / TOTALS_SHARDS,
        reads=1_000_000 / 1800 * _UNITS_A_LOOK,
    )
    parts = [_HEAD, _LETTERS, _letters(), "## Cases of a million sites\n", _cases(results), first]
    return "\n".join([*parts, "## What one file takes\n", _work(), "## How files wait\n", _waits()])


def _run(case: ScaleCase) -> Seen:
    return simulate(case.fleet, case.limits, seconds=case.seconds, warm=case.warm, product=case.product)


def _letters() -> str:
    """Count the dead letters of small and large fleets, now and with the three receives of before."""
    rows = []
    for sites in (10_000, 100_000, 1_000_000):
        for limits, processors in ((_CAPPED, 50), (AWS, 1000)):
            for warm in (0, 20_000):
                case = ScaleCase("", ScaleFleet(sites=sites), limits, warm)
                now, before = _run(case), _run(case._replace(product=_THREE))
                rows.append(
                    (
                        f"{sites:,}",
                        f"{warm:,} a second" if warm else "new",
                        f"{processors:,}",
                        now.dead,
                        f"{before.dead:,}",
                        now.receives,
                        f"{now.throttled:.0%}",
                        f"{now.first_p99:,.0f}",
                    )
                )
    head = ("sites", "table", "processors", "dead letters", "with three receives", "most receives", "refused at first")
    return table((*head, "first half hour, p99, s"), rows)


def _cases(results: Iterable[tuple[ScaleCase, Seen]]) -> str:
    rows = [
        (
            case.name,
            f"{seen.first_p99:.1f}",
            f"{seen.p50:.1f}",
            f"{seen.p99:.1f}",
            f"{seen.longest:.0f}",
            f"{seen.waiting:,}",
            f"{seen.busy:,}",
            f"{seen.granted:,.0f}",
            f"{seen.throttled:.0%}",
            seen.dead,
            "falls behind" if seen.left > case.fleet.files else "keeps up",
        )
        for case, seen in results
    ]
    head = (
        "case",
        "first half hour, p99, s",
        "landing to stored p50, s",
        "p99, s",
        "longest",
        "most files waiting",
        "most processors",
        "most units a second",
        "refused at first",
        "dead letters",
        "",
    )
    about = "Delays but the first are of the last two intervals of the run; the other columns are of all.\n\n"
    return about + table(head, rows)


def _work() -> str:
    work = Work()
    rows = [(name, value) for name, value in msgspec.structs.asdict(work).items()]
    rows += [
        (f"a file of {count(size, 'reading')} is in work, ms", f"{work.file_ms(size):.0f}") for size in (1, 500, 5000)
    ]
    return " ".join((Work.__doc__ or "").split()) + "\n\n" + table(("figure", "value"), rows)


def _waits() -> str:
    rows = [
        (name, f"{value:.2g}" if isinstance(value, float) else value)
        for name, value in msgspec.structs.asdict(PRODUCT).items()
    ]
    return " ".join((Retries.__doc__ or "").split()) + "\n\n" + table(("figure", "value"), rows)
