"""One raw object from beginning to end, over fake stores: counts, quarantine, incidents, replays and crashes."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.crashes import CallFailed, Crash, Fuse, Fused
from fakes.stores import FakeSites
from heliograph.errors import ObjectGone, StillThrottled, UnreadableFile
from heliograph.events import Landed
from heliograph.ingestion import Ingestion, as_first_counted
from heliograph.site import Site
from heliograph.storage.incidents import pending_keys
from lambda_processor.sites import KnownSites
from unit.processor.world import PLANT, World, record


def test_a_file_is_stored_counted_and_explained() -> None:
    """Good records are stored, a bad one is quarantined with its reason, an anomaly is flagged, told and counted."""
    world = World()
    landed = world.land([record(hour=9), record(hour=12, generated=-999), {"site_id": "plant"}, record("new-site")])
    outcome = world.processor().process(landed)
    ingestion = outcome.ingestion
    assert (ingestion.records, ingestion.stored, ingestion.rejected, ingestion.flagged) == (4, 3, 1, 1)
    assert outcome.notifications == 1
    assert world.ingestions.kept[ingestion.id] == ingestion
    (body,) = world.objects.bodies("quarantine/").values()
    kept = json.loads(body)
    reason = "timestamp, energy_generated_kwh and energy_consumed_kwh are missing; the record has site_id"
    assert (kept["position"], kept["reason"], kept["source"]) == (3, reason, "raw/a.json@v1")
    assert json.loads(kept["record"]) == {"site_id": "plant"}
    assert world.sites.kept["new-site"] == Site("new-site")
    assert world.readings.kept["plant", "2026-11-22T12:00:00Z"].anomaly
    assert "sentinel at plant" in world.publisher.published[0].subject


def test_blank_records_are_counted_apart() -> None:
    """A record without any value is no record, and its file's ingestion says how many it has."""
    world = World()
    empty = {**record(hour=9), "energy_generated_kwh": None, "energy_consumed_kwh": None}
    ingestion = world.processor().process(world.land([record(hour=10), empty, empty])).ingestion
    assert (ingestion.records, ingestion.stored, ingestion.blank) == (1, 1, 2)


def test_processing_again_changes_nothing() -> None:
    """The same object again: the same readings, the same counts, no second message."""
    world = World()
    landed = world.land([record(hour=9), *[record(hour=12, generated=-999)] * 2, 5])
    first = world.processor().process(landed)
    state = world.state()
    again = world.processor().process(landed)
    assert again.ingestion == first.ingestion
    assert again.notifications == 0
    assert world.state() == state
    assert len(world.publisher.published) == 1


def test_another_file_with_the_same_readings_stores_none() -> None:
    """A second file with what is stored counts equal; with other values it revises and the reading says so."""
    world = World()
    world.processor().process(world.land([record(hour=9), record(hour=10)]))
    second = world.processor().process(world.land([record(hour=9), record(hour=10, generated=2)], "raw/b.json"))
    assert (second.ingestion.stored, second.ingestion.already_stored, second.ingestion.revised) == (0, 1, 1)
    changed = world.readings.kept["plant", "2026-11-22T10:00:00Z"]
    assert [flag.rule for flag in changed.flags] == ["revised"]
    assert not changed.anomaly


def test_an_anomaly_is_counted_by_the_file_that_stored_it() -> None:
    """A reading that is stored already isn't flagged a second time: neither by a repeat nor by a corrected value."""
    world = World()
    first = world.processor().process(world.land([record(generated=-70)]))
    again = world.processor().process(world.land([record(generated=-70)], "raw/b.json"))
    changed = world.processor().process(world.land([record(generated=-80)], "raw/c.json"))
    assert (first.ingestion.stored, again.ingestion.already_stored, changed.ingestion.revised) == (1, 1, 1)
    assert [each.ingestion.flagged for each in (first, again, changed)] == [1, 0, 0]


