"""From an unknown file to a proposed profile, and the questions that only a person can answer.

What the file itself shows is decided and said with its reason. What it can't show, such as the zone of stamps without
an offset, is asked; until it is answered the likeliest answer stands in the profile, and the question stands open.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from heliograph.detect.by_sun import marks_by_sun, place_of
from heliograph.detect.choose import both_sides
from heliograph.detect.columns import Column, FileTable
from heliograph.detect.dates import impossible_rows, read_all
from heliograph.detect.marks import mark_of
from heliograph.detect.quantities import OWN_NAMES, in_named_unit
from heliograph.detect.questions import Asking, Question
from heliograph.detect.shipped import shipped_for, shipped_like
from heliograph.detect.table import may_group_thousands, table_of
from heliograph.detect.times import BY_DAYS, Times, step_of, times_of
from heliograph.detect.wide_days import first_is_an_end, wide_of, wide_sides
from heliograph.detect.words import says_quality, says_site
from heliograph.errors import UnreadableFile
from heliograph.profiles.model import (
    Mark,
    Marks,
    Profile,
    QualityRule,
    SiteRule,
    TimeRule,
    require_sound,
)
from heliograph.profiles.rows import NAME, text_of
from heliograph.reading import is_site_id
from heliograph.sides import SIDES

_MOST_MARKS: Final = 12
# What a point in a number may be.
_DECIMALS: Final = "decimals"
_THOUSANDS: Final = "thousands"


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
    known = _known_format(body, asking)
    table = None if known else table_of(body)
    if table and (shipped := shipped_for(table.layout.format, [column.name for column in table.columns], body)):
        asking.sure(f"the file is one of {shipped.title!r}, whose profile {shipped.name} is shipped")
        rule = _site_rule(None, file_name, asking, site, across=False)
        return Proposal(shipped.asked(asking, rule), asking.open, asking.because)
    if table:
        known = _of_table(table, body, asking)
    return _made(known or {}, file_name, asking, site)


def _made(known: dict[str, Any], file_name: str, asking: Asking, site: str) -> Proposal:
    """Return the proposal that a file's parts make."""
    across = bool(known["layout"].get("across"))
    rule = _site_rule(known.pop("site_column", None), file_name, asking, site, across=across)
    name = re.sub(r"[^a-z0-9]+", "-", file_name.lower().rpartition(".")[0]).strip("-")[:40] or "feed"
    profile = msgspec.convert({"name": name, "site": msgspec.to_builtins(rule), **known}, Profile)
    if shipped := shipped_like(profile):
        profile = msgspec.structs.replace(profile, name=shipped.name, title=shipped.title)
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


def _of_table(table: FileTable, body: bytes, asking: Asking) -> dict[str, Any]:
    """Propose all but the site of a file that is a table.

    Raises:
        UnreadableFile: it has no times or no energies that can be told.
    """
    table, times = _timed(table, asking)
    if may_group_thousands(table):
        question = "Is a point in a number such as 1.234 before its decimals, or between its thousands?"
        decimal = "," if asking.ask("decimal", question, [_DECIMALS, _THOUSANDS]) == _THOUSANDS else "."
        table = msgspec.structs.replace(table, layout=msgspec.structs.replace(table.layout, decimal=decimal))
    taken = [*times.columns, *times.until, *filter(None, [times.number])]
    wide = wide_of(table, taken)
    site = _site_column(table, taken)
    taken += [site.name] if site else []
    quality, rule = _quality(table, taken, asking)
    taken += [quality.name] if quality else []
    if wide:
        found = wide_sides(table, taken, wide, asking)
        table = msgspec.structs.replace(table, layout=msgspec.structs.replace(table.layout, wide=wide))
    else:
        found = in_named_unit(both_sides(table, taken, times, site, asking))
        site = found.pop("site_by", site)
        if across := found.pop("across", None):
            table = msgspec.structs.replace(table, layout=msgspec.structs.replace(table.layout, across=across))
        found |= _missing(table, found, asking)
    marks, why = _marks(table, times, found)
    time = _time(table, times, marks or "start", asking)
    parts: dict[str, Any] = {
        "layout": msgspec.to_builtins(table.layout),
        "time": msgspec.to_builtins(time),
        **found,
    }
    if rule:
        parts["quality"] = msgspec.to_builtins(rule)
    parts["time"]["marks"] = _asked_marks(parts, marks, why, body, asking)
    return {**parts, "site_column": site}


def _timed(table: FileTable, asking: Asking) -> tuple[FileTable, Times]:
    """Return a table's rows that have a time, and their times. The few that have an impossible one say no more.

    Raises:
        UnreadableFile: it has no times that can be read.
    """
    if (times := times_of(table)) is None and (rows := impossible_rows(table)):
        left_out = set(rows)
        columns = [
            Column(each.name, each.labels, [cell for at, cell in enumerate(each.cells) if at not in left_out])
            for each in table.columns
        ]
        table = msgspec.structs.replace(table, columns=columns)
        times = times_of(table)
        asking.sure(f"{len(rows)} of its rows have a time that no day has, and are rejected")
    if times is None:
        raise UnreadableFile("no column of the file holds times that can be read")
    return table, times


