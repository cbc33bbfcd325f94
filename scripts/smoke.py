#!/usr/bin/env python3
"""Land a reading in a deployed stack and wait until its API serves it; the end of every deployment.

It reads the same HELIOGRAPH_ variables as the heliograph command (`terraform output -json environment`). The API is
asked what it wants: requests are signed with the credentials of the environment where that is IAM. Where it is a token,
HELIOGRAPH_API_TOKEN holds one, or HELIOGRAPH_API_TOKEN_REQUEST says how to get one from its issuer: a JSON object with
`url` and the fields of an OAuth 2.0 client credentials grant (RFC 6749, 4.4), such as `client_id` and `client_secret`.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.errors import HeliographError
from heliograph.object_keys import raw_key
from heliograph.reading import format_timestamp
from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph_client import ONCE, ApiError, Client, CredentialsMissing
from heliograph_client.connection import make_http
from heliograph_client.resources import READINGS

_SITE: Final = "smoke-test"
_WAIT_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 1.0
_SHOWN: Final = 300  # characters of the last answer


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
        with make_http(url) as http:
            answer = http.post(url, data={"grant_type": "client_credentials", **fields})
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
        NoTokenError: the API wants what isn't there, which waiting doesn't change.
    """
    began = time.monotonic()
    while True:
        answer = ask(settings, timestamp)
        if answer is None:
            return time.monotonic() - began
        if time.monotonic() - began > settings.wait:
            raise NotServedError(f"{settings.api} last answered: {answer}")
        time.sleep(_POLL_SECONDS)


def ask(settings: SmokeSettings, timestamp: str) -> str | None:
    """Ask the API once; return None where it has the reading, else what it answers.

    An API that was made a moment ago has no address yet, or not yet its authorization: each time all is asked anew.

    Raises:
        NoTokenError: as above.
    """
    try:
        with Client(settings.api, token=settings.api_token, retry=ONCE) as client:
            page = client.get(f"{READINGS}/{_SITE}", dict[str, Any], start=timestamp, limit=1)
        served = [(item["timestamp"], item["net_energy_kwh"]) for item in page["items"]]
    except CredentialsMissing as error:
        other = "or say by HELIOGRAPH_API_TOKEN_REQUEST how to get a token (in GitHub, API_TOKEN_REQUEST)"
        raise NoTokenError(f"{error}; {other}") from None
    except (ApiError, KeyError) as error:
        return str(error)[:_SHOWN]
    return None if (timestamp, 1.25) in served else f"{served[:1]}"


if __name__ == "__main__":
    sys.exit(main())
