"""Reading by a profile: clocks, sums, counters, powers and lengths, and that no row is lost."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.errors import ProfileError, ProfileMismatch, ReadingError, UnreadableFile
from heliograph.profiles.amounts import amount_of, held
from heliograph.profiles.energies import counted
from heliograph.profiles.lengths import spacing, spacing_of_ends
from heliograph.profiles.model import Profile, parse_profile, require_sound, write_profile
from heliograph.profiles.read import ProfiledFile, read_file
from heliograph.profiles.wall_times import parser_of

BASE: dict[str, Any] = {
    "name": "meter",
    "layout": {"format": "csv"},
    "site": {"id": "roof-1"},
    "time": {"columns": ["time"], "marks": "start", "zone": "Europe/Berlin"},
    "quantity": "interval",
    "unit": "kWh",
    "consumed": [{"column": "kwh"}],
}


def profile(**parts: Any) -> Profile:  # noqa: ANN401 - parts of JSON
    """Return the base profile with other parts; a mapping is merged into the part."""
    merged = {
        name: {**BASE[name], **part} if isinstance(part, Mapping) and name in BASE else part
        for name, part in parts.items()
    }
    made = msgspec.convert({**BASE, **merged}, Profile)
    require_sound(made)
    return made


def read(text: str, **parts: Any) -> ProfiledFile:  # noqa: ANN401 - parts of JSON
    """Read CSV text."""
    return read_file(profile(**parts), text.encode())


def table(rows: list[tuple[str, object]], header: str = "time,kwh") -> str:
    """Return CSV text of rows."""
    return "\n".join([header, *(f"{time},{value}" for time, value in rows)]) + "\n"


def utc(found: ProfiledFile) -> list[str]:
    """Return the ENDs as text."""
    return [datetime.fromtimestamp(each.end, UTC).strftime("%d %H:%M") for each in found.readings]


def test_the_hour_that_comes_twice_is_told_by_order_pass_after_pass() -> None:
    """All of the first hour, then all of the second: eight quarters in a row, none lost, none doubled."""
    rows: list[tuple[str, object]] = [(f"2025-10-26 02:{m:02d}", n) for n in (1, 2) for m in range(0, 60, 15)]
    found = read(table(rows))
    assert utc(found) == [
        f"26 {h:02d}:{m:02d}" for h, m in ((0, 15), (0, 30), (0, 45), (1, 0), (1, 15), (1, 30), (1, 45), (2, 0))
    ]
    assert [each.consumed for each in found.readings] == [1] * 4 + [2] * 4


def test_the_hour_that_comes_twice_is_told_where_its_stamps_are_paired() -> None:
    """Each stamp twice in a row: the first of each pair is summer time."""
    rows: list[tuple[str, object]] = [(f"2025-10-26 02:{m:02d}", n) for m in range(0, 60, 15) for n in (1, 2)]
    assert [each.consumed for each in read(table(rows)).readings] == [1] * 4 + [2] * 4


def test_a_file_with_its_newest_row_first_has_winter_time_first() -> None:
    """In falling order the first of two equal stamps is the later one."""
    hours = [("03:00", 5), ("02:00", 4), ("02:00", 3), ("01:00", 2), ("00:00", 1)]
    found = read(table([(f"2025-10-26 {hour}", value) for hour, value in hours]))
    assert [each.consumed for each in found.readings] == [1, 2, 3, 4, 5]


def test_a_stamp_that_stands_three_times_in_the_doubled_hour_is_refused() -> None:
    """Three of one stamp can't be told apart: they are rejected with that reason, the others are read."""
    rows: list[tuple[str, object]] = [("2025-10-26 01:00", 1), *[("2025-10-26 02:00", 2)] * 3, ("2025-10-26 03:00", 1)]
    found = read(table(rows), time={"interval_minutes": 60})
    assert len(found.readings) == 2
    assert {"more than twice" in each.reason for each in found.rejected} == {True}


def test_a_stamp_that_the_clocks_skipped_is_an_hour_on() -> None:
    """02:00 of the morning on which summer time begins is 03:00."""
    assert utc(read(table([("2025-03-30 02:00", 1)]), time={"interval_minutes": 15})) == ["30 01:15"]


def test_a_skipped_stamp_that_meets_another_value_is_rejected_with_what_to_say() -> None:
    """A clock that keeps one time all year writes the skipped hour too: its energy isn't dropped in silence."""
    found = read(table([("2026-03-29 02:30", 1), ("2026-03-29 03:30", 2)]), time={"interval_minutes": 30})
    assert [each.consumed for each in found.readings] == [Decimal(1)]
    assert [(each.position, "without summer time" in each.reason) for each in found.rejected] == [(3, True)]


