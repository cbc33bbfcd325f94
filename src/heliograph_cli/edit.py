"""`heliograph edit`: correct a site's readings, list and show what was corrected, and undo it, all by the API."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import uuid4

import msgspec
import typer

from heliograph.edits.model import Action
from heliograph.errors import SettingsError
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.formatting import count, exact
from heliograph.reading import Measures
from heliograph.storage.edits import DynamoEdits
from heliograph.storage.objects import S3Facts
from heliograph.storage.queues import SqsQueue
from heliograph_cli.api_access import Address, Auth, Token, client_of
from heliograph_cli.commands import Exit, command, group, make_app, require_consent
from heliograph_cli.completion import complete_site
from heliograph_cli.edit_options import in_utc, read_decimal, read_seconds
from heliograph_cli.show import print_json, print_table, say
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, find_target
from heliograph_client import ApiEdit, NewEdit

_SITES_A_JOB: Final = 25
_SITE: Final = typer.Argument(help="The site's name.", autocompletion=complete_site)
_ID: Final = typer.Argument(help="An edit's id, as `heliograph edit list SITE` gives it.")
_NOT_THERE: Final = {Exit.FAILED: "no edit has that id"}
_Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]

app = make_app(no_args_is_help=True)


@group(app)
def _edits() -> None:
    """Correct readings; list, show and undo corrections.

    What was measured is kept.

    Example: heliograph edit list solar-007
    """


@command(app, "add", meanings={Exit.FAILED: "the edit can't be made, and what to correct is named; or you said no"})
def add_edit(
    site: Annotated[str, _SITE],
    action: Annotated[
        Action,
        typer.Argument(
            help="exclude: the values aren't used. accept: flags are wrong, the values right. set: each interval has "
            "these values. scale: each value times a factor. shift: each value belongs to another time."
        ),
    ],
    begin: Annotated[
        str, typer.Option("--from", help="Intervals that end after this: a date or a time, local or with its offset.")
    ],
    end: Annotated[str, typer.Option("--to", help="Intervals that end by this, likewise.")],
    reason: Annotated[str, typer.Option(help="Why the edit is right; kept with it.")],
    side: Annotated[Measures, typer.Option(help="Which energies: both, generated or consumed.")] = "both",
    rule: Annotated[
        list[str] | None, typer.Option(help="accept: a rule whose flags are wrong; all of them if not given.")
    ] = None,
    factor: Annotated[str | None, typer.Option(help="scale: such as 0.001, where Wh came for kWh.")] = None,
    generated: Annotated[str | None, typer.Option(help="set: generated in each interval, kWh.")] = None,
    consumed: Annotated[str | None, typer.Option(help="set: consumed in each interval, kWh.")] = None,
    interval: Annotated[
        str | None,
        typer.Option(help="set: give intervals without a reading the value, too; each is this long, such as 15min."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="shift: how much later each value belongs, such as 1h; earlier: -1h.")
    ] = None,
    edit_id: Annotated[
        str, typer.Option("--id", help="The edit's id, to repeat one whose answer was lost; a new one if not given.")
    ] = "",
    api: Address = None,
    auth: Auth = "auto",
    token: Token = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    dry_run: Annotated[bool, typer.Option(help="Say what it would change, and end.")] = False,
    yes: _Yes = False,
    as_json: AsJson = False,
) -> None:
    """Exclude, accept, set, scale or shift a stretch of a site's readings, and say why.

    It says what that changes, and asks. Then the site is evaluated anew: its totals and incidents follow within a
    minute. A time without an offset is the site's local time. The edit is of the intervals that end after --from and
    by --to, so two dates are whole days.

    Example: heliograph edit add solar-007 scale --factor 0.001 --from 2026-11-01 --to 2026-11-08 --reason "Wh for kWh"
    Example: heliograph edit add home-01 shift --by 1h --from 2026-03-29 --to 2026-10-25 --reason "no summer time"
    Example: heliograph edit add home-01 accept --rule stale --from 2026-11-01 --to 2026-11-02 --reason "it was away"
    """
    said = NewEdit(
        id=edit_id or uuid4().hex,
        site_id=site,
        action=action,
        start=begin,
        end=end,
        reason=reason,
        side=side,
        rules=tuple(rule or ()),
        factor=read_decimal(factor, "factor"),
        generated_kwh=read_decimal(generated, "generated"),
        consumed_kwh=read_decimal(consumed, "consumed"),
        interval_seconds=read_seconds(interval, "interval"),
        shift_seconds=read_seconds(by, "by"),
    )
    with client_of(api, auth, token, state_dir) as client:
        wanted = in_utc(said, client)
        tried = client.make_edit(wanted, dry_run=True)
        if not as_json:
            _say_effect(tried)
        if dry_run:
            made = tried
        else:
            require_consent("Make this edit?", yes=yes)
            made = msgspec.structs.replace(client.make_edit(wanted), effect=tried.effect)
    if as_json:
        print_json(made)
    elif made.undone_at:
        say(f"it was made before, and undone at {made.undone_at}; make a new one without --id")
    elif made.made_at:
        say(f"made; the totals of {site} follow within a minute. To undo it: heliograph edit undo {made.id}")


@command(app, "list", meanings={Exit.FAILED: "no site has that name"})
def list_edits(
    site: Annotated[str, _SITE],
    api: Address = None,
    auth: Auth = "auto",
    token: Token = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """List a site's edits in the order in which they were made and apply, those that were undone among them.

    Example: heliograph edit list solar-007
    """
    with client_of(api, auth, token, state_dir) as client:
        found = list(client.edits(site))
    if as_json:
        for each in found:
            print_json(_plain(each))
        return
    rows = [
        {
            "id": each.id,
            "what": what_of(each),
            "after": each.start,
            "up_to": each.end,
            "by": each.who,
            "made": _minute(each.made_at),
            "undone": _minute(each.undone_at),
            "why": each.reason,
        }
        for each in found
    ]
    print_table(count(len(found), "edit"), rows)


@command(app, "show", meanings=_NOT_THERE)
def show_edit(
    edit_id: Annotated[str, _ID],
    api: Address = None,
    auth: Auth = "auto",
    token: Token = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Show one edit: what it does, why, who made it and when, and who undid it.

    Example: heliograph edit show 6f9619ff8b86d011b42d00c04fc964ff
    """
    with client_of(api, auth, token, state_dir) as client:
        found = client.edit(edit_id)
    if as_json:
        print_json(_plain(found))
        return
    rows = [
        {"field": name, "value": ", ".join(value) if isinstance(value, tuple) else str(value)}
        for name, value in _plain(found).items()
        if value not in {None, ()}
    ]
    print_table(found.id, rows)


