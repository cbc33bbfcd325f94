"""The page of metrics and alarms: what is measured is found in the handlers, what it means is said here.

The alarms are put into words from terraform/monitoring.tf.
"""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

from docs_pages.markdown import code, page, table
from docs_pages.terraform import TERRAFORM, Block, blocks

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
_FILE: Final = TERRAFORM / "monitoring.tf"
_ALARM: Final = "aws_cloudwatch_metric_alarm"
_QUEUE: Final = re.compile(
    r'^    ([\w-]+) = \{\n\s+queue\s+= local\.(\w+)\n\s+metric\s+= "(\w+)"\n\s+statistic = "(\w+)"\n'
    r'\s+above\s+= (\d+)\n\s+says\s+= "(.+)"$',
    re.MULTILINE,
)
_LAMBDA_METRICS: Final = re.compile(r"setproduct\(keys\(local\.functions\), (\[.+\])\)")
_FUNCTIONS: Final = re.compile(r"^  functions = \{\n((?:    \w+ *= .+\n)+)", re.MULTILINE)
_PREFIX: Final = "${local.prefix}-"
_AlarmRow = tuple[str, str, str]


class UndescribedMetric(ValueError):
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
            raise UndescribedMetric(f"the {service} and MEANINGS in scripts/docs_pages/metrics.py differ: {apart}")
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


def alarm_rows() -> list[_AlarmRow]:
    """Return each alarm: its name without the environment, when it goes off, and what it says."""
    text = _FILE.read_text()
    definitions = {each.labels[1]: each for each in blocks(_FILE, "resource") if each.labels[0] == _ALARM}
    rows = [*_queues(text), *_functions(text, definitions.pop("function"))]
    definitions.pop("queue")
    return rows + [row for each in definitions.values() for row in _each(each)]


def _queues(text: str) -> Iterator[_AlarmRow]:
    for name, queue, metric, statistic, above, says in _QUEUE.findall(text):
        yield (
            code(name),
            f"{code(metric)} ({statistic.lower()}) of the {queue.replace('_', ' ')} is above {above}",
            says,
        )


def _functions(text: str, definition: Block) -> Iterator[_AlarmRow]:
    functions = re.findall(r"^    (\w+)", _FUNCTIONS.findall(text)[0], re.MULTILINE)
    metrics = re.findall(r'"(\w+)"', _LAMBDA_METRICS.findall(text)[0])
    span = _span(definition)
    for function, metric in product(functions, metrics):
        yield code(f"{function}-{metric.lower()}"), f"{metric} of the {function}{span}", "its log says why"


def _each(alarm: Block) -> Iterator[_AlarmRow]:
    """Yield an alarm's row, or one for each of the names that it is made for."""
    row = _single(alarm)
    names = re.findall(r'"(\w+)"', alarm.get("for_each")) if "toset([" in alarm.body else []
    for name in names or [""]:
        first, second, third = (cell.replace("${each.key}", name) for cell in row)
        yield first, second, third


def _single(alarm: Block) -> _AlarmRow:
    side = {"GreaterThanThreshold": "above", "LessThanThreshold": "below"}[alarm.get("comparison_operator")]
    statistic = alarm.get("statistic") or alarm.get("extended_statistic")
    silent = "; no data counts as well" if alarm.get("treat_missing_data") == "breaching" else ""
    when = (
        f"{code(alarm.get('metric_name'))} ({statistic.lower()}) {side} {alarm.get('threshold')}{_span(alarm)}{silent}"
    )
    return code(alarm.get("alarm_name").removeprefix(_PREFIX)), when, alarm.get("alarm_description")


def _span(alarm: Block) -> str:
    periods, minutes = int(alarm.get("evaluation_periods")), int(alarm.get("period")) // 60
    return f" in each of {periods} times {minutes} minutes" if periods > 1 else f" in {minutes} minutes"
