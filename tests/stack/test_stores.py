"""The stores against the embedded AWS: insert once, merge what lands again, exact totals."""

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import msgspec
import pytest

from fakes.sides import there
from heliograph.checks.flag import Flag
from heliograph.errors import StillThrottled
from heliograph.history import Assessed, History, Provenance, landing
from heliograph.ingestion import Ingestion
from heliograph.reading import Reading
from heliograph.site import Site
from heliograph.storage.fast_path import FastDynamo
from heliograph.storage.ingestions import DynamoIngestions, DynamoTries, Tried
from heliograph.storage.readings import DynamoReadings
from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.storage.sites import DynamoSites
from heliograph.table_keys import site_totals_shard
from stack.harness import Harness

KEEP = timedelta(days=30)
LANDED = "2026-11-22T12:00:00Z"
ONCE = FastDynamo.once
FLAG = Flag("negative", Decimal("-1.5"), Decimal("-0.1"), "kWh", "warning", "the meter runs backwards")


def land(site_id: str, minute: int, generated: str = "1", file: str = "a", position: int = 1) -> Assessed:
    """Return a landing; a file's letter is also when it landed, and negative energy is flagged."""
    landed_at = f"2026-11-22T12:0{ord(file) - ord('a')}:00Z"
    reading = Reading(site_id, f"2026-11-22T10:{minute:02}:00Z", Decimal(generated), Decimal("0.1"))
    history = landing(reading, Provenance(landed_at, f"raw/{file}@1", position))
    return Assessed(history, judge(history))


def judge(history: History) -> tuple[Flag, ...]:
    """Flag what is below zero."""
    return (FLAG,) if there(history.reading.energy_generated_kwh) < 0 else ()


@pytest.fixture
def readings(harness: Harness) -> DynamoReadings:
    """The readings table."""
    return DynamoReadings(harness.dynamodb, harness.stack.readings_table, KEEP)


def test_a_reading_is_stored_with_all_its_digits(harness: Harness, readings: DynamoReadings) -> None:
    """What is written is read back equal, to the 24th decimal."""
    site = harness.name("site")
    one = land(site, 1, "123456789012.123456789012345678901234")
    two = land(site, 2, "-7")
    assert readings.store([one, two], judge) == ["stored", "stored"]
    assert harness.readings_of(site) == [one, two]


def test_every_batch_is_full_and_every_reading_stored(harness: Harness, readings: DynamoReadings) -> None:
    """60 readings take three calls; storing them again takes the inserts and one read, and changes nothing."""
    site = harness.name("site")
    landings = [land(site, minute, position=minute) for minute in range(60)]
    with counted() as calls:
        readings.store(landings, judge)
    assert calls == {"BatchExecuteStatement": 3}
    with counted() as calls:
        assert set(readings.store(landings, judge)) == {"stored"}
    assert calls == {"BatchExecuteStatement": 3, "BatchGetItem": 1}
    assert [each.merges for each in harness.readings_of(site)] == [0] * 60


def test_every_order_of_landing_ends_alike(harness: Harness, readings: DynamoReadings) -> None:
    """Five landings of one reading, two of them equal, in 24 orders: the same values, history, count and flags.

    Behind the first, the others come in any order; one value too many for an item is left out in each.
    """
    ends = []
    for order in permutations([("b", "-2"), ("c", "1.0"), ("d", "3"), ("e", "4")]):
        site = harness.name("site")
        for file, generated in (("a", "1"), *order):
            readings.store([land(site, 0, generated, file)], judge)
        (stored,) = harness.readings_of(site)
        ends.append((stored.history.versions, stored.history.counted, stored.flags, stored.anomaly))
    assert ends[0][0][0].energy_generated_kwh == 4
    assert ends == [ends[0]] * 24


