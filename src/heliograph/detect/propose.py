"""From an unknown file to a proposed profile, and the questions that only a person can answer.

What the file itself shows is decided and said with its reason. What it can't show, such as the zone of stamps without
an offset, is asked; until it is answered the likeliest answer stands in the profile, and the question stands open.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from heliograph.detect.questions import Asking, Question
from heliograph.detect.sides import Amounts, amounts_of, kind_of, of_side
from heliograph.detect.table import Column, Table, table_of
from heliograph.detect.times import Times, is_regular, read_all, step_of, times_of
from heliograph.detect.words import (
    mark_of,
    role_of,
    says_counter,
    says_mean,
    says_quality,
    says_site,
    unit_of,
    without_tariff,
)
from heliograph.errors import UnreadableFile
from heliograph.profiles.amounts import is_no_value
from heliograph.profiles.model import (
    Mark,
    Profile,
    QualityRule,
    SiteRule,
    Source,
    TimeRule,
    Wide,
    require_sound,
)
from heliograph.profiles.rows import NAME, VALUE, text_of
from heliograph.reading import is_site_id

_MOST_WORDS: Final = 24
_MOST_MARKS: Final = 12
# A day's interval as a column's name: its hour and minute, a stretch of them, its number.
_CLOCK_NAME: Final = re.compile(
    r"\D{0,12}(\d{1,2}):(\d\d)(?::\d\d)?(?:\s?(?:-|to)\s?(\d{1,2}):(\d\d)(?::\d\d)?)?\D{0,3}\Z|[hH]_?\d{1,2}\Z|\d{1,3}\Z"
)
_DAYS_OF: Final = frozenset({23, 24, 25, 46, 48, 50, 92, 96, 100, 288, 1440})
# Shortest spacing at which a power on the clock's marks is a meter's mean rather than a logger's sample, seconds.
_DEMAND_SECONDS: Final = 900


# Our own format's columns are interval energies, whatever their values.
_OWN_NAMES: Final = frozenset({"energy_generated_kwh", "energy_consumed_kwh"})
# Values that only rise are a counter's where there are as many; fewer may be a morning's.
_SURE_COUNTER: Final = 60


class Proposal(msgspec.Struct):
    """What is made of a file. profile: sound, with the likeliest answers where something is open. ask: what is open.

    because: what was decided, a sentence each.
    """

    profile: Profile
    ask: list[Question]
    because: list[str]


def propose(body: bytes, file_name: str, answers: Mapping[str, str], site: str = "") -> Proposal:
    """Look at an unknown file and propose how it is read.

    body: the file, unpacked. answers: by the questions' keys. site: whose readings it has, where that is known.

    Raises:
        UnreadableFile: nothing in it looks like readings; the message says what was looked for.
        ProfileError: an answer can't be used.
    """
    asking = Asking(answers)
    known = _known_format(body, asking) or _of_table(body, asking)
    across = bool(known["layout"].get("across"))
    rule = _site_rule(known.pop("site_column", None), file_name, asking, site, across=across)
    name = re.sub(r"[^a-z0-9]+", "-", file_name.lower().rpartition(".")[0]).strip("-")[:40] or "feed"
    profile = msgspec.convert({"name": name, "site": msgspec.to_builtins(rule), **known}, Profile)
    require_sound(profile)
    return Proposal(profile, asking.open, asking.because)


def _site_rule(column: Column | None, file_name: str, asking: Asking, site: str, *, across: bool) -> SiteRule:
    values = list(dict.fromkeys(text.strip('="') for text in column.texts())) if column else []
    if across:
        return SiteRule(column=NAME)
    if column and len(values) > 1 and not site:
        asking.sure(f"each row names its site in the column {column.name!r} ({len(values)} of them)")
        return SiteRule(column=column.name)
    if site:
        return SiteRule(id=site)
    if column and len(values) == 1 and is_site_id(values[0]) and not values[0].isdigit():
        asking.sure(f"each row names its site in the column {column.name!r}, {values[0]!r}")
        return SiteRule(column=column.name)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", file_name.rpartition(".")[0]).strip("-._")[:64] or "site-1"
    return SiteRule(id=asking.ask("site", "Which site is the file of?", [*values[:3], stem]))


def _known_format(body: bytes, asking: Asking) -> dict[str, Any] | None:
    from heliograph.detect.standards import green_button, nem12  # noqa: PLC0415

    text = text_of(body[:4096]).lstrip("\ufeff \r\n")
    if re.match(r"100,NEM1[23]|200,[^,]*,[^,]*,", text):
        return nem12(text_of(body), asking)
    if text.startswith("<"):
        return green_button(body, asking)
    return None


def _of_table(body: bytes, asking: Asking) -> dict[str, Any]:
    """Propose all but the site of a file that is a table.

    Raises:
        UnreadableFile: it has no times or no energies that can be told.
    """
    table = table_of(body)
    times = times_of(table)
    if times is None:
        raise UnreadableFile("no column of the file holds times that can be read")
    taken = [*times.columns, *times.until, *filter(None, [times.number])]
    wide = _wide(table, taken)
    site = _site_column(table, taken)
    taken += [site.name] if site else []
    quality, rule = _quality(table, taken, asking)
    taken += [quality.name] if quality else []
    if wide:
        found = _wide_sides(table, wide, asking)
        table = msgspec.structs.replace(table, layout=msgspec.structs.replace(table.layout, wide=wide))
    else:
        found = _sides(table, taken, times, asking)
        if across := found.pop("across", None):
            table = msgspec.structs.replace(table, layout=msgspec.structs.replace(table.layout, across=across))
    time = _time(table, times, found, asking)
    parts: dict[str, Any] = {
        "layout": msgspec.to_builtins(table.layout),
        "time": msgspec.to_builtins(time),
        "site_column": site,
        **found,
    }
    if rule:
        parts["quality"] = msgspec.to_builtins(rule)
    return parts


def _site_column(table: Table, taken: list[str]) -> Column | None:
    """Return the column that names the site or its meter of each row."""
    for column in table.columns:
        texts = column.texts()
        if column.name in taken or not says_site(column.labels) or not texts:
            continue
        if len(set(texts)) <= max(1, len(texts) // 2) and all(
            re.fullmatch(r'=?"?[\w.\-() ]{1,64}"?', t) for t in texts[:50]
        ):
            return column
    return None


def _quality(table: Table, taken: list[str], asking: Asking) -> tuple[Column | None, QualityRule | None]:
    """Return the column whose words say how a value came about, and what each stands for."""
    for column in table.columns:
        words = {str(cell or "").strip() for cell in column.cells}
        if column.name in taken or len(words) > _MOST_MARKS or not words - {""}:
            continue
        marks: dict[str, Mark | None] = {word: mark_of(word) if word else "actual" for word in sorted(words)}
        known = sum(mark is not None for mark in marks.values())
        named = says_quality(column.labels)
        if not (known == len(marks) if not named else known) or not any(len(word) > 2 or named for word in words):
            continue
        if not named and not any(mark in {"estimated", "substituted"} for mark in marks.values()):
            continue
        unknown = [word for word, mark in marks.items() if mark is None]
        for word in unknown:
            answer = asking.ask(
                f"quality.{word}",
                f"What does {word!r} in {column.name!r} mean?",
                ["actual", "estimated", "substituted", "missing"],
            )
            marks[word] = answer  # type: ignore[assignment]
        said = ", ".join(f"{word!r} is {mark}" for word, mark in marks.items() if word)
        asking.sure(f"the column {column.name!r} holds the quality: {said}")
        return column, QualityRule(column=column.name, marks={word: mark for word, mark in marks.items() if mark})
    return None, None


def _wide(table: Table, taken: list[str]) -> Wide | None:
    """Return a table's intervals of a day, where each row is a day."""
    names = [column.name for column in table.columns]
    hits = [
        index
        for index, column in enumerate(table.columns)
        if column.name not in taken and _CLOCK_NAME.match(column.name.strip())
    ]
    if len(hits) < 23 or hits != list(range(hits[0], hits[0] + len(hits))) or len(hits) not in _DAYS_OF:
        return None
    count = next(usual for usual in (24, 48, 96, 288, 1440) if len(hits) <= usual * 25 // 24)
    return Wide(first=names[hits[0]], count=min(count, len(hits)))


def _wide_sides(table: Table, wide: Wide, asking: Asking) -> dict[str, Any]:
    words = {text: unit_of(text) for column in table.columns for text in set(column.texts()[:20]) if unit_of(text)}
    unit = next(iter(words.values()), None) or unit_of(table.above)
    said = unit or asking.ask("unit", "Which unit are the amounts in?", ["kWh", "Wh", "kW", "W"])
    role = role_of(table.above)
    side = _side_of(role) or asking.ask(
        "side", "Does the site generate or consume these amounts?", ["consumed", "generated"]
    )
    quantity = "mean_power" if said in {"W", "kW", "MW"} else "interval"
    asking.sure(f"each row is a day of {wide.count} intervals, from the column {wide.first!r} on")
    return {"quantity": quantity, "unit": said, side: [{"column": VALUE}]}


def _side_of(role: str | None) -> str:
    return {"production": "generated", "export": "generated", "consumption": "consumed", "import": "consumed"}.get(
        role or "", ""
    )


def _sides(table: Table, taken: list[str], times: Times, asking: Asking) -> dict[str, Any]:
    """Return the quantity, the unit and the sources of both sides."""
    words = [
        column for column in table.columns if column.name not in taken and 0 < len(set(column.texts())) <= _MOST_WORDS
    ]
    units = [c for c in words if all(unit_of(text) and len(text) < 15 for text in c.texts())]
    said = [text for column in units for text in column.texts()[:1]] + [table.above]
    amounts = amounts_of(table, [*taken, *(c.name for c in units)], said)
    if by_register := _by_register(table, words, amounts, times):
        return _long_sides(*by_register, times, asking)
    generated, consumed = of_side(amounts, "generated"), of_side(amounts, "consumed")
    if not generated and not consumed:
        return _unnamed(amounts, table.above, times, asking)
    return _named(generated, consumed, times, asking)


def _named(
    generated: list[list[Amounts]], consumed: list[list[Amounts]], times: Times, asking: Asking
) -> dict[str, Any]:
    """Choose both sides among columns whose names tell them, of one kind of amount."""
    first = _pair(generated, consumed)
    chosen = {"generated": first[0], "consumed": first[1]}
    for side, group, all_of in (("generated", first[0], generated), ("consumed", first[1], consumed)):
        rivals = [each for each in all_of if group and _is_rival(each[0], group[0])]
        if len(rivals) > 1:
            options = [" + ".join(each.name for each in rival) for rival in rivals]
            answer = asking.ask(side, f"Which columns are what the site has {side}?", options)
            chosen[side] = rivals[options.index(answer)] if answer in options else group
    every = [each for group in chosen.values() for each in group]
    quantity, unit = _quantity(every, times, asking), _unit(every, asking)
    sources: dict[str, Any] = {}
    for side, group in chosen.items():
        if group:
            sources[side] = [_source(each, unit) for each in group]
            asking.sure(f"{side}: {' + '.join(repr(each.name) for each in group)}")
    return {"quantity": quantity, "unit": unit, **sources}


def _pair(generated: list[list[Amounts]], consumed: list[list[Amounts]]) -> tuple[list[Amounts], list[Amounts]]:
    """Return the likeliest columns of both sides: of one kind, and both of the plant and house, or both of the grid."""
    if not generated or not consumed:
        return (generated[0] if generated else [], consumed[0] if consumed else [])
    together = {("production", "consumption"), ("export", "import")}
    pairs = [(g, c) for g in generated for c in consumed if g[0].kind == c[0].kind and g[0].is_daily == c[0].is_daily]
    close = [(g, c) for g, c in pairs if (g[0].role, c[0].role) in together]
    found = [*close, *pairs]
    return min(found, key=lambda pair: (pair[0][0].is_daily, pair not in close)) if found else (generated[0], [])


def _is_rival(one: Amounts, other: Amounts) -> bool:
    return (one.kind, one.role, one.is_daily) == (other.kind, other.role, other.is_daily)


def _source(each: Amounts, unit: str) -> dict[str, Any]:
    source: dict[str, Any] = {"column": each.name}
    if each.unit and each.unit != unit:
        source["unit"] = each.unit
    if each.negative and not each.positive:
        source["factor"] = "-1"
    return source


def _unnamed(amounts: list[Amounts], above: str, times: Times, asking: Asking) -> dict[str, Any]:
    """Ask which column it is, and whose, where no name tells.

    Raises:
        UnreadableFile: there is no column of numbers.
    """
    usable = [each for each in amounts if each.total or each.kind == "register"] or amounts
    if not usable:
        raise UnreadableFile("the file has times, and no column of amounts that may be energy or power")
    if across := _across(usable, asking):
        return across
    net = [each for each in usable if each.role == "net"]
    options = net or sorted(usable, key=lambda each: (each.unit is None, -each.filled))
    names = [each.name for each in options]
    name = names[0] if len(names) == 1 else asking.ask("column", "Which column holds the site's amounts?", names)
    chosen = next((each for each in options if each.name == name), options[0])
    quantity, unit = _quantity([chosen], times, asking), _unit([chosen], asking)
    if chosen.positive and chosen.negative:
        sign = asking.ask("sign", f"Amounts of {chosen.name!r} above zero are what the site", ["consumed", "generated"])
        above, below = ("consumed", "generated") if sign == "consumed" else ("generated", "consumed")
        return {
            "quantity": quantity,
            "unit": unit,
            above: [{"column": chosen.name, "take": "positive"}],
            below: [{"column": chosen.name, "take": "negative"}],
        }
    side = _side_of(role_of(above) or ("production" if "inverter" in above.lower() else None))
    side = side or asking.ask(
        "side", f"Does the site generate or consume the amounts of {chosen.name!r}?", ["generated", "consumed"]
    )
    return {"quantity": quantity, "unit": unit, side: [_source(chosen, unit)]}


def _across(usable: list[Amounts], asking: Asking) -> dict[str, Any] | None:
    """Return the sides of a table whose columns may be sites, which is asked; None where they aren't."""
    names = [each.name for each in usable]
    if len(usable) < 2 or any(each.role or each.unit for each in usable) or not all(is_site_id(name) for name in names):
        return None
    if asking.ask("across", f"Is each of the columns {', '.join(names[:4])} a site's?", ["yes", "no"]) != "yes":
        return None
    unit = asking.ask("unit", "Which unit are the amounts in?", ["kWh", "Wh", "kW", "W"])
    side = asking.ask("side", "Do the sites generate or consume these amounts?", ["generated", "consumed"])
    quantity = "mean_power" if unit in {"W", "kW", "MW"} else usable[0].kind
    return {"quantity": quantity, "unit": unit, side: [{"column": VALUE}], "across": names}


def _quantity(amounts: list[Amounts], times: Times, asking: Asking) -> str:
    """Return what the amounts are; a power on the clock's marks may be a mean or a sample, which is asked."""
    kind = amounts[0].kind
    if kind == "interval" or all(each.name in _OWN_NAMES for each in amounts):
        return "interval"
    if kind == "register":
        short = max(each.filled for each in amounts) < _SURE_COUNTER and not any(
            says_counter(each.column.labels) for each in amounts
        )
        if short:
            return asking.ask(
                "quantity",
                f"Is {amounts[0].name!r} a running counter, or the energy of each interval?",
                ["register", "interval"],
            )
        asking.sure(f"{amounts[0].name!r} is a running counter: it only rises; energy is the difference")
        return "register"
    if says_mean(" ".join(each.column.labels for each in amounts)):
        return "mean_power"
    if times.until or times.marks == "end":
        asking.sure("the powers are means: each is of an interval with an end of its own")
        return "mean_power"
    if not is_regular(times.stamps):
        asking.sure("the powers are samples: they come at uneven times; each is held until the next")
        return "instant_power"
    step = step_of(times.stamps) or 0
    likely = ["mean_power", "instant_power"] if step >= _DEMAND_SECONDS else ["instant_power", "mean_power"]
    return asking.ask("quantity", "Is a power the mean of its interval, or a sample held until the next?", likely)


def _unit(amounts: list[Amounts], asking: Asking) -> str:
    unit = next((each.unit for each in amounts if each.unit), None)
    if unit:
        return unit
    options = ["W", "kW"] if amounts[0].kind == "power" else ["kWh", "Wh", "MWh"]
    return asking.ask("unit", f"Which unit are the amounts of {amounts[0].name!r} in?", options)


def _by_register(
    table: Table, words: list[Column], amounts: list[Amounts], times: Times
) -> tuple[Amounts, Column, dict[str, str]] | None:
    """Return the one column of amounts and the column whose words say whose each row's is, where rows are that long."""
    if len(amounts) != 1 and sum(each.role is None and each.unit is not None for each in amounts) != 1:
        return None
    amount = next((each for each in amounts if each.role is None and each.unit), amounts[0])
    stamps = [str(cell) for cell in (table.column(times.columns[-1]) or table.columns[0]).cells]
    for column in words:
        if column.name == amount.name:
            continue
        sides = {text: _side_of(role_of(text)) for text in set(column.texts())}
        told = [side for side in sides.values() if side]
        if (
            told
            and len(sides) > 1
            and len(told) == len(sides)
            and len(set(zip(stamps, column.cells, strict=True))) > len(set(stamps))
        ):
            return amount, column, sides
        if told and len(set(told)) == 1 and len(sides) >= 1 and len({without_tariff(text) for text in sides}) == 1:
            return amount, column, sides
    return None


def _long_sides(amount: Amounts, column: Column, sides: dict[str, str], times: Times, asking: Asking) -> dict[str, Any]:
    """Return the sources of rows of which each is one register's; what the amounts are is told by one register's rows."""
    word = next(iter(column.texts()))
    own = [value for value, cell in zip(amount.values, column.cells, strict=True) if str(cell).strip() == word]
    unit = _unit([amount], asking)
    kind = kind_of([value for value in own if value is not None], amount.unit, amount.column.labels)
    found: dict[str, Any] = {
        "quantity": _quantity([msgspec.structs.replace(amount, kind=kind)], times, asking),
        "unit": unit,
    }
    for side in ("generated", "consumed"):
        if words := sorted(word for word, of in sides.items() if of == side):
            where = {column.name: words} if len(sides) > 1 else {}
            found[side] = [msgspec.to_builtins(Source(column=amount.name, where=where))]
            asking.sure(f"{side}: {amount.name!r} of the rows whose {column.name!r} is {', '.join(map(repr, words))}")
    return found


def _time(table: Table, times: Times, found: Mapping[str, Any], asking: Asking) -> TimeRule:
    """Return when rows are; the zone, the order of day and month, start or end are asked where the file can't tell."""
    form = times.forms[0]
    if len({tuple(stamp.local for stamp in read_all(_first_texts(table, times), each)) for each in times.forms}) > 1:
        form = asking.ask("date", "In which format are the dates?", times.forms)
    quantity = found["quantity"]
    found_names = {source["column"] for side in ("generated", "consumed") for source in found.get(side, ())}
    if quantity in {"register", "instant_power"}:
        marks = "instant"
    elif times.marks:
        marks = times.marks
        asking.sure(f"a stamp is an interval's {marks}: {times.because}")
    elif found_names <= _OWN_NAMES:
        marks = "end"
        asking.sure("a stamp is an interval's end: the columns are those of Heliograph's own format")
    elif table.layout.wide:
        marks = "end" if _first_is_an_end(table.layout.wide) else "start"
    else:
        marks = asking.ask("stamp", "Does a stamp say when its interval starts or when it ends?", ["start", "end"])
    if times.has_offset:
        zone = ""
    elif times.zone:
        zone = times.zone
        asking.sure("stamps are UTC: the column's name says so")
    else:
        zone = asking.ask("zone", "In which time zone are the stamps?", _zones(table, form))
    step = (
        None if times.until or table.layout.wide or quantity in {"register", "instant_power"} else step_of(times.stamps)
    )
    minutes = step // 60 if step and step % 60 == 0 else None
    return TimeRule(
        columns=times.columns,
        number=times.number,
        until=times.until,
        format=form,
        zone=zone,
        marks=marks,
        interval_minutes=minutes,
    )  # type: ignore[arg-type]


def _first_texts(table: Table, times: Times) -> list[str]:
    columns = [column for name in times.columns if (column := table.column(name))]
    return [" ".join(str(column.cells[i]) for column in columns) for i in range(min(200, table.count))]


def _first_is_an_end(wide: Wide) -> bool:
    found = _CLOCK_NAME.match(wide.first.strip())
    return bool(found and found[1] and (int(found[1]), int(found[2])) != (0, 0) and not found[3])


def _zones(table: Table, form: str) -> list[str]:
    """Return zones that the language of a file's names makes likely, the likeliest first."""
    names = " ".join(column.labels for column in table.columns).lower()
    likely = [zone for words, zone in _ZONES if any(word in names for word in words)]
    if form.startswith("%m") and not likely:
        likely = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]
    return list(dict.fromkeys([*likely, "Europe/Amsterdam", "Europe/Berlin", "UTC"]))


_ZONES: Final = (
    (("afname", "verbruik", "tijdstip", "datum en", "opbrengst"), "Europe/Amsterdam"),
    (("afname", "injectie"), "Europe/Brussels"),
    (("erzeug", "einspeis", "bezug", "verbrauch", "zeitstempel", "uhrzeit"), "Europe/Berlin"),
    (("consumo", "fecha", "hora"), "Europe/Madrid"),
    (("consumo", "data", "hora", "leitura"), "Europe/Lisbon"),
    (("horodate", "consommation", "soutirage"), "Europe/Paris"),
    (("prelievo", "immissione"), "Europe/Rome"),
)


def is_empty(column: Column) -> bool:
    """Return whether a column has no value."""
    return all(is_no_value(cell) for cell in column.cells)
