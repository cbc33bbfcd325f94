#!/usr/bin/env python3
"""Draws charts of what a Heliograph API holds: `python visualization/visualize.py --api http://127.0.0.1:8000`.

It asks the API only, so it works alike for a laptop and the cloud, and saves to visualization/charts/: pages to point
at and zoom, pictures to send on, and an index.html that tells of the fleet and links them all.
"""

import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Final, get_args

try:
    import msgspec
    import typer
    from altair.utils.schemapi import debug_mode
    from rich.progress import Progress

    import theme
    from drawing import Drawing, Fleet, range_and_source
    from figures import FLEET_FIGURES, SITE_FIGURES
    from gather import ChartRequest, bars, gather
    from heliograph.errors import HeliographError
    from heliograph.formatting import count
    from heliograph_client import Client, Scheme
    from heliograph_client.auth import TOKEN_VARIABLE
    from heliograph_client.client import ADDRESS_VARIABLE
    from heliograph_client.connection import check_address
    from pages import Folder, Group, OutputFormat, Saved, save_group, site_card, write_index
    from series import LeaveOut, SiteSeries
    from zones import ChartsError, PeriodBound, in_utc, parse_bound, require_order
except ModuleNotFoundError as missing:
    sys.exit(f"error: {missing.name} is not installed: pip install '.[charts]' in the clone")

CHARTS: Final = Path(__file__).resolve().parent / "charts"

_FORMATS: Final[tuple[OutputFormat, ...]] = get_args(OutputFormat)

_Api = Annotated[
    str, typer.Option("--api", metavar="URL", envvar=ADDRESS_VARIABLE, help="The API's address, local or cloud.")
]
_Start = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN", help="First day (2016-08-01, the site's own) or moment with offset. Default: the first reading."
    ),
]
_End = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Day or moment to stop before. Default: the last reading.")
]
_Sites = Annotated[
    list[str] | None, typer.Option("--site", metavar="ID", help="Only this site; may be given again. Default: all.")
]
_Out = Annotated[Path, typer.Option(help="Folder to save to.", file_okay=False)]
_Formats = Annotated[str, typer.Option("--format", metavar="LIST", help="html, png, or both with a comma.")]
_Auth = Annotated[
    Scheme,
    typer.Option(help="What the API asks for: an AWS signature (iam), a token (jwt), nothing; auto: it is asked."),
]
_Token = Annotated[str | None, typer.Option(metavar="TOKEN", envvar=TOKEN_VARIABLE, help="Bearer token to send.")]
_LeaveOut = Annotated[LeaveOut, typer.Option(help="Readings the sums leave out: those with a critical flag, or any.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the files' paths as JSON.")]

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class Job(msgspec.Struct, frozen=True):
    """Where to read, what, and where and how to save it."""

    api: str
    auth: Scheme
    token: str | None
    asked: ChartRequest
    out: Path
    formats: tuple[OutputFormat, ...]


@app.command()
def visualize(  # noqa: PLR0913 - one argument an option
    *,
    api: _Api,
    start: _Start = None,
    end: _End = None,
    site: _Sites = None,
    out: _Out = CHARTS,
    formats: _Formats = "html,png",
    auth: _Auth = "auto",
    token: _Token = None,
    leave_out: _LeaveOut = "critical",
    as_json: _Json = False,
) -> None:
    """Draw what a Heliograph API holds: each site's energy, hours, completeness and incidents, and the fleet's."""
    try:
        _require_one_way(auth, token)
        asked = _asked(start, end, site, leave_out)
        job = Job(check_address(api), auth, token or None, asked, out, _chosen(formats))
        saved, index = draw(job)
    except (ChartsError, HeliographError) as error:
        typer.echo(f"error: {_one_line(str(error))}", err=True)
        raise typer.Exit(1) from error
    paths = list(dict.fromkeys(str(path) for chart in saved for path in chart.files))
    typer.echo(json.dumps({"charts": paths, "index": str(index)}) if as_json else _listing(saved, index))


def draw(job: Job) -> tuple[list[Saved], Path]:
    """Read the API, draw every chart and save it; return the charts and the page that links them.

    Raises:
        ChartsError: there is nothing to draw, or the folder can't be written.
        ApiError: the API can't be read.
    """
    theme.enable()
    with bars() as progress, Client(job.api, auth=job.auth, token=job.token) as client:
        sites = gather(client, job.asked, progress)
        fleet = Fleet(sites, job.api, _as_of(sites, job.asked.end, datetime.now(UTC)))
        # Altair checks each row it is given against its schema, which takes longer than drawing it; the tests check.
        with debug_mode(arg=False):
            saved = _save_all(fleet, job, progress)
    return saved, write_index(job.out, saved, fleet)


def _save_all(fleet: Fleet, job: Job, progress: Progress) -> list[Saved]:
    groups = [(_fleet_group(fleet), _of_fleet)] + [
        (_site_group(site, fleet), partial(_of_site, site)) for site in fleet.sites
    ]
    task = progress.add_task("Drawing", total=len(groups), note="")
    saved: list[Saved] = []
    folder = Folder(job.out, job.formats)
    for group, drawn in groups:
        saved.extend(save_group(group, drawn(fleet), folder))
        progress.update(task, advance=1, note=f"{len(saved):,} charts")
    return saved


def _fleet_group(fleet: Fleet) -> Group:
    return Group("fleet", f"The fleet: {count(len(fleet.sites), 'site')}", range_and_source(fleet))


def _site_group(series: SiteSeries, fleet: Fleet) -> Group:
    card = site_card(series, fleet)
    return Group(f"site-{card.site_id}", card.site_id, f"{card.kind}  ·  {card.status}  ·  last reading {card.last}")


def _of_fleet(fleet: Fleet) -> list[Drawing]:
    return [drawing for drawing in (figure(fleet) for figure in FLEET_FIGURES) if drawing is not None]


def _of_site(series: SiteSeries, fleet: Fleet) -> list[Drawing]:
    return [drawing for drawing in (figure(series, fleet) for figure in SITE_FIGURES) if drawing is not None]


def _as_of(sites: tuple[SiteSeries, ...], end: PeriodBound, now: datetime) -> datetime:
    """Return the moment up to which was read: now, or the latest of the sites' own ends where that is past."""
    ends = [moment for site in sites if (moment := in_utc(end, site.zone)) is not None]
    return min(now, max(ends)) if ends else now


def _asked(start: str | None, end: str | None, sites: list[str] | None, leave_out: LeaveOut) -> ChartRequest:
    first, until = parse_bound(start), parse_bound(end)
    require_order(first, until)
    return ChartRequest(tuple(sites or ()), first, until, leave_out)


def _require_one_way(auth: Scheme, token: str | None) -> None:
    if auth == "iam" and token:
        raise ChartsError(f"--auth iam signs with AWS keys: leave out --token and unset {TOKEN_VARIABLE}")


def _chosen(formats: str) -> tuple[OutputFormat, ...]:
    names = {name.strip().lower() for name in formats.split(",")}
    if not names <= set(_FORMATS):
        raise ChartsError(f"--format {formats!r} is none of: {', '.join(_FORMATS)}, or both with a comma")
    return tuple(kind for kind in _FORMATS if kind in names)


def _one_line(text: str) -> str:
    """Keep what an API answers from moving the cursor or filling the screen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:500]


def _listing(saved: list[Saved], index: Path) -> str:
    return f"Saved {len(saved):,} charts; open {index}"


if __name__ == "__main__":
    app()
