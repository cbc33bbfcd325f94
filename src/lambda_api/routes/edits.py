"""POST and GET /edits, GET and DELETE /edits/{edit_id}: what people correct in a site's readings.

An edit is kept before anything follows from it. Then the site's evaluation is asked for, so that its totals and its
incidents follow within seconds.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from msgspec import Meta

from heliograph.edits.entries import read_edit
from heliograph.edits.model import EDIT_ID_PATTERN, Edit, EditBody
from heliograph.errors import EditConflict, EditRefused
from heliograph.evaluation.cycle import DueSite, job_text, jobs_of
from heliograph.reading import SITE_ID_PATTERN, Measures, text_of
from heliograph.site import Site
from heliograph.storage.edits import same_edit
from heliograph.storage.pages import Page
from lambda_api.answers import AnswerPage, JsonResponse, Listing, page_response, read_cursor
from lambda_api.openapi import answers, problem_answers, reference
from lambda_api.parameters import ENTRIES_A_PAGE, STATUSES, Cursor, JsonBody, PageLimit, Stores, TimeSource, Who
from lambda_api.ports import ApiStores
from lambda_api.problems import (
    EDIT_CONFLICT,
    EDIT_OVERLAP,
    INVALID_REQUEST,
    ProblemField,
    ProblemRaised,
    unknown_edit,
    unknown_site,
)
from lambda_api.roles import Caller

router = APIRouter(tags=["edits"])

_OF_ONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_SHOWN: Final = 3
_HOUR: Final = 60  # minutes
# Intervals whose effect is worked out within the time that an answer may take: 100 days of 5 minutes.
_MOST_TRIED: Final = 30_000
_SHORT: Final = 5  # minutes of an interval where the registry doesn't say them
_UTC: Final = "2026-11-29T09:30:00.125000Z"

EditId = Annotated[
    str,
    Path(
        description="The edit's id, made by its author: 1 to 64 of A-Z a-z 0-9 _ - beginning with a letter or digit.",
        pattern=EDIT_ID_PATTERN,
        examples=["6f9619ff-8b86-d011-b42d-00c04fc964ff"],
    ),
]
OfSite = Annotated[
    str, Query(description="The site whose edits are listed.", pattern=SITE_ID_PATTERN, examples=["solar-007"])
]
DryRun = Annotated[
    bool,
    Query(description="Check the edit and say what it would change, in `effect`; nothing is kept.", examples=[True]),
]


class EditFields(EditBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An edit to be made. Which fields it has beside its stretch depends on its action."""

    id: Annotated[
        str,
        Meta(
            pattern=EDIT_ID_PATTERN,
            description="Made by you, such as a UUID. The same edit sent again is made once.",
            examples=["6f9619ff-8b86-d011-b42d-00c04fc964ff"],
        ),
    ]
    site_id: Annotated[
        str, Meta(pattern=SITE_ID_PATTERN, description="The site whose readings they are.", examples=["solar-007"])
    ]


