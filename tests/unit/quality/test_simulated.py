"""The simulator's fleet as samples: what the Lambda would have sent, with its own labels."""

from datetime import timedelta

from heliograph.reading import moment_of
from lambda_simulator.energy import INTERVAL
from lambda_simulator.schedule import FaultPlan
from lambda_simulator.tick import simulate_tick
from quality.events import delay, soonest
from quality.hidden import HIDDEN
from quality.sample import Event, event_of
from quality.simulated import LEAD_DAYS, SPARED, START, Variant, clean_site, sample_of

SOLAR = clean_site(0, 12, 2)
FAULTY = sample_of(SOLAR, Variant("faulty", 1.0, FaultPlan()))


def test_a_clean_sample_is_what_the_simulator_sends() -> None:
    """Tick by tick the same energies."""
    for place in range(0, len(SOLAR.sent), 977):
        tick_end = START + (place + 1) * INTERVAL
        (record,) = simulate_tick([SOLAR.site], tick_end, 2, 0.0).records
        sent = SOLAR.sent[place]
        assert sent is not None
        assert (sent.end, float(sent.generated_kwh)) == (tick_end.timestamp(), record["energy_generated_kwh"])


def test_events_are_the_simulators_own_labels() -> None:
    """Behind the lead-in, a tick is labelled if and only if it lies in an event, and by the same name."""
    for place in range(LEAD_DAYS * 288 + 288, len(SOLAR.sent) - 288, 31):
        tick_end = START + (place + 1) * INTERVAL
        labels = simulate_tick([SOLAR.site], tick_end, 2, 1.0).labels
        end = int(tick_end.timestamp())
        named = {_label(event) for event in FAULTY.events if event.onset <= end <= event.last}
        assert {label.fault for label in labels} <= named
        assert all(int(moment_of(label.timestamp).timestamp()) in _ends(label.fault) for label in labels)


def _ends(fault: str) -> set[int]:
    return {end for event in FAULTY.events if _label(event) == fault for end in event.ends}


def _label(event: Event) -> str:
    """Return the simulator's name of an event; those that are counted apart have a name of their own here."""
    return "stale" if event.fault == SPARED else event.fault.removesuffix(HIDDEN)


def test_the_lead_in_has_no_fault() -> None:
    """The baseline is fitted from clean days."""
    begins = (START + timedelta(days=LEAD_DAYS)).timestamp()
    assert FAULTY.events
    assert min(event.onset for event in FAULTY.events) > begins


def test_a_malformed_record_is_refused_and_not_stored() -> None:
    """It has a time of landing and no reading."""
    for event in (each for each in FAULTY.events if each.fault == "malformed"):
        assert event.ends <= set(FAULTY.rejected)
        assert event.ends.isdisjoint(one.end for one in FAULTY.sent)


def test_what_a_single_reading_shows_is_known_at_once() -> None:
    """A sentinel at noon is flagged as it lands, no interval late."""
    sent = [one for one in SOLAR.sent if one is not None]
    place = 35 * 288 + 100
    sent[place] = sent[place]._replace(generated_kwh=sent[place].generated_kwh - 999 - sent[place].generated_kwh)
    event = event_of("sentinel", [sent[place].end])
    sample = type(FAULTY)(SOLAR.site.site, sent, [event])
    assert delay(event, sample) == 0


def test_the_soonest_word_is_by_nature() -> None:
    """Nobody can know of a frozen meter before its values are equal for an hour, or of a catch-up before it comes."""
    assert soonest(event_of("stale", [0, 300]), 5) == 10
    assert soonest(event_of("stale", [0, 900]), 15) == 4
    assert soonest(event_of("catch_up", list(range(0, 3600, 300))), 5) == 11
    assert soonest(event_of("negative", [0]), 5) == 0
