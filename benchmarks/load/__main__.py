"""Ask an API of its own for a while, and print what it came to; the exit status is 1 where there was an error.

The clients come a few at a time; what is measured begins when all are there.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from heliograph_cli.api_access import sign_for
from heliograph_client import Client
from load.clients import ask_for
from load.fleet import send_a_day, site_ids
from load.report import lines
from local_stack import StackOptions, start

_TOGETHER: Final = 4
_WARM_SECONDS: Final = 2.0
ZIPS: Final = Path(__file__).resolve().parents[2] / "build" / "local"


def main() -> int:
    """Run clients against a stack of its own, which ends with them."""
    parser = argparse.ArgumentParser(prog="python -m load", description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sites", type=int, default=10)
    asked = parser.parse_args()
    sites = site_ids(asked.sites)
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(state_dir=Path(folder), zips=ZIPS, sites=1, schedule=False, watch=False)
        with start(options) as running:
            stack = running.stack
            with Client(stack.api, auth=sign_for(stack), timeout=60) as api:
                send_a_day(api, sites)
            # A client is a process of the engine's, which takes a second of a core to start: a few at a time.
            for some in range(_TOGETHER, asked.clients + _TOGETHER, _TOGETHER):
                ask_for(stack, sites, min(some, asked.clients), _WARM_SECONDS)
            began = time.perf_counter()
            answered = ask_for(stack, sites, asked.clients, asked.seconds)
            took = time.perf_counter() - began
    sys.stdout.write("\n".join(lines(answered, asked.clients, took)) + "\n")
    return 1 if any(each.fault for each in answered) or not answered else 0


if __name__ == "__main__":
    sys.exit(main())
