"""Our own checks as the benchmark asks them: the product's own path, from the record that lands to the incident."""

from decimal import Decimal

import msgspec

from quality import ours
from quality.events import delay, score
from quality.inject import Choice, inject
from quality.sample import Sample, event_of
from unit.quality.a_home import HOUR, START, clean

DAY = 24 * HOUR
HOME = clean(60)


def with_sentinels(*hours: int) -> Sample:
    """Put -999 into some hours of the home's generation."""
    sent = [
        one._replace(generated_kwh=Decimal(-999)) if (one.end - START) // HOUR in hours else one for one in HOME.sent
    ]
    return msgspec.structs.replace(
        HOME, sent=sent, events=[event_of("sentinel", [START + hour * HOUR for hour in hours])]
    )


def test_a_single_readings_fault_is_found_at_landing() -> None:
    """A sentinel is flagged, known at once, and one incident however often it comes within the hour of grace."""
    sample = with_sentinels(900, 901)
    found = ours.find(sample)
    assert found.flags["sentinel"] == {START + 900 * HOUR, START + 901 * HOUR}
    assert [each.rule for each in found.spoken or ()].count("sentinel") == 1
    assert delay(sample.events[0], sample) == 0
    assert score(found, sample, 60).seen == [(sample.events[0], True, True)]


def test_a_file_that_contradicts_itself_is_told_of() -> None:
    """Two records of one interval that land together are a duplicate."""
    sample = inject(HOME, 1, each=1, choice=Choice(["conflicting_values"]))
    assert set().union(*(event.ends for event in sample.events)) <= ours.find(sample).flags["conflicting_values"]


def test_a_silence_is_found_and_known_while_it_lasts() -> None:
    """It needs no reading that ends it."""
    sample = inject(HOME, 1, each=1, size=3.0, choice=Choice(["no_data"]))
    (event,) = sample.events
    assert score(ours.find(sample), sample, 60).seen == [(event, True, True)]
    late = delay(event, sample)
    assert late is not None
    assert late <= 3


def test_a_refused_record_is_told_of_and_no_incident() -> None:
    """It has no reading to carry a flag."""
    found = ours.find(msgspec.structs.replace(HOME, rejected=[START + 40 * DAY]))
    assert found.told["rejected"] == {START + 40 * DAY}
    assert "rejected" not in found.flags


def test_a_look_at_two_days_sees_what_the_sweep_sees() -> None:
    """What the watch would have said a day later is what is said of the whole."""
    sample = inject(HOME, 3, each=1, choice=Choice(["stale"]))
    (event,) = sample.events
    assert {end for end, flags in ours.rolling(sample, event.last + 3 * HOUR).flags.items() if flags} >= {event.last}
    assert event.last in ours.find(sample).flags["stale"]
