"""No log line holds a credential: not those of the process, not those of who asks."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from heliograph.errors import StorageError
from heliograph.telemetry import logger
from lambda_api import handler as api_page
from lambda_api.app import make_app
from lambda_processor import handler as processor_page
from lambda_processor.attempts import Places
from unit.api.fleet import NOW, Failing, every_store, http_event

SECRETS: Final = {
    "AWS_ACCESS_KEY_ID": "AKIAMADEUPFORTESTS00",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret-key-of-no-door",
    "AWS_SESSION_TOKEN": "made-up-session-token-of-no-door",
}
HEADERS: Final = {
    "authorization": "Bearer made-up-bearer-of-no-door",
    "x-amz-security-token": "made-up-caller-token-of-no-door",
    "cookie": "session=made-up-cookie-of-no-door",
}
FAILURES: Final = (
    ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "Query"),
    ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "Query"),
    EndpointConnectionError(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com/"),
    StorageError("refused"),
    RuntimeError("a mistake of ours"),
)


class Deaf:
    """A queue and a count of attempts that can't be reached where AWS can't."""

    def __init__(self, failure: Exception) -> None:
        """Keep what happened."""
        self._failure = failure

    def hide(self, *_: object) -> None:
        """Fail as AWS does, or not."""
        if isinstance(self._failure, (BotoCoreError, ClientError)):
            raise self._failure

    def begin(self, *_: object) -> int:
        """Fail as AWS does, or not."""
        self.hide()
        return 1


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the process made-up credentials, and log all there is to log."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    level = logger().log_level
    logger().setLevel("DEBUG")
    yield
    logger().setLevel(level)


def assert_silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Check that something was logged, and no secret."""
    lines = [json.dumps(record.__dict__, default=repr) for record in caplog.records]
    assert lines
    printed = capfd.readouterr()
    everything = "\n".join([*lines, caplog.text, printed.out, printed.err])
    for secret in (*SECRETS.values(), *(value.partition("made-up")[2] for value in HEADERS.values())):
        assert secret not in everything


@pytest.mark.parametrize("failure", FAILURES, ids=lambda error: type(error).__name__)
def test_the_api_logs_no_credential(
    failure: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A request with a token, a cookie and a signature in its query fails: its path is logged, and none of those."""
    store: Any = Failing(failure)
    app = make_app(every_store(store), lambda: NOW)
    monkeypatch.setattr(api_page, "api", lambda: app)
    api_page.adapter.cache_clear()
    event = http_event("GET", "/readings/solar-1", "X-Amz-Signature=made-up-caller-token-of-no-door")
    event["headers"] |= HEADERS
    assert api_page.handler(event, cast("Any", SimpleNamespace(aws_request_id="1")))["statusCode"] >= 500
    api_page.adapter.cache_clear()
    assert_silent(caplog, capfd)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda error: type(error).__name__)
def test_the_processor_logs_no_credential(
    failure: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A file fails in any way: the log names it and why, and nothing of the process's environment."""
    monkeypatch.setattr(processor_page, "processor", lambda: Failing(failure))
    deaf: Any = Deaf(failure)
    monkeypatch.setattr(processor_page, "places", lambda: Places(deaf, deaf, deaf))
    monkeypatch.setattr(processor_page, "settings", lambda: SimpleNamespace(hidden_seconds=2, retry_seconds=1))
    event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "raw/a"}}}]}
    message = {
        "messageId": "1",
        "receiptHandle": "handle",
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    answer = processor_page.handler({"Records": [message]}, None)
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["1"]
    assert_silent(caplog, capfd)
