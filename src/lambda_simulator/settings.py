"""The simulator's settings, from HELIOGRAPH_BUCKET, HELIOGRAPH_FLEET_SIZE, HELIOGRAPH_SEED, HELIOGRAPH_FAULT_RATE."""

from typing import Annotated

import msgspec


class SimulatorSettings(msgspec.Struct, frozen=True):
    """What the simulator must be told; `heliograph.settings.load` fills it and names the variable that is wrong.

    bucket: where raw files and labels go. fleet_size: number of sites. seed: another seed is another fleet under
    another weather. fault_rate: the share of a site's days that have a fault, 0 to 1; the default shows a small fleet
    a few a day.
    """

    bucket: Annotated[str, msgspec.Meta(min_length=1)]
    fleet_size: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 20
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    fault_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.15
