"""The validated series: whatever came, was flagged, edited or estimated, its parts add up to what is expected."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.flag import EXCLUDING, Flag
from heliograph.edits.apply import EditedReading
from heliograph.estimation.model import Estimate, Method
from heliograph.evaluation.model import StoredReading
from heliograph.reading import end_of, text_of
from heliograph.site import Site
from heliograph.validated.model import NO_ESTIMATES, DayFrame, Estimates, Interval, Sums
from heliograph.validated.packing import pack_estimates, unpack_estimates
from heliograph.validated.series import site_series, validated
from heliograph.validated.sums import by_hour, sums_of, together
from heliograph.zones import Span, span_on

STEP: Final = 1800
SITE: Final = Site("home", "solar", 50.0, 52.5, 13.4, "Europe/Berlin", 30)
# A plain day, the day on which clocks go forward, and that on which they go back.
DATES: Final = {"2026-06-10": 24, "2026-03-29": 23, "2026-10-25": 25}
RULES: Final = ("spike", "stale", "zero_output", "catch_up", "revised")
METHODS: Final[tuple[Method, ...]] = ("known_sum", "interpolation", "profile")
ENERGIES: Final = st.decimals(0, 20, places=4)


def flag(rule: str, side: str = "generated", severity: str = "warning") -> Flag:
    """Return a flag of a rule, on one side."""
    message = f"energy_{side}_kwh is odd"
    return Flag(rule, Decimal(1), Decimal(1), "kWh", severity, message)  # type: ignore[arg-type]


def frame_of(span: Span, estimates: Estimates = NO_ESTIMATES) -> DayFrame:
    """Return what is known of a day that is over."""
    return DayFrame(span.start, span.ends, span.ends, 30, estimates=estimates)


def plain(span: Span, kwh: str = "1.5") -> list[StoredReading]:
    """Return a day's readings, all there and nothing said of any."""
    return [StoredReading(end, Decimal(kwh), Decimal("0.25")) for end in range(span.start + STEP, span.ends + 1, STEP)]


@st.composite
def readings(draw: st.DrawFn, span: Span) -> list[StoredReading]:
    """Draw a day's readings: some missing, one-sided, flagged, estimated by their feed, or edited."""
    found: list[StoredReading] = []
    for end in range(span.start + STEP, span.ends + 1, STEP):
        match draw(
            st.sampled_from(["", "", "", "missing", "one side", "flagged", "feed", "edited", "left out", "-999"])
        ):
            case "missing":
                continue
            case "one side":
                found.append(StoredReading(end, draw(ENERGIES), None, is_partial=True))
            case "flagged":
                rule, side = draw(st.sampled_from(RULES)), draw(st.sampled_from(["generated", "consumed"]))
                found.append(StoredReading(end, draw(ENERGIES), draw(ENERGIES), watched=(flag(rule, side),)))
            case "feed":
                found.append(StoredReading(end, draw(ENERGIES), draw(ENERGIES), quality="estimated"))
            case "edited":
                is_set = draw(st.booleans()), False
                found.append(EditedReading(end, draw(ENERGIES), draw(ENERGIES), edits=("mine", ""), is_set=is_set))
            case "left out":
                found.append(
                    EditedReading(end, None, draw(ENERGIES), edits=("wrong", ""), left_out=(draw(ENERGIES), None))
                )
            case kwh:
                found.append(StoredReading(end, Decimal(kwh or draw(ENERGIES)), draw(ENERGIES)))
    return found


@st.composite
def estimates(draw: st.DrawFn, span: Span) -> Estimates:
    """Draw estimates of some of a day's intervals."""
    ends = st.sets(st.sampled_from(range(span.start + STEP, span.ends + 1, STEP)), max_size=20)
    methods = st.sampled_from(METHODS)
    generated, consumed = ({end: Estimate(end, draw(ENERGIES), draw(methods)) for end in draw(ends)} for _ in range(2))
    return generated, consumed


