"""What is asked of AWS: the fleet, its files, how they are spread in time, and what one file takes."""

import msgspec

BATCH_STATEMENTS: int = 25


class Fleet(msgspec.Struct, frozen=True):
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
