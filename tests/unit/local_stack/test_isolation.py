"""Nothing of the user's own gets to the engine, and nothing of the stack to the user's account."""

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from fakes.botocore_answers import answer_of, hook_of
from local_stack.clients import LocalClients
from local_stack.engine import environment, run_engine
from local_stack.resources import REGION
from local_stack.stack import Place, StackInUse
from local_stack.state_folder import StateFolder

HOSTILE = {
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_REGION": "us-gov-west-1",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL": "https://example.com",
    "AWS_ENDPOINT_URL_S3": "https://example.com",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_CA_BUNDLE": "/nowhere",
    "AWS_RETRY_MODE": "nonsense",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment and AWS files that would lead astray whoever reads them."""
    (tmp_path / "config").write_text("[profile production]\nregion = us-gov-west-1\n[default]\nregion = nonsense\n")
    files = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "config")}
    for name, value in {**HOSTILE, **files}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("hostile")
def test_clients_know_nothing_of_the_user() -> None:
    """Region, key, endpoint and proxy are the stack's, whatever the user's environment and files say."""
    aws = LocalClients("http://127.0.0.1:1", REGION, "made-up")
    sent: list[AWSPreparedRequest] = []

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        sent.append(request)
        return answer_of(str(request.url), 404, b"{}")

    aws._local_session.register("before-send", hook_of(answer))
    stores = (aws.s3().list_buckets, aws.sqs().list_queues, aws.dynamodb().list_tables)
    rest = (aws.functions.list_functions, aws.scheduler.list_schedules, aws.apis.get_apis, aws.roles.list_roles)
    for call in (*stores, *rest):
        with suppress(ClientError, ResponseParserError):
            call()
    assert len(sent) == 7
    for request in sent:
        assert str(request.url).startswith("http://127.0.0.1:1/")
        assert f"Credential=000000000000/{datetime.now(UTC):%Y%m%d}/{REGION}/" in str(request.headers["Authorization"])
        assert "X-Amz-Security-Token" not in request.headers
    assert vars(aws.sqs().meta.config)["proxies"] == {}, "none, where None would mean those of the environment"


@pytest.mark.usefixtures("hostile")
def test_the_engine_gets_an_environment_of_its_own(tmp_path: Path) -> None:
    """Of the user's environment the engine, and so every Lambda, gets nothing; its files are all in the folder."""
    given = environment(StateFolder(tmp_path), 4711)
    assert not given.keys() & HOSTILE.keys()
    assert given["HOME"].startswith(str(tmp_path.resolve()))
    assert given["TMPDIR"].startswith(str(tmp_path.resolve()))
    assert given["PATH"] == os.defpath


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    """Who asks for a port that another program has is told so, and the folder is free again."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StackInUse, match=f"port {port} is taken: choose another"):
            run_engine(StateFolder(tmp_path), {}, port)
    assert not StateFolder(tmp_path).is_taken()


def test_names_make_arns_and_addresses() -> None:
    """ARNs and addresses come from names alone."""
    place = Place("http://127.0.0.1:4711", "eu-west-1", "000000000000")
    assert place.arn("sqs", "q") == "arn:aws:sqs:eu-west-1:000000000000:q"
    assert place.function_arn("f") == "arn:aws:lambda:eu-west-1:000000000000:function:f"
    assert place.queue_url("q") == "http://127.0.0.1:4711/000000000000/q"
    assert place.api_url("5e110000") == "http://127.0.0.1:4711/_aws/execute-api/5e110000"
