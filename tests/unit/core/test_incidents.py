"""From flags to incidents to messages."""

from decimal import Decimal

import pytest

from heliograph.checks.flag import Flag
from heliograph.incidents import Incident, Onsets, messages
from heliograph.reading import Reading

LANDED = "2026-06-21T12:00:00Z"


def flag(rule: str = "negative", severity: str = "warning") -> Flag:
    """Give a flag."""
    return Flag(rule, Decimal(-5), Decimal(-1), "kWh", severity, "the meter runs backwards")  # type: ignore[arg-type]


def reading(site_id: str, when: str) -> Reading:
    """Give a reading."""
    return Reading(site_id, when, Decimal(0), Decimal(0))


def gather(found: list[tuple[Reading, tuple[Flag, ...]]]) -> list[Incident]:
    """Gather flags into incidents."""
    onsets = Onsets("raw/a@1", LANDED)
    for each, flags in found:
        onsets.add(each, flags)
    return onsets.incidents()


def test_many_readings_are_one_incident() -> None:
    """A rule's trouble at a site is one incident that began with its first reading, in whatever order they come."""
    found = [(reading("a", f"2026-06-21T{hour:02}:00:00Z"), (flag(),)) for hour in range(12)]
    found = found[6:] + found[5::-1]
    (incident,) = gather(found)
    assert (incident.onset, incident.readings) == ("2026-06-21T00:00:00Z", 12)


def test_sites_rules_and_days_are_told_apart() -> None:
    """Another site, another rule or another UTC day is another incident."""
    found = [
        (reading("a", "2026-06-21T01:00:00Z"), (flag(), flag("sentinel", "critical"))),
        (reading("b", "2026-06-21T01:00:00Z"), (flag(),)),
        (reading("a", "2026-06-20T23:00:00Z"), (flag(),)),
    ]
    assert [(each.site_id, each.key) for each in gather(found)] == [
        ("a", "negative#2026-06-20"),
        ("a", "negative#2026-06-21"),
        ("a", "sentinel#2026-06-21"),
        ("b", "negative#2026-06-21"),
    ]


def test_nobody_is_told_of_information_or_of_old_trouble() -> None:
    """An info flag opens no incident, and neither does trouble older than two days when it landed."""
    old = reading("a", "2026-06-19T11:59:59Z")
    assert gather([(reading("a", LANDED), (flag(severity="info"),)), (old, (flag(),))]) == []


def make(count: int) -> list[Incident]:
    """Give incidents at as many sites."""
    return gather([(reading(f"site-{number:03}", LANDED), (flag(),)) for number in range(count)])


def test_an_incident_is_one_message_a_person_can_act_on() -> None:
    """The message says what, where, since when, why and where to ask; its attributes serve filter policies."""
    (message,) = messages(make(1), digest_over=20)
    assert message.subject == "warning: negative at site-000"
    for part in ("the meter runs backwards", LANDED, "raw/a@1", "/anomalies/site-000?start="):
        assert part in message.text
    assert message.attributes == {
        "kind": "incident",
        "site_id": "site-000",
        "rule": "negative",
        "severity": "warning",
    }


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (3, 3), (20, 20), (21, 1), (500, 1)])
def test_many_incidents_at_once_are_one_digest(count: int, expected: int) -> None:
    """More incidents in one file than `digest_over` become one message that counts them."""
    told = messages(make(count), digest_over=20)
    assert len(told) == expected
    if count > 20:
        assert told[0].attributes["kind"] == "digest"
        assert f"{count} incidents at {count} sites" in told[0].text
        assert len(told[0].text) < 5000
