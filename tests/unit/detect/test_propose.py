"""Proposals: what an unknown file is taken for, what is asked of a person, and that nothing is wrong in silence."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from heliograph.checks.sun import sun_elevation
from heliograph.detect.propose import propose
from heliograph.detect.shipped import shipped_profiles
from heliograph.errors import ProfileError, UnreadableFile
from heliograph.profiles.energies import counted
from heliograph.profiles.model import Profile
from heliograph.profiles.read import ProfiledFile, read_file
from unit.detect import loggers, machines, networks, others, portals, utilities  # noqa: F401 - they keep their exports
from unit.detect.exports import Export, exports

ROOT: Final = Path(__file__).resolve().parents[4]
SHARED: Final = ROOT / "shared" / "data" / "exports"
EXPORTS: Final = exports()
TRUTH: Final[list[dict[str, Any]]] = (
    json.loads((SHARED / "truth.json").read_text()) if (SHARED / "truth.json").exists() else []
)


def read_counted(profile: Profile, body: bytes, name: str = "") -> ProfiledFile:
    """Read a file, with the energies between what its counters stood at; the first of these has none."""
    found = read_file(profile, body, name)
    found.readings = [
        each for each in counted(found.readings) if each.generated is not None or each.consumed is not None
    ]
    return found


def sums(found: ProfiledFile) -> tuple[Decimal | None, Decimal | None]:
    """Return the sums of both sides, kWh; None of a side without a value."""
    generated = [each.generated for each in found.readings if each.generated is not None]
    consumed = [each.consumed for each in found.readings if each.consumed is not None]
    return (sum(generated, Decimal(0)) if generated else None, sum(consumed, Decimal(0)) if consumed else None)


def ends(found: ProfiledFile) -> tuple[datetime, datetime]:
    """Return the first and the last END."""
    return tuple(datetime.fromtimestamp(found.readings[at].end, UTC) for at in (0, -1))  # type: ignore[return-value]


@pytest.mark.parametrize("export", EXPORTS, ids=[export.name for export in EXPORTS])
def test_only_what_the_file_cannot_tell_is_asked_and_then_it_is_read_exactly(export: Export) -> None:
    """A person is asked for exactly what the export doesn't show, each question with likely answers.

    With the answers its readings, ends and sums are exact, and no row is rejected. Where nothing is asked, nothing is
    wrong in silence either.
    """
    answered: dict[str, str] = {}
    while (proposal := propose(export.body, export.file_name, answered, "roof-1")).ask:
        assert all(question.candidates for question in proposal.ask)
        answered |= {question.key: export.answers[question.key] for question in proposal.ask}
    assert answered == export.answers
    found = read_counted(proposal.profile, export.body)
    assert (len(found.readings), *ends(found)) == (export.readings, export.first, export.last)
    assert sums(found) == (export.generated, export.consumed)
    assert not found.rejected


@pytest.mark.skipif(not TRUTH, reason="the shared exports aren't here")
@pytest.mark.parametrize("truth", TRUTH, ids=[each["file"] for each in TRUTH])
def test_a_real_export_is_read_as_its_truth_says(truth: dict[str, Any]) -> None:
    """Real exports of 14 makers: readings, first and last END and sums, once zone and stamps are answered."""
    body, name = (SHARED / truth["file"]).read_bytes(), Path(truth["file"]).name
    asked = {question.key for question in propose(body, name, {}, "roof-1").ask}
    assert asked <= {"zone", "marks", "unit", "side"}
    known = {"zone": truth["provider_zone"], "marks": truth["stamp"], "unit": truth["unit"], "side": truth["sides"][0]}
    found = read_counted(propose(body, name, {key: known[key] for key in asked}, "roof-1").profile, body, name)
    utc = [datetime.fromisoformat(truth[f"{at}_end_utc"]) for at in ("first", "last")]
    assert (len(found.readings), *ends(found)) == (truth["readings"], *utc)
    for value, side in zip(sums(found), ("generated", "consumed"), strict=True):
        told = truth[f"{side}_kwh"]
        assert told is None if value is None else round(value, -int(Decimal(told).as_tuple().exponent)) == Decimal(told)


@pytest.mark.skipif(not TRUTH, reason="the shared exports aren't here")
def test_each_shipped_profile_is_the_one_of_a_real_export() -> None:
    """Detection proposes a shipped profile for each real export of its maker, and none was written from paper."""
    proposed = {
        propose((SHARED / each["file"]).read_bytes(), Path(each["file"]).name, {}, "roof-1").profile.name
        for each in TRUTH
    }
    assert proposed == set(shipped_profiles())


def test_a_file_with_a_column_that_its_maker_never_had_has_no_shipped_profile() -> None:
    """Another phase beside the one that a shipped profile knows would be lost: the file is looked at anew."""
    head = "Date/time UTC,Active energy Wh (A),Returned energy Wh (A)"
    rows = [f"2025-06-01 {hour:02d}:00,{hour * 5 % 7},0" for hour in range(24)]
    one = "\n".join([head, *rows]).encode()
    two = "\n".join([f"{head},Active energy Wh (B)", *(f"{row},5" for row in rows)]).encode()
    assert propose(one, "em.csv", {}, "roof-1").profile.name == "shelly-em"
    both = propose(two, "em.csv", {}, "roof-1").profile
    assert [source.column for source in both.consumed] == ["Active energy Wh (A)", "Active energy Wh (B)"]


def test_a_file_without_times_or_energies_is_refused_with_a_sentence() -> None:
    """A list of names, a table without times and one without energies each say what is missing."""
    for body in (
        b"name,city\nann,paris\n",
        b"a,b\n1,2\n3,4\n",
        b"date,temperature C\n2026-01-01 00:00,3\n2026-01-01 01:00,4\n",
    ):
        with pytest.raises(UnreadableFile, match=r"time|rows|column"):
            propose(body, "x.csv", {}, "roof-1")


def test_day_and_month_that_cannot_be_told_apart_are_asked() -> None:
    """A day that may be the third of April or the fourth of March is asked, with both formats."""
    rows = "\n".join(f"03/04/2025 {hour:02d}:00,{hour}" for hour in range(24))
    proposal = propose(f"time,production (kWh)\n{rows}\n".encode(), "x.csv", {}, "roof-1")
    (question,) = [each for each in proposal.ask if each.key == "date"]
    assert set(question.candidates) == {"%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"}


def test_values_that_rise_for_a_morning_are_not_taken_for_a_counter_in_silence() -> None:
    """Forty values that only rise may be a counter or a morning: it is asked."""
    rows = "\n".join(f"2025-06-01T{4 + n // 12:02d}:{n % 12 * 5:02d}:00Z,{n * n}" for n in range(40))
    proposal = propose(f"start,production (Wh)\n{rows}\n".encode(), "x.csv", {}, "roof-1")
    assert "quantity" in {question.key for question in proposal.ask}


def test_the_own_format_is_known_by_its_names() -> None:
    """Heliograph's own columns are end-stamped interval energies, in whatever dialect and below whatever preamble."""
    text = "# logger v3\nPlant: x;Serial: 1\n\nsite_id,timestamp,energy_generated_kwh,energy_consumed_kwh\n"
    text += "".join(f"roof-1,2026-06-01T12:{m:02d}:00+02:00,{2 + m / 100},0.2\n" for m in range(0, 60, 15))
    proposal = propose(text.encode(), "x.csv", {}, "")
    assert proposal.ask == []
    assert ends(read_file(proposal.profile, text.encode()))[0] == datetime(2026, 6, 1, 10, tzinfo=UTC)


