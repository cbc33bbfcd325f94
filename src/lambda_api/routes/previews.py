"""POST /detect: how an unknown file might be read, and what that would store of it; nothing is kept."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from msgspec import Meta

from heliograph.errors import ProfileError, TooLarge, UnreadableFile
from heliograph.reading import SITE_ID_PATTERN, is_site_id, text_of
from lambda_api.answers import JsonResponse
from lambda_api.bodies import require_unspoilt, require_whole
from lambda_api.openapi import answer, problem_answers
from lambda_api.parameters import STATUSES, Body, Stores
from lambda_api.problems import TOO_LARGE, ProblemRaised, invalid
from lambda_api.routes.landing import FILE_NAME_PATTERN
from lambda_api.routes.readings import Consumed, Generated, IntervalSeconds, QualityMark

if TYPE_CHECKING:
    from heliograph.detect.preview import Look
    from heliograph.profiles.profiled import ProfiledReading

router = APIRouter(tags=["feeds"])

# What a file of the largest kind takes: 4 s of a processor and 200 MB. The API has 29 s, of a third of one, and 512 MB.
_UNPACKED_BYTES: Final = 4 * 2**20
_BOOK_BYTES: Final = 32 * 2**20
_ROWS: Final = 110_000  # a year of 5-minute intervals
_CELLS: Final = 300_000
_COLUMNS: Final = 400  # a day of 5-minute intervals in a row has 288 and a few; each column is looked at many times
_SHEETS: Final = 32  # a sheet a month of two years, and some of explanations
_BOOK_CELLS: Final = 150_000  # what takes 5 s of a processor
_LIMITS: Final = (_ROWS, _CELLS, _COLUMNS, _SHEETS, _BOOK_CELLS, _BOOK_BYTES)
_SHOWN: Final = 20
_CUT: Final = 200  # characters of a sentence or a name that a file can make long
_MOST_CANDIDATES: Final = 60


class FeedQuestion(msgspec.Struct, frozen=True):
    """What only a person can say of a file."""

    key: Annotated[str, Meta(description="Names its answer: `answer=KEY=VALUE`.", examples=["zone"])]
    question: Annotated[
        str, Meta(description="The question in words.", examples=["In which time zone are the stamps?"])
    ]
    candidates: Annotated[
        list[str], Meta(description="Likely answers, the likeliest first.", examples=[["Europe/Berlin", "UTC"]])
    ]


class PreviewedReading(msgspec.Struct, frozen=True):
    """A reading as it would be stored."""

    site_id: Annotated[str, Meta(description="The site's name.", examples=["roof-1"])]
    timestamp: Annotated[str, Meta(description="The END of the interval, UTC.", examples=["2026-11-22T09:05:00Z"])]
    interval_seconds: IntervalSeconds
    energy_generated_kwh: Generated
    energy_consumed_kwh: Consumed
    quality: QualityMark


class RejectedRow(msgspec.Struct, frozen=True):
    """A row that would be rejected."""

    position: Annotated[int, Meta(description="Its line or place in the file: a count from 1.", examples=[4])]
    reason: Annotated[str, Meta(description="Why.", examples=["'n/a?' in 'Bezug' isn't a number"])]


_Sum = Annotated[
    Decimal | None,
    Meta(
        description="The sum of a side, kWh, exact; null for a side that isn't measured.",
        examples=[1204.125],
    ),
]
_End = Annotated[str | None, Meta(description="An END, UTC; null without readings.", examples=["2026-11-22T09:05:00Z"])]
_Count = Annotated[int, Meta(examples=[0])]


class FeedPreview(msgspec.Struct, frozen=True, kw_only=True):
    """How a file might be read, and what that would store of it."""

    profile: Annotated[
        dict[str, Any],
        Meta(
            description="The profile that is proposed, for `PUT /feeds/{name}`. Where something is asked, it has the "
            "likeliest answer meanwhile.",
            examples=[{"name": "portal"}],
        ),
    ]
    ask: Annotated[list[FeedQuestion], Meta(description="What is open; empty where nothing is.")]
    sure: Annotated[
        list[str],
        Meta(
            description="What the file itself tells, and why, a sentence each.",
            examples=[["stamps are UTC: the column's name says so"]],
        ),
    ]
    zone: Annotated[
        str | None,
        Meta(
            description="The zone of the file's stamps, or the site's registered one; null where neither is known.",
            examples=["Europe/Berlin"],
        ),
    ]
    readings: Annotated[int, Meta(description="How many readings the file has: a count.", examples=[288])]
    first_end_utc: _End
    last_end_utc: _End
    generated_kwh: _Sum
    consumed_kwh: _Sum
    lack_generated: Annotated[_Count, Meta(description="Readings without a value of what was generated: a count.")]
    lack_consumed: Annotated[_Count, Meta(description="Readings without a value of what was consumed: a count.")]
    blank: Annotated[_Count, Meta(description="Intervals without any value: a count.")]
    repeated: Annotated[_Count, Meta(description="Amounts that stand again; the last one counts: a count.")]
    resets: Annotated[_Count, Meta(description="Times that a counter fell, and the energy isn't known: a count.")]
    rejected: Annotated[_Count, Meta(description="Rows that would be rejected: a count.")]
    first_readings: Annotated[list[PreviewedReading], Meta(description=f"The first {_SHOWN}, as they would be stored.")]
    first_rejected: Annotated[list[RejectedRow], Meta(description=f"The first {_SHOWN} rows that would be rejected.")]


class UnknownFile(NamedTuple):
    """What is said of a file beside its content. answers: by the questions' keys."""

    file_name: str
    site: str
    answers: dict[str, str]