def _missing(table: FileTable, found: Mapping[str, Any], asking: Asking) -> dict[str, Any]:
    """Return the words that stand for no value among the amounts of both sides, beside those that always do."""
    words = set()
    for name in dict.fromkeys(source["column"] for side in SIDES for source in found.get(side, ())):
        if (column := table.column(name)) and (own := column.repeated_words()[:_MOST_MARKS]):
            asking.sure(f"{', '.join(map(repr, own))} in {name!r} stands for no value")
            words.update(own)
    return {"missing": sorted(words)} if words else {}


def _site_column(table: FileTable, taken: list[str]) -> Column | None:
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


def _quality(table: FileTable, taken: list[str], asking: Asking) -> tuple[Column | None, QualityRule | None]:
    """Return the column whose words say how a value came about, and what each stands for."""
    for column in table.columns:
        words = {str(cell or "").strip() for cell in column.cells}
        if column.name in taken or len(words) > _MOST_MARKS or not words - {""}:
            continue
        marks: dict[str, Mark | None] = {word: mark_of(word) if word else "actual" for word in sorted(words)}
        known = sum(mark is not None for mark in marks.values())
        named = says_quality(column.labels)
        if not (known == len(marks) if not named else known) or not any(
            len(word) > len("OK") or named for word in words
        ):
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
            marks[word] = cast("Mark", answer)
        said = ", ".join(f"{word!r} is {mark}" for word, mark in marks.items() if word)
        asking.sure(f"the column {column.name!r} holds the quality: {said}")
        return column, QualityRule(column=column.name, marks={word: mark for word, mark in marks.items() if mark})
    return None, None


def _marks(table: FileTable, times: Times, found: Mapping[str, Any]) -> tuple[str, str]:
    """Return what stamps mark, and why; nothing where the file doesn't tell."""
    names = {source["column"] for side in SIDES for source in found.get(side, ())}
    if found["quantity"] in {"register", "instant_power"}:
        return "instant", ""
    if times.marks:
        return times.marks, times.because
    if names <= OWN_NAMES:
        return "end", "the columns are those of Heliograph's own format"
    if table.layout.wide:
        return ("end" if first_is_an_end(table.layout.wide) else "start"), ""
    return "", ""


def _asked_marks(parts: Mapping[str, Any], known: str, why: str, body: bytes, asking: Asking) -> str:
    """Return what stamps mark: as the file says, or else the sun, or else a person.

    known: what the file says, nothing where it doesn't. What only the days' edges tell, the sun may contradict.
    """
    place = place_of(asking.given("place"))
    is_sure = (known and why != BY_DAYS) or any(each.key == "zone" for each in asking.open)
    by_sun, because = "", ""
    if not is_sure and place and parts.get("generated") and not parts["layout"].get("across"):
        draft = {**parts, "name": "draft", "site": {"id": "site-1"}, "time": {**parts["time"], "marks": "start"}}
        by_sun, because = marks_by_sun(msgspec.convert(draft, Profile), body, place)
    if because and not by_sun:
        asking.sure(because)
    marks = known or by_sun
    if marks and by_sun in {"", marks}:
        if why or because:
            asking.sure(f"a stamp is an interval's {marks}: {why or because}")
        return marks
    likely = ["end", "start"] if by_sun == "end" else ["start", "end"]
    return asking.ask("marks", "Does a stamp say when its interval starts or when it ends?", likely)


def _time(table: FileTable, times: Times, marks: str, asking: Asking) -> TimeRule:
    """Return when rows are; the zone and the order of day and month are asked where the file can't tell."""
    form = times.forms[0]
    if (
        len(
            {tuple(wall_time.local for wall_time in read_all(_first_texts(table, times), each)) for each in times.forms}
        )
        > 1
    ):
        form = asking.ask("date", "In which format are the dates?", times.forms)
    if times.has_offset:
        zone = ""
    elif times.zone:
        zone = times.zone
        asking.sure("stamps are UTC: the column's name says so")
    else:
        zone = asking.ask("zone", "In which time zone are the stamps?", _zones(table, form))
    told = times.until or table.layout.wide or marks == "instant"
    step = times.beside_sums or (None if told else step_of(times.wall_times))
    if times.beside_sums:
        asking.sure("rows that span several others sum them, and are left out")
    minutes = step // 60 if step and step % 60 == 0 else None
    return TimeRule(
        columns=times.columns,
        number=times.number,
        until=times.until,
        format=form,
        zone=zone,
        marks=cast("Marks", marks),
        interval_minutes=minutes,
    )


def _first_texts(table: FileTable, times: Times) -> list[str]:
    columns = [column for name in times.columns if (column := table.column(name))]
    return [" ".join(str(column.cells[i]) for column in columns) for i in range(min(200, table.count))]


def _zones(table: FileTable, form: str) -> list[str]:
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
