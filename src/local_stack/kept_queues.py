"""What an engine kept of its queues, made right for the next run.

The engine files each queue under a URL with its port: on another port it would find none of them, make new ones, and
the old queues' messages would be lost. And whoever had received a message ended with the last run, so none is waited
for: every message can be received at once.
"""

import json
import re
import time
from pathlib import Path
from typing import Any, Final

_PORT: Final = re.compile(r"(?<=://)([^/:]+):\d+(?=/)")


def mend_queues(state: Path, port: int) -> None:
    """Mend the queues that the engine keeps in `state`, for a run on this port."""
    kept = state / "sqs.json"
    if not kept.exists():
        return
    mended = mend(json.loads(kept.read_bytes()), port, time.time())
    unfinished = kept.with_suffix(".new")
    unfinished.write_text(json.dumps(mended))
    unfinished.replace(kept)


def mend(state: dict[str, Any], port: int, now: float) -> dict[str, Any]:
    """Give an engine's kept queues as they are to be on this port at `now`, seconds since 1970."""
    payload = dict(state["payload"])
    queues, names = payload["queues"], payload["queue_name_to_url"]
    mended = {_on(port, key): _mended(queue, port, now) for key, queue in queues["data"].items()}
    payload["queues"] = {**queues, "data": mended}
    payload["queue_name_to_url"] = {**names, "data": {key: _on(port, url) for key, url in names["data"].items()}}
    return {**state, "payload": payload}


def _mended(queue: dict[str, Any], port: int, now: float) -> dict[str, Any]:
    messages = [{**message, "visible_at": min(message["visible_at"], now)} for message in queue["messages"]]
    return {**queue, "url": _on(port, queue["url"]), "messages": messages}


def _on(port: int, url: str) -> str:
    return _PORT.sub(rf"\1:{port}", url)