def test_a_first_row_with_an_amount_and_no_time_is_rejected_and_a_title_is_not() -> None:
    """Only rows of words are heads: a file of unreadable times loses none of its rows in silence."""
    found = read(table([("kept by hand", ""), ("abc", 1), ("2026-13-45", 2)]))
    assert (found.headings, [each.position for each in found.rejected]) == (1, [3, 4])


def test_numbered_intervals_follow_the_clock_of_their_day() -> None:
    """Hour 25 is the last of the autumn day; the day is 25 hours long."""
    text = "time,hour,kwh\n" + "".join(f"2025-10-26,{hour},1\n" for hour in range(1, 26))
    found = read(text, time={"number": "hour", "interval_minutes": 60})
    assert utc(found)[0] == "25 23:00"
    assert utc(found)[-1] == "26 23:00"
    assert len(found.readings) == 25


def test_registers_of_a_side_are_summed_and_one_without_the_other_is_no_value() -> None:
    """Day and night tariff make a side; a row that has only one of them is rejected, since the sum isn't known."""
    text = "time,day,night\n2025-06-01 00:00,1,2\n2025-06-01 01:00,1,\n2025-06-01 02:00,,\n2025-06-01 03:00,0.1,0.2\n"
    found = read(text, consumed=[{"column": "day"}, {"column": "night"}], time={"interval_minutes": 60})
    assert [each.consumed for each in found.readings] == [3, Decimal("0.3")]
    assert "isn't known" in found.rejected[0].reason
    assert found.blank == 1


def test_a_counter_gives_facts_whose_energies_are_worked_out_over_all_files() -> None:
    """What a counter stood at is kept; energy is the step between two of them, over a gap too, and none over a fall."""
    rows: list[tuple[str, object]] = [
        ("2025-06-01 00:00", 100),
        ("2025-06-01 00:15", "100.5"),
        ("2025-06-01 00:45", 101),
        ("2025-06-01 01:00", 3),
        ("2025-06-01 01:15", 4),
    ]
    found = [read(table(part), quantity="register", time={"marks": "instant"}) for part in (rows[3:], rows[:3])]
    facts = [*found[1].readings, *found[0].readings]
    assert [each.registers[0].kwh for each in facts] == [100, Decimal("100.5"), 101, 3, 4]
    assert {each.consumed for each in facts} == {None}
    assert [(each.consumed, each.seconds, each.note) for each in counted(facts)[1:]] == [
        (Decimal("0.5"), 900, ""),
        (Decimal("0.5"), 1800, ""),
        (None, 900, "fell"),
        (1, 900, ""),
    ]


def test_a_register_has_its_place_its_words_its_width_and_its_day() -> None:
    """Day and night tariff stay apart, in the unit of a reading; midnight is the end of a daily counter's day."""
    text = "time,tariff,wh\n2025-06-02 00:00,1,5000\n2025-06-02 00:00,2,70\n2025-06-02 00:15,1,5001\n"
    source = {"column": "wh", "where": {"tariff": ["1", "2"]}, "rolls_over_at": "1000000", "resets": "daily"}
    found = read(text, quantity="register", unit="Wh", time={"marks": "instant"}, consumed=[source])
    assert [[(r.name, r.kwh, r.rolls_over_at, r.day) for r in each.registers] for each in found.readings] == [
        [("meter:0/1", 5, 1000, "2025-06-01"), ("meter:0/2", Decimal("0.07"), 1000, "2025-06-01")],
        [("meter:0/1", Decimal("5.001"), 1000, "2025-06-02")],
    ]


@pytest.mark.parametrize(
    ("quantity", "source", "says"),
    [
        ("interval", {"resets": "daily"}, "rolls_over_at, resets"),
        ("register", {"rolls_over_at": "many"}, "rolls_over_at: 'many'"),
        ("register", {"rolls_over_at": "-100"}, "rolls_over_at: '-100'"),
        ("register", {"take": "positive"}, "take:"),
    ],
)
def test_a_profile_says_of_registers_only_what_they_can_have(quantity: str, source: dict[str, str], says: str) -> None:
    """What would be passed over in silence is refused."""
    marks = "instant" if quantity == "register" else "start"
    with pytest.raises(ProfileError, match=says):
        profile(quantity=quantity, time={"marks": marks}, consumed=[{"column": "kwh", **source}])


