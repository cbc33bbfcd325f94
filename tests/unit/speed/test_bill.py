"""The meter and the bill: sizes and units as DynamoDB counts them, dollars as units and prices say."""

import msgspec
import pytest

from cost.bill import Assumed, fixed_a_month, per_million, prices, snapshots_a_month
from cost.feeds import Units
from cost.meter import Meter, size_of_item
from heliograph.storage.redelivery import wait_seconds
from lambda_processor.attempts import Waits
from lambda_processor.wiring import ProcessorSettings
from local_stack.resources import INGEST_QUEUE, resources
from scale.limits import AWS, Partitions, Retries, ScaleFleet, Work
from scale.simulate import Product, SimulatedTable, simulate
from unit.local_stack.test_resources import OPTIONS, PLACE

UNITS = Units(1, 1.0, 1.0, {}, {}, {})
NOTHING = Units(1, 0.0, 0.0, {}, {}, {})


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-1.25"}, 4),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "ab"}]}, 6),
        ({"M": {"k": {"S": "v"}}}, 6),
    ],
)
def test_an_item_s_size(typed: dict[str, object], size: int) -> None:
    """Names and values by UTF-8, numbers by their digits."""
    assert size_of_item({"a": typed}) == 1 + size


def test_reads_round_as_dynamodb_does() -> None:
    """A Query rounds its sum, a batch each item; half where it needn't be consistent."""
    meter, item = Meter(), {"a": {"S": "x" * 1023}}
    meter.take("Query", {"TableName": "t"}, {"Items": [item] * 9})
    assert meter.read_units == 1.5
    meter.take("Query", {"TableName": "t", "ConsistentRead": True}, {"Items": []})
    assert meter.read_units == 2.5
    meter.take("BatchGetItem", {"RequestItems": {"t": {"Keys": []}}}, {"Responses": {"t": [item] * 4}})
    assert meter.read_units == 4.5


def test_a_statement_that_enters_an_index_writes_it() -> None:
    """The embedded DynamoDB leaves that out for PartiQL; a refused statement writes nothing."""
    meter = Meter()
    statements = [{"Statement": "INSERT INTO \"r\" VALUE {'anomaly_at': ?, 'anomaly_day': ?}"}] * 2
    answers = [{}, {"Error": {"Code": "DuplicateItem"}}]
    told = [{"TableName": "r", "CapacityUnits": 2.0}]
    meter.take("BatchExecuteStatement", {"Statements": statements}, {"Responses": answers, "ConsumedCapacity": told})
    assert meter.write_units == 4


def test_dollars() -> None:
    """A unit a reading is its price a million; a small fleet's files are small, so it pays more, with ingestions."""
    price = prices()
    big, small = (per_million(sites, UNITS, NOTHING, 30) for sites in (1_000_000, 100))
    assert big["DynamoDB writes"] == pytest.approx(price["dynamodb_write_unit"] * 1e6)
    assert sum(small.values()) > sum(big.values())
    assert price["as_of"] > "2025"
    assert 0 < fixed_a_month() < 20


def test_what_old_versions_keep_is_in_the_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    """SnapStart's snapshots are paid for all month, restored or not; so are versions of files that were replaced."""
    price, assumed = prices(), Assumed()
    month = 30.4 * 24 * 3600
    kept = assumed.snapshots * assumed.api_memory_gb * month * price["snapshot_gb_second"]
    snapshots, fixed = snapshots_a_month(), fixed_a_month()
    assert snapshots > kept > 0
    raw = assumed.raw_bytes / 1e9 * 1e6 * price["s3_gb_month"]
    calls = (price["s3_put"] + price["s3_get"]) / 500 * 1e6
    assert per_million(1_000_000, UNITS, NOTHING, 30)["S3"] == pytest.approx(calls + 1.02 * raw)
    monkeypatch.setattr("cost.bill.prices", lambda: price | {"snapshot_gb_second": 0.0, "snapshot_restored_gb": 0.0})
    assert fixed_a_month() == pytest.approx(fixed - snapshots)


def test_the_simulation_waits_as_the_code_does() -> None:
    """Receives, timeout, batch and waits of the simulated queue are those of the stack and of the processor."""
    stack = resources(OPTIONS, PLACE)
    (queue,) = (each for each in stack.queues if each.name == INGEST_QUEUE)
    (source,) = (each for each in stack.sources if each.queue == INGEST_QUEUE)
    (function,) = (each for each in stack.functions if each.name == source.function)
    said = Retries()
    assert (said.max_receives, said.batch) == (queue.max_receives, source.batch_size)
    assert (said.timeout_seconds, 6 * said.timeout_seconds) == (function.timeout, queue.visibility_seconds)
    defaults = msgspec.structs.fields(ProcessorSettings)
    (first,) = (each.default for each in defaults if each.name == "retry_seconds")
    assert said.first_wait_seconds == first == wait_seconds(1, first, 0.0)
    assert said.longest_wait_seconds == wait_seconds(200, first, 0.0)
    assert said.begin_share == pytest.approx(1 - Waits(first, 0).needed_share)


def test_a_table_grows_to_twice_its_peak() -> None:
    """4,000 at first; after half an hour twice what it has granted, and never more than the quota."""
    table = SimulatedTable(AWS)
    assert table.grant(0, 10_000) == 4_000
    assert table.grant(1800, 10_000) == 8_000
    assert table.grant(3600, 100_000) == 16_000
    assert SimulatedTable(AWS, warm=1_000_000).grant(0, 1e6) == AWS.table_quota


def test_a_fleet_that_fits_keeps_up() -> None:
    """Nothing waits at the end, and no file takes longer than the queue and its own work."""
    seen = simulate(ScaleFleet(sites=10_000), AWS, seconds=900)
    assert seen.left == 0
    assert seen.longest < 2
    assert Work().file_ms(500) < 300


def test_a_fleet_that_doesn_t_fit_falls_behind() -> None:
    """More than a table takes: files wait, and the run says so."""
    seen = simulate(ScaleFleet(sites=600_000, sites_a_file=200), AWS, seconds=300)
    assert seen.throttled > 0
    assert seen.p99 > 5


def test_throttled_files_are_no_dead_letters() -> None:
    """A table that is too small for hours: files come back, and none dies; with three receives many would."""
    slow = msgspec.structs.replace(AWS, table_first=300, growth_seconds=7200)
    fleet = ScaleFleet(sites=20_000)
    seen = simulate(fleet, slow, seconds=7200)
    assert seen.dead == 0
    assert seen.receives > 3
    before = simulate(fleet, slow, seconds=7200, product=Product(retries=Retries(max_receives=3)))
    assert before.dead > 0


def test_an_index_over_its_load_throttles_its_table() -> None:
    """The whole fleet fails: with a day's anomalies in one partition readings wait, and spread they don't."""
    failing = ScaleFleet(sites=500_000, anomalous=1.0, spread_seconds=300)
    one = Product(spread=Partitions(anomalies=1))
    assert simulate(failing, AWS, seconds=300, warm=40_000, product=one).left > 100
    assert simulate(failing, AWS, seconds=300, warm=40_000).left == 0


def test_an_hour_s_files_in_one_partition_are_a_ceiling() -> None:
    """A file for each of 300,000 readings in five minutes, 1,000 a second: too many for one partition's 500."""
    alone = ScaleFleet(sites=300_000, sites_a_file=1, spread_seconds=300)
    one = Product(spread=Partitions(ingestions=1))
    assert simulate(alone, AWS, seconds=120, warm=40_000, product=one).left > 10_000
    assert simulate(alone, AWS, seconds=120, warm=40_000).left < 10_000
