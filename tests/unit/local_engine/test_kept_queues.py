"""The engine's kept queues are found again on another port, and nobody who is gone is waited for."""

import json
from typing import Any

from local_engine.restoring import adapt

NOW = 1_000_000.0
EVENT = json.dumps({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "raw/a"}}}]})


def kept(port: int, visible_at: float, *bodies: str, redrive: bool = False) -> dict[str, Any]:
    """Return a queue with messages as the engine keeps it. redrive: whether it has dead letters elsewhere."""
    url = f"http://localhost:{port}/000000000000/ingest"
    messages = [
        {"id": "first", "body": body, "visible_at": visible_at, "receive_count": 1}
        for body in bodies or (f"a file from http://localhost:{port}/",)
    ]
    attributes = {"RedrivePolicy": "{}"} if redrive else {}
    queue = {"name": "ingest", "url": url, "attributes": attributes, "messages": messages}
    return {
        "queues": {"__account_region_scoped__": True, "data": {f"0\x00eu-west-1\x00'{url}'": queue}},
        "queue_name_to_url": {"__account_region_scoped__": True, "data": {"0\x00eu-west-1\x00'ingest'": url}},
    }


def messages(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of the only queue."""
    (queue,) = payload["queues"]["data"].values()
    found: list[dict[str, Any]] = queue["messages"]
    return found


def test_queues_move_to_the_new_port() -> None:
    """Key, URL and name all point to the new port; message bodies stay as they were sent."""
    moved = adapt(kept(4001, 0), 4002, NOW)
    assert moved == kept(4002, 0, "a file from http://localhost:4001/")


def test_a_message_in_flight_is_given_out_at_once() -> None:
    """Whoever had received it ended with the last run; one that could be received already stays as it is."""
    (message,) = messages(adapt(kept(1, NOW + 300), 1, NOW))
    assert message["visible_at"] == NOW
    assert message["receive_count"] == 1
    assert adapt(kept(1, NOW - 5), 1, NOW) == kept(1, NOW - 5)


def test_work_that_an_end_cut_short_is_no_attempt() -> None:
    """A message that may become a dead letter begins anew, by the count of its receives and by its id."""
    (message,) = messages(adapt(kept(1, NOW + 300, EVENT, redrive=True), 1, NOW))
    assert message["receive_count"] == 0
    assert message["id"] != "first"
    assert message["body"] == EVENT
    (dead,) = messages(adapt(kept(1, 0, EVENT), 1, NOW))
    assert dead["id"] == "first"


def test_what_is_sent_anew_does_not_wait_twice() -> None:
    """After a crash, events of objects leave the queue that feeds the processor; nothing else, and no dead letter."""
    fed = kept(1, 0, EVENT, "by hand", "[1]", redrive=True)
    assert [each["body"] for each in messages(adapt(fed, 1, NOW, without_events=True))] == ["by hand", "[1]"]
    assert len(messages(adapt(fed, 1, NOW))) == 3
    assert len(messages(adapt(kept(1, 0, EVENT), 1, NOW, without_events=True))) == 1