def solar_hours(shift: int) -> bytes:
    """Return six days of a plant at 52.1 N, 5.2 E in May, hours stamped so many minutes behind their start."""
    tz, rows = ZoneInfo("Europe/Amsterdam"), []
    for hour in range(3, 6 * 24 - 5):
        start = datetime(2025, 5, 10, tzinfo=tz) + timedelta(hours=hour)
        light = [max(0.0, sun_elevation(start + timedelta(minutes=m), 52.1, 5.2)) for m in (0, 15, 30, 45)]
        rows.append(f"{start + timedelta(minutes=shift):%Y-%m-%d %H:%M},{sum(light) / 80:.3f}")
    return ("time,production (kWh)\n" + "\n".join(rows)).encode()


def test_the_sun_tells_ends_where_the_place_is_known() -> None:
    """Hours that would have output in the dark if their stamps were starts have ends; nothing more is asked."""
    answers = {"zone": "Europe/Amsterdam", "place": "52.1,5.2"}
    proposal = propose(solar_hours(60), "x.csv", answers, "roof-1")
    assert (proposal.ask, proposal.profile.time.marks) == ([], "end")
    assert "in the dark" in proposal.because[-1]


def test_start_or_end_is_asked_where_the_sun_does_not_tell() -> None:
    """Without a place, before the zone is known, and where neither way has output in the dark, a person is asked."""
    for answers in ({"zone": "Europe/Amsterdam"}, {"place": "52.1,5.2"}):
        assert "marks" in {each.key for each in propose(solar_hours(60), "x.csv", answers, "roof-1").ask}
    answers = {"zone": "Europe/Amsterdam", "place": "52.1,5.2"}
    assert [each.key for each in propose(solar_hours(0), "x.csv", answers, "roof-1").ask] == ["marks"]


