"""`heliograph sites`: the registry."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from heliograph.errors import SiteError
from heliograph.site import Site, parse_sites
from heliograph.storage.clients import Clients
from heliograph.storage.sites import DynamoSites
from heliograph_cli.show import out, print_json, print_table, progress
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_PAGE: Final = 500

app = typer.Typer(help="The registry of sites.", no_args_is_help=True)


@app.command("load")
def load_sites(
    file: Annotated[Path, typer.Argument(help="JSON array of sites; only site_id is required.")],
    state_dir: StateDir = DEFAULT_STATE_DIR,
) -> None:
    """Register the sites of a file, replacing what is registered of them.

    Example: heliograph sites load sites.json
    """
    try:
        sites = parse_sites(file.read_bytes())
    except OSError as error:
        raise SiteError(f"{file} can't be read: {error.strerror}") from None
    target, clients = find_target(state_dir)
    register(sites, target, clients)
    out().print(f"{len(sites)} sites registered; readings that land from now on are judged by them")


@app.command("list")
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
        print_table(f"{len(sites)} sites", [msgspec.structs.asdict(site) for site in sites])


def register(sites: list[Site], target: Target, clients: Clients) -> None:
    """Put sites into the registry, with a progress bar."""
    store = _store(target, clients)
    with progress() as shown:
        for site in shown.track(sites, description="registering sites"):
            store.put(site)


def _store(target: Target, clients: Clients) -> DynamoSites:
    return DynamoSites(clients.dynamodb(), target.sites_table, target.ingests_table)


def _all_sites(store: DynamoSites) -> Iterator[Site]:
    after = None
    while True:
        page = store.page(_PAGE, after)
        yield from page.items
        if not page.more:
            return
        after = page.items[-1].site_id
