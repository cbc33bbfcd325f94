"""The page of metrics and alarms. What is measured is found in the handlers; what it means is said here."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs_pages.alarms import alarm_rows
from docs_pages.markdown import code, page, table

_SRC: Final = Path(__file__).resolve().parents[2] / "src"

# In the namespace Heliograph, by the dimension `service`.
MEANINGS: Final = {
    "processor": {
        "FilesProcessed": "files read to their end",
        "FilesFailed": "attempts at a file that failed by its own fault; the third makes it a dead letter",
        "FilesHeldUp": "attempts that failed because of a store; the file comes back, however often",
        "FilesUntried": "files that came back untried, as their invocation had too little time left",
        "ReadingsStored": "readings stored for the first time",
        "ReadingsRevised": "readings that a later file gave other values",
        "RecordsRejected": "records that went to quarantine",
        "ReadingsFlagged": "readings with a flag by themselves alone, of any severity",
        "NotificationsSent": "messages that the processor published to the alerts topic",
        "LandingToStored": "seconds from a file's landing to its ingestion",
    },
    "watch": {
        "SitesDue": "sites that a minute's tick asked to be evaluated",
        "SitesEvaluated": "sites that were evaluated",
        "SitesReevaluated": "of these, from further back than a scheduled evaluation: late or revised data",
        "ReadingsJudged": "readings judged over time",
        "ReadingsMarked": "readings whose flags over time changed",
        "DaysWritten": "days whose totals or flags changed",
        "CallsFailed": "attempts at a message of the watch queue that failed",
    },
    # Wherever a message is published.
    "processor, watch": {
        "NotificationsRejected": "messages that the topic rejected in every form; only the log has their text",
    },
    "simulator": {
        "SimulatedFiles": "simulated files landed",
        "SimulatedReadings": "simulated records in them",
        "SimulatedLabels": "labels of simulated faults",
    },
}
_UNITS: Final = {"LandingToStored": "seconds"}
_INTRO = """
The Lambdas print their metrics as EMF lines in the namespace `Heliograph`, with the dimension `service`; CloudWatch
makes metrics of them. On the laptop the lines are in the embedded AWS's log and nobody turns them into metrics.
"""
_ALARMS = """
Every alarm notifies the alerts topic when it goes off and when it is over, and its description says what to do
(`terraform/monitoring.tf`). Names begin with `heliograph-ENV-`. The CloudWatch dashboard `heliograph-ENV` draws most of
what they go by.
"""


class Undescribed(ValueError):
    """A metric is measured and not described, or the other way round."""


def metrics_page() -> str:
    """Return the page.

    Raises:
        Undescribed: `MEANINGS` and the handlers don't name the same metrics.
    """
    for service, meanings in MEANINGS.items():
        measured = set(measured_by(service))
        if measured != meanings.keys():
            apart = ", ".join(sorted(measured ^ meanings.keys()))
            raise Undescribed(f"the {service} and MEANINGS in scripts/docs_pages/metrics.py differ: {apart}")
    rows = [
        (code(name), service, _UNITS.get(name, "count"), says)
        for service, meanings in MEANINGS.items()
        for name, says in meanings.items()
    ]
    return page(
        "Metrics and alarms",
        _INTRO,
        table(("metric", "service", "unit", "meaning"), rows),
        "## Alarms",
        _ALARMS,
        table(("alarm", "goes off when", "it means"), alarm_rows()),
    )


def measured_by(service: str) -> Iterator[str]:
    """Yield the names of the metrics a Lambda measures: each text in CamelCase in a function that adds metrics."""
    folder = "heliograph" if "," in service else f"lambda_{service}"
    for path in sorted((_SRC / folder).rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and "add_metric" in ast.unparse(function):
                yield from _names(function)


def _names(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr) and ast.unparse(node).startswith("f'Simulated{"):
            yield from (f"Simulated{name}" for name in ("Files", "Readings", "Labels"))
        elif isinstance(node, ast.Constant) and _is_camel_case(node.value):
            yield str(node.value)


def _is_camel_case(value: object) -> bool:
    return isinstance(value, str) and value.isalnum() and value[:1].isupper() and sum(map(str.isupper, value)) > 1
