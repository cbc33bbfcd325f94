"""Landing a reading again: the same end in any order, doubled or not."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes.sides import there
from heliograph.checks.judge import repeated
from heliograph.counting import COUNTING_BITS
from heliograph.history import (
    KEPT_REVISIONS,
    Assessed,
    History,
    Provenance,
    StoreOutcome,
    Values,
    Version,
    history_of,
    landing,
    merge,
    store_outcome,
)
from heliograph.reading import QUALITIES, Quality, Reading
from heliograph.repeats import Repeats
from heliograph.site import Site
from heliograph.storage.reading_items import READING_CODEC, item_of

provenances = st.builds(
    Provenance,
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    st.sampled_from(["raw/a@1", "raw/a@2", "raw/a@3", "raw/b@1", "raw/c@1"]),
    st.integers(1, 3),
)
values = st.sampled_from([Decimal(1), Decimal("1.0"), *map(Decimal, range(2, 10))])


def bucket(_key: str, versions: frozenset[str]) -> Mapping[str, int]:
    """Tell that S3 took version 2 first, then 1, and has 3 no longer."""
    return {version: place for place, version in enumerate("21") if version in versions}


def as_landed(provenance: Provenance) -> tuple[str, str, int, int]:
    """Return what a provenance sorts by in that bucket."""
    key, version = provenance.object
    return provenance.landed_at, key, "321".index(version), provenance.position


def land(provenance: Provenance, generated: Decimal | None, quality: Quality = "actual") -> History:
    """Return a landing of the one reading these tests are about."""
    return landing(Reading("site", "2026-01-01T00:00:00Z", generated, Decimal(0), None, quality), provenance)


def place(history: History) -> tuple[bool, tuple[str, str, int, int]]:
    """Return what a landing sorts by: an actual value behind all others, and as it landed."""
    return history.current.quality == "actual", as_landed(history.current.provenance)


# One record of one file has one value and mark, so a provenance always comes with the same.
# Landings of one side are joined, see `test_joined`; these have both, or all lack the same one.
marked = st.tuples(values, st.sampled_from(("actual", *QUALITIES)))
landings = st.dictionaries(provenances, marked, min_size=1, max_size=12).map(
    lambda found: [land(provenance, *value) for provenance, value in found.items()]
)


def settle(order: list[History]) -> History:
    """Merge landings in the order they come."""
    return history_of(order, bucket)


def lasting(history: History) -> tuple[tuple[Version, ...], int, int]:
    """Return what has to be the same in any order."""
    return history.versions, history.counted, history.revision_count


@given(landings, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(arrived: list[History], chance: Random) -> None:
    """The same landings in any order, any of them doubled, end in the same versions and count."""
    doubled = arrived + arrived[: len(arrived) // 2]
    chance.shuffle(doubled)
    assert lasting(settle(doubled)) == lasting(settle(arrived))


@given(landings.filter(lambda found: len(found) > 2), st.integers(1, 11), st.integers(1, 11))
def test_histories_join_in_any_grouping(arrived: list[History], first: int, second: int) -> None:
    """Joined histories are those of all their landings: commutative, associative, idempotent, whatever was left out."""
    cut, end = min(first, len(arrived) - 2), max(second, 2)
    one, two, three = arrived[: cut + 1], arrived[cut : end + 1] or arrived[cut:], arrived[min(end, len(arrived) - 1) :]
    a, b, c = map(settle, (one, two, three))
    left = merge(merge(a, b, bucket), c, bucket)
    assert lasting(left) == lasting(merge(a, merge(b, c, bucket), bucket)) == lasting(settle(one + two + three))
    assert lasting(merge(b, a, bucket)) == lasting(merge(a, b, bucket))
    assert merge(left, a, bucket) == left


@given(landings)
def test_the_latest_landing_holds_and_the_newest_values_are_kept(arrived: list[History]) -> None:
    """The current values are those of the latest actual landing, else of the latest; then come the next such values."""
    history = settle(arrived)
    latest: dict[Values, History] = {}
    for each in sorted(arrived, key=place):
        latest[each.current.values] = each
    newest = sorted(latest.values(), key=place, reverse=True)[: KEPT_REVISIONS + 1]
    assert list(history.versions) == [each.current for each in newest]


@given(landings, st.randoms(use_true_random=False))
def test_an_actual_value_holds_whatever_lands_when(arrived: list[History], chance: Random) -> None:
    """No estimate holds while any landing has an actual value, in any order; within a mark the later landing holds."""
    chance.shuffle(arrived)
    history = settle(arrived)
    assert (history.current.quality == "actual") == any(each.current.quality == "actual" for each in arrived)
    alike = [each for each in arrived if (each.current.quality == "actual") == (history.current.quality == "actual")]
    assert history.current == max(alike, key=place).current


def test_an_estimate_that_is_confirmed_is_actual() -> None:
    """The same values as actual ones are no revision; a later estimate of them changes nothing."""
    first, second, third = (Provenance(f"2026-01-0{day}T00:00:00Z", f"raw/{day}@1", 1) for day in (1, 2, 3))
    history = settle([land(first, Decimal(5), "estimated"), land(second, Decimal(5))])
    assert (history.current.quality, history.current.provenance, history.replaced) == ("actual", second, ())
    assert settle([history, land(third, Decimal(5), "estimated")]) == history
    late = settle([history, land(third, Decimal(7), "substituted")])
    assert (late.reading.energy_generated_kwh, late.replaced[0].quality) == (Decimal(5), "substituted")
    (flag,) = repeated(late, Site("site"))
    assert flag.rule == "revised"
    assert "the actual one before any that is substituted, raw/2@1, holds" in flag.message


@given(landings)
def test_revisions_are_counted_exactly_while_all_are_kept_and_else_at_least_so(arrived: list[History]) -> None:
    """The count is exact where it is that of the revisions kept, else there were at least so many, and it is more."""
    history, others = settle(arrived), len({each.current.values for each in arrived}) - 1
    if others <= KEPT_REVISIONS:
        assert history.revision_count == others == len(history.replaced)
    else:
        assert len(history.replaced) == KEPT_REVISIONS < history.revision_count <= others


def test_a_clock_that_stands_still_keeps_a_history_small() -> None:
    """2,500 values for one interval: a few are kept, the count says they are many, and a replay changes nothing."""
    many = [land(Provenance("2026-01-01T00:00:00Z", f"raw/{n:04}@1", 1), Decimal(n)) for n in range(2500)]
    history = settle(many)
    assert [int(there(version.energy_generated_kwh)) for version in history.versions] == [2499, 2498, 2497]
    assert history.revision_count == COUNTING_BITS - 1
    assert all(merge(history, each, bucket) == history for each in many[::50])


@given(landings)
def test_an_item_holds_a_history_whole(arrived: list[History]) -> None:
    """What is written into an item is read back equal, to who brought what."""
    stored = Assessed(settle(arrived), ())
    assert READING_CODEC.read(item_of(stored, 0)) == stored


@given(landings)
def test_an_item_of_a_revised_reading_takes_one_write_unit(arrived: list[History]) -> None:
    """However often it was landed, with a flag that says so, an item stays within 1 KB where names are of usual length.

    Seldom a value comes again from a later file, and who brought it first is written as well.
    """
    name = "raw/loggers/2026/11/22/090512-meters-of-a-plant.json@3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH"
    found = settle([landing(each.reading, _named(each.current.provenance, name)) for each in arrived])
    if not found.brought_by:
        flags = repeated(found, Site(found.site_id)) if found.replaced else ()
        assert size(item_of(Assessed(found, flags, 1), 1_900_000_000)) <= 1024


def _named(provenance: Provenance, name: str) -> Provenance:
    return Provenance(provenance.landed_at, name[: -len(provenance.source)] + provenance.source, provenance.position)


def size(value: object) -> int:
    """Return what DynamoDB counts for attributes, at most: names, text, and numbers by their digits."""
    match value:
        case {"S": str() as text} | {"N": str() as text}:
            return len(text.encode())
        case {"BOOL": bool()}:
            return 1
        case {"L": list() as items}:
            return 3 + sum(1 + size(each) for each in items)
        case {"M": dict() as items}:
            return 3 + sum(1 + len(name) + size(each) for name, each in items.items())
        case dict():
            return sum(len(name) + size(each) for name, each in value.items())
    raise TypeError(value)


def test_an_item_that_kept_every_revision_is_read_as_one_that_keeps_few() -> None:
    """What was written before revisions were bounded, up to DynamoDB's 400 KB, is read, counted, and written small."""
    provenances = [Provenance("2026-01-01T00:00:00Z", f"raw/{n:04}@1", 1) for n in range(1500)]
    item = item_of(Assessed(land(provenances[-1], Decimal(1499)), ()), 0)
    old = {"energy_consumed_kwh": {"N": "0"}, "landed_at": {"S": provenances[0].landed_at}, "position": {"N": "1"}}
    rows = [
        {"M": {**old, "source": {"S": provenances[n].source}, "energy_generated_kwh": {"N": f"{n}"}}}
        for n in range(1499)
    ]
    first = {"landed_at": old["landed_at"], "source": {"S": provenances[7].source}, "position": {"N": "1"}}
    read = READING_CODEC.read({**item, "revisions": {"L": rows[::-1]}, "inserted_by": {"M": first}})
    assert lasting(read.history) == lasting(
        settle([land(provenance, Decimal(n)) for n, provenance in enumerate(provenances)])
    )
    assert read.history.inserted_by == provenances[7]
    assert size(item_of(read, 0)) <= 1024


