"""A file that kills the Lambda's process, on a real queue: it alone becomes a dead letter."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from heliograph.table_keys import ingestion_id
from local_stack import Stack, StackOptions, start
from stack.harness import Harness, reading, wait_until

# The processor's own handler, in a process that ends when it meets a certain file.
POISONED = """
import os

from lambda_processor import handler as page
from lambda_processor.process import Processor

real = Processor.process


def process(self, landed):
    if "kills" in landed.key:
        os._exit(1)
    return real(self, landed)


Processor.process = process
handler = page.handler
"""
# A batch takes less, also on a machine that is busy.
HIDDEN_SECONDS = 3


def poisoned(zips: Path) -> bytes:
    """Return the processor's zip with the poisoned handler beside its own."""
    body = io.BytesIO((zips / "processor.zip").read_bytes())
    with zipfile.ZipFile(body, "a") as added:
        added.writestr("poisoned.py", POISONED)
    return body.getvalue()


def poison(harness: Harness, zips: Path) -> None:
    """Have the processor's workers die of certain files, and its batches come back soon."""
    functions, name = harness.aws.functions, harness.stack.processor_function
    found = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = found | {"HELIOGRAPH_HIDDEN_SECONDS": str(HIDDEN_SECONDS)}
    functions.update_function_code(FunctionName=name, ZipFile=poisoned(zips))
    functions.update_function_configuration(
        FunctionName=name, Handler="poisoned.handler", Environment={"Variables": variables}
    )


def land_as_one_batch(harness: Harness) -> None:
    """Land nine good files and one that kills, and only then let the queue feed the processor."""
    functions = harness.aws.functions
    (source,) = functions.list_event_source_mappings(FunctionName=harness.stack.processor_function)[
        "EventSourceMappings"
    ]
    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    for number in range(10):
        body = json.dumps([reading(f"mate-{number}", "2026-06-01T12:00:00Z")]).encode()
        harness.land(body, "kills.json" if number == 4 else f"mate-{number}.json")
    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=True)


@pytest.mark.cloud  # half a minute of waiting for messages to come back: `make test-cloud` has it
def test_a_file_that_kills_its_worker_harms_only_itself(
    zips: Path, tmp_path: Path, make_harness: Callable[[Stack], Harness]
) -> None:
    """Nine files of its batch are stored once each; it becomes one dead letter, which says what happened."""
    options = StackOptions(state_dir=tmp_path, zips=zips, sites=0, schedule=False, watch=False)
    with start(options) as running:
        harness = make_harness(running.stack)
        poison(harness, zips)
        land_as_one_batch(harness)
        letter = json.loads(harness.take(harness.stack.dead_letter_queue, lambda _: True, seconds=90))
        harness.wait_until_idle()
        totals = harness.ingestions.totals()
        assert (totals.stored, totals.files, totals.failed_files) == (9, 10, 1)
        named = letter["Records"][0]["s3"]["object"]
        assert "kills" in named["key"]
        (failed,) = [
            each for each in harness.ingestions.of_hour(_hour(harness), 20, None).items if each.state == "failed"
        ]
        assert failed.error.startswith("its worker ended before it was done")
        assert failed.id == ingestion_id(failed.object_key, failed.version, failed.landed_at)


def _hour(harness: Harness) -> str:
    """Return the hour in which the files landed."""
    listed = harness.s3.list_objects_v2(Bucket=harness.stack.raw_bucket, Prefix="raw/test/")
    return wait_until(lambda: f"{listed['Contents'][0]['LastModified']:%Y%m%dT%H}", "the files", 1)