def test_feeds_of_a_side_each_end_alike_in_every_order(harness: Harness, readings: DynamoReadings) -> None:
    """A logger, a meter, and a correction of either, in 24 orders: the same item but for how often it was written."""
    ends = []
    for order in permutations([("a", "1", None), ("b", None, "2"), ("c", "3", None), ("d", None, "4")]):
        site = harness.name("site")
        outcomes = []
        for file, generated, consumed in order:
            pv, meter = (None if each is None else Decimal(each) for each in (generated, consumed))
            reading = Reading(site, "2026-11-22T10:00:00Z", pv, meter)
            provenance = land(site, 0, file=file).history.inserted_by
            outcomes += readings.store([Assessed(landing(reading, provenance), ())], lambda _: ())
        assert sorted(outcomes) == ["revised", "revised", "stored", "stored"]
        (stored,) = harness.readings_of(site)
        history = stored.history
        ends.append((history.versions, history.current.values, history.revision_count, len(history.stored_by)))
    assert ends[0][1:] == ((Decimal(3), Decimal(4)), 2, 2)
    assert ends == [ends[0]] * 24


def test_what_was_deleted_and_came_anew_isn_t_written_over(harness: Harness, readings: DynamoReadings) -> None:
    """Neither by a merge with what was read before, nor by an audit's repair: the item is another file's."""
    site = harness.name("site")
    readings.store([land(site, 0, "1", "a")], judge)
    (old,) = harness.readings_of(site)
    assert readings.remove(old)
    new = land(site, 0, "2", "b")
    readings.store([new], judge)
    assert not readings.correct(old, old.history, ())
    assert not readings.remove(old)
    with stale_reads(readings, old):
        readings.store([land(site, 0, "3", "c")], judge)
    (stored,) = harness.readings_of(site)
    assert [each.energy_generated_kwh for each in stored.history.versions] == [3, 2]


@contextmanager
def stale_reads(readings: DynamoReadings, old: Assessed) -> Iterator[None]:
    """Have the first read answer what was stored before."""
    read, answers = readings._read, [{(old.history.site_id, old.history.timestamp): old}]
    readings._read = lambda keys: answers.pop() if answers else read(keys)  # type: ignore[method-assign]
    yield
    assert not answers


def test_a_correction_leaves_and_enters_the_anomalies(harness: Harness, readings: DynamoReadings) -> None:
    """The sparse index follows a reading's flags when its values are revised."""
    site = harness.name("site")

    def anomalies() -> int:
        return len(harness.readings.anomalies_of_site(site, None, None, 10, None).items)

    readings.store([land(site, 0, "1", "a")], judge)
    assert anomalies() == 0
    assert readings.store([land(site, 0, "-1", "b")], judge) == ["revised"]
    assert anomalies() == 1
    readings.store([land(site, 0, "2", "c")], judge)
    assert anomalies() == 0


def test_a_day_s_anomalies_are_one_list_by_site(harness: Harness, readings: DynamoReadings) -> None:
    """They lie in partitions; pages of them go on where the last one ended, also where a site's end falls in one."""
    first = harness.readings.anomalies_of_day("2026-11-22", 1000, None).items
    sites = sorted(harness.name("anomalous") for _ in range(9))
    readings.store([land(site, minute, "-1") for site in sites for minute in range(2)], judge)
    found: list[str] = []
    after, more = None, True
    while more:
        page = harness.readings.anomalies_of_day("2026-11-22", 5, after)
        found += [each.history.site_id for each in page.items]
        after, more = (page.items[-1].history.site_id, page.items[-1].history.timestamp), page.more
    assert len(found) == len(first) + 18
    assert found == sorted(found)
    assert set(sites) <= set(found)


def test_the_same_reading_twice_in_one_call(harness: Harness, readings: DynamoReadings) -> None:
    """Of records for one interval in one file the last holds; each has an outcome."""
    site = harness.name("site")
    landings = [land(site, 0, "1", position=1), land(site, 0, "1", position=2), land(site, 0, "4", position=3)]
    assert readings.store(landings, judge) == ["stored", "already_stored", "revised"]
    (stored,) = harness.readings_of(site)
    assert stored.history.reading.energy_generated_kwh == 4


