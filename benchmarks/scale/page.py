"""The page about scale: cases simulated, what breaks first, which setting moves it."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from scale.fleet import Fleet, Work
from scale.limits import AWS, Limits
from scale.simulate import Seen, simulate


class Case(NamedTuple):
    """A case: what is different about it."""

    name: str
    fleet: Fleet
    limits: Limits
    warm: int = 0


# Read units the watch takes a look, from `make cost`.
_UNITS_A_LOOK: Final = 2.9
_PUNCTUAL: Final = Fleet(spread_seconds=10)
_ALONE: Final = Fleet(sites_a_file=1)
_CAPPED: Final = msgspec.structs.replace(AWS, source_concurrency=50)
_RAISED: Final = msgspec.structs.replace(AWS, table_quota=200_000)

CASES: Final = (
    Case("files of 500 sites, landing within a minute, new table", Fleet(), AWS),
    Case("the same, table warmed for 20,000 a second", Fleet(), AWS, 20_000),
    Case("the same, spread over the whole interval", Fleet(spread_seconds=300), AWS, 20_000),
    Case("all within 10 seconds, warmed for 40,000", _PUNCTUAL, AWS, 40_000),
    Case("all within 10 seconds, quota and warmth 200,000", _PUNCTUAL, _RAISED, 200_000),
    Case("within a minute, warmed, 50 processors at most", Fleet(), _CAPPED, 20_000),
    Case("a file for each reading, within a minute, warmed", _ALONE, AWS, 40_000),
    Case(
        "a file for each reading, spread evenly, warmed",
        msgspec.structs.replace(_ALONE, spread_seconds=300, write_units=5.25),
        AWS,
        40_000,
    ),
)

_HEAD: Final = """# Past one machine: a million sites

Written by `make scale`; don't edit. A million sites that send every five minutes are 3,333 readings a second on
average, 288 million a day. What follows is a simulation (`benchmarks/scale`), second by second over two hours, of what
is asked of AWS and what AWS allows; nothing of it was run on AWS. What one file takes is from `make bench` and
`make cost`, the limits are AWS's own, named in `benchmarks/scale/limits.py`.
"""

_FIRST: Final = """## What breaks first, and what moves it

1. **The table's ramp.** A new table on demand takes 4,000 write units a second, and then twice its previous peak each
   half hour. Files that land within a minute ask for {asked:,.0f} a second: statements are throttled one by one, come
   back one by one, and files wait; nothing is lost, but the first hours are late. Set *warm throughput* on the table
   before the fleet is switched on, or let it grow site by site. Nothing in Heliograph has to change.
2. **Punctual loggers.** If all files land within the same ten seconds, the peak is 30 times the mean, and the table's
   quota of 40,000 units a second (to be raised on request) decides how late the last one is. Spreading the uploads over
   the interval needs no quota at all: it is the cheapest of all settings, and it is in the loggers.
3. **A file for each reading.** It is {alone:,.0f} files a second on average instead of {together:.0f}: four more write
   units and a read for each, and S3's 3,500 PUTs a second a prefix in the way. Gather readings at a gateway, or POST
   many at once.
4. **Concurrency.** The event source starts with 5 processors and adds 300 a minute; `MaximumConcurrency` caps it
   (Terraform: `processor_concurrency`). It is not the limit: {processors} processors at once are enough, well inside
   Lambda's 1,000 an account. Lower it to spare the table, not to save money.
5. **Partitions.** A partition takes 1,000 write units a second. Keys begin with the site, so the table's are spread;
   so is the index by day, whose sort key begins with the site, as DynamoDB splits it by key. The fleet's totals are 16
   items: at {together:.0f} files a second each is written {totals:.1f} times a second, and two files meet now and then.
   With a file for each reading they are written {alone_totals:.0f} times a second each, near what transactions on one
   item allow: that is where `TOTALS_SHARDS` has to grow.
6. **The watch.** A million sites every 30 minutes are 556 looks a second: at 25 ms each, 14 watches at once. Its reads,
   {reads:,.0f} read units a second, are inside the table's quota of 40,000.
7. **SQS and S3** are far from their limits with gathered files: 7 messages a second against 120,000 in flight, 7 GETs a
   second against 5,500.
"""


def page() -> str:
    """Simulate every case and write the page."""
    results = [(case, simulate(case.fleet, case.limits, warm=case.warm)) for case in CASES]
    base = Fleet()
    alone = _ALONE.sites / _ALONE.interval_seconds
    together = base.files / base.interval_seconds
    first = _FIRST.format(
        asked=base.sites * base.write_units / base.spread_seconds,
        alone=alone,
        together=together,
        processors=results[1][1].busy,
        totals=together / 16,
        alone_totals=alone / 16,
        reads=1_000_000 / 1800 * _UNITS_A_LOOK,
    )
    return "\n".join([_HEAD, "## Cases\n", _cases(results), first, "## What one file takes\n", _work()])


def _cases(results: Iterable[tuple[Case, Seen]]) -> str:
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
        "",
    )
    about = "Delays but the first are of the last two intervals of the two hours; the other columns are of all.\n\n"
    return about + _table(head, rows)


def _work() -> str:
    work = Work()
    rows = [(name, value) for name, value in msgspec.structs.asdict(work).items()]
    rows += [(f"a file of {size} readings is in work, ms", f"{work.file_ms(size):.0f}") for size in (1, 500, 5000)]
    return " ".join((Work.__doc__ or "").split()) + "\n\n" + _table(("figure", "value"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in [head, ["---"] * len(head), *rows])
