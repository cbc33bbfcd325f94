"""The edits that incidents call for, as the API offers them: what would be corrected, and the command that does it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from heliograph.edits.model import Action, Edit, EditBody
from heliograph.incidents.model import Incident
from heliograph.reading import Measures, end_of
from heliograph.storage.batches import concurrent_map
from lambda_api.ports import ApiStores

if TYPE_CHECKING:
    from datetime import datetime

# Days of one fault that are looked for: a wrong unit is an incident of its own each day at a solar site.
_OTHERS: Final = 100


class OfferedEdit(msgspec.Struct, frozen=True):
    """An edit that would put an incident's readings right: `POST /edits` makes it, with an id of yours."""

    site_id: Annotated[str, Meta(description="The site whose readings they are.", examples=["solar-007"])]
    action: Annotated[Action, Meta(description="What becomes of the values.", examples=["scale"])]
    start: Annotated[str, Meta(description="Intervals that end after this, UTC.", examples=["2026-11-28T00:00:00Z"])]
    end: Annotated[str, Meta(description="Intervals that end by this, UTC.", examples=["2026-11-29T00:00:00Z"])]
    side: Annotated[Measures, Meta(description="Which energies.", examples=["generated"])]
    factor: Annotated[Decimal | None, Meta(description="scale: each value times this.", examples=[0.001])]
    shift_seconds: Annotated[int | None, Meta(description="shift: seconds forward in time.", examples=[3600])]
    reason: Annotated[str, Meta(description="Why.", examples=["unit_error: energy_generated_kwh is 9000 kWh"])]
    command: Annotated[
        str,
        Meta(
            description="The command that makes it, as it is typed.",
            examples=["heliograph edit add solar-007 scale --from 2026-11-28T00:00:00Z --to 2026-11-29T00:00:00Z"],
        ),
    ]


def offers_of(stores: ApiStores, incidents: Sequence[Incident], now: "datetime") -> dict[str, OfferedEdit]:
    """Return the offers of those incidents that have one, by id; some queries for each such incident, as they are few.

    An incident whose readings an edit corrects already offers none.
    """
    if not incidents:
        return {}
    from heliograph.edits.offers import looked_at, offered  # noqa: PLC0415 - checks, which no other request needs

    found: dict[str, OfferedEdit] = {}

    def read(incident: Incident) -> None:
        others = [
            *stores.incidents.open_of_site(incident.site_id),
            *stores.incidents.closed_of_site(incident.site_id, _OTHERS, None).items,
        ]
        stretch = looked_at(incident)
        stored = stores.windows.read(incident.site_id, *stretch, consistent=False) if stretch else []
        body = offered(incident, int(now.timestamp()), others, stored)
        if body and not any(_corrects(each, body, incident) for each in stores.edits.of_site(incident.site_id)):
            found[incident.id] = _offer(body)

    concurrent_map(read, [each for each in incidents if offered(each, int(now.timestamp()))])
    return found


def _corrects(edit: Edit, body: EditBody, incident: Incident) -> bool:
    """Return whether an edit that holds does at an incident's onset what is offered."""
    return edit.holds and edit.action == body.action and edit.covers(end_of(incident.onset))


def _offer(body: EditBody) -> OfferedEdit:
    from heliograph.edits.offers import command_of  # noqa: PLC0415 - as above

    return OfferedEdit(
        site_id=body.site_id,
        action=body.action,
        start=body.start,
        end=body.end,
        side=body.side,
        factor=body.factor,
        shift_seconds=body.shift_seconds,
        reason=body.reason,
        command=command_of(body),
    )
