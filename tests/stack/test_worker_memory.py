"""A Lambda's worker holds no more than its function's memory, and one that does takes nothing else with it."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest

from chaos.workers import workers
from linux import linux
from local_engine.worker_memory import BASE_MIB
from local_stack.resources import ACCOUNT
from stack.harness import Harness

MEMORY: Final = 128
CODE: Final = """
import os, resource

def handler(event, context):
    print("called")
    try:
        held = [b"x" * 2**20 for _ in range(event["mib"])]
    except MemoryError:
        if not event.get("catches"):
            raise
    return {"pid": os.getpid(), "most": resource.getrlimit(resource.RLIMIT_DATA)}
"""


@pytest.fixture
def hungry(harness: Harness) -> Iterator[str]:
    """A function that takes as many MiB as it is told to."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("code.py", CODE)
    name, code = harness.name("hungry"), {"ZipFile": zipped.getvalue()}
    settings: Any = {"Runtime": "python3.13", "Handler": "code.handler", "MemorySize": MEMORY, "Code": code}
    harness.aws.functions.create_function(FunctionName=name, Role=f"arn:aws:iam::{ACCOUNT}:role/any", **settings)
    yield name
    harness.aws.functions.delete_function(FunctionName=name)


def call(harness: Harness, name: str, **event: object) -> dict[str, Any]:
    """Call the function; return what it answered, or its error."""
    answer = harness.aws.functions.invoke(FunctionName=name, Payload=msgspec.json.encode(event))
    found: dict[str, Any] = msgspec.json.decode(answer["Payload"].read())
    return found


@linux
def test_too_much_memory_ends_one_invocation(harness: Harness, hungry: str) -> None:
    """As on AWS the runtime is killed, whether the code catches its MemoryError or not; the next call has a new one."""
    first = call(harness, hungry, mib=1)
    assert first["most"] == [(MEMORY + BASE_MIB) * 2**20] * 2
    assert call(harness, hungry, mib=1)["pid"] == first["pid"]
    before = first["pid"]
    for event in ({"mib": 10_000}, {"mib": 10_000, "catches": True}, {"mib": MEMORY + 10}):
        failed = call(harness, hungry, **event)
        assert failed["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
        assert before not in workers(harness.stack.pid, hungry)
        after = call(harness, hungry, mib=1)
        assert after["pid"] != before
        before = after["pid"]
