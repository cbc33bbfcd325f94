"""The sender: a logger that keeps each file until it is told that it was taken, by whichever way it sends it."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chaos.feed import File, Way
from chaos.ledger import Landing, Ledger
from heliograph.object_keys import raw_key
from heliograph_cli.api_access import sign_for
from local_stack import Stack, StackError
from local_stack.clients import make_session
from local_stack.stack import secret_of

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_TYPES: Final = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
_TRY_AGAIN_SECONDS: Final = 0.2
_GIVE_UP_SECONDS: Final = 240.0
_SUBMIT_SECONDS: Final = 60.0
_ACCEPTED: Final = 202
_COMMAND: Final = str(Path(sys.executable).with_name("heliograph"))
_FULL: Final = 507


class NotTaken(Exception):
    """The answer was no, or none came. full: whether it was that the disk is full."""

    def __init__(self, why: str, *, full: bool = False) -> None:
        """Say why."""
        super().__init__(why)
        self.full = full


class Client:
    """Lands files, one after the other, and writes into the ledger what it was told.

    full: how often it was told, by each way, that the disk is full. tries: how often anything was sent. by_key: every
    name that a file was sent under, so far as the sender chose it. perhaps: files whose `submit` failed.
    """

    def __init__(self, ledger: Ledger, endpoint: str, folder: Path) -> None:
        """Keep where S3 is called, and the stack's folder for the command."""
        self.full: Counter[Way] = Counter()
        self.tries = 0
        self.by_key: dict[str, File] = {}
        self.by_body: dict[bytes, File] = {}
        self.perhaps: list[File] = []
        self._ledger = ledger
        self._endpoint = endpoint
        self._folder = folder
        self._outbox = folder.with_name("outbox")
        self._began = datetime.now(UTC)
        self._s3: S3Client | None = None
        self._http = httpx2.Client(trust_env=False, timeout=60)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def land(self, file: File, stack: Callable[[], Stack]) -> Landing | None:
        """Send a file until it is taken. stack: gives what runs, starting it anew where it has died.

        Returns:
            None where the disk is full: the sender keeps the file for later.

        Raises:
            AssertionError: nobody took it in four minutes.
        """
        self._ledger.sending(file)
        self.by_body[file.body] = file
        send = {"s3": self._put, "post": self._post, "submit": self._submit}[file.way]
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while True:
            sent = time.time()
            self.tries += 1
            try:
                key, version = send(file, stack())
            except NotTaken as error:
                if error.full:
                    self.full[file.way] += 1
                    return None
                if time.monotonic() > deadline:
                    raise AssertionError(f"nobody took {file.name}: {error}") from error
                time.sleep(_TRY_AGAIN_SECONDS)
            else:
                self.by_key[key] = file
                landing = Landing(file, key, version, sent, time.time())
                self._ledger.taken(landing)
                return landing

    def _put(self, file: File, stack: Stack) -> tuple[str, str]:
        key = raw_key("chaos", self._began, file.name)
        self.by_key[key] = file
        try:
            answer = self._bucket(stack).put_object(Bucket=stack.raw_bucket, Key=key, Body=file.body)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise NotTaken(str(error), full=status == _FULL) from None
        except BotoCoreError as error:
            raise NotTaken(str(error)) from None
        return key, answer["VersionId"]

    def _post(self, file: File, stack: Stack) -> tuple[str, str]:
        kind = "application/gzip" if file.name.endswith(".gz") else _TYPES[file.name.rpartition(".")[2]]
        try:
            answer = self._http.post(
                f"{stack.api}/readings", content=file.body, headers={"Content-Type": kind}, auth=sign_for(stack)
            )
        except (httpx2.TransportError, StackError) as error:
            raise NotTaken(str(error)) from None
        if answer.status_code != _ACCEPTED:
            raise NotTaken(f"{answer.status_code} {answer.text[:300]}", full=answer.status_code == _FULL)
        return answer.json()["object_key"], ""

    def _submit(self, file: File, stack: Stack) -> tuple[str, str]:
        del stack  # the command finds it by itself
        self._outbox.mkdir(exist_ok=True)
        path = self._outbox / file.name
        path.write_bytes(file.body)
        words = [_COMMAND, "submit", "--json", "--state-dir", str(self._folder), str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_SUBMIT_SECONDS)  # noqa: S603
        if done.returncode:
            self.perhaps.append(file)
            raise NotTaken(f"exit {done.returncode}: {done.stderr}", full="disk" in done.stderr)
        return json.loads(done.stdout)["object_key"], ""

    def _bucket(self, stack: Stack) -> "S3Client":
        """Return a client that tries once: how often and when is what the ledger wants to know."""
        if self._s3 is None:
            once = Config(
                retries={"total_max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"}, read_timeout=60
            )
            made: Any = make_session(stack.region, secret_of(stack)).create_client(
                "s3", endpoint_url=self._endpoint, config=once
            )
            self._s3 = made
        return self._s3
