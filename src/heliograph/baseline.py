"""What is known of a site from its last weeks, where the registry doesn't tell: its usual most, its dark hours.

A day leaves its `DayShape`, a few figures of that day's readings alone. `evaluation.fitting` works out a day's baseline
from the shapes of the six weeks before it and from nothing else, so they can be dropped and come out the same again.
"""

from typing import Final, Literal
from zlib import crc32

import msgspec

from heliograph.checks.held import Held
from heliograph.checks.level import LevelStep
from heliograph.checks.meter_step import UNKNOWN_STEP
from heliograph.checks.place import SitePlace
from heliograph.checks.switched_off import NO_STOP, Stop

BASELINE_DAYS: Final = 42
# Before this many days nothing is said from the baseline.
ENOUGH_DAYS: Final = 14
HOURS: Final = 24
DAY_SECONDS: Final = 86_400
# The sun is always higher.
ALWAYS_SENDS: Final = -90.0

Field = Literal["generated", "consumed"]


class DayShape(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One day's figures. Hours are UTC hours of the day; energies are kWh in one interval.

    It is stored as an array, without names: a new figure stands last and has a default.

    top, low: second highest and second lowest (above zero) consumption. peak: second highest generation.
    pairs, repeats: neighbouring readings that aren't zero, and how many of these pairs are equal; generated, consumed.
    middle: middle between `rise` and `fall`; -1 where it has no such edges.
    highest, lowest: generation in each hour; -1 in `highest` where there is no reading.
    day: days since 1970; 0 where that wasn't kept. minutes: length of an interval.
    rise, fall: when output begins and ends; wakes, sleeps: when the readings do, where the logger pauses for the night:
    seconds of the day by a sundial at longitude 0; -1 where it has no such edge. See `evaluation.edges`.
    night: the most generation in an interval of its night, an hour from its output and more; -1 where unknown.
    step: the meter's step as the day shows it; generated, consumed; -1 where it doesn't.
    rest: how far the second lowest lies below zero, 0 where it doesn't; generated, consumed.
    bends: how far generation leaves the middle of its two neighbours, the second most of the day; upwards, downwards.
    idle: how long it consumed nothing at a stretch, minutes: at all, and while it generated nothing either.
    held: the longest runs of equal values by band, see `checks.held`; generated, consumed.
    line: the readings of the longest line of values; generated, consumed.
    landed, delays: how its readings landed, see `checks.delivery`.
    stop: its longest abrupt stop, see `checks.switched_off`.
    sustained: what its generation reaches for an hour of the day, in two readings at least, be it beyond nameplate;
    0 where no nameplate is known.
    flat: whether it gives its most nearly all the time that it gives something, see `evaluation.edges`.
    falls: the most that its generation fell from within the day, but to nothing; 0 where it never did.
    """

    peak: float
    top: float
    low: float
    pairs: tuple[int, int]
    repeats: tuple[int, int]
    middle: int
    highest: list[float]
    lowest: list[float]
    day: int = 0
    minutes: int = 0
    rise: int = -1
    fall: int = -1
    wakes: int = -1
    sleeps: int = -1
    night: float = -1.0
    step: tuple[float, float] = (UNKNOWN_STEP, UNKNOWN_STEP)
    rest: tuple[float, float] = (0.0, 0.0)
    bends: tuple[float, float] = (0.0, 0.0)
    idle: tuple[int, int] = (0, 0)
    held: tuple[Held, Held] = ({}, {})
    line: tuple[int, int] = (0, 0)
    landed: int = -1
    delays: list[int] = []
    stop: Stop = NO_STOP
    sustained: float = 0.0
    flat: bool = False
    falls: float = 0.0

    @property
    def half(self) -> int:
        """Half of the time from its rise to its fall, seconds; only where it has them."""
        return (self.fall - self.rise) % DAY_SECONDS // 2


class Baseline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of a site before a day begins. Energies are kWh in one interval; hours are UTC.

    It is stored as an array, as `DayShape` is.

    days: how many days it is fitted from; below `ENOUGH_DAYS` the rest isn't used.
    full: usual most generation. top, low: usual most and least consumption; low is 0 where it is at times zero.
    repeats: share of neighbouring readings that are equal; generated, consumed.
    ceiling, floor: most and least generation in each hour. dark: the hours in which it never generates. awake: those in
    which it sends on most days.
    step_down: the step since when its clearest hours give less, see `checks.level`; None where there is none.
    middle: usual middle of the weeks before the last one, as in `DayShape`; -1 where unknown, or where its output
    doesn't go by the sun. half: how long half a day was to be, as in `DayShape`, by the weeks before. middles, halves:
    the last 13 days'. unsteady: how much the less steady of a day's two edges usually differs from that of the day
    before, minutes; -1 where unknown.
    clock: how much later the site's stamps are, all the time, than the sun at its registered place, minutes; 0 where
    they are right, or where that can't be known.
    noon: the usual middle between `rise` and `fall`, as in `DayShape`; -1 where its output has no usual noon.
    rise, fall, wakes, sleeps: their medians of the last week, as in `DayShape`; -1 where unknown.
    pauses: whether the logger pauses for the night, or may once there is a night again.
    wakes_at, sleeps_at: the sun's elevation from which on it surely sends in the morning, and down to which in the
    evening, degrees; -90 where it sends all night, or where that can't be known.
    place: the one fitted, where the registry has none; of a site of unknown kind wherever its output goes by the sun.
    night: usual most generation in an interval of the night.
    step: the meter's step; generated, consumed; 0 where it is finer than the readings show, or unknown. The first day
    may tell it already.
    rest: how far below zero a quarter of the days go, or further; generated, consumed.
    bends: usual most of the days' `bends`; upwards, downwards.
    idle: what one day in eight reaches of the days' `idle`, minutes.
    held: how long values are held by band, on all but the two most extreme days. line: how many readings go along a
    line on one day in eight, generated and consumed.
    delays: how long after its end a reading has usually landed, by UTC hour, minutes; empty where unknown. The first
    deliveries may tell it already.
    stops: the days' abrupt stops. sustained: the most of the last week's; the first day may tell it already.
    minutes: length of the interval that all this is said of; 0 where that wasn't kept.
    lost_days: the days of its weeks on which it gave next to nothing; of a logger that pauses, also those without any
    reading.
    falls: what its generation fell from on three days at least, as in `DayShape`; the first days may tell it already.
    """

    days: int = 0
    full: float = 0.0
    top: float = 0.0
    low: float = 0.0
    repeats: tuple[float, float] = (0.0, 0.0)
    ceiling: list[float] = []
    floor: list[float] = []
    dark: list[bool] = []
    awake: list[bool] = []
    step_down: LevelStep | None = None
    middle: int = -1
    middles: list[int] = []
    noon: int = -1
    rise: int = -1
    fall: int = -1
    wakes: int = -1
    sleeps: int = -1
    pauses: bool = False
    wakes_at: float = ALWAYS_SENDS
    sleeps_at: float = ALWAYS_SENDS
    place: SitePlace | None = None
    night: float = 0.0
    step: tuple[float, float] = (0.0, 0.0)
    rest: tuple[float, float] = (0.0, 0.0)
    bends: tuple[float, float] = (0.0, 0.0)
    idle: tuple[int, int] = (0, 0)
    held: tuple[Held, Held] = ({}, {})
    line: tuple[int, int] = (0, 0)
    half: int = 0
    halves: list[int] = []
    clock: int = 0
    unsteady: int = -1
    delays: list[int] = []
    stops: list[Stop] = []
    sustained: float = 0.0
    minutes: int = 0
    lost_days: int = 0
    falls: float = 0.0

    @property
    def known(self) -> bool:
        """Return whether there is enough to judge by."""
        return self.days >= ENOUGH_DAYS


NO_BASELINE: Final = Baseline()

_baseline_decoder = msgspec.msgpack.Decoder(Baseline)
_shape_decoder = msgspec.msgpack.Decoder(DayShape)
# A baseline is kept behind the digest of what its figures are: of other figures another version learned something else.
_LAYOUT: Final = crc32(repr((Baseline.__annotations__, SitePlace.__annotations__)).encode()).to_bytes(4, "big")


def pack_shape(shape: DayShape) -> bytes:
    """Write a day's shape small."""
    return msgspec.msgpack.encode(shape)


def pack_baseline(baseline: Baseline) -> bytes:
    """Write a baseline small, with the layout of this version."""
    return _LAYOUT + msgspec.msgpack.encode(baseline)


def unpack_baseline(packed: bytes) -> Baseline:
    """Read a baseline back; `NO_BASELINE` where another version wrote it: it is to be fitted anew."""
    try:
        return _baseline_decoder.decode(packed[len(_LAYOUT) :]) if has_baseline(packed) else NO_BASELINE
    except msgspec.MsgspecError:
        return NO_BASELINE


def has_baseline(packed: bytes) -> bool:
    """Return whether this version wrote a baseline."""
    return packed.startswith(_LAYOUT)


def unpack_shape(packed: bytes) -> DayShape:
    """Read a day's shape back.

    Raises:
        msgspec.MsgspecError: another version wrote it, whose figures aren't these.
    """
    return _shape_decoder.decode(packed)


def time_apart(one: int, other: int) -> int:
    """Return how much later `one` is than `other` on the circle of the day, seconds, -43,200 to 43,199."""
    half = DAY_SECONDS // 2
    return (one - other + half) % DAY_SECONDS - half