@given(st.data(), st.sampled_from(list(DATES)))
def test_the_four_codes_add_up_to_what_is_expected(data: st.DataObject, date: str) -> None:
    """Counts by code make the day's intervals, energies by code its total, whatever the readings, flags and edits."""
    span = span_on(SITE, date)
    intervals = validated(data.draw(readings(span)), SITE, frame_of(span, data.draw(estimates(span))))
    sums = sums_of(intervals)
    assert sums.expected == len(intervals) == 2 * DATES[date]
    assert [each.end for each in intervals] == list(range(span.start + STEP, span.ends + 1, STEP))
    assert Counter(each.code for each in intervals) == Counter(
        measured=sums.measured.intervals,
        estimated=sums.estimated.intervals,
        edited=sums.edited.intervals,
        missing=sums.missing,
    )
    assert sums.generated_kwh == added(each.generated_kwh for each in intervals)
    assert sums.consumed_kwh == added(each.consumed_kwh for each in intervals)
    assert all((each.generated_kwh is None) == (each.codes[0] == "missing") for each in intervals)
    assert all(bool(each.reason) == (each.code != "measured") for each in intervals)


def added(energies: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what is there."""
    there = [each for each in energies if each is not None]
    return sum(there, Decimal(0)) if there else None


@given(st.data(), st.sampled_from(list(DATES)))
def test_hours_add_up_to_the_day(data: st.DataObject, date: str) -> None:
    """Each interval is in one hour of the site's clock, of which a day has 23, 24 or 25."""
    span = span_on(SITE, date)
    intervals = validated(data.draw(readings(span)), SITE, frame_of(span, data.draw(estimates(span))))
    hours = by_hour(intervals, SITE)
    assert together(sums for _, sums in hours) == sums_of(intervals)
    assert len(hours) == DATES[date]
    assert [sums.expected for _, sums in hours] == [2] * DATES[date]
    assert [begin.timestamp() for begin, _ in hours] == list(range(span.start, span.ends, 3600))


@given(st.data(), st.sampled_from(list(DATES)), st.integers(0, 50))
def test_a_plain_day_is_summed_as_any_other(data: st.DataObject, date: str, after: int) -> None:
    """The short way and the long way say the same, of a part of the day too."""
    span = span_on(SITE, date)
    found = data.draw(st.just(plain(span)) | readings(span))
    frame, cut = frame_of(span), span.start + after * STEP
    of_site = site_series(found, SITE, 30)
    assert of_site.sums(frame) == sums_of(of_site.intervals(frame))
    assert of_site.sums(frame, cut) == sums_of(each for each in of_site.intervals(frame) if each.end > cut)
    if found == plain(span):
        assert of_site.plain_sums(frame) is not None


@given(st.data(), st.integers(1, 47))
def test_a_running_day_is_what_was_kept_and_what_is_newer(data: st.DataObject, newest: int) -> None:
    """Up to its last reading a day is what was summed up then; what came since goes on top, gaps among it."""
    span = span_on(SITE, "2026-06-10")
    found = data.draw(readings(span))
    early = [each for each in found if each.end <= span.start + newest * STEP]
    if not early or early == found:
        return
    kept, now = (msgspec.structs.replace(frame_of(span), until=some[-1].end) for some in (early, found))
    cut = early[-1].end
    older = site_series(early, SITE, 30).sums(kept)
    assert older + site_series(found, SITE, 30).sums(now, cut) == site_series(found, SITE, 30).sums(now)


@given(st.data())
def test_estimates_come_out_as_they_were_packed(data: st.DataObject) -> None:
    """Each keeps its END, its value to the last digit, and its method."""
    found = data.draw(estimates(span_on(SITE, "2026-06-10")))
    assert unpack_estimates(pack_estimates(found)) == (found if any(found) else NO_ESTIMATES)


def one(reading: StoredReading, estimates: Estimates = NO_ESTIMATES, site: Site = SITE) -> Interval:
    """Return what becomes of the reading of 10:30 in an otherwise plain day."""
    span = span_on(site, "2026-06-10")
    found = [reading if each.end == reading.end else each for each in plain(span)]
    (interval,) = (each for each in validated(found, site, frame_of(span, estimates)) if each.end == reading.end)
    return interval


AT: Final = end_of("2026-06-10T08:30:00Z")
KWH: Final = Decimal("7.25")


@pytest.mark.parametrize("rule", sorted(EXCLUDING))
def test_a_flag_of_an_excluding_rule_excludes_the_side_it_is_of(rule: str) -> None:
    """The other side is used as it is; the value is shown beside, and the rule is the reason."""
    found = one(StoredReading(AT, KWH, KWH, watched=(flag(rule),)))
    assert (found.generated_kwh, found.consumed_kwh, found.codes) == (None, KWH, ("missing", "measured"))
    assert (found.reason, found.left_out, found.flagged) == (rule, (KWH, None), True)


@pytest.mark.parametrize(
    "rule", ["zero_output", "interpolated", "night_generation", "conflicting_values", "level_shift"]
)
def test_a_flag_that_explains_excludes_nothing(rule: str) -> None:
    """The value is used, and the interval counts as flagged where the flag is more than information."""
    assert one(StoredReading(AT, KWH, KWH, watched=(flag(rule),))) == Interval(
        AT, STEP, KWH, KWH, ("measured", "measured"), flagged=True
    )
    assert not one(StoredReading(AT, KWH, KWH, flags=(flag(rule, severity="info"),))).flagged


def test_an_accepted_flag_excludes_nothing() -> None:
    """Who accepts a flag says that the value is right; of other rules it says nothing."""
    flags = (flag("spike"),)
    accepted = EditedReading(AT, KWH, KWH, watched=flags, accepted=frozenset({"spike"}))
    assert one(accepted) == Interval(AT, STEP, KWH, KWH, ("measured", "measured"))
    assert one(msgspec.structs.replace(accepted, accepted=frozenset({"stale"}))).reason == "spike"


def test_what_cant_be_energy_is_excluded_without_a_flag() -> None:
    """A sentinel, or more than the site can give, is used nowhere; who accepts it knows better."""
    assert one(StoredReading(AT, Decimal(-999), KWH)).reason == "sentinel"
    too_much = Decimal(50)
    assert one(StoredReading(AT, too_much, KWH)).reason == "over_capacity"
    accepted = EditedReading(AT, too_much, KWH, accepted=frozenset({"over_capacity"}))
    assert one(accepted).generated_kwh == too_much


def test_a_value_that_a_person_set_stands_above_the_rules() -> None:
    """It is used, whatever a check finds; one that was scaled or shifted is excluded as a measured one is."""
    flagged = EditedReading(AT, KWH, KWH, watched=(flag("spike"),), edits=("mine", ""))
    by_hand = one(msgspec.structs.replace(flagged, is_set=(True, False)))
    assert (by_hand.codes, by_hand.reason, by_hand.flagged) == (("edited", "measured"), "mine", True)
    assert one(flagged).reason == "spike"
    assert one(msgspec.structs.replace(flagged, watched=())).reason == "mine"


def test_an_estimate_stands_in_for_what_isnt_usable() -> None:
    """It is used where nothing usable is there; only a known sum takes the place of a measured value."""
    estimate = Estimate(AT, Decimal(3), "profile")
    estimated = ({AT: estimate}, dict[int, Estimate]())
    assert one(StoredReading(AT, KWH, KWH), estimated).codes == ("measured", "measured")
    found = one(StoredReading(AT, KWH, KWH, watched=(flag("spike"),)), estimated)
    assert (found.generated_kwh, found.codes, found.reason, found.left_out) == (
        Decimal(3),
        ("estimated", "measured"),
        "profile",
        (KWH, None),
    )
    shared = ({AT: msgspec.structs.replace(estimate, method="known_sum")}, dict[int, Estimate]())
    found = one(StoredReading(AT, KWH, KWH, watched=(flag("catch_up"),)), shared)
    assert (found.generated_kwh, found.left_out) == (Decimal(3), (None, None))


def test_a_feed_may_estimate_itself() -> None:
    """What a feed calls an estimate or a substitute is one, by the method `feed`."""
    found = one(StoredReading(AT, KWH, KWH, quality="substituted"))
    assert (found.codes, found.reason) == (("estimated", "estimated"), "feed")


def test_nothing_is_expected_before_a_site_operates() -> None:
    """Of the day it goes into operation only what follows is missing."""
    site = msgspec.structs.replace(SITE, commissioned="2026-06-10T08:00:00Z")
    span = span_on(site, "2026-06-10")
    late = [each for each in plain(span) if each.end > end_of("2026-06-10T12:00:00Z")]
    assert sums_of(validated(late, site, frame_of(span))) == Sums(
        measured=sums_of(validated(late, SITE, frame_of(span))).measured, missing=8
    )


@pytest.mark.parametrize("drift", [-3, 2, 20, 1000])
def test_stamps_beside_the_mark_make_no_interval_missing(drift: int) -> None:
    """A logger's clock that is off, or one that drifts, has as many intervals a day as any other."""
    span = span_on(SITE, "2026-06-10")
    around = [
        StoredReading(end + drift * (1 if drift > 9 else end // STEP % 2), Decimal(1), Decimal(1))
        for end in range(span.start - 3 * STEP, span.ends + 3 * STEP, STEP)
    ]
    intervals = validated(around, SITE, frame_of(span))
    assert {each.code for each in intervals} == {"measured"}
    assert len(intervals) in {47, 48, 49}


def test_a_stamp_late_after_midnight_is_the_next_day_s() -> None:
    """The interval is there, and missing on neither side; without that reading one is missing, in one of the days."""
    first, second = span_on(SITE, "2026-06-10"), span_on(SITE, "2026-06-11")
    found = [StoredReading(end - 2, KWH, KWH) for end in range(first.start, second.ends + 1, STEP) if end != first.ends]
    late = StoredReading(first.ends + 3, KWH, KWH)
    whole = sorted([*found, late], key=lambda each: each.end)
    assert [len(validated(whole, SITE, frame_of(span))) for span in (first, second)] == [47, 49]
    assert {each.code for span in (first, second) for each in validated(whole, SITE, frame_of(span))} == {"measured"}
    assert [sums_of(validated(found, SITE, frame_of(span))).missing for span in (first, second)] == [1, 0]


def test_a_side_that_comes_by_the_hour_lacks_nothing_between() -> None:
    """Where one feed has 30 minutes and the other an hour, each side's intervals are its own."""
    span = span_on(SITE, "2026-06-10")
    found = [
        msgspec.structs.replace(each, consumed_kwh=each.consumed_kwh if each.end % 3600 == 0 else None)
        for each in plain(span)
    ]
    sums = sums_of(validated(found, SITE, frame_of(span)))
    assert sums == Sums(measured=msgspec.structs.replace(sums.measured, intervals=48))
    without = [each for each in found if each.end != AT + STEP]
    assert sums_of(validated(without, SITE, frame_of(span))).missing == 1


def test_a_day_without_readings_is_missing_as_a_whole() -> None:
    """Its intervals are those of the site; of a side that it doesn't measure nothing is said."""
    span = span_on(SITE, "2026-10-25")
    intervals = validated([], SITE, msgspec.structs.replace(frame_of(span), measures="generated"))
    assert [text_of(each.end) for each in intervals[:2]] == ["2026-10-24T22:30:00Z", "2026-10-24T23:00:00Z"]
    assert {(each.codes, each.reason) for each in intervals} == {(("missing", None), "no_reading")}
    assert len(intervals) == 50
