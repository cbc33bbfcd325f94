"""The engine's kept queues are found again on another port, and nobody who is gone is waited for."""

import json
from pathlib import Path
from typing import Any

from local_stack.kept_queues import mend, mend_queues

NOW = 1_000_000.0


def kept(port: int, visible_at: float) -> dict[str, Any]:
    """Give a queue with one message as the engine keeps it."""
    url = f"http://localhost:{port}/000000000000/ingest"
    message = {"body": f"a file from http://localhost:{port}/", "visible_at": visible_at, "receive_count": 1}
    queue = {"name": "ingest", "url": url, "messages": [message]}
    return {
        "__ministack_format__": 2,
        "payload": {
            "queues": {"__account_region_scoped__": True, "data": {f"0\x00eu-west-1\x00'{url}'": queue}},
            "queue_name_to_url": {"__account_region_scoped__": True, "data": {"0\x00eu-west-1\x00'ingest'": url}},
        },
    }


def test_queues_move_to_the_new_port() -> None:
    """Key, URL and name all point to the new port; message bodies stay as they were sent."""
    moved = mend(kept(4001, 0), 4002, NOW)
    expected = kept(4002, 0)
    queue = next(iter(expected["payload"]["queues"]["data"].values()))
    queue["messages"][0]["body"] = "a file from http://localhost:4001/"
    assert moved == expected


def test_a_message_in_flight_is_given_out_at_once() -> None:
    """Whoever had received it ended with the last run; one that could be received already stays as it is."""
    (queue,) = mend(kept(1, NOW + 300), 1, NOW)["payload"]["queues"]["data"].values()
    assert queue["messages"][0]["visible_at"] == NOW
    assert queue["messages"][0]["receive_count"] == 1
    assert mend(kept(1, NOW - 5), 1, NOW) == kept(1, NOW - 5)


def test_the_file_is_mended_in_place(tmp_path: Path) -> None:
    """The engine's own file is replaced; where there is none, there is nothing to do."""
    mend_queues(tmp_path, 4002)
    assert not list(tmp_path.iterdir())
    (tmp_path / "sqs.json").write_text(json.dumps(kept(4001, 0)))
    mend_queues(tmp_path, 4002)
    assert ":4002/" in (tmp_path / "sqs.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["sqs.json"]