def test_a_reading_twice_in_one_file_is_stored_once() -> None:
    """The later of two values in one file holds, and each record is counted."""
    world = World()
    outcome = world.processor().process(world.land([record(generated=1), record(generated=1), record(generated=2)]))
    ingestion = outcome.ingestion
    assert (ingestion.records, ingestion.stored, ingestion.already_stored + ingestion.revised) == (3, 1, 2)
    (stored,) = world.readings.kept.values()
    assert stored.history.reading.energy_generated_kwh == 2


def test_a_file_that_cannot_be_read_fails_and_says_why() -> None:
    """It raises, so that the queue brings it back and at last dead-letters it; its ingestion holds the reason."""
    world = World()
    with pytest.raises(UnreadableFile):
        world.processor().process(world.land(b'[{"site_id":'))
    ingestion = world.ingestions.of("raw/a.json")
    assert ingestion.state == "failed"
    assert "broken" in ingestion.error


def test_an_object_that_is_gone_fails_and_says_so() -> None:
    """A deleted object is recorded as failed under the event's own time."""
    world = World()
    with pytest.raises(ObjectGone):
        world.processor().process(Landed("raw/gone.json", "v9", "2026-11-22T12:00:00.000Z"))
    assert world.ingestions.of("raw/gone.json").state == "failed"


def test_a_fault_of_many_sites_is_one_message() -> None:
    """A file with one cause at many sites of a region sends one message; all are marked as notified."""
    world = World()
    world.sites = FakeSites([msgspec.structs.replace(PLANT, site_id=f"plant-{n}") for n in range(9)])
    outcome = world.processor().process(world.land([record(f"plant-{n}", hour=12, generated=-999) for n in range(9)]))
    assert outcome.notifications == 1
    assert [each.onset_notified_at for each in world.incidents.kept.values()] == ["2026-11-22T13:00:00Z"] * 9


def test_a_warning_of_a_file_waits_for_the_digest() -> None:
    """A processor notifies of what is critical alone; a warning is pending until seven in the morning at its site."""
    world = World()
    outcome = world.processor().process(world.land([record(hour=12, generated=-70)]))
    (incident,) = world.incidents.kept.values()
    assert (outcome.notifications, incident.severity, incident.region) == (0, "warning", "Europe/Berlin")
    assert pending_keys(incident)["pending_at"].startswith("2026-11-23T06:00:00Z")


def test_a_flag_on_what_came_late_is_for_the_watch() -> None:
    """Whether an old fault is over shows beside what came since: the processor opens nothing and asks the watch."""
    world = World()
    outcome = world.processor().process(world.land([record(hour=10, generated=-999)]))
    assert (outcome.notifications, world.incidents.kept) == (0, {})
    assert outcome.ingestion.flagged == 1
    assert world.queue.sent


@pytest.mark.parametrize(("hour", "opened"), [(9, 0), (12, 1)])
def test_a_stamp_from_the_future_in_a_file_of_history_opens_nothing(hour: int, opened: int) -> None:
    """When it was sent nobody knows, but the file's other readings tell: it is no fault of now where they are old."""
    world = World()
    tomorrow = {**record(hour=9), "timestamp": "2026-11-23T09:00:00Z"}
    world.processor().process(world.land([tomorrow, record("b", hour=hour)]))
    assert [each.rule for each in world.incidents.kept.values()] == ["future_timestamp"] * opened