@command(app, "undo", meanings={Exit.FAILED: "no edit has that id; or you said no"})
def undo_edit(
    edit_id: Annotated[str, _ID],
    api: Address = None,
    auth: Auth = "auto",
    token: Token = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    yes: _Yes = False,
    as_json: AsJson = False,
) -> None:
    """Undo an edit: it holds no more, and stays listed with who undid it and when.

    Edits that were made after it apply to what is there without it.

    Example: heliograph edit undo 6f9619ff8b86d011b42d00c04fc964ff
    """
    with client_of(api, auth, token, state_dir) as client:
        found = client.edit(edit_id)
        if found.holds:
            if not as_json:
                say(_line(found))
            require_consent("Undo this edit?", yes=yes)
            undone = client.undo_edit(edit_id)
        else:
            undone = found
    if as_json:
        print_json({**_plain(undone), "changed": found.holds})
    elif found.holds:
        say(f"undone; the totals of {undone.site_id} follow within a minute")
    else:
        say(f"it is undone already, since {undone.undone_at} by {undone.undone_by}")


@command(app, "restore")
def restore_edits(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Write the table's entries of edits anew that it lost, from the bucket, and have their sites evaluated.

    It needs the rights of an administrator, not those of a caller of the API.

    Example: heliograph edit restore
    """
    target, clients = find_target(state_dir)
    if not target.watch_queue_url:
        raise SettingsError("set HELIOGRAPH_WATCH_QUEUE_URL, so that the sites of lost edits are evaluated")
    facts = S3Facts(clients.s3, target.bucket)
    lost = DynamoEdits(clients.dynamodb(), target.sites_table, facts).restore(facts.all("edits"))
    due_sites = (DueSite(each.site_id, each.since) for each in lost)
    jobs = jobs_of(int(datetime.now(UTC).timestamp()), due_sites, _SITES_A_JOB)
    SqsQueue(clients.sqs(), target.watch_queue_url).send([job_text(job) for job in jobs])
    if as_json:
        print_json({"edits": len(lost)})
    else:
        say(f"{count(len(lost), 'edit')} written")


def what_of(edit: ApiEdit) -> str:
    """Say what an edit does, in a few words."""
    of_side = "" if edit.side == "both" else f" what was {edit.side}"
    match edit.action:
        case "accept":
            return f"accept despite {', '.join(edit.rules) or 'any rule'}"
        case "set":
            named = (("generated", edit.generated_kwh), ("consumed", edit.consumed_kwh))
            return "set " + ", ".join(f"{name} {exact(value)} kWh" for name, value in named if value is not None)
        case "scale":
            return f"scale{of_side} by {edit.factor:f}"
        case "shift":
            return f"shift{of_side} by {_span(edit.shift_seconds or 0)}"
        case _:
            return f"{edit.action}{of_side}"


def _span(seconds: int) -> str:
    """Write a shift as `--by` takes it: -1h, 30min, 37s."""
    size, unit = next((size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _say_effect(tried: ApiEdit) -> None:
    """Say what an edit would change."""
    say(_line(tried))
    if (effect := tried.effect) is None:
        say("the stretch is too long to say here how many intervals change")
        return
    say(f"{count(effect.intervals, 'interval')} would change")
    for name in ("generated", "consumed"):
        before, after = (getattr(each, f"{name}_kwh") for each in (effect.before, effect.after))
        if before is not None or after is not None:
            say(f"{name} {_kwh(before)} → {_kwh(after)}")
    lost = effect.after.without_value - effect.before.without_value
    if lost > 0:
        say(f"{count(lost, 'interval')} would have no value; one may be estimated")


def _line(edit: ApiEdit) -> str:
    return f"{what_of(edit)}: {edit.site_id}, after {edit.start} up to {edit.end}: {edit.reason}"


def _kwh(value: Decimal | None) -> str:
    return "nothing" if value is None else f"{exact(value)} kWh"


def _plain(edit: ApiEdit) -> dict[str, Any]:
    fields = msgspec.structs.asdict(edit)
    del fields["effect"]
    return fields


def _minute(moment: str | None) -> str | None:
    return moment and f"{moment[:16]}Z"
