"""`heliograph` with a few things changed: Lambdas call the proxy, and what a killed worker held comes back soon.

`python -m chaos.up PROXY HIDDEN_SECONDS WATCH WORDS…`. They are so from the first moment on, after a crash too. WATCH
is `watch`, or anything else for one that only looks where it is asked to.
"""

import sys

import msgspec

from heliograph_cli.main import run
from local_stack import StackOptions, lifecycle
from local_stack.resources import INGEST_QUEUE, WATCH, Resources, resources
from local_stack.stack import Place


def divert(proxy: str, hidden_seconds: int, *, watch: bool) -> None:
    """Have every stack of this process made so."""

    def diverted(options: StackOptions, place: Place) -> Resources:
        found = resources(options, place)
        more = {"AWS_ENDPOINT_URL": proxy, "HELIOGRAPH_HIDDEN_SECONDS": str(hidden_seconds)}
        functions = tuple(
            msgspec.structs.replace(each, environment={**each.environment, **more}) for each in found.functions
        )
        queues = tuple(
            msgspec.structs.replace(each, visibility_seconds=hidden_seconds)
            if each.name in {INGEST_QUEUE, WATCH}
            else each
            for each in found.queues
        )
        schedules = tuple(msgspec.structs.replace(each, on=each.on and watch) for each in found.schedules)
        return msgspec.structs.replace(found, functions=functions, queues=queues, schedules=schedules)

    lifecycle.resources = diverted  # type: ignore[attr-defined]


if __name__ == "__main__":
    divert(sys.argv[1], int(sys.argv[2]), watch=sys.argv[3] == "watch")
    sys.argv[1:] = sys.argv[4:]
    run()
