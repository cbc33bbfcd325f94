"""The faults, by name: how each changes the record of a faultless meter.

To add one, write a function from a `Case` to the records that are sent in its place (none, one or more), and give it
an entry in `FAULTS`. It may look at the clean series at any other tick (`case.clean`), but keeps no state. A new entry
takes its share of fault days and leaves all other days as they were.

Those in `SLOW_FAULTS` last for days: only weeks of history can show them. They are for measuring the checks, and the
Lambda never sends them: a fleet is mostly looked at for a day or two, in which a slow fault is only a wrong picture of
the site, and its days would be lost to the faults that can be seen.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import floor
from typing import Any, Final

import msgspec

from heliograph.reading import format_timestamp
from heliograph.site import Kind
from lambda_simulator.energy import INTERVAL, Energy, clean_energy, rounded
from lambda_simulator.fleet import SimulatedSite
from lambda_simulator.noise import jitter, key_of, uniform
from lambda_simulator.plants import sun_at

Record = dict[str, Any]
EVERY: Final[frozenset[Kind]] = frozenset({"solar", "wind", "battery", "load"})
GENERATING: Final[frozenset[Kind]] = EVERY - {"load"}
SOLAR: Final[frozenset[Kind]] = frozenset({"solar"})
SENTINEL: Final = -999.0
_DARK: Final = -6.0  # degrees of the sun's elevation: the end of civil twilight
_DAY_MINUTES: Final = 24 * 60
_MOST_HOURS: Final = 8
_CLOCK_DAYS: Final = (5 * _DAY_MINUTES, 15 * _DAY_MINUTES)
_LEVEL_DAYS: Final = (14 * _DAY_MINUTES, 28 * _DAY_MINUTES)


def record_of(site_id: str, tick_end: datetime, energy: Energy) -> Record:
    """Write one interval's energies, kWh, as a record stamped with the interval's end."""
    return {
        "site_id": site_id,
        "timestamp": format_timestamp(tick_end),
        "energy_generated_kwh": energy.generated,
        "energy_consumed_kwh": energy.consumed,
    }


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
        energy = Energy(*(_as_counted(self.site, kwh) for kwh in (generated, consumed)))
        return record_of(self.site.site_id, self.tick_end + later, energy)


def _as_counted(site: SimulatedSite, kwh: float) -> float:
    """Return an energy as the site's meter tells it: in its counts, to its last digit."""
    step = site.meter.step_kwh
    return rounded(kwh if step is None else round(kwh / step) * step, site.decimals)


class Fault(msgspec.Struct, frozen=True):
    """A kind of fault.

    meaning: what went wrong, for the label. apply: gives the records that are sent. minutes: shortest and longest.
    solar_onset: hours of the sun's time (12 is noon) between which it begins at a solar site, whose nights hide most
    faults; other sites have it at any hour. kinds: of site that can have it. grows: the size makes it longer, because
    it has no value that could be larger. wakes: a logger that sleeps at night sends it, too.
    """

    name: str
    meaning: str
    apply: Callable[[Case], list[Record]]
    minutes: tuple[int, int]
    solar_onset: tuple[float, float] = (0.0, 24.0)
    kinds: frozenset[Kind] = EVERY
    grows: bool = False
    wakes: bool = False


def negative(case: Case) -> list[Record]:
    """Turn the main energy's sign, and make it at least 5 % of the site's most, so that no deadband hides it."""
    least = 0.05 * case.site.scale_kwh
    if case.site.site.kind == "load":
        return [case.sent(case.energy.generated, -max(case.energy.consumed, least) * case.size)]
    return [case.sent(-max(abs(case.energy.generated), least) * case.size, case.energy.consumed)]


def over_capacity(case: Case) -> list[Record]:
    """Generate 1.3 to 3 times what the nameplate allows."""
    beyond = 1.15 + 0.85 * case.trembling("over_capacity")
    return [case.sent((1 + case.size * beyond) * case.site.scale_kwh, case.energy.consumed)]


def sentinel(case: Case) -> list[Record]:
    """Send -999 for both energies, as loggers do that have no value."""
    return [case.sent(SENTINEL, SENTINEL)]


def night_generation(case: Case) -> list[Record]:
    """Generate a day's power with the sun below the horizon; leave the daytime alone."""
    middle = case.tick_end - INTERVAL / 2
    if sun_at(middle, case.site.latitude, case.site.longitude).elevation > _DARK:
        return [case.sent(*case.energy)]
    share = case.size * (0.3 + 0.5 * case.drawn("night_generation"))
    return [case.sent(case.site.scale_kwh * share * (1 + 0.05 * case.trembling("night_generation")), 0.0)]


def future_timestamp(case: Case) -> list[Record]:
    """Stamp the record a day ahead."""
    return [case.sent(*case.energy, later=floor(24 * case.size) * timedelta(hours=1))]


def stale(case: Case) -> list[Record]:
    """Repeat the record of the onset."""
    return [case.sent(*case.clean(case.onset))]


def zero_output(case: Case) -> list[Record]:
    """Generate nothing though the sun shines; leave the night alone."""
    return [case.sent(min(0.0, case.energy.generated), case.energy.consumed)]


def unit_error(case: Case) -> list[Record]:
    """Send Wh in the kWh fields: a thousand times as much."""
    return [case.sent(1000 * case.energy.generated, 1000 * case.energy.consumed)]


def no_data(_case: Case) -> list[Record]:
    """Send nothing."""
    return []


def malformed(case: Case) -> list[Record]:
    """Send a record that can't be read: its generation is a word, true, or has its unit behind it."""
    record = case.sent(*case.energy)
    ways: tuple[object, ...] = ("n/a", True, f"{record['energy_generated_kwh']} kWh")
    return [record | {"energy_generated_kwh": ways[floor(len(ways) * case.drawn("malformed"))]}]


