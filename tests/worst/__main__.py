"""`python -m worst`: the processor's own code on the worst files of 256 MiB, each in a process of its own.

A line an input: the processor's seconds, its peak memory, and what became of the records. Exit code 1 where one takes
more than 512 MB, or its records aren't accounted for.
"""

import argparse
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

from worst.inputs import MIB, WORST

MOST_MB: Final = 512
# Linux counts in KiB, macOS in bytes.
_RSS_A_MB: Final = 1024 if sys.platform == "linux" else MIB


def main() -> int:
    """Try what is asked for; 1 where one takes too much."""
    parser = argparse.ArgumentParser(prog="worst", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of inputs' names; all where none is given")
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--one", help="the input to try in this process")
    asked = parser.parse_args()
    if asked.one:
        return _try(asked.one, asked.mib * MIB)
    chosen = [name for name in WORST if not asked.names or any(part in name for part in asked.names)]
    command = [sys.executable, "-m", "worst", "--mib", str(asked.mib), "--one"]
    failed = [name for name in chosen if subprocess.run([*command, name], check=False).returncode]  # noqa: S603 - ours
    sys.stdout.write(f"{len(chosen)} inputs; over {MOST_MB} MB or not accounted for: {', '.join(failed) or 'none'}\n")
    return int(bool(failed))


class _Body:
    """What S3 answers: the bytes of an input, packed as they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _amount: int = 0) -> bytes:
        """Read on."""
        return next((piece for piece in self._pieces if piece), b"")


class _S3:
    """A bucket that holds one object, and counts what is written."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.written = 0

    def get_object(self, **_request: object) -> dict[str, Any]:
        """Answer with the object."""
        when = datetime(2026, 11, 28, 12, tzinfo=UTC)
        return {"LastModified": when, "ContentLength": 2 * MIB, "Body": _Body(self._pieces)}

    def put_object(self, *, Body: bytes, **_request: object) -> dict[str, str]:  # noqa: N803 - S3's own names
        """Count a small object."""
        self.written += len(Body)
        return {"ETag": "1"}

    upload_part = put_object

    def create_multipart_upload(self, **_request: object) -> dict[str, str]:
        """Begin an upload."""
        return {"UploadId": "1"}

    def complete_multipart_upload(self, **_request: object) -> dict[str, str]:
        """End an upload."""
        return {}


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Gzip pieces as they come."""
    packer = zlib.compressobj(1, wbits=31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _try(name: str, size: int) -> int:
    """Process one input; 1 where it takes too much."""
    # In the child only.
    from fakes.stores import (  # noqa: PLC0415
        FakeFeeds,
        FakeFileProfiles,
        FakeFileZones,
        FakeIncidents,
        FakeIngestions,
        FakePublisher,
        FakeSites,
    )
    from heliograph.errors import UnreadableFile  # noqa: PLC0415
    from heliograph.events import Landed  # noqa: PLC0415
    from heliograph.incidents.notification import NotificationOptions  # noqa: PLC0415
    from heliograph.site import Site  # noqa: PLC0415
    from heliograph.storage.objects import S3Objects  # noqa: PLC0415
    from lambda_processor import handler, process  # noqa: PLC0415
    from lambda_processor.process import EvaluationJobs  # noqa: PLC0415
    from lambda_processor.profiled import ProfiledFiles  # noqa: PLC0415
    from lambda_processor.sites import KnownSites  # noqa: PLC0415

    assert callable(handler.handler)
    now = lambda: datetime.now(UTC)  # noqa: E731
    s3: Any = _S3(_packed(WORST[name](size)))
    readings: Any = SimpleNamespace(store=lambda landings, _judge: ["stored"] * len(landings))
    queue: Any = SimpleNamespace(send=lambda *_: None)
    incidents, ingestions = FakeIncidents(), FakeIngestions()
    known = KnownSites(FakeSites([Site("a", timezone="Europe/Berlin")]), time.monotonic)
    calls = EvaluationJobs(queue, 1, 0, now)
    stores = process.ProcessorStores(
        S3Objects(s3, "b", 256 * MIB),
        FakeFileZones(),
        readings,
        known,
        ingestions,
        incidents,
        incidents,
        FakePublisher(),
        calls,
        ProfiledFiles(FakeFeeds(), FakeFileProfiles(), ingestions),
    )
    notifying = NotificationOptions(digest_threshold=5, repeat_interval_minutes=60, link="")
    processor = process.Processor(stores, process.ProcessorOptions(256 * MIB, notifying, "test", now))
    began = time.process_time()
    try:
        ingestion = processor.process(Landed("raw/worst", "", "")).ingestion
        readings = ingestion.records - ingestion.rejected
        outcome = f"{readings} readings, {ingestion.rejected} rejected records in {s3.written / MIB:.1f} MiB"
        whole = (
            ingestion.records == ingestion.stored + ingestion.already_stored + ingestion.revised + ingestion.rejected
        )
    except UnreadableFile as error:
        outcome, whole = f"refused: {error}", True
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_A_MB
    sys.stdout.write(f"{name:38} {seconds:6.1f} s {peak:5.0f} MB  {outcome}\n")
    sys.stdout.flush()
    return int(peak > MOST_MB or not whole)


if __name__ == "__main__":
    sys.exit(main())
