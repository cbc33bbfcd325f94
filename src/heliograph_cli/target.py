"""Which Heliograph a command talks to: the one that runs on this laptop, or one in the cloud.

In the cloud environment variables name it, named as the Lambdas' are; credentials are botocore's usual ones.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from heliograph.errors import HeliographError
from heliograph.settings import load
from heliograph.storage.clients import Clients

if TYPE_CHECKING:
    from local_stack import Stack

DEFAULT_STATE_DIR: Final = Path(".heliograph")

StateDir = Annotated[
    Path,
    typer.Option(help="Folder of the local stack.", envvar="HELIOGRAPH_STATE_DIR", show_default=True),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


class NothingRuns(HeliographError):
    """No local stack runs and no stack in the cloud is named."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A running Heliograph, as the commands need it; the names are those of its resources.

    The watch's queues may be unnamed: only its own dead letters are in them.
    """

    bucket: str
    readings_table: str
    sites_table: str
    ingestions_table: str
    incidents_table: str
    ingest_queue_url: str
    dead_letter_queue_url: str
    api: str
    watch_queue_url: str = ""
    watch_dead_letter_queue_url: str = ""


def find_target(state_dir: Path) -> tuple[Target, Clients]:
    """Return what to talk to, and clients for it: the cloud where HELIOGRAPH_BUCKET is set, else the local stack.

    Raises:
        NothingRuns: neither is there.
        SettingsError: the cloud is named in part only.
    """
    if "HELIOGRAPH_BUCKET" in os.environ:
        return load(Target, os.environ), Clients()
    # Imported only for a laptop: who talks to the cloud needn't wait for the embedded AWS's code.
    from local_stack import clients_for, find  # noqa: PLC0415

    stack = find(state_dir)
    if stack is None:
        raise NothingRuns(
            f"nothing runs on {state_dir.absolute()}; start it with `heliograph up`, name another folder by "
            "--state-dir, or set HELIOGRAPH_BUCKET and its like to talk to the cloud"
        )
    return target_of(stack), clients_for(stack)


def target_of(stack: "Stack") -> Target:
    """Return a local stack as a target."""
    return Target(
        bucket=stack.raw_bucket,
        readings_table=stack.readings_table,
        sites_table=stack.sites_table,
        ingestions_table=stack.ingestions_table,
        incidents_table=stack.incidents_table,
        ingest_queue_url=stack.ingest_queue,
        dead_letter_queue_url=stack.dead_letter_queue,
        api=stack.api,
        watch_queue_url=stack.watch_queue,
        watch_dead_letter_queue_url=stack.watch_dead_letter_queue,
    )
