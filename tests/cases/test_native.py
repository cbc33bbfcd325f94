"""Cases 01 to 22 and 68: what the native format makes of each file, and what a proposed profile reads of the others."""

from decimal import Decimal
from typing import Final

import pytest

from cases.kept import CASES, NATIVE, needs_cases, sites_of
from heliograph.detect.propose import propose
from heliograph.errors import UnreadableFile
from heliograph.feed import Decoded, Numbered, RejectedRecord, decode
from heliograph.profiles.read import read_file
from heliograph.reading import Reading

DAY: Final = "2026-06-01T"


def decoded(name: str) -> Decoded:
    """Decode a case's file, local times in the zones of its registry."""
    case, _, _ = name.partition("/")
    zones = {site_id: site.timezone for site_id, site in sites_of(case).items() if site.timezone}
    known = lambda site_ids: {each: zones[each] for each in site_ids if each in zones}  # noqa: E731 - it closes over them
    return decode((CASES / name).read_bytes(), zones=known)


def readings(name: str) -> list[Reading]:
    """Return the readings of a case's file."""
    return [each.reading for each in decoded(name) if isinstance(each, Numbered)]


def pairs(name: str) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """Return the time of day and both energies of each reading of 1 June."""
    found = readings(name)
    return [(each.timestamp.removeprefix(DAY), each.energy_generated_kwh, each.energy_consumed_kwh) for each in found]


@needs_cases
@pytest.mark.parametrize("name", NATIVE)
def test_a_file_under_the_native_prefix(name: str) -> None:
    """How many readings, rejected and blank records it has, each of these with its reason, or why it is refused."""
    outcome = NATIVE[name]
    if isinstance(outcome, str):
        with pytest.raises(UnreadableFile, match=outcome):
            decoded(name)
        return
    found = decoded(name)
    entries = list(found)
    rejected = [each for each in entries if isinstance(each, RejectedRecord)]
    assert (len(entries) - len(rejected), len(rejected), found.blank) == outcome
    assert all(each.reason for each in rejected)


@needs_cases
def test_times_and_values_are_read_as_they_are_meant() -> None:
    """Hour 24, epochs, local time, decimal commas, nulls, a missing side and numbers as text: the exact readings."""
    assert [time for time, _, _ in pairs("01-hour-24/in.csv")] == ["21:00:00Z", "22:00:00Z", "23:00:00Z"]
    assert [time for time, _, _ in pairs("09-epoch/in.csv")] == ["10:15:00Z", "10:30:00Z"]
    assert {time for time, _, _ in pairs("09-epoch/in.json")} == {"10:00:00Z"}
    assert pairs("11-local-time/in.json")[0] == ("08:00:00Z", Decimal("1.5"), Decimal("0.2"))
    for name in ("02-decimal-comma/in.csv", "05-sep-line/in.csv"):
        found = pairs(name)
        assert found[0] == ("10:00:00Z", Decimal("2.1"), Decimal("0.21"))
        assert sum(generated or 0 for _, generated, _ in found) == Decimal("20.44")
    assert pairs("12-nulls/in.json") == [
        ("00:00:00Z", None, Decimal("0.21")),
        ("01:00:00Z", None, Decimal("0.2")),
        ("03:00:00Z", Decimal("0.0"), None),
        ("04:00:00Z", Decimal("0.4"), Decimal("0.3")),
    ]
    assert {generated for _, generated, _ in pairs("13-one-sided/load.csv")} == {None}
    assert {consumed for _, _, consumed in pairs("13-one-sided/pv.csv")} == {None}
    assert {each.site_id for each in readings("14-json-strings/in.json")} == {"roof-1", "1234567"}
    assert {generated for _, generated, _ in pairs("14-json-strings/in.json")} == {Decimal("1.25")}


@needs_cases
def test_a_decimal_comma_is_named() -> None:
    """03b-decimal-comma-empty-cell: the reason names the decimal comma; 16-excel-leftovers: each cell has its own."""
    (comma,) = [each for each in decoded("03b-decimal-comma-empty-cell/in.csv") if isinstance(each, RejectedRecord)]
    assert "2,23 looks like one number with a decimal comma" in comma.reason
    reasons = [each.reason for each in decoded("16-excel-leftovers/in.csv") if isinstance(each, RejectedRecord)]
    for word, reason in zip(("'NaN'", "'N/A'", "'-'", "timestamp is missing"), reasons, strict=True):
        assert word in reason


# Cases that a profile reads: what only a person knows of each, then readings, kWh generated, kWh consumed.
PROFILED: Final[dict[str, tuple[dict[str, str], int, str | None, str | None]]] = {
    "06-preamble/in.csv": ({}, 8, "20.44", "1.96"),
    "19-utility-formats/in.nem12": ({}, 48, None, "4.8"),
    "20-wide/in.csv": ({"across": "yes", "unit": "kWh", "side": "generated", "marks": "end"}, 2, "2.0", None),
    "22-header-names/in.csv": ({"marks": "end"}, 1, "1", "0"),
}


@needs_cases
@pytest.mark.parametrize("name", PROFILED)
def test_a_profile_reads_what_the_native_format_refuses(name: str) -> None:
    """`feeds detect` finds the header and the readings; of what the file can't say it asks a person, and of no more."""
    answers, count, generated, consumed = PROFILED[name]
    body = (CASES / name).read_bytes()
    assert {each.key for each in propose(body, name, {}, "").ask} <= {*answers}
    proposed = propose(body, name, answers, "")
    assert not proposed.ask
    found = read_file(proposed.profile, body)
    assert (len(found.readings), found.rejected) == (count, [])
    for side, expected in (("generated", generated), ("consumed", consumed)):
        values = [value for each in found.readings if (value := getattr(each, side)) is not None]
        assert (sum(values) if values else None) == (None if expected is None else Decimal(expected))


@needs_cases
@pytest.mark.parametrize("name", ["18-xlsx/in.xlsx", "18b-xls/in.xls", "19b-greenbutton/in.xml"])
def test_a_stub_of_a_file_has_a_clear_reason(name: str) -> None:
    """These files have a format's first bytes and nothing else: `feeds detect` says so; whole ones it reads.

    Whole workbooks and Green Button files are read in `unit/detect` and `unit/profiles`.
    """
    with pytest.raises(UnreadableFile, match=r"damaged, half written or locked|no interval readings"):
        propose((CASES / name).read_bytes(), name, {}, "site")
