"""Requests prove who sends them."""

import httpx2
import pytest

from credentials import choose, region_of
from errors import ChartsError

CLOUD = "https://abc123.execute-api.eu-central-1.amazonaws.com/prod"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign with made-up keys, whatever the machine holds."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")


def headers_sent(auth: httpx2.Auth | None, url: str) -> httpx2.Headers:
    """Return the headers a request to `url` goes out with."""
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    httpx2.Client(auth=auth, transport=httpx2.MockTransport(handle)).get(url)
    return seen[0].headers


def test_nothing_is_sent_unless_asked_for() -> None:
    """A local API gets no credentials."""
    assert choose("none", None, CLOUD) is None


def test_a_token_is_sent_as_bearer() -> None:
    """The token goes into the Authorization header."""
    assert headers_sent(choose("none", "s3cret", CLOUD), CLOUD)["Authorization"] == "Bearer s3cret"


def test_iam_signs_for_the_apis_own_region() -> None:
    """Each request carries a SigV4 signature for execute-api, with the region read from the address."""
    headers = headers_sent(choose("iam", None, CLOUD), CLOUD + "/readings/home-01?limit=1000&cursor=at%2B1")
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert (
        "/eu-central-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token"
        in (headers["Authorization"])
    )
    assert headers["X-Amz-Security-Token"] == "session"


def test_iam_without_a_region_says_what_to_set() -> None:
    """A host that names no region needs AWS_REGION."""
    with pytest.raises(ChartsError, match="AWS_REGION"):
        choose("iam", None, "https://api.example.org")


def test_iam_without_keys_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the message tells how to get them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ChartsError, match="no AWS credentials"):
        choose("iam", None, CLOUD)


def test_two_ways_at_once_are_refused() -> None:
    """A token and a signature would fight for one header."""
    with pytest.raises(ChartsError, match="leave out --token"):
        choose("iam", "s3cret", CLOUD)


def test_only_aws_hosts_name_a_region() -> None:
    """A host that only looks like API Gateway's gives no region."""
    assert region_of("https://x.execute-api.us-east-1.amazonaws.com") == "us-east-1"
    assert region_of("https://x.execute-api.us-east-1.amazonaws.com.evil.example") is None
