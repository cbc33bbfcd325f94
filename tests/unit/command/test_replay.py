"""`heliograph replay` over a fake bucket: what is sent, in which order, and what a key that can't be listed does."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from heliograph.events import landed_objects
from heliograph.storage.clients import Clients
from heliograph_cli import replay, show
from heliograph_cli.main import app
from heliograph_cli.target import Target
from unit.core.test_listing import BAD, KEYS, s3_of

TARGET = Target(**dict.fromkeys(Target.__struct_fields__, "name"))


class FakeQueues:
    """The clients of a bucket, and queues that keep what is sent."""

    def __init__(self, bucket: Clients) -> None:
        """Begin empty."""
        self._bucket = bucket
        self.sent: list[str] = []

    def s3(self, attempts: int = 1) -> object:
        """Return the bucket's client."""
        return self._bucket.s3(attempts)

    def sqs(self) -> "FakeQueues":
        """Return itself as the client."""
        return self

    def receive_message(self, **_: object) -> dict[str, Any]:
        """Return no dead letter."""
        return {}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - SQS's own parameters
        """Note the keys that are sent."""
        for entry in request["Entries"]:
            self.sent += [landed.key for landed in landed_objects(entry["MessageBody"])]
        return {}


def test_one_key_that_can_t_be_listed_stops_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All other files are sent, in the order of their keys; the folder is named; --resume goes on behind the last."""
    queues = FakeQueues(s3_of([*KEYS, BAD], encodes=False))
    monkeypatch.setattr(replay, "find_target", lambda _: (TARGET, queues))
    show.err.cache_clear()
    show.out.cache_clear()
    noted = tmp_path / "noted"
    result = CliRunner().invoke(app, ["replay", "--rate", "1000", "--resume", str(noted)])
    assert result.exit_code == 0, result.output
    assert queues.sent == KEYS
    assert "a key below raw/a/2026/11/28/ can't be listed" in " ".join(result.output.split())
    noted.write_text(KEYS[1])
    show.out.cache_clear()
    show.err.cache_clear()
    assert CliRunner().invoke(app, ["replay", "--rate", "1000", "--resume", str(noted)]).exit_code == 0
    assert queues.sent == [*KEYS, *KEYS[2:]]
