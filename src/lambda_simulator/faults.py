"""The faults, by name: what each does to the record a faultless meter would have sent.

To add one, write a function from a `Case` to the records that are sent in its place (none, one or more), and give it
an entry in `FAULTS`. It may look at the clean series at any other tick (`case.clean`), but keeps no state. A new entry
takes its share of fault days and leaves all other days as they were.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import floor
from typing import Final

import msgspec

from heliograph.site import Kind
from lambda_simulator.energy import INTERVAL, Energy, clean_energy, rounded
from lambda_simulator.fleet import SimulatedSite
from lambda_simulator.noise import jitter, key_of, uniform
from lambda_simulator.record import Record, record_of
from lambda_simulator.solar import sun_at

EVERY: Final[frozenset[Kind]] = frozenset({"solar", "wind", "battery", "load"})
GENERATING: Final[frozenset[Kind]] = EVERY - {"load"}
SOLAR: Final[frozenset[Kind]] = frozenset({"solar"})

SENTINEL: Final = -999.0
_DARK: Final = -6.0  # degrees of the sun's elevation: the end of civil twilight


class Case(msgspec.Struct, frozen=True):
    """One tick of one site while it has a fault.

    energy: what a faultless meter counts in this interval. onset, ends: ends of the first interval the fault may touch,
    and of the first one after it.
    """

    site: SimulatedSite
    tick_end: datetime
    energy: Energy
    onset: datetime
    ends: datetime
    seed: int

    def clean(self, tick_end: datetime) -> Energy:
        """Give what a faultless meter of this site counts in another interval."""
        return clean_energy(self.site, tick_end, self.seed)

    def drawn(self, name: str) -> float:
        """Give a number, 0 <= x < 1, that stays the same as long as the fault lasts."""
        return uniform(key_of(self.seed, self.site.site_id, name), int(self.onset.timestamp()))

    def trembling(self, name: str) -> float:
        """Give a number, -1 <= x < 1, that is another at each tick."""
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
    faults; other sites have it at any hour. kinds: of site that can have it.
    """

    name: str
    meaning: str
    apply: Callable[[Case], list[Record]]
    minutes: tuple[int, int]
    solar_onset: tuple[float, float] = (0.0, 24.0)
    kinds: frozenset[Kind] = EVERY


def negative(case: Case) -> list[Record]:
    """Turn the main energy's sign, and make it at least 5 % of the site's most, so that no deadband hides it."""
    least = 0.05 * case.site.scale_kwh
    if case.site.site.kind == "load":
        return [case.sent(case.energy.generated, -max(case.energy.consumed, least))]
    return [case.sent(-max(abs(case.energy.generated), least), case.energy.consumed)]


def over_capacity(case: Case) -> list[Record]:
    """Generate 1.3 to 3 times what the nameplate allows."""
    times = 2.15 + 0.85 * case.trembling("over_capacity")
    return [case.sent(times * case.site.scale_kwh, case.energy.consumed)]


def sentinel(case: Case) -> list[Record]:
    """Send -999 for both energies, as loggers do that have no value."""
    return [case.sent(SENTINEL, SENTINEL)]


def night_generation(case: Case) -> list[Record]:
    """Generate a day's power with the sun below the horizon; leave the daytime alone."""
    middle = case.tick_end - INTERVAL / 2
    if sun_at(middle, case.site.latitude, case.site.longitude).elevation > _DARK:
        return [case.sent(*case.energy)]
    share = 0.3 + 0.5 * case.drawn("night_generation")
    return [case.sent(case.site.scale_kwh * share * (1 + 0.05 * case.trembling("night_generation")), 0.0)]


def future_timestamp(case: Case) -> list[Record]:
    """Stamp the record a day ahead."""
    return [case.sent(*case.energy, later=timedelta(days=1))]


def stuck(case: Case) -> list[Record]:
    """Repeat the record of the onset."""
    return [case.sent(*case.clean(case.onset))]


def zero_output(case: Case) -> list[Record]:
    """Generate nothing though the sun shines; leave the night alone."""
    return [case.sent(min(0.0, case.energy.generated), case.energy.consumed)]


def unit_error(case: Case) -> list[Record]:
    """Send Wh in the kWh fields: a thousand times as much."""
    return [case.sent(1000 * case.energy.generated, 1000 * case.energy.consumed)]


def silent(_case: Case) -> list[Record]:
    """Send nothing."""
    return []


def malformed(case: Case) -> list[Record]:
    """Send a record that can't be read: its generation is missing, empty, or a text."""
    record = case.sent(*case.energy)
    generated = record.pop("energy_generated_kwh")
    ways: tuple[Record, ...] = ({}, {"energy_generated_kwh": None}, {"energy_generated_kwh": f"{generated} kWh"})
    return [record | ways[floor(len(ways) * case.drawn("malformed"))]]


def duplicate(case: Case) -> list[Record]:
    """Send the reading twice, the second time with 3 to 20 % less; once where there is nothing to make less."""
    less = 0.80 + 0.17 * case.drawn("duplicate")
    first = case.sent(*case.energy)
    second = case.sent(less * case.energy.generated, less * case.energy.consumed)
    return [first] if first == second else [first, second]


FAULTS: Final = (
    Fault("negative", "the sign is turned", negative, (10, 60), (8, 16)),
    Fault("over_capacity", "more than the nameplate allows", over_capacity, (5, 15), (9, 15), GENERATING),
    Fault("sentinel", "the logger's mark for no value", sentinel, (5, 90)),
    Fault("night_generation", "a day's power in the dark", night_generation, (30, 120), (0, 1), SOLAR),
    Fault("future_timestamp", "the clock is a day ahead", future_timestamp, (5, 30)),
    Fault("stuck", "the values are frozen at the onset's", stuck, (60, 540), (8, 15)),
    Fault("zero_output", "no output in daylight", zero_output, (60, 240), (9, 13), SOLAR),
    Fault("unit_error", "Wh sent as kWh: a thousand times as much", unit_error, (30, 360), (8, 14)),
    Fault("silent", "no record is sent", silent, (60, 720)),
    Fault("malformed", "the generation is missing, null or a text", malformed, (5, 60)),
    Fault("duplicate", "sent twice, the second time with other values", duplicate, (5, 30), (8, 15)),
)
