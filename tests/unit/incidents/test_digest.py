"""The daily digest: severity is a promise. Critical at once, a warning once, at seven in the morning at its site."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.stores import FakePublisher
from heliograph.errors import StorageError
from heliograph.incidents import notification
from heliograph.incidents.due import next_digest
from heliograph.site import Site
from heliograph.storage.incidents import pending_keys
from unit.incidents.scenes import HOUR, MINUTE, Plant, World, at, ends, flag, text_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heliograph.incidents.model import Notification

BERLIN = Site("berlin", timezone="Europe/Berlin")  # UTC+2 in June
DAY = 24 * 60
SEVEN = 7 * 60


def warned(site: Site | str, first: int, last: int, rule: str = "stale") -> Plant:
    """Return a site with warnings from one minute to another."""
    flags = {end: (flag(rule, "warning"),) for end in ends(first, last)}
    return Plant(site, ends(-600, 6000), flags)


def opened(world: World, *plants: Plant, minute: int) -> None:
    """Evaluate sites at a minute."""
    for each in plants:
        world.evaluate(each, at(minute))


def ticked(world: World, minute: int) -> "list[Notification]":
    """Let the notifier run at a minute, and return what it sends."""
    before = len(world.sent)
    world.now = at(minute)
    world.tick()
    return [message for _, message in world.sent[before:]]


@pytest.mark.parametrize(
    ("region", "found", "due"),
    [
        ("Europe/Berlin", "2026-06-21T04:45:00Z", "2026-06-21T05:00:00Z"),
        ("Europe/Berlin", "2026-06-21T04:45:01Z", "2026-06-22T05:00:00Z"),
        ("Europe/Berlin", "2026-10-24T05:00:00Z", "2026-10-25T06:00:00Z"),  # summer time ends in between
        ("Asia/Kolkata", "2026-06-21T12:00:00Z", "2026-06-22T01:30:00Z"),
        ("Pacific/Auckland", "2026-06-21T18:30:00Z", "2026-06-21T19:00:00Z"),
        ("UTC+05:00", "2026-06-21T06:45:00Z", "2026-06-21T07:00:00Z"),  # a longitude's offset is no registered zone
        ("", "2026-06-21T06:46:00Z", "2026-06-22T07:00:00Z"),
    ],
)
def test_a_digest_is_due_at_seven_local(region: str, found: str, due: str) -> None:
    """What is found until a quarter to seven is in that day's digest; without a zone the clock is UTC's."""
    moment = datetime.fromisoformat(found)
    assert next_digest(moment, region).astimezone(UTC) == datetime.fromisoformat(due)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - its bounds
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "", "UTC+03:00"]),
)
def test_every_moment_has_one_digest_that_comes_within_a_day(moment: datetime, region: str) -> None:
    """It is at least fifteen minutes ahead and at most a day and the hour that a change of clocks adds, at seven."""
    due = next_digest(moment, region)
    assert due.hour == 7
    ahead = due.astimezone(UTC) - moment
    assert timedelta(minutes=15) <= ahead <= timedelta(days=1, hours=1, minutes=15)


def test_a_warning_waits_for_seven_and_is_one_message_a_zone() -> None:
    """Sites of two zones: each zone has one message at its own seven o'clock, and nothing is sent before or after."""
    world = World()
    plants = [
        warned(BERLIN, 8 * 60, 30 * 60),
        warned(Site("b2", timezone="Europe/Berlin"), 9 * 60, 30 * 60, "negative"),
        warned("nowhere", 9 * 60, 30 * 60),
    ]
    opened(world, *plants, minute=10 * 60)
    assert ticked(world, 11 * 60) == []
    assert ticked(world, DAY + 5 * 60 - 1) == []
    (berlin,) = ticked(world, DAY + 5 * 60)
    assert (berlin.attributes["kind"], berlin.attributes["zone"]) == ("digest", "Europe/Berlin")
    assert berlin.attributes["severity"] == "warning"
    assert "2 incidents at 2 sites began" in berlin.text
    assert "nowhere" not in berlin.text
    (utc,) = ticked(world, DAY + SEVEN)
    assert (utc.attributes["zone"], utc.attributes["rule"]) == ("UTC", "stale")
    assert [ticked(world, minute) for minute in (DAY + SEVEN + 1, 2 * DAY + SEVEN)] == [[], []]
    assert {each.onset_notified_at for each in world.incidents_of("berlin")} == {text_at(DAY + 5 * 60)}


def test_a_digest_tells_of_recovery_too() -> None:
    """Whoever read of the onset in a digest reads of the recovery in the next."""
    world, plant = World(), warned("a", 8 * 60, 30 * 60)
    opened(world, plant, minute=10 * 60)
    ticked(world, DAY + SEVEN)
    opened(world, plant, minute=32 * 60)
    assert world.incidents_of()[0].state == "closed"
    assert ticked(world, 33 * 60) == []
    (message,) = ticked(world, 2 * DAY + SEVEN)
    assert "1 incident at 1 site recovered that an earlier digest named." in message.text
    assert (message.attributes["kind"], message.attributes["phase"]) == ("digest", "recovery")
    assert world.incidents_of()[0].pending is None


