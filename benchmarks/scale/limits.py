"""What is asked of AWS and what it allows: a fleet and its files, each limit with its source, how the product waits.

Limits that are marked as quotas can be raised on request.
"""

from typing import Final

import msgspec

from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import ANOMALY_SHARDS, INGESTION_SHARDS, TOTALS_PARTITIONS

BATCH_STATEMENTS: int = 25


class Limits(msgspec.Struct, frozen=True):
    """Limits of one account and region.

    lambda_concurrency: Lambda quota "Concurrent executions", 1,000 at first, to be raised.
    source_concurrency: an SQS event source's `MaximumConcurrency`, 2 to 1,000: our own setting.
    source_first, source_ramp_a_second: a standard queue's event source begins with 5 and adds 300 concurrent
        invocations a minute.
    table_first: write units a second that a new on-demand table takes: 4,000.
    table_growth: it takes twice its previous peak at once; more follows within `growth_seconds`, 30 minutes.
    table_quota: DynamoDB quota "Table-level write throughput", 40,000 units a second, to be raised.
    partition_writes: units a second that one partition takes, 1,000.
    s3_puts, s3_gets: requests a second a prefix, 3,500 and 5,500; S3 splits prefixes as load stays.
    queue_in_flight: messages of a standard queue that are received and not yet deleted, 120,000.
    """

    lambda_concurrency: int = 1_000
    source_concurrency: int = 1_000
    source_first: int = 5
    source_ramp_a_second: float = 300 / 60
    table_first: int = 4_000
    table_growth: float = 2.0
    growth_seconds: int = 1_800
    table_quota: int = 40_000
    partition_writes: int = 1_000
    s3_puts: int = 3_500
    s3_gets: int = 5_500
    queue_in_flight: int = 120_000


class Retries(msgspec.Struct, frozen=True):
    """How the product waits and gives up, as the code and Terraform have it; see docs/adr/0018-retries.md.

    retry_seconds: for the refused parts of one call. timeout_seconds: of the function. begin_share: of it, after
    which no file is begun. batch: files in one. first_wait_seconds, longest_wait_seconds: before a file comes back,
    doubling. max_receives: of the queue; only these make a dead letter of a file that a store refused.
    """

    retry_seconds: float = StoreRetryPolicy().seconds
    timeout_seconds: int = 300
    begin_share: float = 1 / 3
    batch: int = 10
    first_wait_seconds: int = 30
    longest_wait_seconds: int = 900
    max_receives: int = 200


class Partitions(msgspec.Struct, frozen=True):
    """Over how many partitions what is written at one time is spread, where its key doesn't begin with a site.

    ingestions: the files of an hour. totals: the fleet's running totals. anomalies: a day's, in the index by day.
    """

    ingestions: int = INGESTION_SHARDS
    totals: int = TOTALS_PARTITIONS
    anomalies: int = ANOMALY_SHARDS


AWS: Final = Limits()
PRODUCT: Final = Retries()
SPREAD: Final = Partitions()


class ScaleFleet(msgspec.Struct, frozen=True):
    """A fleet.

    spread_seconds: over how much of an interval its files land; 1 is all at the same moment, 300 evenly.
    write_units: a reading, processor and watch, measured by `make cost`. anomalous: the share of readings with a flag
    of their own, 1 when the whole fleet fails at once; each is written into the index by day as well, 2 units.
    """

    sites: int = 1_000_000
    interval_seconds: int = 300
    sites_a_file: int = 500
    spread_seconds: int = 60
    write_units: float = 1.16
    anomalous: float = 0.0

    @property
    def files(self) -> int:
        """Files in an interval."""
        return -(-self.sites // self.sites_a_file)

    @property
    def ingestion_units_a_file(self) -> float:
        """Write units of a file's ingestion, and of as many for its share of the totals: a transaction's cost twice."""
        return 2.0

    @property
    def index_units_a_file(self) -> float:
        """Write units of a file in the index of anomalies by day."""
        return 2.0 * self.sites_a_file * self.anomalous

    @property
    def units_a_file(self) -> float:
        """Write units of a file."""
        return self.sites_a_file * self.write_units


class Work(msgspec.Struct, frozen=True):
    """What one file takes a processor of 1,024 MB.

    cpu_ms_a_reading, cpu_ms_a_file: measured by `make bench`, divided by its share of a processor. call_ms: a batch of
    25 statements, while the table isn't throttled. calls_at_once: as `storage.batches`. fixed_ms: the GET, the registry
    and the ingestion, one after the other. queue_ms: from the upload to the call: S3's event, the queue, the event
    source.
    """

    cpu_ms_a_reading: float = 0.07
    cpu_ms_a_file: float = 20.0
    call_ms: float = 15.0
    calls_at_once: int = 8
    fixed_ms: float = 80.0
    queue_ms: float = 700.0

    def file_ms(self, readings: int) -> float:
        """Return how long a processor is busy with a file."""
        calls = -(-readings // BATCH_STATEMENTS)
        rounds = -(-calls // self.calls_at_once)
        return self.fixed_ms + self.cpu_ms_a_file + max(readings * self.cpu_ms_a_reading, rounds * self.call_ms)
