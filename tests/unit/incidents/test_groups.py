"""One cause at many sites of a region is one message; what comes and goes in a rhythm doesn't notify each time."""

import pytest

from heliograph.checks.flag import Flag
from heliograph.incidents.messages import messages
from heliograph.site import Site
from heliograph.zones import region_of, zone_of_region
from unit.incidents.scenes import MINUTE, Plant, World, at, ends, flag, found, run_day
from unit.incidents.test_messages import LINK, opened

BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"


def silent(count: int, zone: str, first: int, last: int) -> list[Plant]:
    """Return sites of a zone that all fall silent from one minute to another."""
    sent = [*ends(0, first), *ends(last, 900)]
    return [Plant(Site(f"{zone[-3:]}-{number:02}", timezone=zone), sent) for number in range(count)]


def test_an_outage_in_two_regions_is_a_message_a_region_each_way() -> None:
    """Twelve sites in each of two zones fall silent together: the message names region, count and the first sites."""
    world = World()
    run_day(world, [*silent(12, BERLIN, 200, 400), *silent(12, TOKYO, 200, 400)], range(100, 700))
    assert world.kinds() == ["group onset"] * 2 + ["group recovery"] * 2
    first = world.sent[0][1]
    assert first.subject == "critical: no_data at 12 sites in Asia/Tokyo"
    assert "12 incidents at 12 sites in Asia/Tokyo began" in first.text
    assert first.attributes["rule"] == "no_data"
    assert "- kyo-00: no_data since" in first.text
    assert len(world.incidents.kept) == 24, "the incidents stay their sites' own"


@pytest.mark.parametrize(
    ("sites", "apart", "kinds"), [(2, 1, ["onset"] * 2), (3, 1, ["group"]), (3, 70, ["onset"] * 3)]
)
def test_a_group_is_three_sites_within_an_hour(sites: int, apart: int, kinds: list[str]) -> None:
    """Fewer may be chance; onsets further apart than an hourly meter's interval are other events."""
    incidents = [opened(f"s{number}", minute=60 + apart * number, region=BERLIN) for number in range(sites)]
    assert [message.attributes["kind"] for message in messages(incidents, "onset", 20, LINK)] == kinds


def test_a_group_names_the_worst_first() -> None:
    """What is furthest beyond its limit leads the list, after what is more severe."""
    incidents = [opened(f"s{number}", observed=number, region=BERLIN) for number in range(6)]
    (message,) = messages(incidents, "onset", 20, LINK)
    listed = [line.split(":")[0] for line in message.text.splitlines() if line.startswith("- ")]
    assert listed == [f"- s{number}" for number in reversed(range(6))]


def test_another_rule_or_region_is_another_cause() -> None:
    """Three sites in three regions, in regions that nobody knows, or by three rules, are no group."""
    regions = [opened(f"s{number}", region=f"region {number}") for number in range(3)]
    rules = [opened(f"s{number}", rule=f"rule_{number}") for number in range(3)]
    nowhere = [opened(f"s{number}", region="") for number in range(3)]
    for incidents in (regions, rules, nowhere):
        kinds = [message.attributes["kind"] for message in messages(incidents, "onset", 20, LINK)]
        assert kinds == ["onset"] * 3


def test_a_region_is_the_zone_else_the_longitude_s() -> None:
    """A registered zone wins; where nothing is registered, there is no region, and the digest is UTC's."""
    assert region_of(Site("a", timezone=BERLIN, longitude=100.0)) == BERLIN
    assert region_of(Site("a", longitude=100.0)) == "UTC+07:00"
    assert region_of(Site("a")) == ""
    assert [str(zone_of_region(each)) for each in (BERLIN, "UTC+07:00", "", "No/Where")] == [BERLIN, *["UTC"] * 3]