def test_a_warning_that_is_over_before_its_digest_is_told_there_as_over() -> None:
    """It is one line of one digest, and has no second message."""
    world, plant = World(), warned("a", 8 * 60, 9 * 60)
    opened(world, plant, minute=9 * 60)
    opened(world, plant, minute=12 * 60)
    (message,) = ticked(world, DAY + SEVEN)
    assert "1 incident at 1 site began; 1 of them over by now." in message.text
    assert f"over since {text_at(10 * 60)}" in message.text
    assert ticked(world, 2 * DAY + SEVEN) == []


def test_escalation_to_critical_notifies_at_once_and_so_does_its_recovery() -> None:
    """A warning that was told in a digest turns critical: told at once, and its recovery to all who heard of it."""
    world, plant = World(), warned("a", 8 * 60, 40 * 60)
    opened(world, plant, minute=10 * 60)
    ticked(world, DAY + SEVEN)
    plant.flags[at(DAY + 10 * 60)] = (flag(severity="critical"),)
    opened(world, plant, minute=DAY + 10 * 60)
    (message,) = ticked(world, DAY + 10 * 60 + 32)
    assert message.subject == "now critical: stale at a"
    assert (message.attributes["kind"], message.attributes["phase"]) == ("escalation", "onset")
    assert "It was sent as warning before" in message.text
    opened(world, plant, minute=42 * 60)
    (recovered,) = ticked(world, 42 * 60 + 32)
    assert recovered.attributes["phase"] == "recovery"
    assert recovered.attributes["severities"] == ("warning", "critical")
    assert ticked(world, 2 * DAY + SEVEN) == []


def test_a_warning_that_turns_critical_before_its_digest_is_told_once_and_at_once() -> None:
    """Its digest doesn't tell it again."""
    world, plant = World(), warned("a", 8 * 60, 40 * 60)
    opened(world, plant, minute=10 * 60)
    plant.flags[at(11 * 60)] = (flag(severity="critical"),)
    opened(world, plant, minute=11 * 60)
    assert [each.subject for each in ticked(world, 12 * 60)] == ["critical: stale at a"]
    assert ticked(world, DAY + SEVEN) == []


def test_an_escalation_between_a_digest_and_its_mark_is_not_lost() -> None:
    """The incident turned critical after the digest was written: the mark leaves that pending."""
    world, plant = World(), warned("a", 8 * 60, 40 * 60)
    opened(world, plant, minute=10 * 60)
    (told,) = world.incidents_of()
    plant.flags[at(11 * 60)] = (flag(severity="critical"),)
    opened(world, plant, minute=11 * 60)
    world.incidents.mark_notified([told], "onset", text_at(12 * 60))
    (after,) = world.incidents_of()
    assert (after.pending, after.at_once, after.notified_as) == ("onset", True, ("warning",))
    assert pending_keys(after)["pending_at"].startswith(text_at(12 * 60))


def test_a_group_that_is_over_by_now_is_told_as_over() -> None:
    """A fault of a region that two of its three sites recovered from in the night: its line says so."""
    world = World()
    plants = [
        warned(Site(f"s{number}", timezone="UTC"), 8 * 60, last)
        for number, last in enumerate((9 * 60, 9 * 60, 60 * 60))
    ]
    opened(world, *plants, minute=8 * 60 + 30)
    opened(world, *plants, minute=12 * 60)
    (message,) = ticked(world, DAY + SEVEN)
    assert f"stale at 3 sites since {text_at(8 * 60)}, over at 2 of them: " in message.text


def test_the_worst_site_comes_first_and_long_lists_stay_short() -> None:
    """Dozens of sites: those with several rules against them come first, twenty are named, the others counted."""
    world = World()
    for number in range(60):  # further apart than incidents of one group
        world.evaluate(warned(f"site-{number:02}", 8 * 60 + 90 * number, 6000), at(8 * 60 + 90 * number + 5))
    flags = {end: (flag("stale", "warning"), flag("negative", "warning")) for end in ends(5930, 6000)}
    world.evaluate(Plant("z-bad", ends(-600, 6000), flags), at(5940))
    (message,) = ticked(world, 5 * DAY + SEVEN)
    assert "62 incidents at 61 sites began" in message.text
    assert message.text.index("z-bad:") < message.text.index("site-")
    assert "- and 41 more sites" in message.text
    assert len(message.text) < 6000


def die(*_: object) -> None:
    """Stand in for a call before which the process dies."""
    raise StorageError("the process died")


class Dies(FakePublisher):
    """A topic behind which the process dies."""

    def publish(self, messages: "Sequence[Notification]") -> int:
        """Take the messages, and die before anything is noted."""
        super().publish(messages)
        die()
        return 0