def test_side_by_side_writers_lose_nothing(harness: Harness, readings: DynamoReadings) -> None:
    """Eight files with other values for the same readings, stored at once: one end, the newest kept, all counted."""
    site = harness.name("site")
    files = [[land(site, minute, str(n), "abcdefgh"[n]) for minute in range(5)] for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        store_outcomes = [
            store_outcome
            for result in pool.map(lambda file: readings.store(file, judge), files)
            for store_outcome in result
        ]
    assert store_outcomes.count("stored") == 5
    for stored in harness.readings_of(site):
        assert stored.history.reading.energy_generated_kwh == 7
        assert [int(there(each.energy_generated_kwh)) for each in stored.history.versions] == [7, 6, 5]
        assert stored.history.revision_count == 7


def test_throttled_statements_are_asked_again(harness: Harness, readings: DynamoReadings) -> None:
    """Single statements throttled inside a 200 answer are sent again until all are stored."""
    site = harness.name("site")
    with throttled(times=3) as left:
        assert readings.store([land(site, minute) for minute in range(30)], judge) == ["stored"] * 30
    assert left == [0]
    assert len(harness.readings_of(site)) == 30


def test_endless_throttling_is_an_error(harness: Harness) -> None:
    """When patience runs out the file fails, so the queue brings it back later."""
    hasty = DynamoReadings(harness.dynamodb, harness.stack.readings_table, KEEP, StoreRetryPolicy(seconds=0.2))
    with throttled(times=10_000), pytest.raises(StillThrottled, match="still throttled after"):
        hasty.store([land(harness.name("site"), 0)], judge)


def make_ingestion(harness: Harness) -> Ingestion:
    """Return an ingestion of an object nobody else has."""
    key = f"raw/{harness.name('file')}"
    return Ingestion(object_key=key, version="1", landed_at=LANDED, size_bytes=10, state="done")


def test_totals_are_sums_whatever_happens(harness: Harness) -> None:
    """Recording an ingestion at once from many sides, again, and with another outcome adds what it finally holds."""
    ingestions = DynamoIngestions(harness.dynamodb, harness.stack.ingestions_table, KEEP)
    failed = msgspec.structs.replace(make_ingestion(harness), state="failed", error="broken")
    done = msgspec.structs.replace(failed, state="done", error="", records=7, stored=7)
    before = ingestions.totals()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ingestions.record, [failed] * 6))
        list(pool.map(ingestions.record, [done] * 6))
    after = ingestions.totals()
    assert ingestions.get(done.id) == msgspec.structs.replace(done, attempts=2)
    assert (after.files - before.files, after.failed_files - before.failed_files) == (1, 0)
    assert (after.stored - before.stored, after.records - before.records) == (7, 7)


def test_ingestions_are_listed_by_hour_latest_first(harness: Harness) -> None:
    """A page of an hour's ingestions says whether more follow, and the next begins behind it."""
    ingestions = DynamoIngestions(harness.dynamodb, harness.stack.ingestions_table, KEEP)
    for minute in range(5):
        made = msgspec.structs.replace(make_ingestion(harness), landed_at=f"2001-01-01T07:0{minute}:00Z")
        ingestions.record(made)
    first = ingestions.of_hour("20010101T07", 3, None)
    second = ingestions.of_hour("20010101T07", 3, first.items[-1].id)
    minutes = [int(each.landed_at[15]) for each in (*first.items, *second.items)]
    assert (minutes, first.more, second.more) == ([4, 3, 2, 1, 0], True, False)


def test_attempts_at_a_message_are_counted_once_each(harness: Harness) -> None:
    """An attempt noted twice counts once; one taken back counts no more; a dead letter is remembered."""
    tries = DynamoTries(harness.dynamodb, harness.stack.ingestions_table, time.time)
    message, other = harness.name("message"), harness.name("message")
    assert tries.of([message, other]) == {}
    assert [tries.begin(message, receive) for receive in (2, 2, 3)] == [1, 1, 2]
    tries.take_back(message, 3)
    tries.take_back(message, 3)
    assert tries.of([message, other]) == {message: Tried(1)}
    tries.take_back(message, 2)
    tries.bury(message)
    assert tries.of([message, other]) == {message: Tried(0, buried=True)}