class EditResource(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a site's readings that somebody excluded, accepted, set, scaled or shifted, and why."""

    id: Annotated[str, Meta(description="Its id.", examples=["6f9619ff-8b86-d011-b42d-00c04fc964ff"])]
    site_id: Annotated[str, Meta(description="The site's name.", examples=["solar-007"])]
    action: Annotated[
        str,
        Meta(
            description="`exclude`: the values aren't used. `accept`: flags are wrong, the values right. `set`: each "
            "interval has this value. `scale`: each value times a factor. `shift`: each value belongs to an interval "
            "so many seconds later.",
            examples=["scale"],
        ),
    ]
    start: Annotated[str, Meta(description="It is of intervals that end after this, UTC.", examples=[_UTC])]
    end: Annotated[str, Meta(description="It is of intervals that end by this, UTC.", examples=[_UTC])]
    side: Annotated[Measures, Meta(description="Which energies.", examples=["both"])]
    rules: Annotated[
        list[str], Meta(description="accept: the rules whose flags are wrong; empty for all.", examples=[["stale"]])
    ]
    factor: Annotated[Decimal | None, Meta(description="scale: the factor.", examples=[0.001])]
    generated_kwh: Annotated[Decimal | None, Meta(description="set: generated in each interval, kWh.", examples=[1.5])]
    consumed_kwh: Annotated[Decimal | None, Meta(description="set: consumed in each interval, kWh.", examples=[0.2])]
    interval_seconds: Annotated[
        int | None, Meta(description="set: how long an interval without a reading is, seconds.", examples=[900])
    ]
    shift_seconds: Annotated[int | None, Meta(description="shift: seconds forward in time.", examples=[3600])]
    reason: Annotated[str, Meta(description="Why.", examples=["the logger sent Wh for kWh"])]
    who: Annotated[str, Meta(description="Who made it, by the word of the gateway's authorizer.", examples=["you"])]
    made_at: Annotated[str | None, Meta(description="When, UTC; null of one that isn't made.", examples=[_UTC])]
    undone_at: Annotated[str | None, Meta(description="When it was undone, UTC; null while it holds.", examples=[None])]
    undone_by: Annotated[str | None, Meta(description="Who undid it; null while it holds.", examples=[None])]


class EditPage(AnswerPage[EditResource], frozen=True):
    """A page of edits."""


class EditedEnergy(msgspec.Struct, frozen=True):
    """What the stretch of an edit adds up to, without estimates."""

    generated_kwh: Annotated[Decimal | None, Meta(description="Generated, kWh, exact.", examples=[2500.125])]
    consumed_kwh: Annotated[Decimal | None, Meta(description="Consumed, kWh, exact.", examples=[12.5])]
    intervals: Annotated[int, Meta(description="Intervals with a value on each side: a count.", examples=[96])]
    without_value: Annotated[int, Meta(description="Intervals without: a count.", examples=[0])]


class EditChanges(msgspec.Struct, frozen=True):
    """What an edit would change."""

    intervals: Annotated[
        int, Meta(description="Intervals that would have another value or code: a count.", examples=[96])
    ]
    before: Annotated[EditedEnergy, Meta(description="Its stretch as it is.")]
    after: Annotated[EditedEnergy, Meta(description="Its stretch as it would be; a missing value may be estimated.")]


class EditAnswer(EditResource, frozen=True, kw_only=True):
    """An edit that was made, or would be."""

    effect: Annotated[
        EditChanges | None,
        Meta(description="What it would change; null unless `dry_run`, and of more than 30,000 intervals."),
    ]


_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {"application/json": {"schema": reference(EditFields, in_request=True)}},
}


@router.post(
    "/edits",
    responses={**answers(EditAnswer, *STATUSES), **problem_answers(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)},
    openapi_extra={"requestBody": _BODY},
)
async def make_edit(
    body: JsonBody, stores: Stores, who: Who, clock: TimeSource, *, dry_run: DryRun = False
) -> JsonResponse:
    """Make an edit: exclude, accept, set, scale or shift a stretch of a site's readings. What was measured is kept.

    The same edit again answers the same; another one of its id is refused (409), and so is a shift to where others
    lie. Edits apply in the order in which they were made. The site is evaluated anew, so its totals follow in seconds.
    """
    wanted, site = _sent(body, stores, clock())
    _require_possible(wanted, site, stores)
    if dry_run:
        return JsonResponse(_would_be(wanted, who, _effect(wanted, site, stores)))
    try:
        made, _ = stores.edits.put(wanted, who.name, clock())
    except EditConflict as error:
        raise ProblemRaised(EDIT_CONFLICT, str(error)) from None
    _ask_for_evaluation(made, stores, clock)
    return JsonResponse(EditAnswer(**_fields(made), effect=None))


@router.get("/edits", responses=answers(EditPage, HTTPStatus.BAD_REQUEST, *_OF_ONE))
async def list_edits(
    site_id: OfSite, stores: Stores, limit: PageLimit = ENTRIES_A_PAGE, cursor: Cursor = None
) -> JsonResponse:
    """List a site's edits in the order in which they were made and apply, those that were undone among them."""
    if stores.sites.get(site_id) is None:
        raise unknown_site(site_id)
    listing = Listing("edits", (site_id,), lambda position: len(position) == 2)  # noqa: PLR2004 - time and id
    after = read_cursor(listing, cursor) if cursor else ("", "")
    behind = [each for each in stores.edits.of_site(site_id) if (each.made_at, each.id) > after]
    page = Page(behind[:limit], len(behind) > limit)
    return page_response(
        page, listing, {"site_id": site_id, "limit": limit}, edit_of, lambda each: (each.made_at, each.id)
    )


@router.get("/edits/{edit_id}", responses=answers(EditResource, *_OF_ONE))
async def get_edit(edit_id: EditId, stores: Stores) -> JsonResponse:
    """Return an edit, whether it holds or was undone."""
    edit = stores.edits.get(edit_id)
    if edit is None:
        raise unknown_edit(edit_id)
    return JsonResponse(edit_of(edit))


@router.delete("/edits/{edit_id}", responses=answers(EditResource, HTTPStatus.FORBIDDEN, *_OF_ONE))
async def undo_edit(edit_id: EditId, stores: Stores, who: Who, clock: TimeSource) -> JsonResponse:
    """Undo an edit: it holds no more, and is listed with who undid it and when. Once more answers the same.

    Edits that were made after it apply to what is there without it. The site is evaluated anew.
    """
    found = stores.edits.undo(edit_id, who.name, clock())
    if found is None:
        raise unknown_edit(edit_id)
    undone, _ = found
    _ask_for_evaluation(undone, stores, clock)
    return JsonResponse(edit_of(undone))


