"""`heliograph quarantine`: rejected records: list, show, correct and land them again.

A quarantine file belongs to its raw object for good: it stays when its records are landed again, so that `heliograph
audit` finds every record of every file.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from heliograph.errors import HeliographError, ObjectGone, UnreadableFile
from heliograph.feed import DEFAULT_LIMIT_BYTES, Numbered, RejectedRecord, decode
from heliograph.feed.csv_layout import header_lines, looks_like_csv
from heliograph.feed.decode import gunzipped, unpack
from heliograph.feed.local_time import Zones
from heliograph.feed.records import MAX_KEPT_CHARACTERS, text_of
from heliograph.formatting import count
from heliograph.history import Provenance
from heliograph.kept_profiles import LIMIT_BYTES
from heliograph.object_keys import QUARANTINE, KeysInOrder, feed_of, file_name_of, resubmitted_key
from heliograph.profiles.entries import read_entries, read_kept_rows
from heliograph.profiles.model import Profile
from heliograph.quarantine import QuarantineLine, lines_of
from heliograph.reading import Reading, record_of
from heliograph.storage.clients import Clients
from heliograph.storage.feeds import S3FileProfiles
from heliograph.storage.listing import Listed, list_newest
from heliograph.storage.objects import S3Objects
from heliograph.storage.sites import DynamoSites
from heliograph.table_keys import ingestion_id
from heliograph_cli.commands import Exit, command, group, make_app, read
from heliograph_cli.kept_feeds import feeds_of
from heliograph_cli.replay import landed_within
from heliograph_cli.show import print_json, print_raw, print_table, say
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_KEYS: Final = KeysInOrder()
_SHOWN: Final = 100
_NAMED: Final = 5

_Key = Annotated[str, typer.Argument(help="A quarantine file's key, as `heliograph quarantine list` gives it.")]

_NOT_THERE: Final = {Exit.FAILED: "no quarantine file has that key"}
_AGAIN: Final = {Exit.FAILED: "a record would be rejected again, and is named; nothing was landed"}

app = make_app(no_args_is_help=True)


@group(app)
def _quarantine() -> None:
    """Rejected records: show, correct and land them again.

    Example: heliograph quarantine list
    """


class NotInQuarantine(HeliographError):
    """No quarantine file has the key that was asked for, or it has no such record."""


class StillRejected(HeliographError):
    """Records would be rejected again."""


_READ: Final = msgspec.json.Decoder(QuarantineLine)
_WRITE: Final = msgspec.json.Encoder(decimal_format="number")


@command(app, "list")
def list_files(
    prefix: Annotated[str, typer.Argument(help="Feed and day, such as submit/2026/11/22.")] = "",
    since: Annotated[str | None, typer.Option("--from", help="Rejected at or after this moment, ISO 8601.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Rejected before this moment, ISO 8601.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = _SHOWN,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """List quarantine files, by feed and day: one for each raw object that had records rejected.

    Example: heliograph quarantine list submit/2026/11 --from 2026-11-22T00:00:00Z
    """
    is_chosen = landed_within(since, until)
    target, clients = find_target(state_dir)
    kept = list_newest(clients.s3(), target.bucket, _key(prefix))
    listed = (each for each in kept if each.size_bytes)  # an empty one holds nothing any more
    rows = [_row(each) for each in islice(filter(is_chosen, listed), limit)]
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table("quarantine" + (f": the first {limit}; more with --limit" if len(rows) == limit else ""), rows)


@command(app, meanings=_NOT_THERE)
def show(
    key: _Key,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    records: Annotated[bool, typer.Option("--records", help="Only the records' text, a file to be corrected.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the rejected records of one file: position, reason and text.

    The table has the first 100. --records prints all as a feed, CSV with its header; correct it, then run `resubmit
    --corrected`.

    Example: heliograph quarantine show submit/2026/11/22/meters.csv@v1.ndjson --records > corrected.csv
    """
    target, clients = find_target(state_dir)
    rejected = _read(key, target, clients)
    if records:
        _require_whole(rejected)
        for line in _feed(_read(key, target, clients), target, clients):
            print_raw(line)
    elif as_json:
        for each in rejected:
            print_json(msgspec.structs.asdict(each))
    else:
        shown = list(islice(rejected, _SHOWN))
        rows = [{"position": each.position, "reason": each.reason, "record": each.record} for each in shown]
        left = sum(1 for _ in rejected)
        more = f": the first {_SHOWN} of {_SHOWN + left} lines; all with --json" if left else ""
        print_table(f"{shown[0].source if shown else _key(key)}{more}", rows)


