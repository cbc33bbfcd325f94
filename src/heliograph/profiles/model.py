"""A feed profile: data that says how a feed's files are read, so that nothing of them is guessed.

A profile is JSON, checked as it is read: a misspelt field would change how a file is read in silence.
"""

import re
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from heliograph.errors import ProfileError
from heliograph.zones import zone_fault

Format = Literal["csv", "excel", "json", "ndjson", "nem12", "green_button"]
Quantity = Literal["interval", "register", "mean_power", "instant_power"]
Unit = Literal["Wh", "kWh", "MWh", "GWh", "W", "kW", "MW"]
Marks = Literal["start", "end", "instant"]
Mark = Literal["actual", "estimated", "substituted", "missing"]
ProfileName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]

# Cells that hold no value, beside what a profile adds: what spreadsheets and loggers write.
NO_VALUE: Final = frozenset({"", "-", "--", "nan", "null", "none", "n/a", "na", "#n/a", "#value!", "no data", "?"})
_POWERS: Final = frozenset({"W", "kW", "MW"})
_POWER_QUANTITIES: Final = frozenset({"mean_power", "instant_power"})
# What the readers of these formats call their columns; a profile of one may name no other.
FIXED_COLUMNS: Final = {
    "nem12": ("nmi", "channel", "start", "seconds", "value", "unit", "quality"),
    "green_button": ("usage_point", "flow", "start", "seconds", "value", "unit", "quality"),
}
# A search takes up to (the name's length)^(repeats + 1) steps: at 255 characters, a file name's most [Linux, NAME_MAX],
# three repeats take two seconds, and four take minutes. A choice between them may double it.
LONGEST_NAME: Final = 255
_MOST_REPEATS: Final = 3
_TWICE: Final = 2  # a start and an end
# Parts of a regular expression in which its operators stand for themselves.
_NO_OPERATORS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A part of a profile."""


class Wide(_Strict, frozen=True, kw_only=True):
    """A table with a row a day, whose columns are the day's intervals in order.

    first: the first interval's column. count: how many there are, such as 24, 48, 96 or 288. With those of a day of 25
    hours, as 25, 50 or 100, they are counted from the day's beginning; else each has its time by the clock.
    """

    first: str
    count: Annotated[int, Meta(ge=2, le=1440)]


class Layout(_Strict, frozen=True, kw_only=True):
    """How a file's bytes become rows of cells.

    format: what the file is. delimiter: between a CSV's cells. decimal: the sign before a number's decimals, in text.
    encoding: of text; nothing where it is UTF-8, or UTF-16 with a byte-order mark. sheet: a workbook's sheet; the first
    one else. header: whether a row names the columns; where none does, they are `1`, `2` and so on. records: the way to
    a JSON document's records, such as `energy.values`. wide: a row a day. across: columns of which each is a site's; a
    row of the table is then a row of each, with the columns `name` and `value`. dated: the same of every column that is
    named by a time, which is then the cell `name`.
    """

    format: Format
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    encoding: Annotated[str, Meta(max_length=20)] = ""
    sheet: str = ""
    header: bool = True
    records: str = ""
    wide: Wide | None = None
    across: list[str] = []
    dated: bool = False


class SiteRule(_Strict, frozen=True, kw_only=True):
    """Which site a row is of: a constant, a column, or a part of the file's name.

    id: the one site of all rows. column: its cells name the site. file_name: a regular expression whose first group, in
    the file's name, is the site. names: sites by what the file calls them.
    """

    id: str = ""
    column: str = ""
    file_name: str = ""
    names: dict[str, str] = {}


class TimeRule(_Strict, frozen=True, kw_only=True):
    """When a row's interval is.

    columns: the stamp's, joined by a space where there are several. format: `iso`, `epoch`, `epoch_ms`, `epoch_us`,
    `epoch_ns`, or as
    `strftime` writes it, with `%Z` for letters that are passed over. zone: IANA name of the zone of stamps without an
    offset. marks: whether a stamp is an interval's start or its end, or the instant of a register or a power.
    number: a column of the interval's number in its local day, from 1, where the stamp is only a date; the day on which
    summer time ends has an hour more. until: columns of its end, where the file has both. seconds: a column of its
    length. interval_minutes: the length of each; the spacing of the stamps tells it where none of these is there. A row
    that ends much later, by `until`, sums intervals and is left out.
    """

    columns: Annotated[list[str], Meta(min_length=1, max_length=6)]
    format: str = "iso"
    zone: str = ""
    marks: Marks
    number: str = ""
    until: list[str] = []
    seconds: str = ""
    interval_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None


class SideSource(_Strict, frozen=True, kw_only=True):
    """A column whose amounts are of a side; a side is the sum of its sources.

    column: of the amounts. unit: where it isn't the profile's. factor: what an amount is multiplied by, such as -1 for
    an export that is written negative. take: of signed amounts only the positive, or only the negative, as positive.
    where: takes only rows with one of these cells in these columns. A register is known by its source's place in the
    list and by these cells, so what comes later in a feed's life is added behind. rolls_over_at: the amount at which a
    register begins at zero; its digits tell where it isn't said. resets: whether a register begins anew each day.
    """

    column: str
    unit: Unit | None = None
    factor: str = "1"
    take: Literal["all", "positive", "negative"] = "all"
    where: dict[str, list[str]] = {}
    rolls_over_at: str = ""
    resets: Literal["never", "daily"] = "never"


class QualityRule(_Strict, frozen=True, kw_only=True):
    """Which rows are measured: a column, and the mark that each of its words stands for."""

    column: str
    marks: dict[str, Mark]


class Profile(_Strict, frozen=True, kw_only=True):
    """How a feed's files are read.

    name: of the profile, as in `raw/NAME/…`. title: what it is of. layout, site, time: see there. quantity: what the
    amounts are: energy of an interval, a running counter, or power, a mean or held until the next sample. unit: of the
    amounts. generated, consumed: the sources of each side; a side without any isn't measured. quality: of rows.
    missing: words that stand for no value, beside the usual ones. leave_out: rows that aren't readings, by a column and
    its cells. because: where it was learned, for a reader to check.
    """

    name: ProfileName
    title: str = ""
    because: str = ""
    layout: Layout
    site: SiteRule
    time: TimeRule
    quantity: Quantity
    unit: Unit
    generated: list[SideSource] = []
    consumed: list[SideSource] = []
    quality: QualityRule | None = None
    missing: list[str] = []
    leave_out: dict[str, list[str]] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the profile names, each once, in a fixed order."""
        named = [*self.time.columns, self.time.number, *self.time.until, self.time.seconds, self.site.column]
        for source in (*self.generated, *self.consumed):
            named += [source.column, *source.where]
        named += [self.quality.column if self.quality else "", *self.leave_out]
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def measures(self) -> Literal["generated", "consumed", "both"]:
        """Which sides its files have."""
        if self.generated and self.consumed:
            return "both"
        return "generated" if self.generated else "consumed"


