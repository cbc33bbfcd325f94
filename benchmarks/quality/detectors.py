"""Who is compared: our checks, and the baselines."""

from typing import Final

from quality import baselines, ours
from quality.baselines import Detector

OURS: Final = "Heliograph"
BASELINES: Final[dict[str, Detector]] = {
    "value < 0": baselines.below_zero,
    "pvanalytics, joined": baselines.pvanalytics_joined,
    "pvanalytics, gaps by day": baselines.pvanalytics_by_day,
    "river HalfSpaceTrees": baselines.half_space_trees,
}
EACH: Final[dict[str, Detector]] = {f"pvanalytics {name}": baselines.single(name) for name in baselines.PVANALYTICS}
ALL: Final[dict[str, Detector]] = {OURS: ours.find, **BASELINES}
