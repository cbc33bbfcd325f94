"""Pictures of incidents and of labels, to be looked at: what the site did around each, and where it was flagged.

`python -m quality.plots SITE [BESIDE …]` draws each label that the project gave a real site, other sites beside it.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import pyplot as plt

from heliograph.reading import end_of
from quality import real_sites
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


def draw_labels(names: Sequence[str], folder: Path = OUT) -> Path:
    """Draw what a real site generated around each label of ours, and what other sites did then; return the file.

    names: the site, and those that are drawn beside it. Each reading is a point, so that a missing one is seen.
    """
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    where = real_sites.folder()
    if where is None:
        raise SystemExit("the real sites aren't here; HELIOGRAPH_SITES names their folder")
    sites = {each.name: each for each in real_sites.load(where, names)}
    labels = real_sites.own_labels().get(names[0], [])
    size = (10 * len(names), 3 * len(labels))
    figure, grid = plt.subplots(len(labels), len(names), figsize=size, squeeze=False, layout="constrained")
    for row, label in zip(grid, labels, strict=True):
        for axes, name in zip(row, names, strict=True):
            _draw_label(axes, sites[name], label)
    path = folder / f"labels-{names[0]}.png"
    figure.savefig(path, dpi=60)
    plt.close(figure)
    return path


def _draw_label(axes: Any, site: real_sites.RealSite, label: real_sites.SiteLabel) -> None:  # noqa: ANN401 - as above
    first, last = end_of(label.start), end_of(label.end)
    points = [p for p in stored(site.sample.sent) if first - _AROUND <= p.end <= last + _AROUND]
    inside = [float(point.generated_kwh or 0) for point in points if first < point.end < last]
    times = [datetime.fromtimestamp(point.end, UTC) for point in points]
    axes.plot(times, [float(point.generated_kwh or 0) for point in points], ".", ms=3, color="tab:orange")
    _mark(axes, Spoken(label.fault, first, last))
    expected = (last - first) // 60 // site.minutes - 1
    most = f", at most {max(inside):g} kWh" if inside else ""
    axes.set_title(f"{site.name}, {label.start} to {label.end}: {len(inside)} of {expected} readings{most}")


if __name__ == "__main__":
    sys.stdout.write(f"{draw_labels(sys.argv[1:])}\n")
