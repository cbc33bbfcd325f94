"""GET /incidents and GET /incidents/{incident_id}: open and closed incidents."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from msgspec import Meta

from heliograph.checks.flag import Severity
from heliograph.incidents import model
from heliograph.incidents.model import Basis, IncidentState
from heliograph.reading import SITE_ID_PATTERN
from heliograph.storage.incidents import listed_at
from heliograph.storage.pages import Page
from heliograph.table_keys import INCIDENT_ID_PATTERN, is_incident_id
from lambda_api.answers import AnswerPage, JsonResponse, Listing, Position, page_response, peek_cursor, read_cursor
from lambda_api.offers import OfferedEdit, offers_of
from lambda_api.openapi import answers
from lambda_api.parameters import ENTRIES_A_PAGE, Cursor, Now, PageLimit, Stores, is_timestamp, parse_day
from lambda_api.ports import ApiStores
from lambda_api.problems import UNKNOWN_INCIDENT, ProblemRaised, invalid, unknown_site
from lambda_api.routes.readings import SiteName

router = APIRouter(tags=["incidents"])

_IncidentId = Annotated[
    str,
    Path(
        description="The incident's name: its site, its rule and when it was first seen to begin (UTC).",
        pattern=INCIDENT_ID_PATTERN,
        examples=["solar-007~over_capacity~20261122T090500Z"],
    ),
]
_State = Annotated[
    IncidentState, Query(description="`open` for what lasts, `closed` for what is over.", examples=["closed"])
]
_Site = Annotated[
    str | None,
    Query(
        description="Only this site's incidents; all sites' if omitted.",
        pattern=SITE_ID_PATTERN,
        examples=["solar-007"],
    ),
]
_RecoveryDay = Annotated[
    str | None,
    Query(
        description="The UTC day of the recovery, YYYY-MM-DD, with state=closed; today if omitted.",
        examples=["2026-11-22"],
    ),
]


class EvidenceIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that another one explains; it has all its own fields under its id."""

    id: Annotated[str, Meta(description="Its name.", examples=["solar-007~spike~20261122T090500Z"])]
    rule: Annotated[str, Meta(description="The rule that opened it.", examples=["spike"])]
    onset: Annotated[str, Meta(description="Its onset, UTC.", examples=["2026-11-22T09:05:00Z"])]
    notified_at: Annotated[
        str | None,
        Meta(
            description="When it was notified before it joined, UTC; null where it wasn't.",
            examples=["2026-11-22T09:06:13Z"],
        ),
    ]


