"""The alarms as terraform/monitoring.tf defines them, in words."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

from docs_pages.markdown import code
from docs_pages.terraform_text import TERRAFORM, Block, blocks

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

Row = tuple[str, str, str]


def alarm_rows() -> list[Row]:
    """Return each alarm: its name without the environment, when it goes off, and what it says."""
    text = _FILE.read_text()
    definitions = {each.labels[1]: each for each in blocks(_FILE, "resource") if each.labels[0] == _ALARM}
    rows = [*_queues(text), *_functions(text, definitions.pop("function"))]
    definitions.pop("queue")
    return rows + [row for each in definitions.values() for row in _each(each)]


def _queues(text: str) -> Iterator[Row]:
    for name, queue, metric, statistic, above, says in _QUEUE.findall(text):
        yield (
            code(name),
            f"{code(metric)} ({statistic.lower()}) of the {queue.replace('_', ' ')} is above {above}",
            says,
        )


def _functions(text: str, definition: Block) -> Iterator[Row]:
    functions = re.findall(r"^    (\w+)", _FUNCTIONS.findall(text)[0], re.MULTILINE)
    metrics = re.findall(r'"(\w+)"', _LAMBDA_METRICS.findall(text)[0])
    span = _span(definition)
    for function, metric in product(functions, metrics):
        yield code(f"{function}-{metric.lower()}"), f"{metric} of the {function}{span}", "its log says why"


def _each(alarm: Block) -> Iterator[Row]:
    """Yield an alarm's row, or one for each of the names that it is made for."""
    row = _single(alarm)
    names = re.findall(r'"(\w+)"', alarm.get("for_each")) if "toset([" in alarm.body else []
    for name in names or [""]:
        first, second, third = (cell.replace("${each.key}", name) for cell in row)
        yield first, second, third


def _single(alarm: Block) -> Row:
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