def edit_of(edit: Edit) -> EditResource:
    """Return an edit as it is served."""
    return EditResource(**_fields(edit))


def _fields(edit: Edit) -> dict[str, Any]:
    said = msgspec.structs.asdict(edit)
    empty_as_none = {name: said[name] or None for name in ("made_at", "undone_at", "undone_by")}
    return {**said, **empty_as_none, "rules": list(edit.rules)}


def _sent(body: bytes, stores: ApiStores, now: datetime) -> tuple[EditBody, Site]:
    """Read an edit that can be made, and its site.

    Raises:
        ProblemRaised: it can't; the field is named. Or nobody knows the site.
    """
    from heliograph.edits.check import checked  # noqa: PLC0415 - it loads all checks, which few requests need

    try:
        wanted = checked(read_edit(body), now)
    except EditRefused as error:
        raise ProblemRaised(INVALID_REQUEST, str(error), (ProblemField(error.field or "body", str(error)),)) from None
    site = stores.sites.get(wanted.site_id)
    if site is None:
        raise unknown_site(wanted.site_id)
    return wanted, site


def _require_possible(wanted: EditBody, site: Site, stores: ApiStores) -> None:
    """Make sure that an edit is one that was made, or can be.

    Raises:
        ProblemRaised: its id is another one's, or it would shift values to where there are others.
    """
    if kept := stores.edits.get(wanted.id):
        try:
            same_edit(kept, wanted)
        except EditConflict as error:
            raise ProblemRaised(EDIT_CONFLICT, str(error)) from None
    elif wanted.action == "shift":
        _require_room(wanted, site, stores)


def _require_room(wanted: EditBody, site: Site, stores: ApiStores) -> None:
    from heliograph.edits.apply import reach  # noqa: PLC0415 - few requests need it
    from heliograph.edits.occupied import landing_strip, occupied  # noqa: PLC0415
    from heliograph.intervals import usual_minutes  # noqa: PLC0415

    edits = stores.edits.of_site(site.site_id)
    minutes = site.interval_minutes or _HOUR
    strip = reach(edits, *landing_strip(wanted, minutes * 60))
    stored = stores.windows.read(site.site_id, *strip, consistent=True)
    if not site.interval_minutes:
        minutes = usual_minutes([each.end for each in stored])
    if there := occupied(wanted, stored, edits, minutes * 60):
        shown = ", ".join(text_of(each) for each in there[:_SHOWN]) + (", …" if len(there) > _SHOWN else "")
        what = f"values would lie where there are others, in {len(there):,} intervals: {shown}"
        raise ProblemRaised(EDIT_OVERLAP, f"{what}; exclude these first, or shift a stretch that ends before a gap")


def _effect(wanted: EditBody, site: Site, stores: ApiStores) -> EditChanges | None:
    """Work out what an edit would change; None where that takes longer than an answer may."""
    from heliograph.validated.effect import effect_of, readings_for, stretch_of  # noqa: PLC0415 - few requests need it
    from heliograph.validated.model import Sums  # noqa: PLC0415

    def energy(sums: Sums) -> EditedEnergy:
        known = sums.measured.intervals + sums.edited.intervals
        return EditedEnergy(sums.generated_kwh, sums.consumed_kwh, known, sums.expected - known)

    begin, end = stretch_of(wanted)
    if end - begin > _MOST_TRIED * 60 * (site.interval_minutes or _SHORT):
        return None
    edits = stores.edits.of_site(site.site_id)
    stored = stores.windows.read(site.site_id, *readings_for(wanted, edits), consistent=True)
    effect = effect_of(wanted, stored, edits, site)
    return EditChanges(effect.intervals, energy(effect.before), energy(effect.after))


def _would_be(wanted: EditBody, who: Caller, effect: EditChanges | None) -> EditAnswer:
    fields = _fields(Edit(**msgspec.structs.asdict(wanted), who=who.name, made_at=""))
    return EditAnswer(**fields, effect=effect)


def _ask_for_evaluation(edit: Edit, stores: ApiStores, clock: Callable[[], datetime]) -> None:
    """Have the watch evaluate a site anew from where an edit changes it.

    clock: asked now, behind the write, so that an evaluation that began before it doesn't count as this one.
    """
    (job,) = jobs_of(int(clock().timestamp()), [DueSite(edit.site_id, edit.since)], 1)
    stores.jobs.send([job_text(job)])
