"""A fault, and its input."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from heliograph.site import Kind
from lambda_simulator.energy import Energy, clean_energy, rounded
from lambda_simulator.fleet import SimulatedSite
from lambda_simulator.noise import jitter, key_of, uniform
from lambda_simulator.record import Record, record_of

EVERY: Final[frozenset[Kind]] = frozenset({"solar", "wind", "battery", "load"})
GENERATING: Final[frozenset[Kind]] = EVERY - {"load"}
SOLAR: Final[frozenset[Kind]] = frozenset({"solar"})


class Case(msgspec.Struct, frozen=True):
    """One tick of one site while it has a fault.

    energy: what a faultless meter counts in this interval. onset, ends: ends of the first interval the fault may touch,
    and of the first one after it. size: how bad it is; 1 is the standard, and all that the Lambda ever sends.
    """

    site: SimulatedSite
    tick_end: datetime
    energy: Energy
    onset: datetime
    ends: datetime
    seed: int
    size: float = 1.0

    def clean(self, tick_end: datetime) -> Energy:
        """Return what a faultless meter of this site counts in another interval."""
        return clean_energy(self.site, tick_end, self.seed)

    def drawn(self, name: str) -> float:
        """Return a number, 0 <= x < 1, that stays the same as long as the fault lasts."""
        return uniform(key_of(self.seed, self.site.site_id, name), int(self.onset.timestamp()))

    def trembling(self, name: str) -> float:
        """Return a number, -1 <= x < 1, that is another at each tick."""
        return jitter(key_of(self.seed, self.site.site_id, name), int(self.tick_end.timestamp()))

    def sent(self, generated: float, consumed: float, later: timedelta = timedelta(0)) -> Record:
        """Write a record with these energies, kWh, stamped `later` than its interval's end."""
        decimals = self.site.decimals
        energy = Energy(rounded(generated, decimals), rounded(consumed, decimals))
        return record_of(self.site.site_id, self.tick_end + later, energy)


class Fault(msgspec.Struct, frozen=True):
    """A kind of fault.

    meaning: what went wrong, for the label. apply: gives the records that are sent. minutes: shortest and longest.
    solar_onset: hours of the sun's time (12 is noon) between which it begins at a solar site, whose nights hide most
    faults; other sites have it at any hour. kinds: of site that can have it. grows: the size makes it longer, because
    it has no value that could be larger.
    """

    name: str
    meaning: str
    apply: Callable[[Case], list[Record]]
    minutes: tuple[int, int]
    solar_onset: tuple[float, float] = (0.0, 24.0)
    kinds: frozenset[Kind] = EVERY
    grows: bool = False
