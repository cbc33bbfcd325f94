"""Faults put into real sites: an operator hears of them by an incident that the site doesn't raise by itself."""

from decimal import Decimal

import msgspec

from heliograph.reading import text_of
from heliograph_cli.checking import OpenedIncident
from quality.inject import Choice, inject
from quality.real_injected import (
    digits_of,
    incidents_of,
    is_clean,
    outcome_of,
    runs_of_faults,
    with_faults,
)
from quality.real_sites import RealSite, SiteLabel
from quality.sample import Sample, Sent, event_of
from unit.quality.a_home import HOUR, SITE, START, clean

DAY = 24 * HOUR
CLEAN = clean(120)
HOME = RealSite("home", "nobody", SITE, CLEAN, [])
SPIKE = inject(CLEAN, 1, each=1, choice=Choice(["spike"]))


def opened(rule: str, onset: str, *, severity: str = "warning", recovery: str = "") -> OpenedIncident:
    """Make an incident of the home."""
    return OpenedIncident(
        site_id="home", rule=rule, severity=severity, onset=onset, last=onset, recovery=recovery, readings=1, message=""
    )


def test_a_fault_is_found_by_the_products_own_incident() -> None:
    """As `heliograph check` shows it, and by a rule that is made for it."""
    found = outcome_of("home", SPIKE, incidents_of(CLEAN), incidents_of(SPIKE))
    ((outcome),) = found.outcomes
    assert (outcome.by_own, outcome.incidents, found.without_cause) == (True, 1, [])


def test_what_the_site_raises_by_itself_finds_nothing() -> None:
    """Nor does an info incident; an incident far from any fault is an alarm without cause."""
    incidents = incidents_of(SPIKE)
    assert outcome_of("home", SPIKE, incidents, incidents).outcomes[0].found == ()
    quiet = [msgspec.structs.replace(one, severity="info") for one in incidents]
    assert outcome_of("home", SPIKE, [], quiet).outcomes[0].found == ()
    stray = outcome_of("home", SPIKE, [], [opened("stale", "2026-01-02T00:00:00Z")])
    assert (stray.outcomes[0].found, len(stray.without_cause)) == ((), 1)


def test_a_silence_is_found_while_it_lasts_and_not_by_the_gap_that_it_leaves() -> None:
    """As of the last evaluation before the site is back; one that is too short for `no_data` is missed."""
    sample = inject(CLEAN, 1, each=1, choice=Choice(["no_data"]))
    gap = opened("gap", text_of(sample.events[0].onset))
    assert outcome_of("home", sample, [], [gap]).outcomes[0].found == ("no_data",)
    lost = sample.events[0].onset
    short = msgspec.structs.replace(
        CLEAN,
        sent=[one for one in CLEAN.sent if not lost <= one.end < lost + 3 * HOUR],
        events=[event_of("no_data", [lost, lost + HOUR, lost + 2 * HOUR])],
    )
    assert outcome_of("home", short, [], [gap]).outcomes[0].found == ()


def test_faults_stay_away_from_labels_and_from_the_sites_own_incidents() -> None:
    """Two days either side."""
    labelled = HOME._replace(labels=[SiteLabel("2026-02-01T00:00:00Z", "2026-03-20T00:00:00Z", "outage", "seen")])
    (own,) = [opened("zero_output", "2026-04-10T00:00:00Z")]
    for seed in range(6):
        for event in with_faults(labelled, CLEAN, [own], seed, ("spike", "negative")).events:
            day = (event.onset - START) // DAY
            assert day > 31 + 28 + 20 + 1
            assert abs(day - (31 + 28 + 31 + 9)) > 1


def test_a_loads_faults_are_in_what_it_consumes() -> None:
    """Its generation stays as it is, and a spike is far above what a home ever takes."""
    load = HOME._replace(site=msgspec.structs.replace(SITE, kind="load"))
    faulty = with_faults(load, CLEAN, [], 3, ("spike",))
    ((event),) = faulty.events
    before, after = ({one.end: one for one in each.sent}[event.onset] for each in (CLEAN, faulty))
    assert after.generated_kwh == before.generated_kwh
    assert after.consumed_kwh > 4 * before.consumed_kwh
    assert "zero_consumption" in runs_of_faults(load)[0]
    assert "night_generation" not in runs_of_faults(load)[0]


def test_a_freeze_at_what_the_site_holds_by_itself_is_counted_apart() -> None:
    """A plateau of its own can't be told from a frozen meter."""
    limit, nothing = Decimal(1), Decimal(0)
    held = [Sent(one.landed, one.end, min(one.generated_kwh, limit), nothing) for one in CLEAN.sent]
    frozen = [with_faults(HOME, Sample(SITE, held, []), [], seed, ("stale",)) for seed in range(6)]
    told = {(sent_at(event.onset, each) == limit, event.fault) for each in frozen for event in each.events}
    assert told == {(True, "stale_where_spared"), (False, "stale")}


def sent_at(end: int, sample: Sample) -> Decimal:
    """Return what a sample says of an interval."""
    return next(one.generated_kwh for one in sample.sent if one.end == end)


def test_a_site_without_room_or_with_a_clock_at_fault_isnt_clean() -> None:
    """Twelve faults want their days, and beside a wrong clock none would be seen."""
    assert is_clean(HOME)
    assert not is_clean(HOME._replace(sample=Sample(SITE, CLEAN.sent[: 60 * 24], [])))
    shift = SiteLabel("2026-02-01T00:00:00Z", "2026-03-20T00:00:00Z", "clock", "published")
    assert not is_clean(HOME._replace(labels=[shift]))


def test_the_meters_last_digit_is_that_of_its_values() -> None:
    """Not of the few that a conversion left behind."""
    tenths = [
        one._replace(generated_kwh=round(one.generated_kwh, 1), consumed_kwh=round(one.consumed_kwh, 1))
        for one in CLEAN.sent
    ]
    assert str(digits_of(Sample(SITE, [*tenths, CLEAN.sent[9]], []))) == "0.1"
    assert str(digits_of(CLEAN)) == "0.0001"