def test_a_mean_power_is_its_interval_long_and_a_sample_is_held_until_the_next() -> None:
    """2 kW for a quarter is 0.5 kWh; a sample is held, but not over a gap of more than three steps."""
    rows: list[tuple[str, object]] = [
        (f"2025-06-01 {stamp}", 2) for stamp in ("00:00", "00:15", "00:30", "02:00", "02:15")
    ]
    mean = read(table(rows), quantity="mean_power", unit="kW")
    assert [each.consumed for each in mean.readings] == [Decimal("0.5")] * 5
    sample = read(table(rows), quantity="instant_power", unit="kW", time={"marks": "instant"})
    assert [each.consumed for each in sample.readings] == [Decimal("0.5")] * 3


def test_a_signed_column_is_parted_and_a_negative_export_turned() -> None:
    """Import is what is above zero, export what is below; a factor turns a column that is written negative."""
    text = "time,kwh,out\n2025-06-01 00:00,1.5,-3\n2025-06-01 01:00,-0.5,0\n"
    net = read(
        text, generated=[{"column": "kwh", "take": "negative"}], consumed=[{"column": "kwh", "take": "positive"}]
    )
    assert [(each.generated, each.consumed) for each in net.readings] == [(0, Decimal("1.5")), (Decimal("0.5"), 0)]
    assert [each.generated for each in read(text, generated=[{"column": "out", "factor": "-1"}]).readings] == [3, 0]


def test_quality_words_are_marks_and_an_unknown_one_is_refused() -> None:
    """A word of the profile marks its reading; one that it doesn't know is rejected by name."""
    text = "time,kwh,q\n2025-06-01 00:00,1,E\n2025-06-01 01:00,1,A\n2025-06-01 02:00,1,N\n2025-06-01 03:00,1,X\n"
    marks = {"E": "estimated", "A": "actual", "N": "missing"}
    found = read(text, quality={"column": "q", "marks": marks})
    assert [each.mark for each in found.readings] == ["estimated", "actual"]
    assert (found.blank, len(found.rejected)) == (1, 1)
    assert "'X'" in found.rejected[0].reason


def test_what_stands_again_counts_once() -> None:
    """A row that stands in the file again is counted once, and told."""
    rows: list[tuple[str, object]] = [("2025-06-01 00:00", 1), ("2025-06-01 01:00", 2), ("2025-06-01 00:00", 1)]
    found = read(table(rows))
    assert [each.consumed for each in found.readings] == [1, 2]
    assert found.repeated == 1


def test_a_stretch_of_another_length_has_its_own() -> None:
    """Ten minutes, then one minute: each interval is as long as its own step, and a gap lengthens none."""
    tens = [600 * n for n in range(10)]
    ones = [6000 + 60 * n for n in range(20)]
    assert spacing([*tens, *ones]) == [600] * 10 + [60] * 20
    assert spacing([0, 900, 1800, 9000, 9900]) == [900] * 5
    assert spacing_of_ends([0, 900, 1800, 9000, 9900]) == [900] * 5


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    """A file of another feed is refused with what it lacks and what it has."""
    with pytest.raises(ProfileMismatch, match=r"no column 'kwh'; it has 'time', 'value'"):
        read("time,value\n2025-06-01 00:00,1\n")


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"consumed": []}, "neither has a source"),
        ({"unit": "kW"}, "is no unit of energy"),
        ({"time": {"marks": "instant"}}, "goes with instant"),
        ({"time": {"zone": "Mars/North"}}, "zone"),
        ({"time": {"format": "%d.%m"}}, "no year"),
        ({"site": {"id": "a", "column": "b"}}, "say one of"),
        ({"consumed": [{"column": "kwh", "factor": "0"}]}, "factor"),
    ],
)
def test_a_profile_that_does_not_go_together_is_refused(parts: dict[str, Any], word: str) -> None:
    """Each contradiction in a profile is named before any file is read by it."""
    with pytest.raises(ProfileError, match=word):
        profile(**parts)


def test_a_misspelt_field_is_refused_and_a_profile_reads_back() -> None:
    """A field that there isn't would change how a file is read in silence; what is written reads back the same."""
    with pytest.raises(ProfileError, match="intervall"):
        parse_profile(msgspec.json.encode({**BASE, "intervall": 15}))
    assert parse_profile(write_profile(profile())) == profile()


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("0,119", ",", "0.119"),
        ("1.234,5", ",", "1234.5"),
        ("1 234,5", ",", "1234.5"),
        ("1,234.50", ".", "1234.50"),
        ('="0012"', ".", "12"),
        ("-.5", ".", "-0.5"),
        ("12 kWh", ".", "12"),
        ("1e-3", ".", "0.001"),
    ],
)
def test_numbers_are_exact_in_both_signs(text: str, decimal: str, value: str) -> None:
    """Thousands are grouped by a point, a comma, a space; the decimal sign is the profile's."""
    assert amount_of(text, decimal) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "decimal"), [("2,23", "."), ("1.2.3", "."), ("abc", "."), ("1,2,3", ","), ("1e9999", ".")]
)
def test_what_is_no_number_is_refused(text: str, decimal: str) -> None:
    """A comma where the profile says point is no decimal sign, and no thousands either."""
    with pytest.raises(ReadingError):
        amount_of(text, decimal)