@given(landings)
def test_exactly_one_landing_stored_the_reading(arrived: list[History]) -> None:
    """Of all landings one is counted as stored, the first to come, also when it is asked again later."""
    history = settle(arrived)
    store_outcomes = [store_outcome(history, each) for each in arrived]
    assert store_outcomes.count("stored") == 1
    assert store_outcomes[0] == "stored"


def test_equal_values_repeat_and_other_values_revise() -> None:
    """A second file with the same number repeats it, however it is written; with another number it revises."""
    first = land(Provenance("2026-01-01T00:00:00Z", "raw/a@1", 1), Decimal(1))
    same = land(Provenance("2026-01-02T00:00:00Z", "raw/b@1", 1), Decimal("1.00"))
    other = land(Provenance("2026-01-03T00:00:00Z", "raw/c@1", 1), Decimal(2))
    assert store_outcome(merge(first, same), same) == "already_stored"
    assert store_outcome(merge(first, other), other) == "revised"
    assert merge(first, other).reading.energy_generated_kwh == Decimal(2)


# No more values than are kept.
NUMBERS = st.lists(st.integers(1, KEPT_REVISIONS + 1).map(Decimal), min_size=1, max_size=7)


@given(st.lists(NUMBERS, min_size=1, max_size=4))
@example([[Decimal(1)], [Decimal(2)], [Decimal(2)]])
@example([[Decimal(1)], [Decimal(1), Decimal(3)]])
@example([[Decimal(1)], [Decimal(2)], [Decimal(1)]])
def test_a_second_attempt_counts_as_the_first(files: list[list[Decimal]]) -> None:
    """A file's landings count alike when its process died behind the last of them and all is done again."""
    history: History | None = None
    for number, file in enumerate(files):
        landed_at = f"2026-01-01T00:00:0{number}Z"
        arriving = [land(Provenance(landed_at, f"raw/{number}@1", at), value) for at, value in enumerate(file)]
        first: list[StoreOutcome] = []
        repeats = Repeats()
        for each in arriving:
            history = merge(history, each) if history else each
            first += repeats.among([each.reading], [store_outcome(history, each)])
        assert history is not None
        again: list[StoreOutcome] = [store_outcome(history, each) for each in arriving]
        assert Repeats().among([each.reading for each in arriving], again) == first


