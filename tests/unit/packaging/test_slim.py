"""Botocore's data made lighter: the same clients from less."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import botocore
import botocore.session
import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from fakes.botocore_answers import answer_of, hook_of
from lambda_zips.contents import SERVICES
from lambda_zips.slim import of_our_services, slim, without_documentation

_CALLS: Final[dict[str, Callable[[Any], object]]] = {
    "dynamodb": lambda client: client.get_item(TableName="t", Key={"a": {"S": "b"}}),
    "s3": lambda client: client.get_object(Bucket="a-bucket", Key="raw/a b.json"),
    "sns": lambda client: client.publish(TopicArn="arn:aws:sns:eu-west-1:000000000000:t", Message="m"),
    "sqs": lambda client: client.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="m"),
}
DATA = Path(botocore.__file__).parent / "data"


def test_only_words_are_emptied() -> None:
    """A text called documentation, wherever it stands; a member of a shape that has this name stays."""
    model = {"documentation": "<p>", "shapes": [{"members": {"documentation": {"shape": "String"}}, "n": 1}]}
    assert without_documentation(model) == {**model, "documentation": ""}


def test_every_partition_keeps_our_services() -> None:
    """Regions, names and defaults stay; so do the endpoints of what we call."""
    whole = msgspec.json.decode((DATA / "endpoints.json").read_bytes())
    kept = of_our_services(whole)
    assert [each["partition"] for each in kept["partitions"]] == [each["partition"] for each in whole["partitions"]]
    for before, after in zip(whole["partitions"], kept["partitions"], strict=True):
        assert after["services"] == {name: before["services"][name] for name in after["services"]}
        assert {**after, "services": {}} == {**before, "services": {}}
    assert kept["partitions"][0]["services"].keys() == {*SERVICES, "sts"}


@pytest.fixture(scope="module")
def slimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return botocore's data for our services, made lighter."""
    folder = tmp_path_factory.mktemp("installed")
    data = folder / "botocore" / "data"
    for service in SERVICES:
        shutil.copytree(DATA / service, data / service)
    for name in ("endpoints.json", "partitions.json", "_retry.json", "sdk-default-configuration.json"):
        shutil.copy(DATA / name, data / name)
    slim(folder)
    return data


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"])
def test_a_client_is_the_same(slimmed: Path, service: str, region: str) -> None:
    """Its calls go to the same place, and it has the same operations with the same parameters."""

    def told(only: Path | None) -> tuple[Any, ...]:
        session = botocore.session.Session()
        session.set_credentials("key", "secret")
        loader = session.get_component("data_loader")
        if only:
            loader._search_paths = [str(only)]  # botocore's own data would come first
        client = session.create_client(service, region_name=region)
        model = client.meta.service_model
        shapes = {
            name: sorted(operation.input_shape.members)
            if (operation := model.operation_model(name)).input_shape
            else []
            for name in model.operation_names
        }
        sent: list[str] = []

        def send(request: AWSPreparedRequest) -> AWSResponse:
            sent.append(str(request.url))
            return answer_of(sent[-1], 404, b"{}")

        client.meta.events.register("before-send", hook_of(send))
        with suppress(ClientError, ResponseParserError):
            _CALLS[service](client)
        return client.meta.endpoint_url, sent, shapes

    assert told(slimmed) == told(None)
