"""Print the files and functions that three paths run through: a reading to its incident, an evaluation, a request.

`make trace` runs the Lambdas' own handlers in this process, against a local stack of its own, and notes each call of a
function of `src/` in order. `--write` puts the tables into the architecture page.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec

from heliograph_cli.env import variables_of
from local_stack import StackOptions, clients_for, start
from local_stack.clients import LocalClients
from local_stack.stack import Stack

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "explanation" / "architecture.md"
BEGIN: Final = "<!-- made by `make trace` -->"
END: Final = "<!-- end of what `make trace` makes -->"
_SOURCES: Final = f"{ROOT / 'src'}{os.sep}"
# Half-hourly readings of two days, then one value that loggers write when they have none: it opens an incident.
_STEP: Final = timedelta(minutes=30)
_COUNT: Final = 96


class Trace(msgspec.Struct, kw_only=True):
    """What ran on a path. calls: a file and a function of each call, in order."""

    title: str
    calls: list[tuple[str, str]] = msgspec.field(default_factory=list)

    @property
    def files(self) -> dict[str, list[str]]:
        """The files in the order of their first call, each with its functions in theirs."""
        found: dict[str, list[str]] = {}
        for file, function in self.calls:
            functions = found.setdefault(file, [])
            if function not in functions:
                functions.append(function)
        return found

    @property
    def switches(self) -> int:
        """How often a reader who follows the calls turns to another file; a loop's later rounds are not counted."""
        seen, turns, before = set(), 0, ""
        for file, function in self.calls:
            if (before, file, function) not in seen:
                seen.add((before, file, function))
                turns += file != before
            before = file
        return turns

    def table(self) -> str:
        """Return a Markdown table of the files and functions."""
        rows = (f"| `{file}` | {', '.join(f'`{each}`' for each in names)} |" for file, names in self.files.items())
        counted = f"{len(self.files)} files, {sum(map(len, self.files.values()))} functions, {self.switches} turns"
        return "\n".join([f"**{self.title}**: {counted}.", "", "| file | functions |", "|---|---|", *rows])


def main() -> None:
    """Trace the three paths; print them, or put them into the architecture page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/explanation/architecture.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(
            state_dir=Path(folder), zips=ROOT / "build" / "local", sites=1, schedule=False, watch=False, reserve_mib=0
        )
        with start(options) as running:
            paths = trace(running.stack)
    text = "\n\n".join(path.table() for path in paths)
    if chosen.write:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")
    else:
        sys.stdout.write(f"{text}\n")


def trace(stack: Stack) -> list[Trace]:
    """Run the three paths on a stack with no fleet of its own, and return what ran."""
    clients = clients_for(stack)
    os.environ.update(variables_of(stack))
    for mapping in clients.functions.list_event_source_mappings()["EventSourceMappings"]:
        clients.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    site, now = "traced", datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = [now - _STEP * back for back in range(_COUNT, 0, -1)]
    process = partial(_processor_event, stack, clients)
    processor = _handler(clients, stack.processor_function, "lambda_processor")
    watch = _handler(clients, stack.watch_function, "lambda_watch")
    api = _handler(clients, stack.api_function, "lambda_api")
    for name in (site, "before"):
        processor(process(name, [_reading(name, end, 1.0 + end.hour / 100) for end in ends]))
    # Once before with another site, so that what is made once and kept is not in the way.
    watch(_evaluation_event("before", now))
    api(_request("/readings/before"))
    landed = process("now", [_reading(site, now, -9999)])
    _clear(clients, stack)
    return [
        _traced("One reading, from event to incident", lambda: processor(landed)),
        _traced("One evaluation", lambda: watch(_evaluation_event(site, now))),
        _traced("One request, `GET /readings/{site_id}`", lambda: api(_request(f"/readings/{site}"))),
    ]


def _clear(clients: LocalClients, stack: Stack) -> None:
    """Leave nothing in the queues, so that each path is one message's."""
    for queue in (stack.ingest_queue, stack.watch_queue):
        clients.sqs().purge_queue(QueueUrl=queue)


def _handler(clients: LocalClients, function: str, package: str) -> Callable[[dict[str, Any]], Any]:
    variables = clients.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]

    def call(event: dict[str, Any]) -> Any:  # noqa: ANN401 - each handler's own answer
        os.environ.update(variables)
        answer = import_module(f"{package}.handler").handler(event, _Context())
        if failed := answer.get("batchItemFailures"):
            sys.exit(f"{package} failed: {failed}")
        return answer

    return call


class _Context:
    """What Lambda tells a handler, as far as ours ask."""

    aws_request_id = "traced"

    def get_remaining_time_in_millis(self) -> int:
        """Return a minute."""
        return 60_000


def _reading(site: str, end: datetime, generated: float) -> dict[str, Any]:
    return {
        "site_id": site,
        "timestamp": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": 0.5,
    }


def _processor_event(stack: Stack, clients: LocalClients, name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    key = f"raw/traced/{name}.json"
    put = clients.s3().put_object(Bucket=stack.raw_bucket, Key=key, Body=json.dumps(records).encode())
    item = {"key": key, "versionId": put["VersionId"]}
    body = {
        "Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": stack.raw_bucket}, "object": item}}]
    }
    return _queued(body)


def _evaluation_event(site: str, now: datetime) -> dict[str, Any]:
    return _queued({"at": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "sites": [{"site_id": site}]})


def _queued(body: dict[str, Any]) -> dict[str, Any]:
    message = {
        "messageId": "1",
        "receiptHandle": "none",
        "body": json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    return {"Records": [message]}


def _request(path: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "localhost"},
        "isBase64Encoded": False,
        "requestContext": {
            "stage": "$default",
            "requestId": "1",
            "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1", "userAgent": ""},
        },
    }


def _traced(title: str, run: Callable[[], Any]) -> Trace:
    path = Trace(title=title)
    with _noting(path.calls):
        run()
    return path


@contextmanager
def _noting(calls: list[tuple[str, str]]) -> Iterator[None]:
    """Note each call of a function of `src/`, in this thread and in those it starts, but not what importing runs."""

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(_SOURCES) and not code.co_qualname.endswith("<module>"):
            name = code.co_qualname.replace("<locals>.", "")
            if "<" not in name:
                calls.append((code.co_filename.removeprefix(_SOURCES), name))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


if __name__ == "__main__":
    main()