@pytest.mark.parametrize(
    ("numbers", "store_outcomes"),
    [
        ([1, 1, 1], ["stored", "already_stored", "already_stored"]),
        ([1, 2, 2], ["stored", "revised", "already_stored"]),
        ([1, 2, 1, 1], ["stored", "revised", "revised", "already_stored"]),
        ([1, 2, 3, 4, 5, 1], ["stored", *["revised"] * 5]),
    ],
)
def test_a_landing_counts_as_what_it_did(numbers: list[int], store_outcomes: list[str]) -> None:
    """A file that changes what holds revises; one that brings what holds, once more, is equal."""
    found: list[str] = []
    history: History | None = None
    for minute, number in enumerate(numbers):
        new = land(Provenance(f"2026-01-01T00:{minute:02}:00Z", f"raw/{minute}@1", 1), Decimal(number))
        history = merge(history, new) if history else new
        found.append(store_outcome(history, new))
    assert found == store_outcomes


def test_a_files_repeats_are_told_by_the_file_alone() -> None:
    """A record repeats the one before it of its interval, or contradicts it; the first of an interval does neither."""
    numbers = [(0, 1), (1, 1), (0, 1), (0, 2), (1, 1), (0, 2), (2, 1)]
    readings = [Reading("site", f"2026-01-01T0{hour}:00:00Z", Decimal(n), Decimal(0)) for hour, n in numbers]
    repeats = Repeats()
    assert repeats.among(readings[:2], ["stored", "stored"]) == ["stored", "stored"]
    said = repeats.among(readings[2:], ["revised", "revised", "already_stored", "revised", "rejected"])
    assert said == ["already_stored", "revised", "already_stored", "already_stored", "rejected"]


