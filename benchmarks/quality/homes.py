"""Real homes: readings without labels, kept outside the checkout, never committed.

The folder is named by HELIOGRAPH_HOMES, or is `../shared/data/homes` beside the checkout.
"""

import gzip
import os
from collections import defaultdict
from pathlib import Path
from typing import Final

from heliograph.feed import Numbered, decode
from heliograph.series import end_of
from heliograph.site import parse_sites
from quality.sample import Sample, Sent

_BESIDE: Final = Path(__file__).parents[3] / "shared" / "data" / "homes"
_LIMIT_BYTES: Final = 2**30


def folder() -> Path | None:
    """Return the homes' folder, or None where there is none."""
    found = Path(os.environ.get("HELIOGRAPH_HOMES") or _BESIDE)
    return found if (found / "sites.json").exists() else None


def load(where: Path) -> list[Sample]:
    """Read the homes' readings with the product's own decoder; each lands at the end of its interval.

    Raises:
        ValueError: a record is rejected, or a reading is of a site that sites.json doesn't have.
    """
    sites = {site.site_id: site for site in parse_sites((where / "sites.json").read_bytes())}
    sent: dict[str, list[Sent]] = defaultdict(list)
    for path in sorted(where.glob("*.ndjson.gz")):
        for entry in decode(gzip.decompress(path.read_bytes()), _LIMIT_BYTES):
            if not isinstance(entry, Numbered):
                raise ValueError(f"{path.name}: record {entry.position} is refused: {entry.reason}")  # noqa: TRY004
            reading = entry.reading
            end = end_of(reading.timestamp)
            sent[reading.site_id].append(Sent(end, end, reading.energy_generated_kwh, reading.energy_consumed_kwh))
    if unknown := sorted(sent.keys() - sites.keys()):
        raise ValueError(f"sites.json has no {', '.join(unknown)}")
    return [Sample(sites[site_id], sorted(sent[site_id]), []) for site_id in sorted(sent)]
