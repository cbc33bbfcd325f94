#!/usr/bin/env python3
"""Land a reading in a deployed stack and wait until its API serves it; the end of every deployment.

It reads the same HELIOGRAPH_ variables as the heliograph command (`terraform output -json environment`). Requests are
signed with the credentials of the environment, which an API without authorization ignores.
"""

import json
import os
import sys
import time
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


class SmokeSettings(msgspec.Struct, frozen=True):
    """Where to land, and where to ask."""

    bucket: str
    api: str


class NotServedError(HeliographError):
    """The reading wasn't served in time."""


def main() -> int:
    """Land, wait and say what was seen; give the exit status."""
    try:
        settings = load(SmokeSettings, os.environ)
        timestamp = land(settings)
        seconds = wait_until_served(settings.api, timestamp)
    except (HeliographError, BotoCoreError, ClientError, httpx2.HTTPError) as error:
        sys.stderr.write(f"smoke test failed: {error}\n")
        return 1
    sys.stdout.write(f"a reading of {_SITE} at {timestamp} was landed, and served {seconds:.1f} s later\n")
    return 0


def land(settings: SmokeSettings) -> str:
    """Put one reading of this minute into raw/; give its timestamp."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    timestamp = format_timestamp(now)
    reading = {"site_id": _SITE, "timestamp": timestamp, "energy_generated_kwh": 1.5, "energy_consumed_kwh": 0.25}
    key = raw_key("smoke", now, f"{now:%H%M}.json")
    Clients().s3().put_object(Bucket=settings.bucket, Key=key, Body=json.dumps([reading]).encode())
    return timestamp


def wait_until_served(api: str, timestamp: str) -> float:
    """Ask the API until it serves the reading; give how long it took, seconds.

    Raises:
        NotServedError: it didn't in time; the message has the last answer.
    """
    began = time.monotonic()
    url = f"{api}/records/{_SITE}?start={timestamp}&limit=1"
    while True:
        answer = httpx2.get(url, headers=signed(url), timeout=30)
        items = answer.json().get("items", []) if answer.is_success else []
        if items and items[0]["net_energy_kwh"] == 1.25:  # noqa: PLR2004 - what was landed
            return time.monotonic() - began
        if time.monotonic() - began > _WAIT_SECONDS:
            raise NotServedError(f"{url} last answered {answer.status_code} {answer.text[:300]}")
        time.sleep(_POLL_SECONDS)


def signed(url: str) -> dict[str, str]:
    """Give the headers of a signed GET."""
    session = get_session()
    request = AWSRequest("GET", url)
    region = session.get_config_variable("region")
    credentials = session.get_credentials()
    if credentials and region:
        SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return dict(request.headers.items())


if __name__ == "__main__":
    sys.exit(main())