files = st.lists(
    st.lists(
        st.builds(record, st.sampled_from(["plant", "b"]), st.integers(9, 11), st.sampled_from([1, 2, -7])),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(files, st.randoms(use_true_random=False))
def test_any_order_any_number_of_times(contents: list[list[dict[str, object]]], chance: Any) -> None:  # noqa: ANN401
    """Files processed in any order, some of them twice, end in the same readings, totals and incidents."""

    def run(order: Callable[[list[Landed]], list[Landed]]) -> World:
        world = World()
        for landed in order([world.land(content, f"raw/{n}.json") for n, content in enumerate(contents)]):
            world.processor().process(landed)
        return world

    def shuffled(landed: list[Landed]) -> list[Landed]:
        doubled = landed + landed[:2]
        chance.shuffle(doubled)
        return doubled

    straight, mixed = run(list), run(shuffled)
    assert mixed.state() == straight.state()
    for name in ("records", "stored", "rejected"):
        assert sum(getattr(i, name) for i in mixed.ingestions.kept.values()) == sum(
            getattr(i, name) for i in straight.ingestions.kept.values()
        )


def test_known_sites_are_kept_for_a_while() -> None:
    """The registry is read once for the same sites, and again when what is kept is old."""
    clock = [0.0]
    sites = FakeSites([PLANT])
    known = KnownSites(sites, lambda: clock[0])
    known.of(["plant"])
    known.of(["plant"])
    assert sites.reads == 1
    sites.kept["plant"] = msgspec.structs.replace(PLANT, capacity_kw=1.0)
    clock[0] = 61.0
    assert known.of(["plant"])["plant"].capacity_kw == 1.0


def test_unknown_sites_are_added_together() -> None:
    """Those of a batch are registered in one call, and the registry is read once."""
    calls: list[list[str]] = []

    class Counting(FakeSites):
        def add_many(self, sites: Iterable[Site]) -> set[str]:
            new = list(sites)
            calls.append([site.site_id for site in new])
            return super().add_many(new)

    sites = Counting([PLANT])
    known = KnownSites(sites, lambda: 0.0)
    assert known.of(["b", "plant", "a"]) == {"plant": PLANT, "a": Site("a"), "b": Site("b")}
    known.of(["plant", "a"])
    assert calls == [["a", "b"]]
    assert sites.reads == 1


class Meeting(FakeSites):
    """A registry whose sites appear behind its first two reads, and that refuses before the second."""

    hidden = 2

    def get_many(self, site_ids: Iterable[str]) -> dict[str, Site]:
        """Read the entries there are by now."""
        if self.hidden:
            self.hidden -= 1
            return {}
        return super().get_many(site_ids)

    def add_many(self, sites: Iterable[Site]) -> set[str]:
        """Register sites, or refuse."""
        if self.hidden:
            raise StillThrottled("the registry is busy")
        return super().add_many(sites)


def test_a_new_site_is_known_once_it_is_registered() -> None:
    """A registry that refuses is asked again; one that somebody else registered meanwhile is known as it is there."""
    sites = Meeting([PLANT])
    known = KnownSites(sites, lambda: 0.0)
    with pytest.raises(StillThrottled):
        known.of(["plant", "new"])
    assert known.of(["plant", "new"]) == {"plant": PLANT, "new": Site("new")}
    assert sites.kept == {"plant": PLANT, "new": Site("new")}


def test_known_sites_are_bounded() -> None:
    """50,000 sites are kept; once there are more, all are forgotten, so that a Lambda's memory has an end."""
    many = [Site(f"site-{number}") for number in range(50_001)]
    sites = FakeSites(many)
    known = KnownSites(sites, lambda: 0.0)
    known.of(each.site_id for each in many[:50_000])
    known.of([many[0].site_id])
    assert sites.reads == 1
    known.of([many[50_000].site_id])
    assert sites.reads == 2
    known.of([many[0].site_id])
    assert sites.reads == 3
    known.of([many[0].site_id])
    assert sites.reads == 3


def test_a_reading_whose_item_is_full_is_refused_alone() -> None:
    """Its record lies in quarantine with the reason, also when it is processed again; the others are stored."""
    world = World()
    full = record(hour=9)
    world.readings.full = {("plant", str(full["timestamp"]))}
    landed = world.land([full, record(hour=10), 5])
    for _ in range(2):
        ingestion = world.processor().process(landed).ingestion
        assert (ingestion.records, ingestion.stored, ingestion.rejected) == (3, 1, 2)
        (body,) = world.objects.bodies("quarantine/").values()
        kept = [json.loads(line) for line in body.splitlines()]
        assert [(each["position"], json.loads(each["record"])) for each in kept] == [(3, 5), (1, full)]
        assert "400 KB" in kept[1]["reason"]


def test_what_a_file_repeats_counts_the_same_wherever_its_parts_are_cut() -> None:
    """2,500 records of one interval: parts of 500 count as the whole file does, and so does a replay."""
    world = World()
    values = [number // 3 % 7 for number in range(2500)]
    landed = world.land([record(hour=9, generated=value) for value in values])
    changes = sum(before != after for before, after in pairwise(values))
    for _ in range(2):
        ingestion = world.processor().process(landed).ingestion
        assert (ingestion.stored, ingestion.revised, ingestion.already_stored) == (1, changes, 2499 - changes)


def test_values_that_were_revised_before_are_equal_when_they_come_again() -> None:
    """Two corrections with equal values: the second changes nothing, and no replay counts anew, whatever came since."""
    world = World()
    landed = [world.land([record(generated=value)], f"raw/{at}.json") for at, value in enumerate([1, 2, 2, 1, 2])]
    counted = {"raw/0.json": "stored", "raw/2.json": "already_stored"}
    for each in (*landed, *landed):
        world.processor().process(each)
        ingestion = world.ingestions.of(each.key)
        assert getattr(ingestion, counted.get(each.key, "revised")) == 1, each.key


def test_a_recount_is_written_where_the_file_itself_reads_otherwise() -> None:
    """A better feed, or a reading stored anew, is counted; only how repeats split stays as first counted."""
    first = Ingestion(
        object_key="raw/a",
        version="1",
        landed_at="2026-11-22T12:00:00Z",
        size_bytes=1,
        state="done",
        records=5,
        stored=2,
        already_stored=2,
        revised=1,
    )
    again = msgspec.structs.replace(first, already_stored=0, revised=3, flagged=1)
    assert as_first_counted(first, again) == msgspec.structs.replace(first, flagged=1)
    more = msgspec.structs.replace(again, records=6, rejected=1)
    assert as_first_counted(first, more) == more
    assert as_first_counted(msgspec.structs.replace(first, state="failed"), again) == again
    assert as_first_counted(None, again) == again


LOCAL = "site_id;timestamp;energy_generated_kwh;energy_consumed_kwh\nplant;2026-11-22 12:00;1,5;0\n"
LOCAL += "new;2026-11-22 12:00;1;0\n"


def test_local_times_are_read_as_when_the_file_was_first_processed() -> None:
    """A zone that is registered otherwise or later changes nothing in a replay, or after a crash while storing."""
    world = World()
    landed = world.land(LOCAL.encode())
    with pytest.raises(CallFailed):
        world.processor(readings=Fused("readings", world.readings, Fuse(Crash(1, "after", "failed")))).process(landed)
    (zones,) = world.file_zones.settled.values()
    assert zones == {"plant": "Europe/Berlin"}
    world.sites.kept |= {site: Site(site, timezone="America/New_York") for site in ("plant", "new")}
    for _ in range(2):
        ingestion = world.processor().process(landed).ingestion
        assert (ingestion.stored + ingestion.already_stored, ingestion.rejected) == (1, 1)
    assert world.readings.kept.keys() == {("plant", "2026-11-22T11:00:00Z")}
    (quarantined,) = world.objects.bodies("quarantine/").values()
    assert b"the registry has no time zone for site new" in quarantined
    world.processor().process(world.land(LOCAL.encode(), "raw/b.csv"))
    assert ("new", "2026-11-22T17:00:00Z") in world.readings.kept


def test_a_file_without_local_times_settles_no_zones() -> None:
    """A file whose times have their offsets costs no object more."""
    world = World()
    world.processor().process(world.land(LOCAL.replace("12:00;", "12:00Z;").encode()))
    assert world.file_zones.settled == {}
    assert len(world.readings.kept) == 2


def test_a_file_is_judged_by_the_interval_that_its_readings_have() -> None:
    """Hours at a site whose registry says a quarter aren't beyond its capacity; a lone reading goes by the registry."""
    hours = [record(hour=hour, generated=50 - hour) for hour in range(1, 10)]
    world = World()
    world.sites.kept["plant"] = Site("plant", None, 60.0, interval_minutes=15)
    world.processor().process(world.land(hours))
    assert not any(stored.flags for stored in world.readings.kept.values())
    world.processor().process(world.land([record(hour=9, generated=80)], "raw/b.json"))
    world.processor().process(world.land([record(hour=10, generated=50)], "raw/c.json"))
    beyond = {key[1][11:13] for key, stored in world.readings.kept.items() if stored.anomaly}
    assert beyond == {"09", "10"}


def test_a_short_last_batch_goes_by_the_one_before_it() -> None:
    """Of a file of 502 readings the last two are judged by the interval of the others, replayed or not."""
    begin = datetime(2026, 10, 20, tzinfo=UTC)
    sunlit = [
        {**record(generated=20), "timestamp": (begin + timedelta(hours=number)).isoformat()} for number in range(502)
    ]
    world = World()
    world.sites.kept["plant"] = Site("plant", None, 60.0, interval_minutes=15)
    for _ in range(2):
        world.processor().process(world.land(sunlit))
        assert len(world.readings.kept) == 502
        assert not any(stored.anomaly for stored in world.readings.kept.values())


@pytest.mark.parametrize("first", ["actual", "estimated"])
def test_an_actual_value_holds_whatever_lands_first(first: str) -> None:
    """A feed's estimate never replaces what was measured, and gives way to it; a replay changes nothing."""
    world = World()
    marks = (first, "actual" if first == "estimated" else "estimated")
    files = [
        world.land([record(generated=7 if mark == "actual" else 5) | {"quality": mark}], f"raw/{place}.json")
        for place, mark in enumerate(marks)
    ]
    for landed in (*files, *files):
        world.processor().process(landed)
    (stored,) = world.readings.kept.values()
    assert (stored.history.reading.energy_generated_kwh, stored.history.reading.quality) == (Decimal(7), "actual")
    assert [version.quality for version in stored.history.replaced] == ["estimated"]


def test_null_on_one_side_loses_nothing_of_the_other() -> None:
    """The measured side is stored without the other; both null is blank; nothing is rejected."""
    world = World()
    sent = [record(generated=None), record(hour=11, consumed=None), record(hour=12, generated=None, consumed=None)]
    ingestion = world.processor().process(world.land(sent)).ingestion
    assert (ingestion.records, ingestion.stored, ingestion.rejected, ingestion.blank) == (2, 2, 0, 1)
    values = [stored.history.current.values for _, stored in sorted(world.readings.kept.items())]
    assert [[None if value is None else float(value) for value in pair] for pair in values] == [
        [None, 0.5],
        [1.5, None],
    ]


def test_a_pv_logger_and_a_house_meter_of_one_site_are_joined() -> None:
    """Each file counts its readings as stored, whichever comes first; a replay and a correction touch one side."""
    pv = [record(consumed=None), record(hour=11, generated=2.5, consumed=None)]
    meter = [record(generated=None, consumed=0.75), record(hour=11, generated=None, consumed=0.25)]
    ends = []
    for first, second in ((pv, meter), (meter, pv)):
        world = World()
        landed = [world.land(each, f"raw/{name}.json") for name, each in (("one", first), ("two", second))]
        counts = [world.processor().process(each).ingestion for each in landed]
        assert [(each.records, each.stored, each.revised) for each in counts] == [(2, 2, 0)] * 2
        again = world.processor().process(landed[0]).ingestion
        assert (again.stored, again.already_stored) == (2, 0)
        world.processor().process(world.land([record(generated=1.75, consumed=None)], "raw/three.json"))
        ends.append({key: (each.history.current.values, each.flags) for key, each in world.readings.kept.items()})
    assert ends[0] == ends[1]
    (corrected, (flag,)), (plain, none) = ends[0].values()
    assert (corrected, flag.rule) == ((Decimal("1.75"), Decimal("0.75")), "revised")
    assert (plain, none) == ((Decimal("2.5"), Decimal("0.25")), ())
