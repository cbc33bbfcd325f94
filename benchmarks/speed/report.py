"""The page: bars first, then the tables behind them."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from harness import Bar, table
from speed.alerting import P95_SECONDS, p95
from speed.measure import PAGE, READINGS, Results, Runs, ratio, spread

_HEAD: Final = """# How fast is it?

Written by `make bench` from `benchmarks/speed/results.json`; don't edit. How it works: `benchmarks/speed/__init__.py`.

Measured are the handlers as they are shipped, unpacked from their zips, each alone in a process that sees nothing else,
against an AWS on loopback that answers at once (`benchmarks/speed/null_aws.py`). Subjects take turns; a ratio is the
median over rounds of two runs that followed each other. CPU is that of all threads of the process. "Before" is the
code before it was made fast, measured with the same programs.
"""
_MEMORY_LIMIT_MB: Final = 512


def page(now: Results, before: Results) -> str:
    """Write the page."""
    parts = [
        _HEAD,
        f"{now.made_at}, {now.machine}, load {now.load:.1f}; before: {before.made_at}, load {before.load:.1f}.\n",
        "## Bars\n",
        table(("what", "bar", "measured", "holds"), [bar.row for bar in bars(now)]),
    ]
    parts += ["## The processor\n", _speed_table(now, before), _asked_table(now), _areas_table(now, before)]
    parts += ["## The API\n", _api_table(now, before), "## Starting\n", _starts_table(now, before)]
    parts += ["## Memory\n", _memory_table(now, before)]
    if now.alerting.ours:
        parts += ["## From landing to alert\n", _alerting_table(now)]
    return "\n".join(parts)


def bars(now: Results) -> list[Bar]:
    """Hold the figures against what is asked for."""
    ours = now.speed["processor"].cpu
    boto3, fastapi = (now.starts[name].runs.cpu for name in ("boto3 and three clients", "FastAPI, Mangum, one client"))
    faster = {name: ratio(ours, now.speed[name].cpu) for name in ("put_item", "batch_writer", "floor")}
    start = ratio(boto3, now.starts["processor"].runs.cpu)
    answer = ratio(fastapi, now.first_answer.cpu)
    page_ms, peak = median(now.api["page"].cpu), max(now.memory.values())
    return [
        Bar("processor, of PutItem a reading", "≥ 12", f"{faster['put_item']:.1f}", faster["put_item"] >= 12),  # noqa: PLR2004
        Bar("processor, of batch_writer", "≥ 2.5", f"{faster['batch_writer']:.2f}", faster["batch_writer"] >= 2.5),  # noqa: PLR2004
        Bar("processor, of the bare floor", "≥ 0.6", f"{faster['floor']:.2f}", faster["floor"] >= 0.6),  # noqa: PLR2004
        Bar("processor's init, of boto3 and three clients", "≤ 0.8", f"{start:.2f}", start <= 0.8),  # noqa: PLR2004
        Bar(f"API, a page of {PAGE} readings, ms CPU", "≤ 4", f"{page_ms:.1f}", page_ms <= 4),  # noqa: PLR2004
        Bar("API, first answer, of the bare import", "≤ 1.15", f"{answer:.2f}", answer <= 1.15),  # noqa: PLR2004
        Bar("largest file measured, peak, MB", f"≤ {_MEMORY_LIMIT_MB}", f"{peak:.0f}", peak <= _MEMORY_LIMIT_MB),
        *_contact_bars(now),
        *_alert_bars(now),
    ]


def _contact_bars(now: Results) -> list[Bar]:
    if not now.first_contact:
        return []
    share = ratio(now.first_contact["processor"].cpu, now.first_contact["floor"].cpu)
    return [Bar("processor, 500 unknown sites in a file, of the bare floor", "≥ 0.5", f"{share:.2f}", share >= 0.5)]  # noqa: PLR2004


def _alert_bars(now: Results) -> list[Bar]:
    if not now.alerting.ours:
        return []
    late = p95(now.alerting.ours)
    return [Bar("landing to alert, local engine, p95, s", f"≤ {P95_SECONDS:g}", f"{late:.2f}", late <= P95_SECONDS)]


def _ms(runs: Sequence[float]) -> str:
    low, high = spread(runs)
    return f"{median(runs):.1f} ({low:.1f} to {high:.1f})"


def _speed_table(now: Results, before: Results) -> str:
    def row(name: str, runs: Runs) -> tuple[object, ...]:
        rate = READINGS / median(runs.cpu) * 1000
        return name, _ms(runs.cpu), _ms(runs.wall), f"{rate:,.0f}"

    rows = [row(name.replace("_", " "), runs) for name, runs in now.speed.items()]
    rows.append(row("processor, 1 % flagged", now.flagged))
    rows += [row(f"{name}, 500 unknown sites", runs) for name, runs in now.first_contact.items()]
    rows.append(row("processor, before", before.speed["processor"]))
    rows.append(row("floor, beside that", before.speed["floor"]))
    head = ("program", "CPU ms, median (quarters)", "wall ms", "readings a CPU-second")
    about = f"One JSON file of {READINGS:,} readings over 500 sites; the processor reads the registry in each run.\n\n"
    return about + table(head, rows)


def _asked_table(now: Results) -> str:
    rows = [
        (
            name.replace("_", " "),
            ", ".join(f"{calls} {what}" for what, calls in counts["calls"].items()),
            f"{counts['bytes_in']:,}",
        )
        for name, counts in now.counts.items()
    ]
    return "What each asks of AWS:\n\n" + table(("program", "calls", "bytes sent"), rows)


def _areas_table(now: Results, before: Results) -> str:
    old = {area.name: area for area in before.areas}
    new = {area.name: area for area in now.areas}
    names = sorted({*old, *new}, key=lambda name: -(old[name].ms if name in old else 0))
    rows = [
        (
            name,
            *(
                text
                for area in (old.get(name), new.get(name))
                for text in ((f"{area.ms:.0f}", f"{area.calls:,}") if area else ("", ""))
            ),
        )
        for name in names
    ]
    about = "Where one run's time goes, by cProfile, which stretches it: own time of the functions, ms, and calls.\n\n"
    return about + table(("area", "before, ms", "calls", "now, ms", "calls"), rows)


def _api_table(now: Results, before: Results) -> str:
    rows = [(name, _ms(runs.cpu), _ms(runs.wall)) for name, runs in now.api.items()]
    rows.append(("page, before", _ms(before.api["page"].cpu), _ms(before.api["page"].wall)))
    return table((f"{PAGE} readings", "CPU ms", "wall ms"), rows)


def _starts_table(now: Results, before: Results) -> str:
    rows: list[tuple[object, ...]] = []
    for name, start in now.starts.items():
        old = f"{median(before.starts[name].runs.cpu):.0f}" if name in before.zips else ""
        size = f"{now.zips[name] / 1e6:.2f}" if name in now.zips else ""
        rows.append((name, _ms(start.runs.cpu), old, start.modules, size))
    rows.append(("api, first answer", _ms(now.first_answer.cpu), f"{median(before.first_answer.cpu):.0f}", "", ""))
    about = (
        "A new process each time; code is compiled already, for Lambdas and yardsticks alike. Lambda compiles it at "
        "each cold start, unless SnapStart has kept it.\n\n"
    )
    return about + table(("program", "CPU ms", "before", "modules", "zip, MB"), rows)


def _alerting_table(now: Results) -> str:
    ours, reference = now.alerting.ours, now.alerting.reference
    rows = [
        (name, f"{median(seconds):.2f}", f"{p95(seconds):.2f}")
        for name, seconds in (
            ("a file of 50 sites, until its alert", ours),
            ("a message, until it is published", reference),
        )
    ]
    about = (
        "On the local engine, with a Lambda beside it that does nothing but publish; ratio of the medians "
        f"{median(ours) / median(reference):.1f}.\n\n"
    )
    return about + table(("what", "median, s", "p95, s"), rows)


def _memory_table(now: Results, before: Results) -> str:
    rows = [(f"{int(size):,}", f"{peak:.0f}", f"{before.memory.get(size, 0):.0f}") for size, peak in now.memory.items()]
    return "One file in a new process.\n\n" + table(("readings in the file", "peak, MB", "before"), rows)