def test_a_file_beside_another_waits_for_its_group() -> None:
    """The first file's cause is told at once; what the next files of the region show is one message soon after."""
    world = World()
    for number in range(8):
        world.now = at(100) + number * 10
        world.file(found(f"s{number}", at(95), region=BERLIN))
    world.file(found("far", at(95), region=TOKYO))
    assert [message.attributes["site_id"] for _, message in world.sent] == ["s0", "far"]
    run_day(world, [], range(101, 130))
    assert world.kinds() == ["onset onset", "onset onset", "group onset"]
    assert "7 incidents at 7 sites in Europe/Berlin" in world.sent[-1][1].text


def comes_and_goes(period: int, lasts: int, until: int) -> dict[int, tuple[Flag, ...]]:
    """Return critical flags for some minutes of each period, from minute 60 on."""
    return {end: (flag(),) for end in ends(60, until) if (end - at(60)) // MINUTE % period < lasts}


@pytest.mark.parametrize(("period", "lasts"), [(150, 20), (1440, 300)])
def test_what_returns_in_its_rhythm_is_told_in_the_digest(period: int, lasts: int) -> None:
    """Two of a kind show a rhythm and are told at once; those after them are a line of each morning's digest."""
    world = World()
    until = 8 * 1440
    plant = Plant("a", ends(-60, until), comes_and_goes(period, lasts, until))
    for minute in range(60, until, 10):
        world.now = at(minute)
        if minute % 30 == 0:
            world.evaluate(plant)
        world.tick()
    kinds = [str(message.attributes["kind"]) for _, message in world.sent]
    assert [kind for kind in kinds if kind != "digest"] == ["onset", "recovery"] * 2
    assert 5 <= kinds.count("digest") <= 8
    digest = next(message for _, message in world.sent if message.attributes["kind"] == "digest")
    assert "comes back in its rhythm" in digest.text
    assert all(each.returning for each in world.incidents_of()[2:])


def test_what_returns_and_stays_is_told_at_once() -> None:
    """The third of a rhythm that lasts longer than twice the others, and an hour, needs somebody today."""
    world = World()
    flags = {end: (flag(),) for first, last in ((60, 80), (260, 280), (460, 1400)) for end in ends(first, last)}
    plant = Plant("a", ends(-60, 1400), flags)
    run_day(world, [plant], range(60, 900))
    assert [message.attributes["kind"] for _, message in world.sent] == ["onset", "recovery"] * 2 + ["onset"]
    assert world.sent[-1][0] <= at(460 + 60 + 60 + 35)
    assert world.incidents_of()[-1].returning is False


def test_a_silence_that_returns_and_stays_is_told_at_once() -> None:
    """A silence is as long as it lasts, though no reading shows it."""
    world = World()
    gaps = ((60, 180), (360, 480), (660, 5000))
    sent = [end for end in ends(-60, 3000) if not any(at(first) < end < at(last) for first, last in gaps)]
    run_day(world, [Plant("a", sent)], range(60, 1400))
    assert [message.attributes["kind"] for _, message in world.sent] == ["onset", "recovery"] * 2 + ["onset"]
    assert world.sent[-1][0] > at(660 + 60 + 120)


def test_what_returns_worse_is_told_at_once() -> None:
    """Warnings that come back are the digest's; the first critical one of the rhythm is news."""
    world = World()
    flags = {end: (flag(severity="warning"),) for first in (60, 260, 460) for end in ends(first, first + 20)}
    flags |= {end: (flag(),) for end in ends(660, 680)}
    run_day(world, [Plant("a", ends(-60, 1400), flags)], range(60, 760))
    assert world.kinds() == ["digest onset", "onset onset"]


def test_a_rhythm_longer_than_a_day_is_none() -> None:
    """Twice a week is news each time."""
    world = World()
    week = 7 * 1440
    flags = {end: (flag(),) for number in range(4) for end in ends(60 + number * 3 * 1440, 90 + number * 3 * 1440)}
    plant = Plant("a", ends(-60, 2 * week), flags)
    for minute in range(60, 2 * week, 30):
        world.now = at(minute)
        world.evaluate(plant)
        world.tick()
    assert world.kinds() == ["onset onset", "recovery recovery"] * 4
    assert all(each.onset_notified_at for each in world.incidents_of())
