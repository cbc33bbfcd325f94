#!/usr/bin/env python3
"""Land a reading in a deployed stack and wait until its API serves it; the end of every deployment.

It reads the same HELIOGRAPH_ variables as the heliograph command (`terraform output -json environment`). Requests are
signed with the credentials of the environment, which an API without authorization ignores. Where the API wants tokens,
HELIOGRAPH_API_TOKEN holds one, or HELIOGRAPH_API_TOKEN_REQUEST says how to get one from its issuer: a JSON object with
`url` and the fields of an OAuth 2.0 client credentials grant (RFC 6749, 4.4), such as `client_id` and `client_secret`.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import httpx2
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from heliograph.errors import HeliographError
from heliograph.object_keys import raw_key
from heliograph.reading import format_timestamp
from heliograph.settings import load
from heliograph.storage.clients import Clients

_SITE: Final = "smoke-test"
_WAIT_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 30.0


class SmokeSettings(msgspec.Struct, frozen=True):
    """Where to land, and where to ask. wait: how long the reading may take, seconds.

    api_token: sent as it is. api_token_request: how to get one, where there is none.
    """

    bucket: str
    api: str
    api_token: str = ""
    api_token_request: str = ""
    wait: float = _WAIT_SECONDS


class NoTokenError(HeliographError):
    """The API wants a token, and there is none."""


class NotServedError(HeliographError):
    """The reading wasn't served in time."""


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Land, wait and say what was seen; return the exit status."""
    try:
        settings = with_token(load(SmokeSettings, environment))
        timestamp = land(settings)
        seconds = wait_until_served(settings, timestamp)
    except (HeliographError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"smoke test failed: {error}\n")
        return 1
    sys.stdout.write(f"a reading of {_SITE} at {timestamp} was landed, and served {seconds:.1f} s later\n")
    return 0


def with_token(settings: SmokeSettings) -> SmokeSettings:
    """Return the settings with a token, asked of its issuer where they say how.

    Raises:
        NoTokenError: the request isn't a JSON object with a URL, or the issuer gave no token.
    """
    if settings.api_token or not settings.api_token_request:
        return settings
    try:
        fields = msgspec.json.decode(settings.api_token_request, type=dict[str, str])
        url = fields.pop("url")
    except (msgspec.MsgspecError, KeyError) as error:
        reason = f"HELIOGRAPH_API_TOKEN_REQUEST isn't a JSON object of text with a `url`: {error}"
        raise NoTokenError(reason) from None
    try:
        answer = httpx2.post(
            url,
            trust_env=not on_this_machine(httpx2.URL(url)),
            data={"grant_type": "client_credentials", **fields},
            timeout=_ANSWER_SECONDS,
        )
        token = answer.raise_for_status().json()["access_token"]
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        raise NoTokenError(f"{url} gave no access_token: {error}") from None
    return msgspec.structs.replace(settings, api_token=token)


def land(settings: SmokeSettings) -> str:
    """Put one reading of this second into raw/; return its timestamp."""
    now = datetime.now(UTC).replace(microsecond=0)
    timestamp = format_timestamp(now)
    reading = {"site_id": _SITE, "timestamp": timestamp, "energy_generated_kwh": 1.5, "energy_consumed_kwh": 0.25}
    key = raw_key("smoke", now, f"{now:%H%M%S}.json")
    Clients().s3().put_object(Bucket=settings.bucket, Key=key, Body=json.dumps([reading]).encode())
    return timestamp


def wait_until_served(settings: SmokeSettings, timestamp: str) -> float:
    """Ask the API until it serves the reading; return how long it took, seconds.

    Raises:
        NotServedError: it didn't in time; the message has the last answer.
        NoTokenError: the API refuses who asks, which waiting doesn't change where a token is what it wants.
    """
    began = time.monotonic()
    request = asked(settings, timestamp)
    while True:
        served, answer = ask(request, timestamp)
        if served:
            return time.monotonic() - began
        if answer.startswith("401") and not settings.api_token:
            what = "set HELIOGRAPH_API_TOKEN, or HELIOGRAPH_API_TOKEN_REQUEST (in GitHub, API_TOKEN_REQUEST)"
            raise NoTokenError(f"{request.url} wants a token: {what}; it answered {answer}")
        if time.monotonic() - began > settings.wait:
            raise NotServedError(f"{request.url} last answered {answer}")
        time.sleep(_POLL_SECONDS)


def asked(settings: SmokeSettings, timestamp: str) -> httpx2.Request:
    """Return the request for the reading; how it is authorized is added each time it is sent."""
    headers = {"Authorization": f"Bearer {settings.api_token}"} if settings.api_token else {}
    query = {"start": timestamp, "limit": "1"}
    return httpx2.Request("GET", f"{settings.api}/readings/{_SITE}", params=query, headers=headers)


def ask(request: httpx2.Request, timestamp: str) -> tuple[bool, str]:
    """Send the request; tell whether the answer has the reading, and return it in short.

    An API that was made a moment ago has no address yet, so one that can't be reached may be there later.
    """
    try:
        with httpx2.Client(timeout=_ANSWER_SECONDS, trust_env=not on_this_machine(request.url)) as client:
            answer = client.send(here(signed(request)))
        items = answer.json().get("items", []) if answer.is_success else []
    except (httpx2.HTTPError, ValueError) as error:
        return False, str(error)
    served = any(item["timestamp"] == timestamp and item["net_energy_kwh"] == 1.25 for item in items)  # noqa: PLR2004 - what was landed
    return served, f"{answer.status_code} {answer.text[:300]}"


def signed(request: httpx2.Request) -> httpx2.Request:
    """Sign a request with the environment's credentials, unless it is authorized already or there are none."""
    session = get_session()
    region, credentials = session.get_config_variable("region"), session.get_credentials()
    if "Authorization" in request.headers or not (region and credentials):
        return request
    # The query goes in apart: only then is it encoded as AWS encodes it before it checks the signature.
    bare = str(request.url.copy_with(query=None))
    aws = AWSRequest("GET", bare, params=dict(request.url.params))
    SigV4Auth(credentials, "execute-api", region).add_auth(aws)
    return httpx2.Request("GET", request.url, headers=dict(aws.headers.items()))


def here(request: httpx2.Request) -> httpx2.Request:
    """Send what is asked of a name under localhost to this machine: not every resolver knows that rule (RFC 6761)."""
    if not on_this_machine(request.url):
        return request
    # The headers name the host already, and keep naming it.
    return httpx2.Request("GET", request.url.copy_with(host="127.0.0.1"), headers=request.headers)


def on_this_machine(url: httpx2.URL) -> bool:
    """Return whether a URL names this machine."""
    return url.host in {"localhost", "127.0.0.1"} or url.host.endswith(".localhost")


if __name__ == "__main__":
    sys.exit(main())
