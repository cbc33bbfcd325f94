"""What a profile makes of files, summed up for a person who decides whether it is right."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from heliograph.detect.propose import Proposal, propose
from heliograph.detect.table import MOST_ROWS as ROWS_LOOKED_AT
from heliograph.errors import TooLarge
from heliograph.feed import RejectedRecord
from heliograph.formatting import exact
from heliograph.profiles.energies import counted
from heliograph.profiles.model import Profile
from heliograph.profiles.read import ProfiledFile, ProfiledReading, read_file
from heliograph.profiles.workbook_size import may_be_workbook, sheet_sizes
from heliograph.reading import text_of

_SEPARATORS: Final = (b",", b";", b"\t", b"|")
# How JSON and XML begin, whose lines aren't rows of a table.
_NO_TABLE: Final = (b"{", b"[", b"<")
_UNKNOWN_STEPS: Final = frozenset({"fell", "replaced", "fault"})


class FileSummary(msgspec.Struct, frozen=True):
    """What is in the files of a feed.

    readings: how many have a value. first_end_utc, last_end_utc: UTC text; None without readings. generated_kwh,
    consumed_kwh: exact sums as decimal text, None for a side that isn't measured. lack_generated, lack_consumed:
    readings without that side's value. blank: intervals without any. repeated: amounts that stand again. resets: steps
    of a counter over which the energy isn't known.
    """

    readings: int
    first_end_utc: str | None
    last_end_utc: str | None
    generated_kwh: str | None
    consumed_kwh: str | None
    lack_generated: int
    lack_consumed: int
    blank: int
    repeated: int
    resets: int
    rejected: list[RejectedRecord]


def merged(found: Sequence[ProfiledFile]) -> list[ProfiledReading]:
    """Return the readings of all files that have a value, by site and END; of two of one END the later file's."""
    return [each for each in _counted(found) if each.generated is not None or each.consumed is not None]


def summary_of(profile: Profile, found: Sequence[ProfiledFile]) -> FileSummary:
    """Sum up what a profile read of files."""
    steps = _counted(found)
    readings = [each for each in steps if each.generated is not None or each.consumed is not None]
    ends = [reading.end for reading in readings]
    return FileSummary(
        readings=len(readings),
        first_end_utc=text_of(min(ends)) if ends else None,
        last_end_utc=text_of(max(ends)) if ends else None,
        generated_kwh=_sum([reading.generated for reading in readings]) if profile.generated else None,
        consumed_kwh=_sum([reading.consumed for reading in readings]) if profile.consumed else None,
        lack_generated=sum(reading.generated is None for reading in readings) if profile.generated else 0,
        lack_consumed=sum(reading.consumed is None for reading in readings) if profile.consumed else 0,
        blank=sum(each.blank for each in found),
        repeated=sum(each.repeated for each in found),
        resets=sum(reading.note in _UNKNOWN_STEPS for reading in steps),
        rejected=[rejected for each in found for rejected in each.rejected],
    )


def _counted(found: Sequence[ProfiledFile]) -> list[ProfiledReading]:
    readings = {(reading.site_id, reading.end): reading for each in found for reading in each.readings}
    return counted([readings[key] for key in sorted(readings)])


def _sum(values: Sequence[Decimal | None]) -> str | None:
    known = [value for value in values if value is not None]
    return exact(sum(known, Decimal(0))).replace(",", "") if known else None  # a machine reads it, too


class LookLimits(NamedTuple):
    """How much of a file is looked at, for who can't wait for long. rows: of the file. cells: of the rows detected by.

    columns: of a table. sheets, book_cells: of a workbook, of all its sheets. unpacked: bytes that it unpacks to.
    """

    rows: int
    cells: int
    columns: int
    sheets: int
    book_cells: int
    unpacked: int


class Look(NamedTuple):
    """What is proposed for a file, and what that makes of it."""

    proposal: Proposal
    found: ProfiledFile


def look_at(body: bytes, file_name: str, answers: Mapping[str, str], site: str, limits: LookLimits) -> Look:
    """Propose how an unknown file is read, and read it so.

    body: the file, unpacked. answers: by the questions' keys. site: whose readings it has, where that is known.

    Raises:
        TooLarge: it is beyond the limits.
        UnreadableFile: nothing in it looks like readings.
        ProfileError, ValidationError: an answer can't be used.
    """
    _require_few_cells(body, limits)
    proposal = propose(body, file_name, answers, site)
    return Look(proposal, read_file(proposal.profile, body, file_name, limits.rows))


def _require_few_cells(body: bytes, limits: LookLimits) -> None:
    """Refuse a table whose cells take too long to look at: each is looked at some ten times.

    Raises:
        TooLarge: it is one.
    """
    if may_be_workbook(body):
        _require_small_book(body, limits)
        return
    end = 0
    for _ in range(ROWS_LOOKED_AT):
        end = body.find(b"\n", end) + 1
        if not end:
            break
    if max(body.count(each, 0, end or len(body)) for each in _SEPARATORS) > limits.cells:
        raise TooLarge(f"the file's first {ROWS_LOOKED_AT:,} rows have more than {limits.cells:,} cells; split it")
    if body[:1] not in _NO_TABLE:
        lines = body[: end or len(body)].split(b"\n")
        _require_few_columns(1 + max(line.count(each) for each in _SEPARATORS for line in lines), limits)
    if body.count(b"<") > 2 * limits.cells:  # an element begins and ends, and takes some 300 bytes
        raise TooLarge(f"the file has more than {limits.cells:,} elements of XML; split it")


def _require_small_book(body: bytes, limits: LookLimits) -> None:
    """Refuse a workbook whose sheets together take too long: each of them is looked at.

    Raises:
        TooLarge: it is one.
    """
    sizes = sheet_sizes(body, limits.unpacked)
    if len(sizes) > limits.sheets:
        raise TooLarge(f"the workbook has {len(sizes):,} sheets; at most {limits.sheets} are looked at")
    if (cells := sum(size.cells for size in sizes)) > limits.book_cells:
        raise TooLarge(f"the workbook's sheets have {cells:,} cells; at most {limits.book_cells:,} are looked at")
    _require_few_columns(max((size.columns for size in sizes), default=0), limits)


def _require_few_columns(count: int, limits: LookLimits) -> None:
    if count > limits.columns:
        raise TooLarge(f"the file has {count:,} columns; at most {limits.columns} are looked at, so leave some out")