def parse_profile(text: bytes) -> Profile:
    """Read a profile.

    Raises:
        ProfileError: it can't be used; the message names the field and what to correct.
    """
    try:
        profile = msgspec.json.decode(text, type=Profile)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"the profile can't be read: {error}") from None
    require_sound(profile)
    return profile


def require_sound(profile: Profile) -> None:
    """Refuse a profile whose parts don't go together.

    Raises:
        ProfileError: with what to correct.
    """
    for fault in (_sides_fault(profile), _time_fault(profile), _site_fault(profile), _columns_fault(profile)):
        if fault:
            raise ProfileError(fault)


def _sides_fault(profile: Profile) -> str:
    sources = [*profile.generated, *profile.consumed]
    if not sources:
        return "generated, consumed: neither has a source; name the column of at least one"
    power = profile.quantity in _POWER_QUANTITIES
    for source in sources:
        unit = source.unit or profile.unit
        if (unit in _POWERS) != power:
            of = "power" if power else "energy"
            return f"unit: {unit} is no unit of {of}, which the quantity {profile.quantity} is"
        if not _is_number(source.factor):
            return f"factor: {source.factor!r} isn't a number other than zero, such as -1 or 0.001"
        if fault := _register_fault(profile, source):
            return fault
    return ""


def _register_fault(profile: Profile, source: SideSource) -> str:
    width, is_daily = source.rolls_over_at, source.resets == "daily"
    if profile.quantity != "register":
        return "rolls_over_at, resets: they go with the quantity register" if width or is_daily else ""
    if source.take != "all":
        return "take: a register's amounts are no flows; take all of them"
    if width and (not _is_number(width) or float(width) < 0):
        return f"rolls_over_at: {width!r} isn't a number above zero, such as 100000"
    return ""


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", text)) and float(text) != 0


