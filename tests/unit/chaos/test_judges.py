"""The judges of a chaos run, tried on runs that went wrong: each kind of wrong is found, and a right run is not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chaos.feed import Feed, File, file_of, record
from chaos.figures import Notified, measure_notified
from chaos.ledger import Landing, Ledger
from chaos.scenes import Scenes
from chaos.served import compare, read, wrong_hours
from chaos.subscriber import Message, read_message
from heliograph.incidents.messages import messages
from heliograph.incidents.model import Incident

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NOTHING = Scenes({}, *[frozenset()] * 4)


def a_file(name: str, consumed: float) -> File:
    """Return a file of one reading."""
    return file_of(name, [record("a", NOW, 1.5, consumed)])


def landed(file: File, sent: float, answered: float, key: str) -> Landing:
    """Return a landing of a file."""
    return Landing(file, key, "v1", sent, answered)


def holding(*landings: Landing) -> set[Decimal]:
    """Return what may hold of the one reading, by its consumption."""
    ledger = Ledger()
    for each in landings:
        ledger.taken(each)
    ((_, expected),) = ledger.expected().items()
    return {consumed for _, consumed in expected.holds}


ONE, TWO = a_file("one", 1.0), a_file("two", 2.0)


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ((10.1, 10.2, "b"), (11.1, 11.2, "a"), {2}),  # a later second
        ((10.1, 10.2, "a"), (10.3, 10.4, "b"), {2}),  # the same second, a greater key
        ((10.1, 10.2, "b"), (10.3, 10.4, "a"), {1}),  # the same second, a smaller key
        ((10.1, 10.2, "a"), (10.3, 11.4, "b"), {2}),  # perhaps the same second: its key is greater in any case
        ((10.1, 10.2, "b"), (10.3, 11.4, "a"), {1, 2}),  # perhaps the same second, and then the first one holds
        ((10.1, 11.2, "a"), (10.3, 11.4, "b"), {1, 2}),  # side by side
    ],
)
def test_what_holds_follows_from_when_it_was_sent(
    first: tuple[float, float, str], second: tuple[float, float, str], holds: set[int]
) -> None:
    """The file that landed later holds, and within a second the greater key; where that is open either may."""
    assert holding(landed(ONE, *first), landed(TWO, *second)) == holds
    assert holding(landed(TWO, *second), landed(ONE, *first)) == holds


class Served:
    """An API that serves what it is given."""

    def __init__(self, items: list[dict[str, Any]], hours: list[dict[str, Any]]) -> None:
        """Keep it."""
        self._items = items
        self._hours = hours

    def readings(self, _site_id: str) -> Iterator[Any]:
        """Return the readings."""
        return map(read, self._items)

    def get(self, _path: str, **_: str | int) -> Any:  # noqa: ANN401 - as the API's
        """Return the hours."""
        return {"items": self._hours}


def item(consumed: str, *revisions: str) -> dict[str, Any]:
    """Return a reading as it is served."""
    before = [{"energy_generated_kwh": Decimal("1.5"), "energy_consumed_kwh": Decimal(each)} for each in revisions]
    named = {"site_id": "a", "timestamp": "2026-11-28T12:00:00Z", "revisions": before}
    return {**named, "energy_generated_kwh": Decimal("1.5"), "energy_consumed_kwh": Decimal(consumed)}


@pytest.mark.parametrize(
    ("items", "wrong"),
    [
        ([item("2", "1")], set()),
        ([], {"lost"}),
        ([item("1", "2")], {"wrong"}),  # the earlier value
        ([item("77", "1")], {"wrong"}),  # one that nobody sent
        ([item("2", "77")], {"wrong"}),
        ([item("2")], {"wrong"}),  # without its revision
        ([item("2", "1"), item("2", "1")], {"doubled"}),
        ([item("2", "1"), {**item("2"), "timestamp": "2026-11-28T12:01:00Z"}], {"doubled"}),
    ],
)
def test_each_wrong_reading_is_found(items: list[dict[str, Any]], wrong: set[str]) -> None:
    """A reading that is missing, served twice, invented, or has another value than the ledger's is named."""
    ledger = Ledger()
    ledger.taken(landed(ONE, 10.1, 10.2, "a"))
    ledger.taken(landed(TWO, 12.1, 12.2, "b"))
    found: Any = compare(Served(items, []), ledger.expected())  # type: ignore[arg-type]
    assert {name for name in ("lost", "doubled", "wrong") if getattr(found, name)} == wrong


