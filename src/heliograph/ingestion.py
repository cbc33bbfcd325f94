"""An ingestion: the outcome of one raw object. All are the audit trail, and the fleet's totals are their sums."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from heliograph.table_keys import ingestion_id

IngestionState = Literal["done", "failed"]

# Why a reading is in quarantine whose item can't grow.
ITEM_IS_FULL: Final = (
    "the stored reading has reached DynamoDB's 400 KB and can't take these values; delete its item from the readings "
    "table, then say `heliograph replay` for its files"
)


class Ingestion(msgspec.Struct, frozen=True, kw_only=True):
    """One raw object and what was done with its records: records = stored + already_stored + revised + rejected."""

    object_key: Annotated[str, Meta(description="The file's key.", examples=["raw/submit/2026/11/22/day.json"])]
    version: Annotated[
        str, Meta(description="The file's version; empty in a bucket without versions.", examples=["v1"])
    ]
    landed_at: Annotated[str, Meta(description="When that file landed, UTC.", examples=["2026-11-22T09:05:12Z"])]
    size_bytes: Annotated[int, Meta(description="Size as it lies in the bucket, bytes.", examples=[48213])]
    state: Annotated[
        IngestionState, Meta(description="`done`, or `failed` with the reason in `error`.", examples=["done"])
    ]
    error: Annotated[str, Meta(description="Why it failed; empty where it didn't.", examples=[""])] = ""
    records: Annotated[int, Meta(description="Records in the file, a count.", examples=[288])] = 0
    stored: Annotated[
        int,
        Meta(description="Readings, or other sides of readings, first stored by this file, a count.", examples=[286]),
    ] = 0
    already_stored: Annotated[int, Meta(description="Repeats of what was stored, a count.", examples=[1])] = 0
    # Those whose values it changed, or whose other landings had other values; see `history.store_outcome`.
    revised: Annotated[
        int, Meta(description="Readings that other landings had with other values, a count.", examples=[0])
    ] = 0
    rejected: Annotated[int, Meta(description="Records put into quarantine, a count.", examples=[1])] = 0
    blank: Annotated[
        int, Meta(description="Records without any value, which count as none of these, a count.", examples=[0])
    ] = 0
    flagged: Annotated[
        int, Meta(description="Of the readings stored by it, those anomalous by themselves, a count.", examples=[2])
    ] = 0
    processed_at: Annotated[str, Meta(description="When it was processed, UTC.", examples=["2026-11-22T09:30:02Z"])] = (
        ""
    )
    code_version: Annotated[str, Meta(description="Version of the processor that did it.", examples=["0.1.0"])] = ""
    profile: Annotated[
        str, Meta(description="The feed profile that it was read by; empty for the native format.", examples=[""])
    ] = ""
    profile_version: Annotated[
        int, Meta(description="That profile's version, a count from 1; 0 for the native format.", examples=[0])
    ] = 0
    provisional: Annotated[
        bool,
        Meta(
            description="Whether its feed was being read anew, so that which records are repeats may still change.",
            examples=[False],
        ),
    ] = False
    attempts: Annotated[int, Meta(description="How often a different outcome was written, a count.", examples=[1])] = 1

    @property
    def id(self) -> str:
        """The ingestion's name, the same for the same object."""
        return ingestion_id(self.object_key, self.version, self.landed_at)


COUNTS: Final = ("records", "stored", "already_stored", "revised", "rejected", "flagged")


class IngestionTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The fleet's totals: sums over all ingestions, and the number of sites."""

    sites: int = 0
    files: int = 0
    failed_files: int = 0
    bytes: int = 0
    records: int = 0
    stored: int = 0
    already_stored: int = 0
    revised: int = 0
    rejected: int = 0
    flagged: int = 0


def contribution(ingestion: Ingestion | None) -> dict[str, int]:
    """Return what one ingestion adds to the fleet's totals; nothing where there is none."""
    if ingestion is None:
        return {}
    counts = {name: getattr(ingestion, name) for name in COUNTS}
    failed = int(ingestion.state == "failed")
    return {"files": 1, "failed_files": failed, "bytes": ingestion.size_bytes, **counts}


def change(before: Ingestion | None, after: Ingestion) -> dict[str, int]:
    """Return what the totals change by when an ingestion replaces the one there was; without the zeros."""
    old, new = contribution(before), contribution(after)
    differences = {name: new[name] - old.get(name, 0) for name in new}
    return {name: value for name, value in differences.items() if value}


def as_first_counted(before: Ingestion | None, after: Ingestion) -> Ingestion:
    """Return what is to be written of an object processed again: already stored and revised stay as first counted.

    What a landing was to its reading was seen when it landed. Later, other files may have revised the reading, or its
    values may be no longer kept; a replay mustn't count by that.
    """
    if before is None or before.provisional or before.state != "done" or after.state != "done":
        return after
    same = (before.records, before.stored, before.rejected) == (after.records, after.stored, after.rejected)
    split = before.already_stored + before.revised == after.already_stored + after.revised
    return (
        msgspec.structs.replace(after, already_stored=before.already_stored, revised=before.revised)
        if same and split
        else after
    )


def same_outcome(before: Ingestion, after: Ingestion) -> bool:
    """Return whether processing an object again found what was found before."""
    return not change(before, after) and _is_read_as(before) == _is_read_as(after)


def _is_read_as(ingestion: Ingestion) -> tuple[object, ...]:
    read_by = ingestion.profile, ingestion.profile_version, ingestion.provisional
    return ingestion.state, ingestion.error, *read_by
