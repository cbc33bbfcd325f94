"""An edit: a stretch of a site's readings that a person excludes, accepts, sets, scales or shifts, and why.

Edits are kept for good and apply in the order in which they were made. What is stored of a reading never changes.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from heliograph.reading import Measures, end_of, text_of

# exclude: the values aren't used. accept: flags of these rules are wrong, the values right. set: each interval has this
# value. scale: each value times a factor. shift: each value belongs to an interval so many seconds later.
Action = Literal["exclude", "accept", "set", "scale", "shift"]
# No dot, so that no edit's fact is named as another's undoing; safe in URLs and keys.
EDIT_ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
# An interval may be a day; a site's days are kept for longer than this, but nobody looks through more at once.
MOST_DAYS: Final = 400


class EditBody(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the author of an edit sends. `check.checked` says whether it can be made.

    id: made by the author, so that an edit is made once however often it is sent; empty of an offer.
    start, end: UTC text; the edit is of all intervals with start < END <= end, as they are stored (or as earlier edits
    left them). side: the energies it is of.
    rules: of accept, the rules whose flags are wrong; empty for all. factor: of scale. generated_kwh, consumed_kwh: of
    set, of each interval. interval_seconds: of set, how long an interval is that has no reading yet; None where only
    readings that are there are set. shift_seconds: of shift, forward in time where positive.
    """

    id: Annotated[str, Meta(description="Made by you; the same edit sent again is made once.")] = ""
    site_id: str
    action: Annotated[Action, Meta(description="What becomes of the values.", examples=["scale"])]
    start: Annotated[str, Meta(description="Intervals that end after this, UTC.", examples=["2026-11-28T00:00:00Z"])]
    end: Annotated[str, Meta(description="Intervals that end by this, UTC.", examples=["2026-11-29T00:00:00Z"])]
    reason: Annotated[str, Meta(description="Why, 3 to 500 characters.", examples=["the logger sent Wh for kWh"])]
    side: Annotated[Measures, Meta(description="Which energies.")] = "both"
    rules: Annotated[tuple[str, ...], Meta(description="accept: these rules' flags are wrong; none given: all.")] = ()
    factor: Annotated[Decimal | None, Meta(description="scale: each value times this.", examples=["0.001"])] = None
    generated_kwh: Annotated[Decimal | None, Meta(description="set: generated in each interval, kWh.")] = None
    consumed_kwh: Annotated[Decimal | None, Meta(description="set: consumed in each interval, kWh.")] = None
    interval_seconds: Annotated[
        int | None,
        Meta(description="set: also intervals without a reading get the value; each is this long.", examples=[900]),
    ] = None
    shift_seconds: Annotated[
        int | None, Meta(description="shift: each value belongs so much later.", examples=[3600])
    ] = None

    def covers(self, end: int) -> bool:
        """Return whether the edit is of the interval that ends at `end`, seconds since 1970."""
        return end_of(self.start) < end <= end_of(self.end)

    @property
    def since(self) -> str:
        """Before this time the edit changes nothing, UTC text; for a re-evaluation."""
        return text_of(end_of(self.start) + min(0, self.shift_seconds or 0))


class Edit(EditBody, frozen=True, omit_defaults=True, kw_only=True):
    """An edit that was made.

    who: as a fact has it. made_at: UTC text with microseconds, the clock of who took it in. undone_at, undone_by: the
    same of its undoing; empty while it holds.
    """

    who: str
    made_at: str
    undone_at: str = ""
    undone_by: str = ""

    @property
    def body(self) -> EditBody:
        """What its author sent."""
        return EditBody(**{name: getattr(self, name) for name in EditBody.__struct_fields__})

    @property
    def holds(self) -> bool:
        """Return whether it wasn't undone."""
        return not self.undone_at


def made(body: EditBody, who: str, made_at: str) -> Edit:
    """Return the edit that somebody makes. made_at: see `Edit`."""
    return Edit(**{name: getattr(body, name) for name in EditBody.__struct_fields__}, who=who, made_at=made_at)


def in_order(edits: "list[Edit] | tuple[Edit, ...]") -> list[Edit]:
    """Return edits in the order in which they were made, which is the order in which they apply."""
    return sorted(edits, key=lambda edit: (edit.made_at, edit.id))