def test_a_wrong_hour_is_found() -> None:
    """An hour's sum must be that of the values that hold; "no data" is no energy."""
    ledger = Ledger()
    records = [record("a", NOW, 1.5, 0.25), record("a", NOW.replace(hour=11, minute=30), -999.0, 0.5)]
    ledger.taken(landed(file_of("hour", [*records]), 10.1, 10.2, "a"))
    for consumed, wrong in (("0.25", 0), ("0.75", 1)):
        hour = {"start": "2026-11-28T11:00:00Z", "generated_kwh": Decimal("1.5"), "consumed_kwh": Decimal(consumed)}
        api: Any = Served([], [hour])
        assert len(list(wrong_hours(api, ledger.expected(), "2026-11-20T00:00:00Z"))) == wrong


def an_incident(number: int, **more: Any) -> Incident:  # noqa: ANN401 - any field
    """Return an open incident that was told."""
    fields: dict[str, Any] = {
        "id": f"site-{number:02}~sentinel~20261128T110000Z",
        "site_id": f"site-{number:02}",
        "rule": "sentinel",
        "basis": "reading",
        "onset": "2026-11-28T11:00:00Z",
        "last": "2026-11-28T11:00:00Z",
        "severity": "critical",
        "message": "it is -999",
        "observed": Decimal(-999),
        "limit": Decimal(-999),
        "unit": "kWh",
        "found_at": "2026-11-28T11:01:00Z",
        "onset_notified_at": "2026-11-28T11:01:00Z",
    }
    return Incident(**(fields | more))


def told(incidents: list[Incident], link: str = "http://x") -> list[Message]:
    """Return the messages that tell of the onsets, as a subscriber reads them."""
    return [read_message("onset", each.text) for each in messages(incidents, "onset", 20, link)]


def judged(incidents: list[Incident], sent: list[Message], **unheard: int) -> Notified:
    """Hold messages against incidents. unheard: as its name says, by incident."""
    chances = {("onset", name): count for name, count in unheard.items()}
    return measure_notified(incidents, sent, NOTHING, chances, 0)


# Each in a region of its own, so that few are told one by one.
MANY = [an_incident(n, region=f"region {n}") for n in range(30)]
FEW = MANY[:3]


@pytest.mark.parametrize("link", ["http://x", ""])
def test_told_once_each_is_right(link: str) -> None:
    """A message a site, or a digest of many: each incident was told once."""
    for incidents in (FEW, MANY):
        found = judged(incidents, told(incidents, link))
        assert not found.wrong
        assert found.onsets == len(incidents)
    assert judged(MANY, told(MANY, link)).digests == 1


def test_what_was_not_told_is_found() -> None:
    """A message that never came is missed, be it noted as told or not, be it of one or in a digest."""
    assert judged(FEW, told(FEW[:2])).unsent
    assert judged(MANY, told(MANY[:29])).unsent
    assert judged([*FEW, an_incident(7, onset_notified_at="")], told(FEW)).unsent
    closed = an_incident(8, recovery="2026-11-28T12:00:00Z")
    assert judged([closed], told([closed])).unsent  # nobody was told that it is over


def test_what_was_told_twice_is_found() -> None:
    """A message that came twice is found, unless its sender couldn't know that it had come."""
    twice = [*told(FEW), *told(FEW[:1])]
    assert judged(FEW, twice).doubled
    assert not judged(FEW, twice, **{FEW[0].id: 1}).doubled
    assert judged(MANY, [*told(MANY), *told(MANY)]).doubled
    assert judged([msgspec.structs.replace(each, suppressed=True) for each in FEW], told(FEW)).doubled


def test_planned_trouble_must_come_of_it() -> None:
    """Trouble that was planned must be found and told; what is history must not."""
    wanted = frozenset({("site-00", "sentinel")})
    nobody: frozenset[tuple[str, str]] = frozenset()
    for scenes, wrong in (
        (Scenes({}, wanted, nobody, nobody, nobody), False),
        (Scenes({}, frozenset({("site-99", "sentinel")}), nobody, nobody, nobody), True),
        (Scenes({}, wanted, wanted, nobody, nobody), True),  # it never recovered
        (Scenes({}, wanted, nobody, wanted, nobody), True),  # it came by itself
        (Scenes({}, nobody, nobody, nobody, wanted), True),  # it is history
    ):
        assert bool(measure_notified(FEW, told(FEW), scenes, {}, 0).wrong) == wrong


def test_a_feed_is_what_it_says() -> None:
    """The same seed gives the same files, of all kinds: by each way, late ones, repeats, bad records."""
    feed = list(Feed(400, 5, NOW, late=0.05, posted=0.2, submitted=0.05).files())
    assert feed == list(Feed(400, 5, NOW, late=0.05, posted=0.2, submitted=0.05).files())
    assert {file.way for file in feed} == {"s3", "post", "submit"}
    assert any(file.late for file in feed)
    assert any(file.rejected for file in feed)
    assert not all(file.readable for file in feed)
