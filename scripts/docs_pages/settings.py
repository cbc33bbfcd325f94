"""The page of settings: the environment variables of each Lambda and of the command.

What each means is said here, by its name without HELIOGRAPH_; a Lambda's settings struct says it in fewer words.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from docs_pages.markdown import code, page, table
from docs_pages.terraform import TERRAFORM, environment
from heliograph.settings import PREFIX
from heliograph_cli.target import Target
from lambda_api.wiring import ApiSettings
from lambda_processor.wiring import ProcessorSettings
from lambda_simulator.handler import SimulatorSettings
from lambda_watch.wiring import WatchSettings
from local_stack import StackOptions
from local_stack.resources import resources
from local_stack.stack import Place

_LAMBDAS: Final[dict[str, type[msgspec.Struct]]] = {
    "processor": ProcessorSettings,
    "watch": WatchSettings,
    "api": ApiSettings,
    "simulator": SimulatorSettings,
}
_HEAD: Final = ("variable", "meaning", "type", "default", "Terraform", "laptop")
_INTRO = """
A Lambda reads its settings once, when it starts; a variable that is missing or can't be used stops it with a message
that names it (`src/heliograph/settings.py`). Terraform sets them from [its variables](terraform.md), `heliograph up`
sets the laptop's. A default with no entry under *Terraform* can be changed in the Lambda's `.tf` file only.
"""
_COMMAND = """
The `heliograph` command and the charts talk to the local stack, unless these name one in the cloud;
`eval "$(make --silent outputs ENV=prod)"` sets them all. Credentials and the region are botocore's own: `AWS_PROFILE`,
`AWS_DEFAULT_REGION` and their like.
"""
MEANINGS: Final = {
    "incidents_table": "table of incidents",
    "alerts_topic_arn": "topic that alerts are published to",
    "api": "address of the API",
    "api_anyone": "the role of callers that no authorizer names: `viewer`, `logger` or `operator`",
    "api_logger_scope": "the scope of a token that may land readings",
    "api_operator_scope": "the scope of a token that may write all there is to write",
    "api_origins": "origins whose pages may write through the API beside its own, with commas between them",
    "bucket": "bucket that files land in",
    "clean_readings": "an incident ends after so many readings without a flag, of those that its rule can judge",
    "dead_letter_queue_url": "queue of files that failed for good",
    "digest_threshold": "more messages than this at once are sent as one",
    "fault_rate": "share of a simulated site's days that have a fault",
    "fleet_size": "number of simulated sites",
    "hidden_seconds": "seconds that a batch of files stays hidden while it is processed; a worker lives a bit less",
    "clear_after_minutes": "an incident ends no sooner than so many minutes after its last flag",
    "ingest_queue_url": "queue of landed files",
    "ingestions_table": "table of ingestions and of the fleet's totals",
    "late_delay_seconds": "seconds that an evaluation of late readings waits for more of them",
    "link": "address in front of `/incidents/{id}` in messages",
    "max_unpacked_mib": "the most a file may unpack to, MiB",
    "repeat_interval_minutes": "a site's next message of an onset, or of a recovery, comes no sooner than that later",
    "readings_table": "table of readings",
    "retention_days": "days that readings, ingestions and incidents are kept, counted from landing",
    "retry_seconds": "seconds before a failed message comes back the first time; the wait doubles each time",
    "seed": "another seed is another fleet under another weather",
    "sites_table": "table of sites, their days and their baselines",
    "user": "who acts on the laptop, where the request itself doesn't say",
    "watch_dead_letter_queue_url": "queue of evaluations that failed for good",
    "watch_group": "sites in one message of the watch queue",
    "watch_period": "minutes in which each site is evaluated once",
    "watch_queue_url": "queue of sites to be evaluated",
}
# Read by commands and scripts, one by one.
OTHERS: Final = {
    "AWS_ENDPOINT_URL_DYNAMODB": (
        "`up`; on the laptop every Lambda",
        "address of another DynamoDB for the tables, as `--dynamodb`",
    ),
    "HELIOGRAPH_TEST_DYNAMODB": (
        "tests of the stack",
        "`local` has their tables in DynamoDB Local; set by `make test-dynamodb`",
    ),
    "HELIOGRAPH_RESERVE_MIB": (
        "`up`",
        "MiB of the disk to leave free, as `--reserve`: below it nothing new is taken in; 256 if not set",
    ),
    "HELIOGRAPH_STATE_DIR": ("every command", "folder of the local stack, as `--state-dir`; `.heliograph` if not set"),
    "HELIOGRAPH_API_TOKEN": (
        "what asks the API: `heliograph open`, the charts, `make smoke`",
        'a bearer token, where the API wants tokens (`api_auth = "jwt"`)',
    ),
    "HELIOGRAPH_API_TOKEN_REQUEST": (
        "`make smoke`",
        "how to ask the issuer for a token: a JSON object with `url` and the fields of a client credentials grant",
    ),
    "HELIOGRAPH_WAIT": ("`make smoke`", "seconds that the landed reading may take until it is served; 120 if not set"),
    "HELIOGRAPH_TERRAFORM_MIRROR": ("tests of Terraform", "a folder that mirrors the AWS provider"),
    "HELIOGRAPH_HOMES": ("`make bench-quality`", "the data set of homes to measure the checks on"),
    "HELIOGRAPH_SITES": ("`make bench-quality`", "the real sites to measure the checks on"),
    "NO_COLOR": ("every command", "no colours, where it is set to anything"),
    "POWERTOOLS_LOG_LEVEL": ("every Lambda", "the least level that is logged; `INFO` by Terraform and on the laptop"),
    "POWERTOOLS_SERVICE_NAME": ("every Lambda", "its name in logs and metrics; set by Terraform and on the laptop"),
}


class UndescribedSetting(ValueError):
    """A setting has no meaning in MEANINGS."""


def settings_page() -> str:
    """Return the page.

    Raises:
        Undescribed: a Lambda or the command has a setting that MEANINGS doesn't have.
    """
    parts = [part for name, struct in _LAMBDAS.items() for part in (_title(name), _lambda(name, struct))]
    command = [(_variable(each), _meaning(each), _type(each)) for each in msgspec.structs.fields(Target)]
    others = [(code(name), by, says) for name, (by, says) in sorted(OTHERS.items())]
    return page(
        "Settings",
        _INTRO,
        *parts,
        "## The command",
        _COMMAND,
        table(("variable", "meaning", "type"), command),
        "## Others",
        table(("variable", "read by", "meaning"), others),
    )


def _lambda(name: str, struct: type[msgspec.Struct]) -> str:
    terraform, laptop = environment(TERRAFORM / f"{name}.tf"), _laptop(name)
    rows = []
    for field in msgspec.structs.fields(struct):
        variable = PREFIX + field.name.upper()
        here = laptop.get(variable, "")
        differs = not field.required and here != str(field.default) and "://" not in here
        rows.append(
            (
                _variable(field),
                _meaning(field),
                _type(field),
                "to be set" if field.required else code(field.default) or "empty",
                code(_terraform_variable(terraform.get(variable, ""))),
                code(here) if differs else "",
            )
        )
    return table(_HEAD, rows)


def _title(name: str) -> str:
    return f"## The {'API' if name == 'api' else name}"


def _laptop(name: str) -> dict[str, str]:
    options = StackOptions(state_dir=Path(), zips=Path(), user="you")
    functions = resources(options, Place("http://localhost", "eu-west-1", "000000000000")).functions
    return next(each.environment for each in functions if each.package == f"lambda_{name}")


def _variable(field: msgspec.structs.FieldInfo) -> str:
    return code(PREFIX + field.name.upper())


def _meaning(field: msgspec.structs.FieldInfo) -> str:
    if field.name not in MEANINGS:
        raise UndescribedSetting(f"say what {field.name} means in scripts/docs_pages/settings.py")
    return MEANINGS[field.name]


def _terraform_variable(expression: str) -> str:
    # The one that isn't a variable by itself, in terraform/watch.tf: the API's address where it isn't set.
    found = re.search(r"var\.([a-z_.]+)", expression.replace("local.link", "var.incidents.link"))
    return found.group(1) if found else ""


def _type(field: msgspec.structs.FieldInfo) -> str:
    """Return a field's type in words, with its bounds."""
    kind: Any = field.type
    if get_origin(kind) is Annotated:
        kind, bounds = get_args(kind)
        return " ".join([_plain(kind), *_bounds(bounds)])
    return _plain(kind)


def _plain(kind: Any) -> str:  # noqa: ANN401 - any type
    names: dict[Any, str] = {str: "text", int: "whole number", float: "number"}
    return names.get(kind) or "one of " + ", ".join(str(each) for each in get_args(kind))


def _bounds(meta: msgspec.Meta) -> list[str]:
    if meta.min_length is not None:
        return ["that isn't empty"]
    low = [f"from {meta.ge:,}"] if meta.ge is not None else []
    return low + ([f"to {meta.le:,}"] if meta.le is not None else [])