def test_versions_of_one_key_in_one_second_hold_as_s3_took_them() -> None:
    """The bucket's order decides, not the versions' names; another key in that second is placed by its name."""
    second = "2026-01-01T00:00:00Z"
    first, later = (land(Provenance(second, f"raw/a@{version}", 1), Decimal(version)) for version in "21")
    assert merge(first, later, bucket).reading.energy_generated_kwh == 1
    assert merge(later, first, bucket).reading.energy_generated_kwh == 1
    other = land(Provenance(second, "raw/b@0", 1), Decimal(5))
    assert merge(other, later, bucket).reading.energy_generated_kwh == 5


def test_s3_is_asked_only_where_versions_of_one_key_share_a_second() -> None:
    """Other keys, other seconds and the same object again need no order."""

    def nobody(key: str, versions: frozenset[str]) -> Mapping[str, int]:
        raise AssertionError(key, versions)

    provenances = [
        Provenance(f"2026-01-01T00:00:0{at}Z", source, 1)
        for at, source in [(0, "raw/a@1"), (0, "raw/b@1"), (1, "raw/a@2"), (0, "raw/a@1")]
    ]
    assert (
        history_of([land(provenance, Decimal(1)) for provenance in provenances], nobody).current.provenance
        == provenances[2]
    )


def test_an_older_file_that_comes_late_does_not_replace() -> None:
    """What landed earlier and was processed later is kept as replaced, and counts as revised."""
    late = land(Provenance("2026-01-01T00:00:00Z", "raw/a@1", 1), Decimal(1))
    newer = land(Provenance("2026-01-02T00:00:00Z", "raw/b@1", 1), Decimal(2))
    history = merge(newer, late)
    assert history.reading.energy_generated_kwh == Decimal(2)
    assert [version.energy_generated_kwh for version in history.replaced] == [Decimal(1)]
    assert store_outcome(history, late) == "revised"