def test_a_site_is_added_and_counted_once(harness: Harness) -> None:
    """Many processors meeting a new site at once count it once; registering it later keeps that count."""
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    before = harness.ingestions.totals().sites
    site = Site(harness.name("site"), "wind", 0.1, -33.4, 151.0, "Australia/Sydney", 5)
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(sites.add, [Site(site.site_id)] * 6))
    sites.put(site)
    assert added.count(True) == 1
    assert harness.ingestions.totals().sites == before + 1
    assert sites.get_many([site.site_id, "never-seen"]) == {site.site_id: site}


def test_sites_that_come_together_are_added_and_counted_once(harness: Harness) -> None:
    """Processors that meet the same new sites at once count each once; each hears which were known, one of before too.

    Each call counts in eight of the running totals.
    """
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    name, before = harness.name("site"), harness.ingestions.totals().sites
    new = [Site(f"{name}-{number}") for number in range(40)]
    with counted() as calls:
        assert sites.add_many(new) == set()
    assert calls == {"TransactWriteItems": math.ceil(len({site_totals_shard(each.site_id) for each in new}) / 8)}
    more = [*new[:2], *(Site(f"{name}-more-{number}") for number in range(10))]
    with ThreadPoolExecutor(3) as pool:
        known = list(pool.map(sites.add_many, [more] * 3))
    for each in more[2:]:
        assert sum(each.site_id in told for told in known) == 2
    assert all({each.site_id for each in new[:2]} <= told for told in known)
    assert harness.ingestions.totals().sites == before + 50
    assert set(sites.get_many(each.site_id for each in [*new, *more[2:]]).values()) == {*new, *more}


def test_many_sites_are_added_and_counted_once(harness: Harness) -> None:
    """Three processors meeting 150 sites at once, one of them registered, from other places on: one count each."""
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    said = Site(harness.name("site"), "wind", 5.0)
    names = [f"{said.site_id}-{number}" for number in range(149)] + [said.site_id]
    before = harness.ingestions.totals().sites
    assert sites.add(said)
    turned = [[Site(name) for name in (*names[place:], *names[:place])] for place in range(0, 150, 50)]
    with ThreadPoolExecutor(3) as pool:
        known = list(pool.map(sites.add_many, turned))
    assert all(said.site_id in each for each in known)
    assert all(sum(name in each for each in known) == 2 for name in names[:-1])
    assert harness.ingestions.totals().sites == before + 150
    assert sites.get_many(names) == {name: Site(name) for name in names[:-1]} | {said.site_id: said}
    with counted() as calls:
        sites.add_many([Site(f"{name}-b") for name in names])
    assert calls.keys() == {"TransactWriteItems"}
    assert calls["TransactWriteItems"] <= 8


def test_sites_whose_answer_was_lost_are_still_ours(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction is sent again with its token: it is done once, and the sites are said to be added."""
    sites = DynamoSites(harness.dynamodb, harness.stack.sites_table, harness.stack.ingestions_table)
    names = {harness.name("site") for _ in range(9)}
    before = harness.ingestions.totals().sites

    def answer_lost(client: FastDynamo, operation: str, body: bytes) -> None:
        ONCE(client, operation, body)

    with monkeypatch.context() as patch:
        patch.setattr(FastDynamo, "once", answer_lost)
        assert sites.add_many(map(Site, names)) == set()
    assert harness.ingestions.totals().sites == before + 9


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count the calls of DynamoDB by operation."""
    calls: dict[str, int] = {}

    def count(client: FastDynamo, operation: str, body: bytes) -> bytes | None:
        calls[operation] = calls.get(operation, 0) + 1
        return ONCE(client, operation, body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastDynamo, "once", count)
        yield calls


@contextmanager
def throttled(times: int) -> Iterator[list[int]]:
    """Answer "throttled" for the first statement of a batch, so many times.

    The statement was run all the same, as after an internal error: asking again must not count it twice.
    """
    left = [times]

    def answer(client: FastDynamo, operation: str, body: bytes) -> bytes | None:
        answered = ONCE(client, operation, body)
        if operation != "BatchExecuteStatement" or left[0] == 0 or answered is None:
            return answered
        left[0] -= 1
        parsed = msgspec.json.decode(answered)
        parsed["Responses"][0] = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        return msgspec.json.encode(parsed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastDynamo, "once", answer)
        yield left
