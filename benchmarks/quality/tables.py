"""Tables in Markdown: of counts, and of events: what was found, and what was said where there is no fault."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from quality.counts import Counts, added
from quality.detectors import OURS
from quality.events import OWN_RULES, Scored, by_fault, by_rule
from quality.fleet import STANDARD, FleetTally


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, its columns padded so that it reads well as it is; the first column is text, the rest figures."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    rule = [("-" * width if not place else "-" * (width - 1) + ":") for place, width in enumerate(widths)]
    padded = [_padded(line, widths) for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in [padded[0], rule, *padded[1:]]) + "\n"


def share(value: float | None) -> str:
    """Write a share of 1 with 3 decimals; a dash where there is none."""
    return "-" if value is None else f"{value:.3f}"


def counted(counts: Counts) -> list[str]:
    """Write precision, recall and F1, and the counts behind them."""
    return [
        share(counts.precision), share(counts.recall), share(counts.f1),
        str(counts.hits), str(counts.false), str(counts.missed),
    ]  # fmt: skip


COUNTED = ("precision", "recall", "F1", "hits", "false", "missed")


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = (text.ljust(width) if not place else text.rjust(width)
                    for place, (text, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
    return [first, *rest]


def recall_table(tally: FleetTally, sizes: Sequence[float]) -> str:
    """Write, per fault, how many events were found at each size, and how late at the standard size."""
    counted = {size: _of_size(tally, size) for size in sizes}
    rows = []
    for fault, (_, own) in counted[STANDARD].items():
        sized = (f"{share(found.recall)} ({_of(found)})" for found in (counted[size][fault][0] for size in sizes))
        rows.append([fault, *sized, f"{share(own.recall)} ({_of(own)})", *_late(fault, tally)])
    head = ("fault", *(f"size {size:g}" for size in sizes), "by its own rule, size 1", "delay", "soonest")
    return table(head, rows)


def _of_size(tally: FleetTally, size: float) -> dict[str, tuple[Counts, Counts]]:
    scored = [*tally.scored[OURS, f"short {size:g}"], *tally.scored[OURS, f"slow {size:g}"]]
    return defaultdict(lambda: (Counts(), Counts()), by_fault(scored))


def _of(counts: Counts) -> str:
    return f"{counts.hits} of {counts.hits + counts.missed}"


def _late(fault: str, tally: FleetTally) -> tuple[str, str]:
    delays = tally.delays.get(fault)
    if not delays:
        return "-", "-"
    return f"{median(delays):g}", f"{median(tally.floors[fault]):g}"


def fault_table(scored: Sequence[Scored]) -> str:
    """Write, per fault, how many events any rule found, and one made for it."""
    rows = [
        [fault, share(found.recall), _of(found), share(own.recall), _of(own)]
        for fault, (found, own) in by_fault(scored).items()
    ]
    return table(("fault", "recall", "found", "recall by its own rule", "found by it"), rows)


def rule_table(scored: Sequence[Scored]) -> str:
    """Write, per rule, the precision of its episodes and the recall of the faults it is made for."""
    rows = []
    spoken = by_rule(scored)
    for rule in sorted(spoken.keys() | {rule for rules in OWN_RULES.values() for rule in rules}):
        events = added(*(_meant_for(rule, each) for each in scored))
        said = spoken.get(rule, Counts())
        if said != Counts() or events != Counts():
            episodes = (share(said.precision), str(said.hits), str(said.false))
            rows.append([rule, *episodes, share(events.recall), _of(events), share(_f1(said, events))])
    head = ("rule", "precision", "true episodes", "false episodes", "recall", "events it is made for", "F1")
    return table(head, rows)


def _meant_for(rule: str, scored: Scored) -> Counts:
    """Count the events that a rule is made for, found by it or by another rule made for them."""
    meant = [own for event, _, own in scored.seen if rule in OWN_RULES.get(event.fault, ())]
    return Counts(hits=sum(meant), missed=len(meant) - sum(meant))


def _f1(said: Counts, events: Counts) -> float | None:
    if said.precision is None or events.recall is None or not said.precision + events.recall:
        return None
    return 2 * said.precision * events.recall / (said.precision + events.recall)


def overview(scored: Mapping[str, Sequence[Scored]], years: Mapping[str, float]) -> str:
    """Write a line per detector: recall of events, precision of episodes, false ones a site-year. years: of sites."""
    rows = []
    for name, each in scored.items():
        found = added(*(counts for counts, _ in by_fault(each).values()))
        said = added(*by_rule(each).values())
        f1 = share(_f1(said, found))
        rows.append([name, share(found.recall), _of(found), share(said.precision),
                     f"{said.hits} of {said.hits + said.false}", f1, f"{said.false / years[name]:.1f}"])  # fmt: skip
    return table(("", "recall", "events", "precision", "episodes", "F1", "false a site-year"), rows)


def false_table(scored: Mapping[str, Sequence[Scored]], years: Mapping[str, float]) -> str:
    """Write, per detector and rule, the episodes said of series without a fault. years: of sites."""
    rows = []
    for name, each in scored.items():
        counts = by_rule(each)
        rows.append([f"**{name}**", str(sum(one.false for one in counts.values())),
                     f"{sum(one.false for one in counts.values()) / years[name]:.2f}"])  # fmt: skip
        rows += [[f"{rule}", str(one.false), f"{one.false / years[name]:.2f}"] for rule, one in counts.items()]
    return table(("", "episodes", "a site-year"), rows)
