"""The resources, as data: they fit each other, and the Lambdas find the settings they read."""

import os
from pathlib import Path

import msgspec
import pytest

from heliograph.settings import PREFIX, load
from heliograph.table_keys import TABLES
from lambda_api.wiring import ApiSettings
from lambda_processor.wiring import ProcessorSettings
from lambda_simulator.handler import SimulatorSettings
from lambda_watch.wiring import WatchSettings
from local_stack.create import function_settings, queue_attributes, table_definition
from local_stack.resources import Resources, resources
from local_stack.stack import Place, StackOptions

PLACE = Place("http://127.0.0.1:4566", "eu-west-1", "000000000000")
OPTIONS = StackOptions(
    state_dir=Path("state"), zips=Path("zips"), sites=7, seed=3, fault_rate=0.5, schedule=False, watch=False
)
SETTINGS: dict[str, type[msgspec.Struct]] = {
    "lambda_processor": ProcessorSettings,
    "lambda_simulator": SimulatorSettings,
    "lambda_watch": WatchSettings,
    "lambda_api": ApiSettings,
}


@pytest.fixture
def all_of_them() -> Resources:
    """Every resource of the stack."""
    return resources(OPTIONS, PLACE)


def test_every_lambda_finds_its_settings(all_of_them: Resources) -> None:
    """Each Lambda's environment holds all that its settings require, and no variable that they don't know."""
    for function in all_of_them.functions:
        kind = SETTINGS[function.package]
        load(kind, function.environment)
        known = {PREFIX + field.upper() for field in kind.__struct_fields__}
        assert {name for name in function.environment if name.startswith(PREFIX)} <= known


def test_the_options_reach_the_simulator(all_of_them: Resources) -> None:
    """The fleet that is asked for is the fleet that is simulated."""
    simulator = next(each for each in all_of_them.functions if each.package == "lambda_simulator")
    settings = load(SimulatorSettings, simulator.environment)
    assert (settings.fleet_size, settings.seed, settings.fault_rate) == (7, 3, 0.5)
    assert {schedule.rate: schedule.on for schedule in all_of_them.schedules} == {
        "rate(5 minutes)": False,
        "rate(1 minute)": False,
    }


def test_names_are_told_apart_by_their_prefix(all_of_them: Resources) -> None:
    """Everything is called heliograph-local-…, so that it is never mistaken for a cloud's."""
    queues = [each.name for each in all_of_them.queues]
    others = [*(each.name for each in all_of_them.tables), *(each.name for each in all_of_them.functions)]
    names = [*queues, *others, all_of_them.bucket.name, all_of_them.api.name]
    assert all(name.startswith("heliograph-local-") for name in names)
    assert len(set(queues)) == len(queues)


def test_a_file_at_work_is_not_given_out_again(all_of_them: Resources) -> None:
    """A queue hides a message for longer than the Lambda it feeds may take."""
    for source in all_of_them.sources:
        queue = next(each for each in all_of_them.queues if each.name == source.queue)
        function = next(each for each in all_of_them.functions if each.name == source.function)
        assert queue.visibility_seconds > function.timeout


def test_dead_letters_go_to_a_queue_there_is(all_of_them: Resources) -> None:
    """A queue with a dead-letter queue comes after it, so that it can be made in this order."""
    made: set[str] = set()
    for queue in all_of_them.queues:
        assert queue.dead_letter is None or queue.dead_letter in made
        made.add(queue.name)
    dead = [queue.dead_letter for queue in all_of_them.queues if queue.dead_letter]
    assert len(dead) == len(set(dead)) == 2, "files that failed aren't mixed with looks that failed"


def test_the_queue_lets_the_bucket_send(all_of_them: Resources) -> None:
    """The ingest queue's policy lets S3 send for this bucket and for no other."""
    queue = next(each for each in all_of_them.queues if each.name == all_of_them.bucket.queue)
    policy = msgspec.json.decode(queue_attributes(queue, PLACE)["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{all_of_them.bucket.name}"}}


def test_tables_have_the_core_s_keys(all_of_them: Resources) -> None:
    """There is a table for each role of the core, with its keys and whole items in its indexes."""
    assert [each.keys for each in all_of_them.tables] == list(TABLES)
    definition = table_definition(all_of_them.tables[0])
    assert [key["AttributeName"] for key in definition["KeySchema"]] == ["site_id", "timestamp"]
    assert {index["Projection"]["ProjectionType"] for index in definition["GlobalSecondaryIndexes"]} == {"ALL"}


def test_a_lambda_is_described_whole(all_of_them: Resources) -> None:
    """A Lambda's settings name its handler, its role and its own zip."""
    processor = all_of_them.functions[0]
    settings = function_settings(processor, PLACE)
    assert settings["Handler"] == "lambda_processor.handler.handler"
    assert settings["Role"] == "arn:aws:iam::000000000000:role/heliograph-local-processor"
    assert processor.zip_name == "processor.zip"


def test_describing_opens_nothing(all_of_them: Resources) -> None:
    """The description is the same each time and makes no folder."""
    assert resources(OPTIONS, PLACE) == all_of_them
    assert not os.path.lexists(OPTIONS.state_dir)
