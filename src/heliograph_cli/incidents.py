"""`heliograph incidents`: open and closed incidents."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated, Final

import msgspec
import typer

from heliograph.errors import HeliographError, ReadingError
from heliograph.incidents.messages import cost_of
from heliograph.incidents.model import Incident, IncidentState
from heliograph.reading import parse_site_id
from heliograph.storage.incidents import DynamoIncidentPages, listed_at
from heliograph.storage.pages import Page
from heliograph.table_keys import is_incident_id
from heliograph_cli.commands import Exit, WrongUse, command, group, make_app
from heliograph_cli.completion import complete_incident, complete_site
from heliograph_cli.show import out, print_json, print_table, say
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, find_target

_PAGE: Final = 500
_SHOWN: Final = 100

app = make_app()


class NoSuchIncident(HeliographError):
    """No incident has the id that was asked for."""


@group(app, invoke_without_command=True)
def open_now(context: typer.Context, state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Open and closed incidents.

    Without a command, list the open ones.

    Example: heliograph incidents
    """
    if context.invoked_subcommand is None:
        list_incidents(state_dir=state_dir, as_json=as_json)


@command(app, "list")
def list_incidents(
    state: Annotated[IncidentState, typer.Option(help="open, or closed.")] = "open",
    site: Annotated[str, typer.Option(help="Only this site's.", autocompletion=complete_site)] = "",
    day: Annotated[str, typer.Option(help="UTC day of the recovery, with --state closed; today unless given.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = _SHOWN,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """List incidents, latest first: those open, or those that recovered on a day; of one site, all that closed.

    Example: heliograph incidents list --state closed --day 2026-11-22
    """
    if day and (state == "open" or site):
        raise WrongUse("--day goes with --state closed and without --site only; leave it out")
    _check(site, day)
    found = list(islice(_listed(_store(state_dir), state, site, day), limit))
    if as_json:
        for each in found:
            print_json(_plain(each))
        return
    for line in (line for each in found for line in _lines(each)):
        say(line)
    if len(found) in {0, limit}:
        words = f"{state} incidents: the latest {limit}; more with --limit" if found else f"{state} incidents: none"
        out().print(words, highlight=False)


@command(app, meanings={Exit.FAILED: "no incident has that id"})
def show(
    incident_id: Annotated[
        str,
        typer.Argument(help="An incident's id, as `heliograph incidents` lists it.", autocompletion=complete_incident),
    ],
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Show one incident: observed value, onset, recovery, and when notifications were sent.

    Example: heliograph incidents show solar-007~stale~20261122T090500Z
    """
    found = _store(state_dir).get(incident_id) if is_incident_id(incident_id) else None
    if found is None:
        raise NoSuchIncident(f"there's no incident {incident_id}; see `heliograph incidents list`")
    if as_json:
        print_json(_plain(found))
    else:
        fields = _plain(found) | {
            "notified_as": ", ".join(found.notified_as),
            "evidence": ", ".join(each.id for each in found.evidence),
        }
        rows = [
            {"field": name, "value": str(value)} for name, value in fields.items() if value not in {"", False, None}
        ]
        print_table(found.id, rows)


def _store(state_dir: StateDir) -> DynamoIncidentPages:
    target, clients = find_target(state_dir)
    return DynamoIncidentPages(clients.dynamodb(), target.incidents_table)


def _check(site: str, day: str) -> None:
    try:
        if site:
            parse_site_id(site)
        if day:
            date.fromisoformat(day)
    except ReadingError as error:
        raise WrongUse(f"--site: {error}") from None
    except ValueError:
        raise WrongUse(f"--day: {day} isn't a date, such as 2026-11-22") from None


def _listed(store: DynamoIncidentPages, state: IncidentState, site: str, day: str) -> Iterator[Incident]:
    if state == "open":
        return iter(store.open_of_site(site)) if site else _pages(store.open, listed_at)
    if site:
        return _pages(lambda limit, after: store.closed_of_site(site, limit, after), lambda each: each.id)
    chosen = day or f"{datetime.now(UTC):%Y-%m-%d}"
    return _pages(lambda limit, after: store.closed(chosen, limit, after), listed_at)


def _pages(read: Callable[[int, str | None], Page[Incident]], place: Callable[[Incident], str]) -> Iterator[Incident]:
    """Read a list page after page, as far as it is asked for."""
    after = None
    while True:
        page = read(_PAGE, after)
        yield from page.items
        if not page.more:
            return
        after = place(page.items[-1])


def _lines(incident: Incident) -> Iterator[str]:
    """Yield what is wrong and its evidence in two lines; the id, which names site and rule, stays whole for copying."""
    evidence = sorted({each.rule for each in incident.evidence})
    beneath = f"; evidence: {', '.join(evidence)}" if evidence else ""
    until = f" until {incident.last}, recovered {incident.recovery}" if incident.recovery else ""
    yield f"{incident.severity}  {incident.id}"
    lost = f"; {cost_of(incident)}" if incident.lost_kwh else ""
    yield f"  since {incident.onset}{until}; {_notified(incident)}: {incident.message}{lost}{beneath}"


def _notified(incident: Incident) -> str:
    if incident.onset_notified_at:
        return f"notified {incident.onset_notified_at}"
    if incident.pending is None:
        return f"evidence of {incident.cause}" if incident.cause else "no notification"
    return "notification pending" if incident.at_once else "in the next daily digest"


def _plain(incident: Incident) -> dict[str, object]:
    """Return what is known of an incident, without what only later evaluations go by."""
    fields = msgspec.structs.asdict(incident)
    return {"state": incident.state, **{name: fields[name] for name in fields if not name.startswith("settled")}}
