"""The processor against a plain model of the truth: files, orders, crashes at any boundary, duplicates, corrections.

Hypothesis chooses what lands, which messages are delivered when and how often, and where a process dies. The model is a
dictionary of what landed; it knows nothing of inserts, merges, batches or attempts.
"""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle as Messages
from hypothesis.stateful import RuleBasedStateMachine, consumes, invariant, multiple, rule

from fakes.crashes import Crash, Fuse
from heliograph import history
from heliograph.events import Landed
from heliograph.history import KEPT_REVISIONS
from heliograph.incidents.notification import Notifier
from unit.processor.test_crash_matrix import attempt
from unit.processor.world import NOW, OPTIONS, World, fused, record

GOOD = st.builds(
    record, st.sampled_from(["plant", "b"]), st.integers(8, 11), st.sampled_from([1, 2, 3, 4, 5, -7, -999])
)
BAD = st.sampled_from([None, 5, {"site_id": "b"}, record(generated="x"), record(site="no good")])
CRASHES = st.none() | st.builds(
    Crash, st.integers(1, 16), st.sampled_from(["before", "after"]), st.sampled_from(["killed", "failed"])
)

Key = tuple[str, str]
Values = tuple[Any, Any]
# When it landed, the key, how many objects had landed before, and the position.
Provenance = tuple[str, str, int, int]


class Model(RuleBasedStateMachine):
    """A bucket, a queue that delivers in any order and more than once, and processes that die."""

    messages: "Messages[Landed]" = Messages("messages")

    def __init__(self) -> None:
        """Begin with nothing landed."""
        super().__init__()
        self.world = World()
        self.truth: dict[Key, dict[Values, Provenance]] = {}
        self.rejected: dict[str, int] = {}
        self.records: dict[str, int] = {}
        self.waiting: list[Landed] = []
        self.landed: list[Landed] = []
        self.may_be_notified_twice = 0

    @rule(
        target=messages,
        records=st.lists(GOOD | BAD, max_size=5),
        name=st.sampled_from(["a", "b", "c"]),
        passed=st.sampled_from([0, 60]),
    )
    def land(self, records: list[Any], name: str, passed: int) -> Landed:
        """A file lands, new or over one of the same name, in the same second or a minute later."""
        self.world.objects.tick = timedelta(seconds=passed)
        landed = self.world.land(records, f"raw/{name}.json")
        landed_at = self.world.objects.kept[landed.key, landed.version][0]
        source = f"{landed.key}@{landed.version}"
        self.records[source], self.rejected[source] = len(records), 0
        for position, each in enumerate(records, 1):
            if not is_good(each):
                self.rejected[source] += 1
                continue
            values = (each["energy_generated_kwh"], each["energy_consumed_kwh"])
            kept = self.truth.setdefault((each["site_id"], each["timestamp"]), {})
            provenance = (landed_at, landed.key, int(landed.version[1:]), position)
            kept[values] = max(kept.get(values, provenance), provenance)
        self.waiting.append(landed)
        self.landed.append(landed)
        return landed

    @rule(message=messages, crash=CRASHES)
    def deliver(self, message: Landed, crash: Crash | None) -> None:
        """A message is delivered, for the first time or again; its process may die on the way."""
        self._deliver(message, crash)

    @rule(message=consumes(messages), crash=CRASHES)
    def deliver_at_last(self, message: Landed, crash: Crash | None) -> None:
        """The same, and then it isn't chosen again."""
        self._deliver(message, crash)

    @rule(target=messages, message=messages)
    def duplicate(self, message: Landed) -> Any:  # noqa: ANN401 - hypothesis's own
        """The queue has a message twice."""
        return multiple(message, message)

    def _deliver(self, message: Landed, crash: Crash | None) -> None:
        fuse = Fuse(crash)
        if attempt(fused(self.world, fuse), message) and message in self.waiting:
            self.waiting.remove(message)
        if fuse.burnt_at in {"publisher.publish", "incidents.mark_notified"}:
            self.may_be_notified_twice += sum(not each.onset_notified_at for each in self.world.incidents.kept.values())

    @invariant()
    def nothing_is_stored_that_did_not_land(self) -> None:
        """At any moment, each stored value is one that landed, and stands once."""
        for key, stored in self.world.readings.kept.items():
            values = [version.values for version in stored.history.versions]
            assert set(values) <= self.truth[key].keys()
            assert len(set(values)) == len(values)

    def teardown(self) -> None:
        """The queue delivers what it still has; then all is as the model says, whatever came before."""
        for message in list(self.waiting):
            assert attempt(self.world.processor(), message)
        Notifier(self.world.incidents, self.world.publisher, OPTIONS, lambda: NOW + timedelta(hours=20)).notify()
        self._check_readings()
        self._check_counts()
        counted = dict(self.world.ingestions.kept)
        for message in self.landed:
            assert attempt(self.world.processor(), message)
        assert self.world.ingestions.kept == counted, "a replay counts nothing anew"
        self._check_readings()
        self._check_incidents()

    def _check_readings(self) -> None:
        for key, found in self.world.readings.kept.items():
            truth = sorted(self.truth[key].items(), key=lambda pair: pair[1], reverse=True)
            stored = [(each.values, provenance_of(each.provenance)) for each in found.history.versions]
            assert stored == truth[: KEPT_REVISIONS + 1]
            others, counted = len(truth) - 1, found.history.revision_count
            assert counted == others or len(stored) - 1 == KEPT_REVISIONS < counted <= others
        assert self.world.readings.kept.keys() == self.truth.keys()

    def _check_counts(self) -> None:
        ingestions = {f"{each.object_key}@{each.version}": each for each in self.world.ingestions.kept.values()}
        assert {source: each.records for source, each in ingestions.items()} == self.records
        assert {source: each.rejected for source, each in ingestions.items()} == self.rejected
        assert sum(each.stored for each in ingestions.values()) == len(self.truth)
        repeats = sum(each.already_stored + each.revised for each in ingestions.values())
        assert repeats == sum(self.records.values()) - sum(self.rejected.values()) - len(self.truth)
        kept = self.world.objects.bodies("quarantine/")
        assert {key: body.count(b"\n") for key, body in kept.items()} == {
            f"quarantine/{source.removeprefix('raw/')}.ndjson": count
            for source, count in self.rejected.items()
            if count
        }

    def _check_incidents(self) -> None:
        incidents = self.world.incidents.kept.values()
        assert all(each.onset_notified_at for each in incidents if not each.suppressed)
        assert len({(each.site_id, each.rule) for each in incidents}) == len(incidents)
        assert len(self.world.publisher.published) <= len(incidents) + self.may_be_notified_twice


def provenance_of(provenance: history.Provenance) -> Provenance:
    """Return a stored provenance as the model has it."""
    key, version = provenance.object
    return provenance.landed_at, key, int(version[1:]), provenance.position


def is_good(each: object) -> bool:
    """Tell a reading from what is none, without the product's decoder."""
    if not isinstance(each, dict) or len(each) != 4:
        return False
    return not isinstance(each["energy_generated_kwh"], str) and " " not in each["site_id"]


Model.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestModel = Model.TestCase