async def _unknown_file(
    file_name: Annotated[
        str | None,
        Query(
            description="The file's name; a site or a profile may be named after it.",
            pattern=FILE_NAME_PATTERN,
            examples=["export_0815.csv"],
        ),
    ] = None,
    site: Annotated[
        str | None, Query(description="Whose readings they are.", pattern=SITE_ID_PATTERN, examples=["roof-1"])
    ] = None,
    answer: Annotated[
        list[Annotated[str, Query(pattern=r"^[^=]{1,100}=[^\x00]{0,500}$")]] | None,
        Query(
            description="KEY=VALUE, the answer to a question; may be repeated.",
            max_length=50,
            examples=[["zone=Europe/Berlin"]],
        ),
    ] = None,
) -> UnknownFile:
    pairs = (each.partition("=") for each in answer or ())
    answers = {key: value for key, _, value in pairs}
    return UnknownFile(file_name or "file", site or "", answers)


_BODY: Final[dict[str, Any]] = {
    "description": "The file as its maker writes it: CSV, Excel, JSON, NDJSON, NEM12 or Green Button, plain or gzip; "
    "up to 4 MiB, and 110,000 rows. `heliograph feeds detect` looks at larger ones.",
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@router.post(
    "/detect",
    responses={**answer(FeedPreview), **problem_answers(*STATUSES)},
    openapi_extra={"requestBody": _BODY},
)
async def detect_feed(
    request: Request, body: Body, stores: Stores, of: Annotated[UnknownFile, Depends(_unknown_file)]
) -> JsonResponse:
    """Look at an unknown file, and propose how it is read. Nothing is stored.

    The answer has a profile, the first readings as it would have them stored, and what only a person can say. Send the
    file again with the answers, until `ask` is empty; then `PUT /feeds/{name}` keeps the profile, and
    `POST /readings?feed=…` lands the file.
    """
    require_whole(request, body)
    require_unspoilt(request, body)
    look = _look(body, _registered(of, stores))
    return JsonResponse(_preview(look, stores))


def _registered(of: UnknownFile, stores: Stores) -> UnknownFile:
    """Answer what is asked of a registered site: its zone, unless the caller says another."""
    named = of.site or of.answers.get("site", "")
    known = stores.sites.get(named) if is_site_id(named) else None
    return of._replace(answers={"zone": known.timezone, **of.answers}) if known and known.timezone else of


def _look(body: bytes, of: UnknownFile) -> "Look":
    """Look at a file.

    Raises:
        ProblemRaised: it is no table of readings, too large, or an answer doesn't fit.
    """
    from heliograph.detect.preview import LookLimits, look_at  # noqa: PLC0415 - 60 ms that only this route needs
    from heliograph.feed.decode import gunzipped  # noqa: PLC0415

    try:
        unpacked = gunzipped(body, _UNPACKED_BYTES)
        return look_at(unpacked, of.file_name, of.answers, of.site, LookLimits(*_LIMITS))
    except TooLarge as error:
        found = str(error).partition("; split it")[0]
        raise ProblemRaised(
            TOO_LARGE, f"{found}. Choose a part of it, such as a month; `heliograph feeds detect` looks at larger files"
        ) from None
    except UnreadableFile as error:
        raise invalid("body", str(error)) from None
    except (ProfileError, msgspec.ValidationError) as error:
        raise invalid("answer", f"an answer doesn't fit: {error}") from None


def _preview(look: "Look", stores: Stores) -> FeedPreview:
    from heliograph.detect.preview import merged, summary_of  # noqa: PLC0415

    profile = look.proposal.profile
    summary = summary_of(profile, [look.found])
    readings = merged([look.found])
    return FeedPreview(
        profile=msgspec.to_builtins(profile),
        ask=[
            FeedQuestion(each.key, each.question[:_CUT], each.candidates[:_MOST_CANDIDATES])
            for each in look.proposal.ask
        ],
        sure=[each[:_CUT] for each in look.proposal.because],
        zone=profile.time.zone or _zone_of(readings, stores),
        **{
            **msgspec.structs.asdict(summary),
            "generated_kwh": _number(summary.generated_kwh),
            "consumed_kwh": _number(summary.consumed_kwh),
            "rejected": len(summary.rejected),
        },
        first_readings=[_as_stored(each) for each in readings[:_SHOWN]],
        first_rejected=[RejectedRow(each.position, each.reason[:_CUT]) for each in summary.rejected[:_SHOWN]],
    )


def _number(kwh: str | None) -> Decimal | None:
    return None if kwh is None else Decimal(kwh)


def _zone_of(readings: "list[ProfiledReading]", stores: Stores) -> str | None:
    known = stores.sites.get(readings[0].site_id) if readings else None
    return known.timezone if known else None


def _as_stored(reading: "ProfiledReading") -> PreviewedReading:
    return PreviewedReading(
        site_id=reading.site_id,
        timestamp=text_of(reading.end),
        interval_seconds=reading.seconds,
        energy_generated_kwh=reading.generated,
        energy_consumed_kwh=reading.consumed,
        quality=reading.mark if reading.mark != "missing" else "actual",
    )