def _time_fault(profile: Profile) -> str:
    time = profile.time
    if time.zone and (why := zone_fault(time.zone)):
        return f"zone: {why}"
    if (profile.quantity in {"register", "instant_power"}) != (time.marks == "instant"):
        return f"marks: {profile.quantity} goes with instant, and instant with a register or an instant power"
    if time.number and time.interval_minutes is None:
        return "interval_minutes: say it, or the number of an interval tells no time"
    return _format_fault(time.format)


def _format_fault(form: str) -> str:
    if "%" not in form:
        known = form in {"iso", "epoch", "epoch_ms", "epoch_us", "epoch_ns"}
        return "" if known else f"format: {form!r} is neither iso, epoch, epoch_ms nor one such as %d.%m.%Y %H:%M"
    if form.count("%*") > 1 or form.count("%Z") > _TWICE:
        return f"format: {form!r} may have %* once and %Z twice; of more a crafted stamp would take days"
    fields = [field for field in re.findall("%.", form) if field not in {"%%", "%Z", "%*"}]
    if not {"%Y", "%y"} & set(fields):
        return f"format: {form!r} has no year (%Y or %y)"
    return f"format: {form!r} has a part twice" if len(fields) > len(set(fields)) else ""


def _site_fault(profile: Profile) -> str:
    site = profile.site
    if sum(map(bool, (site.id, site.column, site.file_name))) != 1:
        return "site: say one of id, column and file_name"
    return _file_name_fault(site.file_name) if site.file_name else ""


def _file_name_fault(pattern: str) -> str:
    """Return why a pattern can't find the site in a name; of many repeats a crafted name would take days."""
    try:
        groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        return f"file_name: it isn't a regular expression: {error}"
    if not groups:
        return "file_name: it has no group that holds the site, such as (\\d+)"
    bare = _NO_OPERATORS.sub("x", pattern)
    if "(?" in bare.replace("(?:", "(").replace("(?i)", ""):
        return "file_name: of what begins with (? only (?: and (?i) are taken"
    if re.search(r"\)(?:[*+]|\{)", bare):
        return "file_name: it repeats a group; write out what is repeated"
    repeats, choices = re.findall(r"[*+]|\{\d*,", bare), re.findall(r"[?|]", bare.replace("(?", "("))
    if len(repeats) + len(choices) / 2 > _MOST_REPEATS:
        return (
            f"file_name: it has {len(repeats)} repeats, such as .* and \\d+, and {len(choices)} choices, ? and |; "
            f"{_MOST_REPEATS} repeats may be, of which each stands for two choices"
        )
    return ""


def _columns_fault(profile: Profile) -> str:
    sources = [*profile.generated, *profile.consumed]
    named = [*profile.time.columns, *profile.time.until, *(source.column for source in sources), *profile.leave_out]
    named += [name for source in sources for name in source.where]
    named += [profile.quality.column] if profile.quality else []
    if not all(named):
        return "column: one has no name; say which column it is"
    fixed = FIXED_COLUMNS.get(profile.layout.format)
    unknown = [name for name in profile.columns if fixed and name not in fixed]
    if fixed and unknown:
        return f"column {unknown[0]!r}: {profile.layout.format} has {', '.join(fixed)}"
    return ""


def write_profile(profile: Profile) -> bytes:
    """Return a profile as JSON for a person to read."""
    return msgspec.json.format(msgspec.json.encode(profile), indent=2) + b"\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a profile."""
    return msgspec.json.schema(Profile)


def parts() -> tuple[type[msgspec.Struct], ...]:
    """Return what a profile is made of, itself first; each has its fields explained."""
    return (Profile, Layout, Wide, SiteRule, TimeRule, SideSource, QualityRule)


def zone_of(profile: Profile) -> ZoneInfo | None:
    """Return the zone of the profile's stamps; None where each has its offset."""
    return ZoneInfo(profile.time.zone) if profile.time.zone else None