@command(app, meanings=_AGAIN)
def resubmit(
    key: _Key,
    corrected: Annotated[
        Path | None, typer.Option(help="A file of the corrected records, in any form of feed.")
    ] = None,
    positions: Annotated[
        list[int] | None, typer.Option("--position", help="Only this record; may be repeated.")
    ] = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    good_only: Annotated[bool, typer.Option("--good-only", help="Leave out what would be rejected again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Land rejected records again, corrected in a file or as they are, as a new file below raw/resubmit/.

    The same records land once, however often you run it. The quarantine file stays. If a record would be rejected
    again, it is named and nothing lands.

    Example: heliograph quarantine resubmit submit/2026/11/22/meters.csv@v1.ndjson --corrected corrected.csv
    """
    if corrected and positions:
        raise typer.BadParameter(
            "--position goes without --corrected; leave out of the corrected file what isn't to land"
        )
    target, clients = find_target(state_dir)
    body = read(corrected) if corrected else _chosen_feed(key, positions or [], target, clients)
    readings = _good(_entries(body, key, target, clients, is_part=corrected is None), good_only=good_only)
    landed, is_new = _land(key, readings, target, clients)
    if as_json:
        print_json({"object_key": landed, "readings": len(readings), "landed": is_new})
    else:
        done = "landed as" if is_new else "have landed before, as"
        text = f"{count(len(readings), 'reading')} {done} {landed}; the quarantine file stays"
        say(text)


def _key(name: str) -> str:
    return QUARANTINE + name.removeprefix(QUARANTINE)


def _row(listed: Listed) -> dict[str, object]:
    return {
        "key": listed.key.removeprefix(QUARANTINE),
        "rejected_at": listed.landed_at,
        "size_bytes": listed.size_bytes,
    }


def _read(key: str, target: Target, clients: Clients) -> Iterator[QuarantineLine]:
    """Read a quarantine file, line by line: all of its lines may be more than a command should hold.

    Raises:
        NotInQuarantine: it isn't there.
    """
    try:
        kept = S3Objects(clients.s3(), target.bucket, None).get(_key(key))
    except ObjectGone:
        raise NotInQuarantine(f"{_key(key)} isn't there; see `heliograph quarantine list`") from None
    return map(_READ.decode, lines_of(kept.pieces()))


def _chosen_feed(key: str, positions: Sequence[int], target: Target, clients: Clients) -> bytes:
    """Return rejected records as a feed, those at these positions; all where none is named."""
    wanted = frozenset(positions)
    chosen = (each for each in _read(key, target, clients) if not wanted or each.position in wanted)
    missing = set(wanted)
    passed = _noted(chosen, missing)
    body = "".join(_feed(_whole(passed), target, clients)).encode()
    if missing:
        raise NotInQuarantine(
            f"no rejected record stood at {', '.join(map(str, sorted(missing)))}; see `quarantine show`"
        )
    return body


def _noted(rejected: Iterable[QuarantineLine], missing: set[int]) -> Iterator[QuarantineLine]:
    """Pass records on, and take their positions from those that are missing."""
    for each in rejected:
        missing.discard(each.position)
        yield each


def _whole(rejected: Iterable[QuarantineLine]) -> Iterator[QuarantineLine]:
    """Pass on records that are kept whole.

    Raises:
        StillRefused: at the end, where some aren't.
    """
    cut, first = 0, None
    for each in rejected:
        if len(each.record) > MAX_KEPT_CHARACTERS or each.records > 1:
            cut, first = cut + each.records, first or each
        else:
            yield each
    if first:
        raise StillRejected(
            f"{cut} records, the first at {first.position}, are kept in part only; correct them from {first.source} "
            "and use --corrected"
        )


def _require_whole(rejected: Iterable[QuarantineLine]) -> None:
    for _ in _whole(rejected):
        pass


def _feed(rejected: Iterable[QuarantineLine], target: Target, clients: Clients) -> Iterator[str]:
    """Write records as a feed: a line each, CSV rows under the header of the file they come from."""
    passed = iter(rejected)
    if (first := next(passed, None)) is None:
        return
    if _profile_of(first, target, clients) is None:  # rows that a profile read are kept with their columns' names
        yield from (f"{line}\n" for line in _header(first.source, target, clients))
    for each in chain((first,), passed):
        yield " ".join(each.record.splitlines()) + "\n"


def _header(source: str, target: Target, clients: Clients) -> Iterator[str]:
    """Yield the header of a raw object where it is CSV; nothing where it isn't, or is there no more."""
    key, _, version = source.rpartition("@")
    objects = S3Objects(clients.s3(), target.bucket, DEFAULT_LIMIT_BYTES)
    try:
        raw = objects.get(key, version) if key else objects.get(source)
        text = unpack(raw.pieces(), DEFAULT_LIMIT_BYTES)
    except (ObjectGone, UnreadableFile):
        return
    if looks_like_csv(text):
        yield from (text_of(line, "backslashreplace") for line in header_lines(text))


def _zones_of(target: Target, clients: Clients) -> Zones:
    """Return what tells the time zones of sites as they are registered now."""

    def zones(site_ids: frozenset[str]) -> dict[str, str]:
        store = DynamoSites(clients.dynamodb(), target.sites_table, target.ingestions_table)
        return {each.site_id: each.timezone for each in store.get_many(site_ids).values() if each.timezone}

    return zones


def _entries(
    body: bytes, key: str, target: Target, clients: Clients, *, is_part: bool
) -> list[Numbered | RejectedRecord]:
    """Read a feed as the processor will, or by the profile that read the file that the records come from.

    is_part: whether it is records as quarantine has them, and not corrected. What stood between them in their file
    isn't here, so the order of their local times tells nothing.

    Raises:
        StillRefused: it can't be read.
    """
    first = next(_read(key, target, clients), None)
    profiled = _profile_of(first, target, clients) if first else None
    try:
        if profiled is None:
            zones = _zones_of(target, clients)
            return list(decode(body, DEFAULT_LIMIT_BYTES, zones, is_part=is_part, by_order=False))
        profile, file_name = profiled
        reads = read_kept_rows if body.lstrip().startswith(b"{") else read_entries
        return list(reads(profile, gunzipped(body, LIMIT_BYTES), file_name))
    except UnreadableFile as error:
        raise StillRejected(f"the records can't be read: {error}; correct them and use --corrected") from None


def _profile_of(line: QuarantineLine, target: Target, clients: Clients) -> tuple[Profile, str] | None:
    """Return the profile that reads the file of a rejected record, and the file's name; None where it is native."""
    raw_key, version = Provenance(line.landed_at, line.source, 0).object
    if not feed_of(raw_key):
        return None
    s3 = cache(clients.s3)
    by = S3FileProfiles(s3, target.bucket).kept(ingestion_id(raw_key, version, line.landed_at))
    if by is None:
        return None
    return feeds_of(target, clients).version(by.feed, by.version).profile, file_name_of(raw_key)


def _good(entries: Sequence[Numbered | RejectedRecord], *, good_only: bool) -> list[Reading]:
    """Return the readings of records.

    Raises:
        StillRefused: a record is no reading yet, or none is.
    """
    bad = [entry for entry in entries if isinstance(entry, RejectedRecord)]
    good = [entry.reading for entry in entries if isinstance(entry, Numbered)]
    if good and (good_only or not bad):
        return good
    named = "; ".join(f"line {each.position}: {each.reason}" for each in bad[:_NAMED])
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    rest = (
        f"; correct them, or land the {len(good)} others with --good-only"
        if good
        else "; correct them and use --corrected"
    )
    raise StillRejected(f"{len(bad)} of {len(entries)} records would be rejected again: {named}{more}{rest}")


def _land(key: str, readings: Sequence[Reading], target: Target, clients: Clients) -> tuple[str, bool]:
    """Land readings under a name that says when and what; return it, and whether they weren't there yet."""
    body = b"".join(_WRITE.encode(record_of(reading)) + b"\n" for reading in readings)
    digest = sha256(body).hexdigest()[:16]
    name = resubmitted_key(_key(key), f"{_KEYS.next(datetime.now(UTC)):%Y%m%dT%H%M%S-%f}-{digest}")
    folder = name.removesuffix(name.rpartition("/")[2])
    for landed in list_newest(clients.s3(), target.bucket, folder):
        if landed.key.endswith(f"{digest}.ndjson"):
            return landed.key, False
    clients.s3().put_object(Bucket=target.bucket, Key=name, Body=body, IfNoneMatch="*")
    return name, True
