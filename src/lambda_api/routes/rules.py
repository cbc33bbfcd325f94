"""GET /rules: every rule of the registry, with its limits and what to do next."""

from typing import Annotated

import msgspec
from fastapi import APIRouter
from msgspec import Meta

from heliograph.checks.flag import Rule, RuleScope, Severity
from lambda_api.answers import AnswerPage, JsonResponse
from lambda_api.openapi import answer

router = APIRouter(tags=["service"])


class RuleLimit(msgspec.Struct, frozen=True):
    """A figure that a rule compares with."""

    name: Annotated[str, Meta(description="What it is, in words.", examples=["most of nameplate"])]
    value: Annotated[float, Meta(description="The figure, in `unit`.", examples=[1.1])]
    unit: Annotated[str, Meta(description="Its unit.", examples=["share of capacity"])]
    source: Annotated[str, Meta(description="Where it comes from.", examples=["inverters limit at nameplate"])]


class RuleEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A check, and what an operator should know of it."""

    name: Annotated[str, Meta(description="The rule's name, as in flags and incidents.", examples=["over_capacity"])]
    scopes: Annotated[
        tuple[RuleScope, ...],
        Meta(
            description="What its checks see: one `reading` as it lands, the `series` around it, a whole `day`, or "
            "`silence`; first where it belongs.",
            examples=[["reading"]],
        ),
    ]
    severity: Annotated[Severity, Meta(description="The worst that it gives.", examples=["critical"])]
    unit: Annotated[str, Meta(description="The unit of what it sees, unless a flag says another.", examples=["kWh"])]
    sentence: Annotated[
        str,
        Meta(
            description="What it finds, without figures; the `message` of a flag has them.",
            examples=["more than the nameplate can give in an interval"],
        ),
    ]
    advice: Annotated[
        str,
        Meta(description="What to do next.", examples=["Compare capacity_kw and interval_minutes with the plant."]),
    ]
    limits: Annotated[list[RuleLimit], Meta(description="The figures that it compares with.")]


class RulePage(AnswerPage[RuleEntry], frozen=True):
    """Every rule, on one page."""


@router.get("/rules", responses=answer(RulePage))
async def get_rules() -> JsonResponse:
    """Return every rule: what it checks, what it compares with, and what to do when it flags."""
    from heliograph.checks import registry  # noqa: PLC0415 - every check, and the sun, which no other route needs

    return JsonResponse(RulePage([rule_of(each) for each in registry.RULES], None))


def rule_of(declared: Rule) -> RuleEntry:
    """Return a rule as it is served: all that is said of it, without its checks."""
    return RuleEntry(
        name=declared.name,
        scopes=declared.scopes,
        severity=declared.severity,
        unit=declared.unit,
        sentence=declared.sentence,
        advice=declared.advice,
        limits=[RuleLimit(*limit) for limit in declared.limits],
    )