@pytest.mark.parametrize(
    ("form", "text", "local"),
    [
        ("iso", "2025-06-01T24:00:00Z", "2025-06-02 00:00:00"),
        ("%d.%m.%Y %H:%M", "1.6.2025 9:05", "2025-06-01 09:05:00"),
        ("%m/%d/%Y %I:%M %p", "06/01/2025 12:05 AM", "2025-06-01 00:05:00"),
        ("%Y-%m-%d %H:%M:%S %Z%z", "2024-10-27 02:00:00 CEST+0200", "2024-10-27 02:00:00"),
        ("%d %b %Y", "3 mrt. 2025", "2025-03-03 00:00:00"),
        ("epoch_ms", "1780308900000", "2026-06-01 10:15:00"),
    ],
)
def test_stamps_are_read_as_they_are_written(form: str, text: str, local: str) -> None:
    """Hour 24, a twelve-hour clock, abbreviations before offsets, months by name, epochs."""
    assert str(parser_of(form)(text).local) == local


def test_a_fraction_of_a_power_is_kept_to_twelve_decimals() -> None:
    """An energy that is no whole number is rounded where no meter can tell; one that is stays exact."""
    assert held(Decimal("1.415"), 307) == Decimal("0.120668055556")
    assert held(Decimal("2.4"), 900) == Decimal("0.6")


LINES = st.lists(
    st.tuples(
        st.sampled_from(
            ["2025-06-01 00:00", "2025-06-01 00:15", "2025-10-26 02:15", "2025-03-30 02:30", "Total", "", "31.02.2025"]
        ),
        st.sampled_from(["1", "2.5", "", "NaN", "x", "-3", "1e40", "9" * 20]),
    ),
    max_size=30,
)


@given(LINES)
def test_every_row_is_a_reading_blank_or_rejected(rows: list[tuple[str, str]]) -> None:
    """No row vanishes: what is in a reading, blank, repeated, a heading or rejected is all that the file had."""
    found = read(table([(stamp, value) for stamp, value in rows]), time={"interval_minutes": 15})
    filled = [row for row in rows if any(row)]
    blank_rows = len(filled) - len(found.readings) - len(found.rejected) - found.repeated - found.headings
    empty = sum(value in {"", "NaN"} for _, value in filled)
    assert 0 <= blank_rows <= empty
    assert found.headings <= len(filled)


@given(st.binary(max_size=300), st.sampled_from(["csv", "excel", "json", "ndjson", "nem12", "green_button"]))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes, form: str) -> None:
    """Whatever a file is, reading it ends in readings or in an error that says why."""
    parts: dict[str, Any] = {"layout": {"format": form}}
    if form in {"nem12", "green_button"}:
        parts |= {"time": {"columns": ["start"]}, "consumed": [{"column": "value"}]}
    with suppress(UnreadableFile):
        assert len(read_file(profile(**parts), body).readings) <= len(body)


@pytest.mark.parametrize("text", ["1e999999", "1e9999999", "-1e999999", "sNaN", "Infinity"])
def test_a_number_of_a_million_digits_is_no_epoch_and_costs_nothing(text: str) -> None:
    """A few characters can write it: it is refused by its size, before anything is worked out of it."""
    with pytest.raises(ReadingError, match="between the years"):
        parser_of("epoch")(text)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"time": "2026-06-01T00:00Z", "kwh": 1e9999999, "s": 900}', "column 'kwh': .* a meter has"),
        ('{"time": "2026-06-01T00:00Z", "kwh": 1, "s": 1e9999999}', "a meter has"),
        ('{"time": "2026-06-01T00:00Z", "kwh": 1, "s": -900}', "isn't the length of an interval"),
        ('{"time": "9999-12-31T23:50Z", "kwh": 1, "s": 900}', "outside the years 1 to 9999"),
    ],
)
def test_a_row_with_an_impossible_number_is_rejected_alone(row: str, reason: str) -> None:
    """An amount, a length or a time that can't be is a rejected row with its reason; the next row is read."""
    made = profile(layout={"format": "ndjson"}, time={"seconds": "s"})
    found = read_file(made, f'{row}\n{{"time": "2026-06-01T00:15Z", "kwh": 2, "s": 900}}\n'.encode())
    assert [each.consumed for each in found.readings] == [Decimal(2)]
    (rejected,) = found.rejected
    assert re.search(reason, rejected.reason)