class IncidentResource(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found at one site, from its onset to its recovery."""

    id: Annotated[str, Meta(description="The incident's name.", examples=["solar-007~over_capacity~20261122T090500Z"])]
    site_id: SiteName
    rule: Annotated[str, Meta(description="The rule that opened it.", examples=["over_capacity"])]
    state: Annotated[IncidentState, Meta(description="`open` while it lasts, then `closed`.", examples=["closed"])]
    severity: Annotated[Severity, Meta(description="The worst so far.", examples=["critical"])]
    onset: Annotated[
        str,
        Meta(
            description="END of the first interval in it, UTC; for a silence, of the last reading before it; for a "
            "day's fault, the day's start.",
            examples=["2026-11-22T09:05:00Z"],
        ),
    ]
    last_seen: Annotated[
        str,
        Meta(
            description="END of the last interval in it, UTC; for an open one it may lag by an hour.",
            examples=["2026-11-22T09:40:00Z"],
        ),
    ]
    recovery: Annotated[
        str | None,
        Meta(
            description="END of the reading that completed the recovery, UTC; null while it is open.",
            examples=["2026-11-22T10:40:00Z"],
        ),
    ]
    message: Annotated[
        str,
        Meta(
            description="What was first seen, in a sentence, with where the limit comes from.",
            examples=["energy_generated_kwh is 19.2 kWh; 50 kW gives at most 4.583 kWh in 5 min"],
        ),
    ]
    observed: Annotated[Decimal, Meta(description="What was first seen, in `unit`.", examples=[19.2])]
    limit: Annotated[Decimal, Meta(description="The bound that was crossed, in `unit`.", examples=[4.58333])]
    unit: Annotated[str, Meta(description="The unit of `observed` and `limit`.", examples=["kWh"])]
    basis: Annotated[
        Basis, Meta(description="What shows it: single readings, whole days, or that none comes.", examples=["reading"])
    ]
    source: Annotated[
        str | None,
        Meta(
            description="The file that opened it, its version behind an @; null where an evaluation did.",
            examples=["raw/submit/2026/11/22/day.json@v1"],
        ),
    ]
    found_at: Annotated[str, Meta(description="When it was found, UTC.", examples=["2026-11-22T09:06:12Z"])]
    closed_at: Annotated[
        str | None,
        Meta(
            description="When it was found to be over, UTC; null while it is open.", examples=["2026-11-22T10:52:00Z"]
        ),
    ]
    suppressed: Annotated[
        bool,
        Meta(
            description="Whether it sends no notification: it was over or two days old when found, or another "
            "incident explains it.",
            examples=[False],
        ),
    ]
    returning: Annotated[
        bool,
        Meta(
            description="Whether it came back within the site's own rhythm of it; then the daily digest has it.",
            examples=[False],
        ),
    ]
    region: Annotated[
        str | None,
        Meta(
            description="The site's time zone, or its longitude's offset: one cause at many sites of a region is one "
            "message. Null where neither is known.",
            examples=["Europe/Berlin"],
        ),
    ]
    cause: Annotated[
        str | None,
        Meta(
            description="The incident that explains it; null where none does.",
            examples=["solar-007~no_data~20261122T080000Z"],
        ),
    ]
    evidence: Annotated[
        tuple[EvidenceIncident, ...],
        Meta(description="The incidents that it explains, as they came; of very many the first 20."),
    ]
    notified_as: Annotated[
        tuple[Severity, ...],
        Meta(
            description="The severities at which its onset was notified: `critical` at once, `warning` in the daily "
            "digest.",
            examples=[["critical"]],
        ),
    ]
    onset_notified_at: Annotated[
        str | None,
        Meta(description="When its onset was notified, UTC; null before.", examples=["2026-11-22T09:06:13Z"]),
    ]
    recovery_notified_at: Annotated[
        str | None,
        Meta(description="When its recovery was notified, UTC; null before.", examples=["2026-11-22T11:24:00Z"]),
    ]
    lost_kwh: Annotated[
        Decimal | None,
        Meta(
            description="About how much energy it cost until `lost_until`, kWh: what the site would have given under "
            "its neighbours' sky, less what it gave. Null where the rule says nothing of that, as of a silence, or "
            "where nothing says what to expect.",
            examples=[12.4],
        ),
    ]
    lost_value: Annotated[
        Decimal | None,
        Meta(description="That at the site's `price_per_kwh`; null where it has none.", examples=[3.1]),
    ]
    lost_until: Annotated[
        str | None,
        Meta(
            description="Until when `lost_kwh` is reckoned, UTC; of an open one it may lag by an hour.",
            examples=["2026-11-22T09:40:00Z"],
        ),
    ]
    offer: Annotated[
        OfferedEdit | None,
        Meta(description="The edit that would put its readings right; null where none would, or one is made."),
    ]


class IncidentPage(AnswerPage[IncidentResource], frozen=True):
    """A page of incidents."""


class _Asked(msgspec.Struct, frozen=True):
    """Which incidents are asked for. site_id, day: None for any; a day only of closed ones."""

    state: IncidentState
    site_id: str | None
    day: str | None

    @property
    def listing(self) -> Listing:
        """The list they are."""
        return Listing("incidents", (self.state, self.site_id, self.day), self._holds)

    def _holds(self, position: Position) -> bool:
        if len(position) != 1:
            return False
        moment, _, incident = position[0].partition("#")
        of_day = self.day is None or moment.startswith(self.day)
        of_site = self.site_id is None or incident.partition("~")[0] == self.site_id
        return is_timestamp(moment) and is_incident_id(incident) and of_day and of_site


@router.get(
    "/incidents",
    responses=answers(IncidentPage, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def list_incidents(  # noqa: PLR0913, PLR0917 - a request's parameters are its function's arguments
    stores: Stores,
    now: Now,
    state: _State = "open",
    site_id: _Site = None,
    day: _RecoveryDay = None,
    limit: PageLimit = ENTRIES_A_PAGE,
    cursor: Cursor = None,
) -> JsonResponse:
    """List incidents, latest first: those open by onset, those that recovered on a UTC day by recovery.

    Of one site, the closed ones of all days are listed, by onset.
    """
    if day is not None and (state == "open" or site_id is not None):
        raise invalid("day", "it goes with state=closed and without site_id only; leave it out")
    asked = _Asked(state, site_id, None)
    if state == "closed" and site_id is None:
        chosen = parse_day(day) if day is not None else _day_of(cursor) or f"{now:%Y-%m-%d}"
        asked = _Asked(state, site_id, chosen)
    after = read_cursor(asked.listing, cursor)[0] if cursor else None
    page = _read(stores, asked, limit, after)
    if site_id is not None and not page.items and stores.sites.get(site_id) is None:
        raise unknown_site(site_id)
    query = {"state": state, "site_id": site_id, "day": asked.day, "limit": limit}
    offers = offers_of(stores, page.items, now)

    def shape(known: model.Incident) -> IncidentResource:
        return incident_of(known, offers.get(known.id))

    return page_response(page, asked.listing, query, shape, lambda each: (listed_at(each),))


@router.get(
    "/incidents/{incident_id}",
    responses=answers(IncidentResource, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def get_incident(incident_id: _IncidentId, stores: Stores, now: Now) -> JsonResponse:
    """Return one incident."""
    found = stores.incidents.get(incident_id)
    if found is None:
        raise ProblemRaised(UNKNOWN_INCIDENT, f"there's no incident {incident_id}; GET /incidents lists them")
    return JsonResponse(incident_of(found, offers_of(stores, [found], now).get(found.id)))


def incident_of(known: model.Incident, offer: OfferedEdit | None) -> IncidentResource:
    """Return an incident as it is served; what isn't yet is null."""
    return IncidentResource(
        id=known.id,
        site_id=known.site_id,
        rule=known.rule,
        state=known.state,
        severity=known.severity,
        onset=known.onset,
        last_seen=known.last,
        recovery=known.recovery or None,
        message=known.message,
        observed=known.observed,
        limit=known.limit,
        unit=known.unit,
        basis=known.basis,
        source=known.source or None,
        found_at=known.found_at,
        closed_at=known.closed_at or None,
        suppressed=known.suppressed,
        returning=known.returning,
        region=known.region or None,
        cause=known.cause or None,
        evidence=tuple(
            EvidenceIncident(id=each.id, rule=each.rule, onset=each.onset, notified_at=each.notified_at or None)
            for each in known.evidence
        ),
        notified_as=known.notified_as,
        onset_notified_at=known.onset_notified_at or None,
        recovery_notified_at=known.recovery_notified_at or None,
        lost_kwh=known.lost_kwh,
        lost_value=known.lost_value,
        lost_until=known.lost_until or None,
        offer=offer,
    )


def _read(stores: ApiStores, asked: _Asked, limit: int, after: str | None) -> Page[model.Incident]:
    if asked.site_id is not None and asked.state == "closed":
        return stores.incidents.closed_of_site(asked.site_id, limit, after.partition("#")[2] if after else None)
    if asked.site_id is not None:
        found = stores.incidents.open_of_site(asked.site_id)
        behind = [each for each in found if after is None or listed_at(each) < after]
        return Page(behind[:limit], len(behind) > limit)
    if asked.day is not None:
        return stores.incidents.closed(asked.day, limit, after)
    return stores.incidents.open(limit, after)


def _day_of(cursor: str | None) -> str | None:
    """Return the day a cursor belongs to, so that a list of today goes on past midnight; unproven until it is read."""
    position = peek_cursor(cursor) if cursor else ()
    return position[0][:10] if position else None