@pytest.mark.parametrize("dies_at", ["publish", "note_digest", "mark_notified", ""])
def test_a_crash_loses_no_digest_and_doubles_none_that_was_noted(dies_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only between SNS's answer and the note of the whole digest can it come twice: one write, and not one a site."""
    world = World()
    plants = [warned(f"s{number}", 8 * 60 + 100 * number, 30 * 60, f"rule_{number}") for number in range(9)]
    opened(world, *plants, minute=28 * 60)

    world.now = at(2 * DAY + SEVEN)
    if dies_at == "publish":
        world.publisher = Dies()
        with pytest.raises(StorageError):
            world.tick()
    elif dies_at:
        with monkeypatch.context() as patched:
            patched.setattr(world.incidents, dies_at, die)
            with pytest.raises(StorageError):
                world.tick()
    sent = list(world.publisher.published)
    world.publisher = FakePublisher()
    world.now += MINUTE
    world.tick()
    sent += world.publisher.published
    assert len(sent) == (2 if dies_at in {"publish", "note_digest"} else 1)
    assert all("9 incidents at 9 sites began" in each.text for each in sent)
    assert all(each.pending is None for each in world.incidents.kept.values())
    world.now += HOUR
    assert world.tick() == 0


def test_a_digest_s_note_holds_no_more_than_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many that wait in a zone some are sent each minute; what is marked leaves the note, which is one item."""
    monkeypatch.setattr(notification, "_AT_ONCE", 2)
    world = World()
    opened(world, *(warned(f"s{number}", 8 * 60, 6000, f"rule_{number}") for number in range(5)), minute=10 * 60)
    counts = []
    for minute in range(4):
        counts.append(len(ticked(world, DAY + SEVEN + minute)))
        assert all(len(entries) <= 2 for entries in world.incidents.digests.values())
    assert counts == [1, 1, 1, 0]
    assert [sum(f"s{number}:" in sent.text for _, sent in world.sent) for number in range(5)] == [1] * 5


def test_what_recovers_between_a_digest_s_note_and_its_mark_is_told_as_over_next_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The digest told it as open, so its recovery is news."""
    world, plant = World(), warned("a", 8 * 60, 31 * 60)
    opened(world, plant, minute=10 * 60)
    world.now = at(DAY + SEVEN)

    with monkeypatch.context() as patched:
        patched.setattr(world.incidents, "mark_notified", die)
        with pytest.raises(StorageError):
            world.tick()
    opened(world, plant, minute=33 * 60)
    assert ticked(world, 33 * 60) == []
    (over,) = ticked(world, 2 * DAY + SEVEN)
    assert "recovered that an earlier digest named" in over.text


def test_information_is_never_sent() -> None:
    """An info flag opens no incident, so neither the notifier nor the digest has it."""
    world, plant = World(), Plant("a", ends(0, 6000), {end: (flag(severity="info"),) for end in ends(60, 600)})
    opened(world, plant, minute=600)
    assert world.incidents.kept == {}
    assert ticked(world, DAY + SEVEN) == []


def test_what_was_over_or_old_when_found_is_in_no_digest() -> None:
    """History is shown and never sent."""
    world = World()
    world.now = at(4 * DAY)
    plant = warned("a", 60, 120)
    world.evaluate(plant, back=6 * 24 * HOUR)
    assert [each.suppressed for each in world.incidents_of()] == [True]
    assert ticked(world, 6 * DAY + SEVEN) == []


def test_what_later_files_show_to_have_been_over_is_in_no_digest() -> None:
    """History lands bit by bit: a warning looks open until the next file shows that it was over before it was found."""
    world, plant = World(), warned("a", 8 * 60, 9 * 60)
    plant.sent = ends(-600, 9 * 60)
    opened(world, plant, minute=10 * 60)
    plant.sent = ends(-600, 16 * 60)
    opened(world, plant, minute=16 * 60)
    (incident,) = [each for each in world.incidents_of() if each.rule == "stale"]
    assert (incident.state, incident.suppressed, incident.recovery) == ("closed", False, text_at(10 * 60))
    assert [each for each in ticked(world, DAY + SEVEN) if "stale" in each.text] == []


def test_an_incident_that_notifies_late_is_in_the_next_digest() -> None:
    """A symptom that outlasts its cause becomes pending then, and not when it was found."""
    world, plant = World(), warned("a", 8 * 60, 9 * 60)
    opened(world, plant, minute=9 * 60)
    (incident,) = world.incidents_of()
    late = msgspec.structs.replace(incident, pending_since=text_at(3 * DAY))
    assert pending_keys(late)["pending_at"].startswith(text_at(3 * DAY + SEVEN))


def test_zones_are_names_that_exist() -> None:
    """The zone of a message is one that a subscriber can reckon in."""
    world = World()
    opened(world, warned(BERLIN, 8 * 60, 30 * 60), minute=10 * 60)
    (message,) = ticked(world, DAY + 5 * 60)
    assert ZoneInfo(str(message.attributes["zone"])).key == "Europe/Berlin"
