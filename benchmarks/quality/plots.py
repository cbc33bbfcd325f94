"""Pictures of incidents, to be looked at: what the site did around each, and where it was flagged."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import pyplot as plt

from quality.sample import Sample, Spoken, stored

OUT: Final = Path(__file__).parent / "out"
_AROUND: Final = 36 * 3600  # seconds shown before and after
_EACH: Final = 10


def draw_commonest(said: Sequence[tuple[Sample, Spoken]], folder: Path = OUT) -> list[Path]:
    """Draw ten incidents: of each rule in turn, the one that says most first; return the files."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(number, *each, folder) for number, each in enumerate(_chosen(said), 1)]


def _chosen(said: Sequence[tuple[Sample, Spoken]]) -> list[tuple[Sample, Spoken]]:
    """Take the commonest rules' first, then their second, and so on; what goes on for days, once."""
    common = Counter(each.rule for _, each in said)
    taken: Counter[str] = Counter()
    shown: dict[tuple[str, str], int] = {}
    ranked = []
    for sample, each in said:
        place = (sample.site.site_id, each.rule)
        if place not in shown or each.first > shown[place] + _AROUND:
            ranked.append((taken[each.rule], -common[each.rule], sample, each))
            taken[each.rule] += 1
        shown[place] = each.last
    ranked.sort(key=lambda one: one[:2])
    return [(sample, each) for _, _, sample, each in ranked[:_EACH]]


def _draw(number: int, sample: Sample, each: Spoken, folder: Path) -> Path:
    points = [p for p in stored(sample.sent) if each.first - _AROUND <= p.end <= each.last + _AROUND]
    times = [datetime.fromtimestamp(point.end, UTC) for point in points]
    figure, axes = plt.subplots(figsize=(11, 4), layout="constrained")
    axes.plot(times, [float(point.generated_kwh or 0) for point in points], label="generated, kWh", color="tab:orange")
    axes.plot(
        times, [float(point.consumed_kwh or 0) for point in points], label="consumed, kWh", color="tab:blue", lw=0.8
    )
    _mark(axes, each)
    axes.set_title(f"{sample.site.site_id}: {each.rule}")
    axes.legend(loc="upper right")
    path = folder / f"{number:02d}-{each.rule}-{sample.site.site_id}.png"
    figure.savefig(path, dpi=90)
    plt.close(figure)
    return path


def _mark(axes: Any, each: Spoken) -> None:  # noqa: ANN401 - matplotlib isn't installed where types are checked
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in (each.first, each.last))
    axes.axvspan(first, last, color="tab:red", alpha=0.15)
    for end in each.ends:
        axes.axvline(datetime.fromtimestamp(end, UTC), color="tab:red", lw=0.6)
