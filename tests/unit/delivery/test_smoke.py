"""The smoke test's requests: signed so that AWS finds the same signature, and sent where the address is."""

import hashlib
import hmac
from urllib.parse import quote

import httpx2
import pytest

import smoke

SECRET = "a-secret"  # noqa: S105 - of nobody
SETTINGS = smoke.SmokeSettings(bucket="data", api="https://abc.execute-api.eu-west-1.amazonaws.com")


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of nobody, in a region."""
    for name, value in {"ACCESS_KEY_ID": "AKEY", "SECRET_ACCESS_KEY": SECRET, "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def signature_as_aws_finds_it(request: httpx2.Request) -> str:
    """Work out the signature of a request as it arrives, by Signature Version 4: the query decoded, encoded, sorted."""
    pairs = (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.url.params.items())
    query = "&".join(sorted(pairs))
    date = request.headers["X-Amz-Date"]
    scope = f"{date[:8]}/eu-west-1/execute-api/aws4_request"
    headers = f"host:{request.headers['Host']}\nx-amz-date:{date}\n"
    parts = ["GET", request.url.path, query, headers, "host;x-amz-date", hashlib.sha256(b"").hexdigest()]
    told = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256("\n".join(parts).encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.digest(key, told.encode(), "sha256").hex()


@pytest.mark.usefixtures("_credentials")
def test_aws_finds_the_same_signature() -> None:
    """A time in the query, with its colons, is signed as AWS reads it."""
    sent = smoke.signed(smoke.asked(SETTINGS, "2026-06-01T12:00:00Z"))
    assert sent.url.params["start"] == "2026-06-01T12:00:00Z"
    assert sent.headers["Authorization"].endswith(f"Signature={signature_as_aws_finds_it(sent)}")


@pytest.mark.usefixtures("_credentials")
def test_a_token_goes_before_a_signature() -> None:
    """Where there is a token, it is sent and nothing is signed."""
    settings = smoke.SmokeSettings(bucket="data", api=SETTINGS.api, api_token="of-an-issuer")  # noqa: S106 - of nobody
    assert smoke.signed(smoke.asked(settings, "2026-06-01T12:00:00Z")).headers["Authorization"] == "Bearer of-an-issuer"


def test_a_name_under_localhost_is_this_machine() -> None:
    """It is sent to the loopback address under its own name; any other address is left alone."""
    sent = smoke.here(httpx2.Request("GET", "http://abc.execute-api.localhost:4566/records/x?limit=1"))
    assert str(sent.url) == "http://127.0.0.1:4566/records/x?limit=1"
    assert sent.headers["Host"] == "abc.execute-api.localhost:4566"
    other = httpx2.Request("GET", SETTINGS.api)
    assert smoke.here(other) is other
