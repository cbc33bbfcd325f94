"""What AWS allows, each with its source; those marked as quotas can be raised on request. And how the product waits."""

from typing import Final

import msgspec

from heliograph.storage.retry_policy import StoreRetryPolicy
from heliograph.table_keys import ANOMALY_SHARDS, INGESTION_SHARDS, TOTALS_PARTITIONS


class Limits(msgspec.Struct, frozen=True):
    """Limits of one account and region.

    lambda_concurrency: Lambda quota "Concurrent executions", 1,000 at first, to be raised.
    source_concurrency: an SQS event source's `MaximumConcurrency`, 2 to 1,000: our own setting.
    source_ramp: a standard queue's event source begins with 5 and adds 300 concurrent invocations a minute.
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

    patience_seconds: for the refused parts of one call. timeout_seconds: of the function. begin_share: of it, after
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
