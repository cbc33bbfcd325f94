"""Tables in Markdown."""

from collections.abc import Iterable, Sequence

from quality.counts import Counts


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, its columns padded so that it reads well as it is; the first column is text, the rest figures."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    rule = [_dashes(place, width) for place, width in enumerate(widths)]
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


def _dashes(place: int, width: int) -> str:
    return "-" * width if not place else "-" * (width - 1) + ":"


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = (text.ljust(width) if not place else text.rjust(width)
                    for place, (text, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
    return [first, *rest]
