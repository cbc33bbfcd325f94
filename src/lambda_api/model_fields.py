"""Fields that the models share: energies with all their digits, names, and a page of a list."""

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field, WithJsonSchema

T = TypeVar("T")

# pydantic would describe a Decimal as text; it is sent as a number with all its digits.
Exact = Annotated[Decimal, WithJsonSchema({"type": "number"})]

SiteId = Annotated[str, Field(description="The site's name.", examples=["solar-007"])]
Source = Annotated[
    str,
    Field(
        description="The file the values came from: its key, and its version behind an @.",
        examples=["raw/submit/2026/11/22/day.json@v1"],
    ),
]
LandedAt = Annotated[
    str,
    Field(description="When that file landed, UTC.", examples=["2026-11-22T09:05:12Z"]),
]
Generated = Annotated[Exact, Field(description="Energy generated in the interval, kWh, exact.", examples=[4.125])]
Consumed = Annotated[Exact, Field(description="Energy consumed in the interval, kWh, exact.", examples=[0.31])]


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T] = Field(description="The items, in the list's order.")
    next: str | None = Field(
        description="Send it back as `cursor` for the next page; null on the last.",
        examples=["WyJzb2xhci0wMDciLCIxZjNkNWI3OTlhYmNkZWYwIl0"],
    )
