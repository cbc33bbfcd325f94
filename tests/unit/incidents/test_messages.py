"""The messages: what a person can act on, and what filter policies go by."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from heliograph.incidents.digest import digest_of
from heliograph.incidents.lifecycle import plan_open
from heliograph.incidents.messages import messages
from heliograph.incidents.model import Incident, Phase, SiteState
from heliograph.storage.notifications import SnsPublisher
from unit.incidents.scenes import at, found, text_at


class RealTopic:
    """An SNS client that refuses what SNS refuses, in its words [SNS API reference, Publish, PublishBatch]."""

    def __init__(self) -> None:
        """Begin with nothing refused."""
        self.refused: list[str] = []

    def publish_batch(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - SNS's own parameters
        """Take a batch of up to 262,144 bytes in all, with subjects of less than 100 printable characters in ASCII."""
        entries = request["PublishBatchRequestEntries"]
        sizes = [
            len(each["Message"].encode())
            + sum(
                len(name) + len(one["DataType"]) + len(one["StringValue"].encode())
                for name, one in each["MessageAttributes"].items()
            )
            for each in entries
        ]
        if sum(sizes) > 262_144:
            raise AssertionError(
                "BatchRequestTooLong: The length of all the messages put together is more than the limit."
            )
        wrong = [
            each
            for each in entries
            if len(each["Subject"]) > 99 or not (each["Subject"].isascii() and each["Subject"].isprintable())
        ]
        self.refused += ["Invalid parameter: Subject" for _ in wrong]
        return {"Failed": [{"Id": each["Id"], "Code": "InvalidParameter", "SenderFault": True} for each in wrong]}


LINK = "https://api.example.com"


def opened(
    site_id: str = "a", rule: str = "sentinel", *, minute: int = 60, region: str = "", observed: int = 5
) -> Incident:
    """Return an incident that a file opened."""
    each = found(site_id, at(minute), rule, region=region)
    (incident,) = plan_open(SiteState(site_id), [each], at(minute + 5)).opened
    return msgspec.structs.replace(incident, observed=Decimal(observed))


def test_an_onset_says_what_where_since_when_and_what_to_do() -> None:
    """One message says what was seen against what limit, since when, in which file, and where to look."""
    (message,) = messages([opened()], "onset", 20, LINK)
    assert message.subject == "critical: sentinel at a"
    for part in (
        "a: the value is frozen.",
        "What to do: Find out why the logger has no value",
        "Since: 2026-06-21T01:00:00Z",
        "Seen: 5 kWh; limit: 3 kWh",
        "File: raw/a@1",
        "Chart: https://api.example.com/#/site/a?at=2026-06-21T01:00:00Z",
        "https://api.example.com/incidents/a~sentinel~20260621T010000Z",
        "https://api.example.com/anomalies/a?start=2026-06-21T01:00:00Z",
    ):
        assert part in message.text
    assert message.attributes == {
        "kind": "onset",
        "phase": "onset",
        "site_id": "a",
        "rule": "sentinel",
        "rules": ("sentinel",),
        "severity": "critical",
        "severities": ("critical",),
    }


def test_a_recovery_says_how_long_it_lasted() -> None:
    """It names the rule, from when to when, and what it was."""
    over = msgspec.structs.replace(opened(), last=text_at(60 + 130), recovery=text_at(250))
    (message,) = messages([over], "recovery", 20, "")
    assert message.subject == "recovered: sentinel at a"
    for part in ("sentinel is over", "2 h 10 min later", "Recovered: 2026-06-21T04:10:00Z", "the value is frozen"):
        assert part in message.text
    assert message.attributes["kind"] == "recovery"


def test_very_many_are_one_message_that_counts_by_rule_and_stays_short() -> None:
    """Hundreds of incidents of many causes are counted, the first twenty named, the rest a link away."""
    many = [opened(f"site-{number:03}", "sentinel" if number % 3 else "negative") for number in range(500)]
    (message,) = messages(many, "onset", 1, LINK)
    assert message.subject == "critical: 500 incidents at 500 sites"
    assert "sentinel: 333 (critical)\nnegative: 167 (critical)" in message.text
    assert message.text.count("\n- site") == 20
    assert "- and 480 more" in message.text
    assert "https://api.example.com/incidents?state=open" in message.text
    assert len(message.text) < 3000
    assert message.attributes["kind"] == "group"
    assert message.attributes["rules"] == ("negative", "sentinel")


def test_ten_of_the_longest_messages_fit_into_a_call_of_sns() -> None:
    """A group of thousands, names that are all escapes, digests of thousands: SNS takes ten of each in a call."""
    many = [
        opened(f"site-{number:04}", f"rule_{number % 30:02}_{'x' * 50}", region="Europe/Berlin")
        for number in range(3000)
    ]
    odd = [
        msgspec.structs.replace(opened("a", f"rule_{number}"), source="\U0010ffff" * 250, message="ü" * 3000)
        for number in range(20)
    ]
    now = datetime(2026, 6, 22, 7, tzinfo=UTC)
    made = [
        *messages(many, "onset", 20, LINK),
        *messages(odd, "onset", 20, LINK),
        digest_of([msgspec.structs.replace(each, severity="warning") for each in many], "Europe/Berlin", now, LINK),
        digest_of([msgspec.structs.replace(each, severity="warning") for each in odd], "UTC", now, LINK),
    ]
    for message in made:
        topic = RealTopic()
        assert SnsPublisher(cast("Any", topic), "topic").publish([message] * 10) == 10
        assert topic.refused == []


def test_a_subject_fits_into_a_mail() -> None:
    """SNS takes less than 100 characters and no line breaks."""
    several = [opened("s" * 64, f"rule_{number}") for number in range(9)]
    (message,) = messages(several, "onset", 20, LINK)
    assert len(message.subject) == 99


def test_a_file_s_name_stays_on_its_line() -> None:
    """Line ends in an object's key don't put lines of the sender's choosing into a mail."""
    incident = opened()
    sly = msgspec.structs.replace(incident, source="raw/x\nMore: elsewhere\u2028y ü")
    (message,) = messages([sly], "onset", 20, LINK)
    assert message.text.count("\nMore: ") == 1
    assert "File: raw/x\\nMore: elsewhere\\u2028y ü" in message.text


def test_without_a_link_the_commands_are_named() -> None:
    """An API that asks for a signature answers a browser 403, so a message says what to type instead."""
    over = msgspec.structs.replace(opened(), last=text_at(190), recovery=text_at(250))
    said: list[tuple[Incident, Phase]] = [(opened(), "onset"), (over, "recovery")]
    for incident, phase in said:
        (message,) = messages([incident], phase, 20, "")
        assert "run `heliograph open`, then add #/site/a?at=2026-06-21T01:00:00Z to the address" in message.text
        assert "run `heliograph incidents show a~sentinel~20260621T010000Z`" in message.text
        assert ": /" not in message.text
    many = [msgspec.structs.replace(over, site_id=f"site-{number}") for number in range(30)]
    assert "All: run `heliograph incidents`" in messages(many, "onset", 20, "")[0].text
    assert (
        "All: run `heliograph incidents list --state closed --day 2026-06-21`"
        in messages(many, "recovery", 20, "")[0].text
    )