def test_output_in_the_dark_whatever_a_stamp_marks_questions_the_zone() -> None:
    """A zone that is hours off is said, and start or end is asked."""
    proposal = propose(solar_hours(60), "x.csv", {"zone": "America/New_York", "place": "52.1,5.2"}, "roof-1")
    assert [each.key for each in proposal.ask] == ["marks"]
    assert "is the zone right?" in " ".join(proposal.because)


def test_a_place_that_is_none_is_refused() -> None:
    """A place is a latitude and a longitude in degrees."""
    for place in ("Utrecht", "95,5", "52.1", "52.1,500", "nan,5"):
        with pytest.raises(ProfileError, match="latitude"):
            propose(solar_hours(60), "x.csv", {"zone": "UTC", "place": place}, "roof-1")


def test_rows_of_one_time_with_the_same_amounts_are_not_taken_for_one() -> None:
    """Two devices that say the same all day are asked for, as a row of each would be dropped."""
    rows = [f"2025-06-01 {hour:02d}:00,{device},{hour % 5}" for hour in range(24) for device in ("a", "b")]
    proposal = propose(("time,device,production (kWh)\n" + "\n".join(rows)).encode(), "x.csv", {}, "roof-1")
    assert "rows" in {each.key for each in proposal.ask}
    sites = propose(("time,device,production (kWh)\n" + "\n".join(rows)).encode(), "x.csv", {"rows": "a site each"}, "")
    assert sites.profile.site.column == "device"


def test_a_day_of_25_hours_with_a_hole_among_its_first_is_refused() -> None:
    """A table that counts hours and leaves some out can't say which hours they are."""
    head = "Date," + ",".join(f"{hour}:00" for hour in range(24)) + ",Extra"
    rows = [f"2025-10-{day},{','.join(['1'] * 24)},{'2' if day == 26 else ''}" for day in range(20, 30)]
    rows[0] = rows[0].replace("1,1,1,1,", "1,1,,1,", 1)
    with pytest.raises(UnreadableFile, match="25 hours"):
        propose("\n".join([head, *rows]).encode(), "x.csv", {}, "roof-1")


def test_points_that_may_part_thousands_are_asked() -> None:
    """A file of whole watt hours with points between thousands isn't read a thousand times too small in silence."""
    amounts = [hour * 617 % 1900 for hour in range(24)]
    written = [f"{each // 1000}.{each % 1000:03d}" if each > 999 else str(each) for each in amounts]
    rows = "\n".join(f"01.06.2025 {hour:02d}:00;{text}" for hour, text in enumerate(written))
    body = f"Beginn;Erzeugung (Wh)\n{rows}\n".encode()
    answers = {"zone": "UTC"}
    assert [each.key for each in propose(body, "x.csv", answers, "roof-1").ask] == ["decimal"]
    profile = propose(body, "x.csv", {**answers, "decimal": "thousands"}, "roof-1").profile
    assert sums(read_file(profile, body))[0] == Decimal(sum(amounts)) / 1000


def test_a_short_word_within_a_name_is_no_start_and_no_end() -> None:
    """`Date de mesure` and `Data do registo` don't say what a stamp marks: it is asked."""
    rows = "\n".join(f"2025-06-01 {hour:02d}:30;{hour * 7 % 5}" for hour in range(3, 20))
    for name in ("Date de mesure", "Data do registo", "Totaal tijd"):
        proposal = propose(f"{name};production (kWh)\n{rows}\n".encode(), "x.csv", {"zone": "UTC"}, "roof-1")
        assert [each.key for each in proposal.ask] == ["marks"], name
