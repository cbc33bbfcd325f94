"""The queues of an earlier run, adapted to the next one.

The engine files each queue under a URL with its port: on another port it would find none of them, make new ones, and
the old queues' messages would be lost. And whoever had received a message ended with the last run, so none is waited
for: every message can be received at once. Work that this cut short is no fault of what was worked on, so a message
that may become a dead letter begins anew, with a new id: neither its receives nor its attempts count any more.
"""

import json
import re
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

_PORT: Final = re.compile(r"(?<=://)([^/:]+):\d+(?=/)")


def adapt(payload: dict[str, Any], port: int, now: float, *, without_events: bool = False) -> dict[str, Any]:
    """Return an engine's kept queues as they are to be on this port at `now`, seconds since 1970.

    without_events: leave out what S3 sent of objects, but not from dead letters. It is for a run that sends all that
    isn't done anew: what waits twice would be done twice.

    Raises:
        KeyError, TypeError, AttributeError: it isn't what an engine keeps.
    """
    queues, names = payload["queues"], payload["queue_name_to_url"]
    adapted = {_on(port, key): _adapted(queue, port, now) for key, queue in queues["data"].items()}
    if without_events:
        for queue in adapted.values():
            if "RedrivePolicy" in queue["attributes"]:
                queue["messages"] = [each for each in queue["messages"] if not _is_event(each["body"])]
    return {
        **payload,
        "queues": {**queues, "data": adapted},
        "queue_name_to_url": {**names, "data": {key: _on(port, url) for key, url in names["data"].items()}},
    }


def _adapted(queue: dict[str, Any], port: int, now: float) -> dict[str, Any]:
    messages = [{**message, "visible_at": min(message["visible_at"], now)} for message in queue["messages"]]
    if "RedrivePolicy" in queue["attributes"]:
        messages = [{**message, "id": str(uuid4()), "receive_count": 0} for message in messages]
    return {**queue, "url": _on(port, queue["url"]), "messages": messages}


def _on(port: int, url: str) -> str:
    return _PORT.sub(rf"\1:{port}", url)


def _is_event(body: str) -> bool:
    with suppress(ValueError, TypeError, KeyError, IndexError):
        return bool(json.loads(body)["Records"][0]["eventSource"] == "aws:s3")
    return False