def conflicting_values(case: Case) -> list[Record]:
    """Send the reading twice, the second time with 3 to 20 % less; once where there is nothing to make less."""
    less = 1 - case.size * (0.20 - 0.17 * case.drawn("conflicting_values"))
    first = case.sent(*case.energy)
    second = case.sent(less * case.energy.generated, less * case.energy.consumed)
    return [first] if first == second else [first, second]


def unit_error_mwh(case: Case) -> list[Record]:
    """Send MWh in the kWh fields: a thousandth of it."""
    return [case.sent(case.energy.generated / 1000, case.energy.consumed / 1000)]


def spike(case: Case) -> list[Record]:
    """Add 60 to 120 % of the site's most to its generation; 6 to 10 times its usual peak to what it consumes.

    A home takes up to three times its usual peak for minutes, and only a far larger value is surely none.
    """
    more = case.size * (0.9 + 0.3 * case.trembling("spike")) * case.site.scale_kwh
    if case.site.site.kind == "load":
        most = case.size * (8 + 2 * case.trembling("spike")) * case.site.scale_kwh
        return [case.sent(case.energy.generated, case.energy.consumed + most)]
    return [case.sent(case.energy.generated + more, case.energy.consumed)]


def catch_up(case: Case) -> list[Record]:
    """Lose the connection, send zeros or nothing meanwhile, and then all that was counted in one record."""
    if case.tick_end + INTERVAL < case.ends:
        return [] if case.drawn("catch_up") < 0.5 else [case.sent(0.0, 0.0)]  # noqa: PLR2004 - a coin
    ticks = range((case.ends - case.onset) // INTERVAL)
    counted = [case.clean(case.onset + tick * INTERVAL) for tick in ticks]
    return [case.sent(sum(each.generated for each in counted), sum(each.consumed for each in counted))]


def interpolated(case: Case) -> list[Record]:
    """Draw a straight line from the true record of the onset to the true one of the last interval."""
    length = case.ends - INTERVAL - case.onset
    share = (case.tick_end - case.onset) / length if length else 0.0
    first, last = case.clean(case.onset), case.clean(case.onset + length)
    generated = first.generated + share * (last.generated - first.generated)
    return [case.sent(generated, first.consumed + share * (last.consumed - first.consumed))]


def incomplete_day(case: Case) -> list[Record]:
    """Lose 35 to 70 % of the day's records, here and there."""
    lost = min(0.95, case.size * (0.35 + 0.35 * case.drawn("incomplete_day")))
    return [] if (case.trembling("incomplete_day") + 1) / 2 < lost else [case.sent(*case.energy)]


FAULTS: Final = (
    Fault("negative", "the sign is turned", negative, (10, 60), (8, 16)),
    Fault("over_capacity", "more than the nameplate allows", over_capacity, (5, 15), (9, 15), GENERATING),
    Fault("sentinel", "the logger's mark for no value", sentinel, (5, 90), grows=True),
    Fault("night_generation", "a day's power in the dark", night_generation, (30, 120), (0, 1), SOLAR, wakes=True),
    Fault("future_timestamp", "the clock is a day ahead", future_timestamp, (5, 30)),
    Fault("stale", "the values are frozen at the onset's", stale, (60, 540), (8, 15), grows=True),
    Fault("zero_output", "no output in daylight", zero_output, (60, 240), (9, 13), SOLAR, grows=True),
    Fault("unit_error", "Wh sent as kWh: a thousand times as much", unit_error, (30, 360), (8, 14), grows=True),
    Fault("no_data", "no record is sent", no_data, (60, 720), grows=True),
    Fault("malformed", "the generation is a word, true, or has its unit behind it", malformed, (5, 60), grows=True),
    Fault("conflicting_values", "sent twice, the second time with other values", conflicting_values, (5, 30), (8, 15)),
    Fault("unit_error_mwh", "MWh sent as kWh: a thousandth of it", unit_error_mwh, (60, 360), (8, 13), grows=True),
    Fault("spike", "one value far off its neighbours", spike, (5, 5), (7, 17)),
    Fault("catch_up", "an outage, and then all it lacked in one value", catch_up, (60, 480), (8, 14), grows=True),
    Fault("interpolated", "a straight line between two true values", interpolated, (40, 360), (8, 14), grows=True),
    Fault("incomplete_day", "many of the day's records are missing", incomplete_day, (1440, 1440)),
)


def time_shift(case: Case) -> list[Record]:
    """Send what the meter counts 1 to 8 whole hours earlier or later: a time zone or the summer time mistaken."""
    drawn = 2 * case.drawn("time_shift") - 1
    hours = max(1, round(case.size * (1 + int(abs(drawn) * _MOST_HOURS))))
    return [case.sent(*case.clean(case.tick_end - timedelta(hours=hours if drawn > 0 else -hours)))]


def level_shift(case: Case) -> list[Record]:
    """Lose 20 to 60 % of the generation: a part of the plant is gone."""
    left = 1 - min(0.95, case.size * (0.2 + 0.4 * case.drawn("level_shift")))
    generated = case.energy.generated
    return [case.sent(left * generated if generated > 0 else generated, case.energy.consumed)]


SLOW_FAULTS: Final = (
    Fault("time_shift", "the clock is hours off", time_shift, _CLOCK_DAYS, kinds=SOLAR),
    # Not wind: without a wind speed there is no telling a part of a farm gone from a calm month.
    Fault("level_shift", "a part of the plant is off", level_shift, _LEVEL_DAYS, kinds=SOLAR),
)
