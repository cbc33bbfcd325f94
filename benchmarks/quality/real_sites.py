"""Real sites, as they were measured, and how often a detector cries wolf on them.

The measure is `score_sites.py`, the script that stands beside the sites, called as it is: it runs `heliograph check`
and compares its incidents with the sites' labels. What other detectors say is written in the same form and scored by
it too.

The data is kept outside the checkout and never committed. The folder is named by HELIOGRAPH_SITES, or is
`../shared/data/sites` beside the checkout; the script lies two folders above the sites.
"""

import fnmatch
import gzip
import importlib.util
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from heliograph.feed import Numbered, decode
from heliograph.reading import end_of, text_of
from heliograph.site import Site
from heliograph.site_entries import parse_sites
from quality.sample import DetectorAnswer, Sample, episodes, sent_as

CHECKOUT: Final = Path(__file__).parents[2]
OWN_LABELS: Final = Path(__file__).with_name("labels.json")
_BESIDE: Final = CHECKOUT.parent / "shared" / "data" / "sites"
_LIMIT_BYTES: Final = 2**30
_DAY: Final = 86_400
_NAMES: Final = re.compile(r"[\w*]+")
_COMMIT: Final = re.compile(r" [0-9a-f]{7}$")
# How the script names a label that excuses an alarm and needn't be found.
_EXCUSE: Final = "logger_event"


class SiteLabel(NamedTuple):
    """A stretch in which something is known to be wrong. start, end: UTC text, both included."""

    start: str
    end: str
    fault: str
    basis: str
    detail: str = ""


class RealSite(NamedTuple):
    """A site and what is known of it. source: who published it. labels: known faults, far from all of them."""

    name: str
    source: str
    site: Site
    sample: Sample
    labels: list[SiteLabel]

    @property
    def minutes(self) -> int:
        """The length of its intervals, minutes."""
        return self.site.interval_minutes or 60


class Score(NamedTuple):
    """What the script says: a line a site, and a line a group of sites."""

    sites: list[dict[str, Any]]
    groups: list[dict[str, Any]]


def folder() -> Path | None:
    """Return the sites' folder, or None where there is none, or no script beside it."""
    found = Path(os.environ.get("HELIOGRAPH_SITES") or _BESIDE)
    return found if any(found.glob("*.sites.json")) and _script_of(found).exists() else None


def load(where: Path, names: Sequence[str] = ()) -> list[RealSite]:
    """Read the sites with the product's own decoder, without the records that it rejects; all if no names are given."""
    sources = sources_of((where / "SOURCE.md").read_text(encoding="utf-8"))
    found = sorted(path.name.removesuffix(".sites.json") for path in where.glob("*.sites.json"))
    return [_load(where, name, sources) for name in found if not names or name in names]


def _load(where: Path, name: str, sources: Mapping[str, str]) -> RealSite:
    (site,) = parse_sites((where / f"{name}.sites.json").read_bytes())
    entries = decode(gzip.decompress((where / f"{name}.ndjson.gz").read_bytes()), _LIMIT_BYTES)
    readings = (entry.reading for entry in entries if isinstance(entry, Numbered))
    sent = [sent_as(each, end := end_of(each.timestamp), end) for each in readings]
    labels = [SiteLabel(*each) for each in json.loads((where / f"{name}.labels.json").read_text(encoding="utf-8"))]
    source = next((source for names, source in sources.items() if fnmatch.fnmatch(name, names)), "unknown")
    return RealSite(name, source, site, Sample(site, sorted(sent), []), labels)


def sources_of(text: str) -> dict[str, str]:
    """Read from SOURCE.md who published each site: by its name, or a pattern of names such as `italy_*`."""
    sources: dict[str, str] = {}
    for line in text.splitlines():
        names, published, *_ = (*line.strip("| ").split(" | "), "")
        if line.startswith("| ") and published and names != "sites":
            sources |= dict.fromkeys(_NAMES.findall(names), _COMMIT.sub("", published.split(", ", maxsplit=1)[0]))
    return sources


def own_labels() -> dict[str, list[SiteLabel]]:
    """Return the faults that the project found in plots of the sites and nobody had labelled, by site."""
    found: dict[str, list[SiteLabel]] = {}
    for each in json.loads(OWN_LABELS.read_text(encoding="utf-8")):
        label = SiteLabel(each["start"], each["end"], each["rule"], "plot", each["shows"])
        found.setdefault(each["site"], []).append(label)
    return found


def run_product(where: Path, out: Path, names: Iterable[str], jobs: int = 1) -> None:
    """Let the script run `heliograph check` on the sites; it writes OUT/SITE.json."""
    script, command = _load_script(where), str(CHECKOUT / ".venv" / "bin" / "heliograph")
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda name: script.run(command, where, out, {name}), names))


def write_answer(out: Path, each: RealSite, found: DetectorAnswer) -> None:
    """Write what another detector says of a site as `heliograph check` would, each of its episodes a warning."""
    incidents = [
        {
            "rule": one.rule,
            "severity": "warning",
            "onset": text_of(one.first),
            "last": text_of(one.last),
            "recovery": "",
        }
        for one in episodes(found, each.minutes)
    ]
    write_incidents(out, each, incidents)


def write_incidents(out: Path, each: RealSite, incidents: Sequence[Mapping[str, Any]]) -> None:
    """Write a site's incidents in the form that the script reads."""
    days = sorted({one.end // _DAY for one in each.sample.sent})
    said = {
        "readings": len(each.sample.sent),
        "incidents": incidents,
        "days": [{"date": text_of(day * _DAY)[:10], "flags": []} for day in days],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{each.name}.json").write_text(json.dumps({"sites": [said]}), encoding="utf-8")


def score(where: Path, out: Path, sites: Sequence[RealSite], more: Mapping[str, Sequence[SiteLabel]]) -> Score:
    """Let the script compare OUT with the sites' labels and `more` ones, which excuse and needn't be found.

    Raises:
        ValueError: a site's file couldn't be checked.
    """
    labels = out / "labels"
    labels.mkdir(parents=True, exist_ok=True)
    for each in sites:
        added = [one._replace(fault=_EXCUSE) for one in more.get(each.name, ())]
        (labels / f"{each.name}.labels.json").write_text(json.dumps([*each.labels, *added]), encoding="utf-8")
        entry = {"site_id": each.site.site_id} | ({"kind": each.site.kind} if each.site.kind else {})
        (labels / f"{each.name}.sites.json").write_text(json.dumps([entry]), encoding="utf-8")
    rows, groups = _load_script(where).score(labels, out)
    if broken := [row for row in rows if "error" in row]:
        raise ValueError(f"{broken[0]['site']} can't be checked: {broken[0]['error']}")
    return Score(rows, groups)


def _script_of(where: Path) -> Path:
    return where.parents[1] / "score_sites.py"


def _load_script(where: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_sites", _script_of(where))
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{_script_of(where)} can't be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
