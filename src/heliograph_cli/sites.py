"""`heliograph sites`: the registry."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from heliograph.fact import SITES_A_FACT, registered
from heliograph.formatting import count
from heliograph.site import Site
from heliograph.site_entries import parse_sites
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.objects import S3Facts
from heliograph.storage.sites import DynamoSites
from heliograph_cli.commands import Exit, command, group, make_app, read
from heliograph_cli.show import out, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_PAGE: Final = 500

app = make_app(no_args_is_help=True)


@group(app)
def _sites() -> None:
    """The registry of sites.

    Example: heliograph sites list
    """


@command(app, "load", meanings={Exit.FAILED: "the file holds no sites, and the first mistake is named"})
def load_sites(
    file: Annotated[Path, typer.Argument(help="JSON array of sites, or CSV; only site_id is required.")],
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Register the sites of a file, replacing what is registered of them.

    Example: heliograph sites load sites.json
    """
    sites = parse_sites(read(file))
    target, clients = find_target(state_dir)
    register(sites, target, clients)
    if as_json:
        print_json({"sites": len(sites)})
    else:
        out().print(f"{count(len(sites), 'site')} registered; readings that land from now on are checked by them")


@command(app, "list")
def list_sites(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """List the registered sites, and those only known from their readings.

    Example: heliograph sites list --json
    """
    target, clients = find_target(state_dir)
    sites = list(_all_sites(_store(target, clients)))
    if as_json:
        for site in sites:
            print_json(msgspec.structs.asdict(site))
    else:
        print_table(f"{count(len(sites), 'site')}", _rows(sites))


def _rows(sites: list[Site]) -> list[dict[str, object]]:
    """Return the sites' fields; those that no site has would only narrow the others."""
    rows = [
        {name: " ".join(value) or None if isinstance(value, tuple) else value for name, value in fields.items()}
        for fields in map(msgspec.structs.asdict, sites)
    ]
    empty = {name for name in (rows[0] if rows else ()) if all(row[name] is None for row in rows)}
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


def register(sites: list[Site], target: Target, clients: Clients, name: str = "") -> None:
    """Put sites into the registry, with a progress bar; first what is said of them becomes facts.

    name: what the facts are called, so that the same sites again are the same facts; new ones where empty.
    """
    store, facts = _store(target, clients), S3Facts(clients.s3, target.bucket)
    who, now = clients.who(), datetime.now(UTC)
    for number, some in enumerate(batched(sites, SITES_A_FACT)):
        facts.add(registered(some, who, now, f"{name}-{number}" if name else ""))
    with progress() as shown:
        for site in shown.track(sites, description="registering sites"):
            store.put(site)


def _store(target: Target, clients: Clients) -> DynamoSites:
    return DynamoSites(clients.dynamodb(), target.sites_table, target.ingestions_table)


def _all_sites(store: DynamoSites) -> Iterator[Site]:
    after = None
    while True:
        page = store.page(_PAGE, after)
        yield from page.items
        if not page.more:
            return
        after = page.items[-1].site_id