def test_a_last_day_that_stands_for_no_end_is_rejected_alone() -> None:
    """`9999-12-31` has intervals that end behind the last year; the days beside it are read."""
    found = read(
        "time,a,b\n9999-12-31,1,2\n2026-06-01,3,4\n",
        layout={"wide": {"first": "a", "count": 2}},
        time={"marks": "end"},
        consumed=[{"column": "value"}],
    )
    assert [each.consumed for each in found.readings if each.end < 2**32] == [Decimal(3), Decimal(4)]
    assert ["behind the year 9999" in each.reason for each in found.rejected] == [True]


def test_a_year_before_the_first_without_a_length_is_rejected_alone() -> None:
    """Midnight of the year 1 in Tokyo has no moment that can be written, and nothing tells its length."""
    found = read("time,kwh\n0001-01-01 00:00,1\n2026-06-01 00:00,1\n", time={"zone": "Asia/Tokyo"})
    assert found.readings == []
    assert all("how long its interval is" in each.reason for each in found.rejected)


def test_a_file_whose_name_leaves_the_site_empty_is_refused() -> None:
    """A group that needn't match names no site."""
    with pytest.raises(ProfileMismatch, match="which names the site"):
        read_file(profile(site={"id": "", "file_name": "(roof)?-export"}), b"time,kwh\n", "x-export.csv")


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"((a*)*)x",
        r"(.*)_(.*)_(.*)_(.*)x",
        r"(.*)_(.*)_(.*)a?x",
        r"(a|a){40}x",
        r"(a?)(a?)(a?)(a?)(a?)(a?)(a?)x",
        r"[\]](a+)+[x]",
        r"(?x)# [\n(a+)+\n# ]",
        r"(?#[)(a+)+(?#])",
        r"(?=(a+))x",
        "(" * 500,
    ],
)
def test_a_pattern_that_a_crafted_name_could_stop_is_refused(pattern: str) -> None:
    """Whoever can name a file could hold a Lambda for its whole time, again and again."""
    with pytest.raises(ProfileError, match="file_name: "):
        profile(site={"id": "", "file_name": pattern})


def test_usual_patterns_of_names_are_taken() -> None:
    """What stands in brackets or behind a backslash is no operator."""
    for pattern in (r"^.*_(\d+)_.*\.csv$", r"(?i)(?:meter|roof)-([A-Z]{3}\d+)", r"([*+?|]{4})", r"(\d+)\+\+\+\+"):
        assert profile(site={"id": "", "file_name": pattern}).site.file_name == pattern


def test_a_name_longer_than_a_file_has_is_not_searched() -> None:
    """A key of S3 may be four times as long as a file's name."""
    with pytest.raises(ProfileMismatch, match="more than 255 characters"):
        read_file(profile(site={"id": "", "file_name": "(x)"}), b"time,kwh\n", "x" * 256)


def test_a_stamp_that_would_be_searched_for_minutes_is_refused() -> None:
    """A profile has few parts that take anything, and a long cell is no stamp."""
    for form in ("%Y%*a%*b", "%Y-%m-%d" + "%Z" * 30):
        with pytest.raises(ProfileError, match="may have"):
            profile(time={"format": form})
    good = "2026-06-01 a,1\n2026-06-02 a,1\n"
    found = read(f'time,kwh\n{good}"2026-06-03 {" " * 100_000}\nx",1\n', time={"format": "%Y-%m-%d %*"})
    assert ["isn't of the format" in each.reason for each in found.rejected] == [True]


def test_a_format_with_a_part_twice_is_refused() -> None:
    """Which of two days counts nobody can say; a percent sign or a zone's letters may stand twice."""
    with pytest.raises(ProfileError, match="has a part twice"):
        profile(time={"format": "%Y-%m-%d %d"})
    profile(time={"format": "%Y-%m-%d %Z %Z %% %%"})


def test_an_encoding_that_can_t_be_a_name_is_refused() -> None:
    """A zero byte in it ends in the same words as an unknown name."""
    with pytest.raises(UnreadableFile, match="the file isn't"):
        read("time,kwh\n", layout={"encoding": "a\0b"})
