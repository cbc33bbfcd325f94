"""`heliograph feeds add`, `list`, `show`, `remove`, `restore`, `replay`: the profiles that a stack reads files by."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from heliograph.errors import HeliographError
from heliograph.events import Landed, event_of
from heliograph.formatting import count
from heliograph.ingestion import Ingestion
from heliograph.kept_profiles import NATIVE, FileProfile, KeptFeed, require_free
from heliograph.object_keys import POSTED_FEEDS, RAW
from heliograph.profiles.model import parse_profile, write_profile
from heliograph.storage.batches import batched
from heliograph.storage.clients import Clients
from heliograph.storage.feeds import Feeds, S3FileProfiles
from heliograph.storage.ingestions import read_ingestion
from heliograph.storage.listing import Listed, Walk
from heliograph.storage.queues import SqsQueue
from heliograph.table_keys import ingestion_id
from heliograph_cli.commands import Exit, command, make_app, read
from heliograph_cli.replay import replaced_letters
from heliograph_cli.show import out, print_json, print_raw, print_table, progress, warn
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir, Target, find_target

_TOGETHER: Final = 10
_POLL_SECONDS: Final = 0.5
_SHOWN: Final = 20
app = make_app()

_FeedName = Annotated[str, typer.Argument(help="A feed's name, as in raw/NAME/.")]
_NOT_THERE: Final = {Exit.FAILED: "no feed has that name"}


class NoSuchFeed(HeliographError):
    """No feed of that name has a profile."""


class FeedInUse(HeliographError):
    """Files land below the feed's prefix without a profile."""


@command(app, "add", meanings={Exit.FAILED: "the profile can't be used, and what to correct is named"})
def add_feed(
    profile: Annotated[Path, typer.Argument(help="A profile, as `feeds detect --out` writes it.")],
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    name: Annotated[str, typer.Option(help="The feed's name, where it isn't the profile's own.")] = "",
    force: Annotated[
        bool,
        typer.Option(help="Give a first profile to a prefix below which native files land already."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep a profile with the stack; the files below raw/NAME/ that land from now on are read by it.

    Each change is a new version; the same profile again adds none. Files that landed before
    are read by `feeds replay`. Where native files land below raw/NAME/ already, --force has to say
    that the next ones are to be read by it.

    Example: heliograph feeds add portal.json --name portal
    """
    known = parse_profile(read(profile))
    if name:
        known = parse_profile(write_profile(msgspec.structs.replace(known, name=name)))
    require_free(known.name)
    target, clients = find_target(state_dir)
    feeds = feeds_of(target, clients)
    if not force and feeds.is_native(known.name):
        what = f"files land below {RAW}{known.name}/ already, and are read in the native format"
        raise FeedInUse(f"{what}; choose another --name, or say --force to have the next ones read by this profile")
    feed, added = feeds.add(known, clients.who(), datetime.now(UTC))
    if as_json:
        print_json({**msgspec.structs.asdict(feed), "added": added})
    elif added:
        out().print(f"version {feed.version} of {feed.name}; it reads the files that land below {RAW}{feed.name}/")
    else:
        out().print(f"it is version {feed.version} of {feed.name} already")


@command(app, "list")
def list_feeds(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """List the feeds whose profiles the stack keeps.

    Example: heliograph feeds list
    """
    target, clients = find_target(state_dir)
    found = feeds_of(target, clients).all()
    if as_json:
        for each in found:
            print_json(msgspec.structs.asdict(each))
    else:
        rows = [
            {
                "feed": each.name,
                "title": each.title,
                "version": "removed" if each.removed else each.version,
                "since": each.at[:19] + "Z",
            }
            for each in found
        ]
        print_table(count(len(found), "feed"), rows)


@command(app, "show", meanings=_NOT_THERE)
def show_feed(
    name: _FeedName,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    version: Annotated[int, typer.Option(help="An older version; the newest where it is 0.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a feed's profile, as a file that `feeds test` and `feeds add` take.

    Example: heliograph feeds show portal > portal.json
    """
    target, clients = find_target(state_dir)
    feeds = feeds_of(target, clients)
    feed = require_known(feeds, name)
    if version > feed.version:
        raise NoSuchFeed(f"{name} has no version {version}; its newest is {feed.version}")
    shown = feeds.version(name, version or feed.version)
    if as_json:
        print_json(shown)
    else:
        print_raw(write_profile(shown.profile).decode())


@command(app, "remove", meanings=_NOT_THERE)
def remove_feed(name: _FeedName, state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Remove a feed's profile; the files below raw/NAME/ that land from now on are read in the native format.

    Its versions, its files and their readings stay. A file that it has read keeps its version, whatever replays it.
    `feeds restore NAME` brings it back.

    Example: heliograph feeds remove portal
    """
    target, clients = find_target(state_dir)
    feeds = feeds_of(target, clients)
    feed, removed = feeds.remove(require_known(feeds, name), clients.who(), datetime.now(UTC))
    if as_json:
        print_json({**msgspec.structs.asdict(feed), "changed": removed})
    elif removed:
        out().print(f"removed; files that land below {RAW}{name}/ are read in the native format")
    else:
        out().print("it is removed already")


@command(app, "restore", meanings=_NOT_THERE)
def restore_feeds(
    name: Annotated[str, typer.Argument(help="A feed that was removed; left out, the entries of all feeds.")] = "",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    as_json: AsJson = False,
) -> None:
    """Bring a removed feed's profile back; or write the table's entries of all feeds anew, from the bucket's versions.

    Files that landed meanwhile stay as they were read, until `feeds replay NAME`.

    Example: heliograph feeds restore portal
    Example: heliograph feeds restore
    """
    target, clients = find_target(state_dir)
    feeds = feeds_of(target, clients)
    if name:
        feed, restored = feeds.bring_back(require_known(feeds, name), clients.who(), datetime.now(UTC))
        if as_json:
            print_json({**msgspec.structs.asdict(feed), "changed": restored})
        else:
            said = "" if restored else "it isn't removed; "
            out().print(f"{said}version {feed.version} of {name} reads the files that land below {RAW}{name}/")
        return
    found = feeds.restore()
    if as_json:
        print_json({"feeds": len(found)})
    else:
        out().print(f"{count(len(found), 'feed')} written")


@command(app, "replay", meanings={Exit.FAILED: "a file can't be read by the profile, or isn't read yet"})
def replay_feed(
    name: _FeedName,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    *,
    rate: Annotated[float, typer.Option(help="Files a second.", min=0.1)] = 50.0,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.")] = 600.0,
    as_json: AsJson = False,
) -> None:
    """Read a feed's files anew, by the newest version of its profile.

    What that version makes of a file replaces what another stored of it: a reading that it doesn't make is gone. All
    else stays. An interrupted replay loses nothing: run it again, and it goes on. Once all is read, it changes nothing.

    Example: heliograph feeds replay portal
    """
    target, clients = find_target(state_dir)
    feed = require_feed(feeds_of(target, clients), name)
    with progress() as shown:
        task = shown.add_task("reading anew", total=None)
        replay = _Replay(target, clients, feed, rate)
        files = replay.send()
        shown.update(task, total=len(files))
        found = {}
        deadline = time.monotonic() + timeout
        for ingestion in replay.follow(files, deadline):
            found[ingestion.id] = ingestion
            shown.update(task, completed=len(found))
        # Overlapping files may have shown the same values, which are kept once, with some of those that brought them;
        # and a file may have been counted as the first to bring what now is another's. Both are right once each file
        # has come again, so the replay isn't done before.
        if len(found) == len(files):
            replay.send_again(files)
            shown.update(task, description="completing", completed=0)
            found = {}
            for ingestion in replay.follow(files, deadline, again=True):
                found[ingestion.id] = ingestion
                shown.update(task, completed=len(found))
    _report(feed, files, found, as_json=as_json)


class _Replay:
    """One replay of a feed."""

    def __init__(self, target: Target, clients: Clients, feed: KeptFeed, rate: float) -> None:
        self._target = target
        self._clients = clients
        self._feed = feed
        self._rate = rate
        self._queue = SqsQueue(clients.sqs(), target.ingest_queue_url)

    def send(self) -> list[Listed]:
        """Have every file of the feed be read by the newest version; return them all."""
        kept = S3FileProfiles(cache(self._clients.s3), self._target.bucket)
        wanted = FileProfile(self._feed.name, self._feed.version, (NATIVE,))
        walk = Walk(self._clients.s3(attempts=1), self._target.bucket)
        files = []
        landed = chain.from_iterable(walk.versions(f"{root}{self._feed.name}/") for root in (RAW, POSTED_FEEDS))
        dead = SqsQueue(self._clients.sqs(), self._target.dead_letter_queue_url)
        with replaced_letters(dead) as note:
            for some in batched(landed, _TOGETHER):
                for each in some:
                    kept.upgrade(_id_of(each), wanted)
                self._send(some)
                note(some)
                files += some
        for folder in walk.unlisted:
            warn(f"a key below {folder} can't be listed: it, and others with unusual signs there, may be left out")
        return files

    def send_again(self, files: Sequence[Listed]) -> None:
        """Send all files once more, when each is read."""
        for some in batched(files, _TOGETHER):
            self._send(some)

    def follow(self, files: Sequence[Listed], deadline: float, *, again: bool = False) -> Iterator[Ingestion]:
        """Yield the ingestion of each file as it is read by the newest version, until all are or the time is up.

        deadline: on the monotonic clock. again: whether to wait until it was read once more, when all were read anew.
        """
        left = [_id_of(each) for each in files]
        dynamodb = self._clients.dynamodb()
        while left:
            waiting = []
            for name in left:
                found = read_ingestion(dynamodb, self._target.ingestions_table, name)
                by = (found.profile, found.profile_version) if found else None
                if found and by == (self._feed.name, self._feed.version) and not (again and found.provisional):
                    yield found
                else:
                    waiting.append(name)
            left = waiting
            if not left or time.monotonic() > deadline:
                return
            time.sleep(_POLL_SECONDS)

    def _send(self, some: Sequence[Listed]) -> None:
        self._queue.send([event_of(self._target.bucket, Landed(e.key, e.version, e.landed_at)) for e in some])
        time.sleep(len(some) / self._rate)


def _id_of(listed: Listed) -> str:
    return ingestion_id(listed.key, listed.version, listed.landed_at)


def _report(feed: KeptFeed, files: Sequence[Listed], found: dict[str, Ingestion], *, as_json: bool) -> None:
    """Say what became of the files; end with 1 where one isn't read."""
    failed = [each for each in found.values() if each.state == "failed"]
    waiting = len(files) - len(found)
    if as_json:
        print_json(
            {
                "feed": feed.name,
                "version": feed.version,
                "files": len(files),
                "read": len(found) - len(failed),
                "failed": [{"object_key": each.object_key, "error": each.error} for each in failed],
                "waiting": waiting,
            }
        )
    else:
        read_now = count(len(found) - len(failed), "file")
        out().print(f"{read_now} of {len(files):,} read by version {feed.version} of {feed.name}")
    for each in failed[:_SHOWN]:
        warn(f"{each.object_key} stays as it was read before: {each.error}", style="red")
    if len(failed) > _SHOWN:
        warn(f"{len(failed) - _SHOWN:,} more can't be read; --json names all", style="red")
    if waiting:
        until = "until then readings that several files bring may be missing"
        warn(f"{count(waiting, 'file')} not read yet; run the command again: {until}", style="red")
    if failed or waiting:
        raise typer.Exit(Exit.FAILED)


def feeds_of(target: Target, clients: Clients) -> Feeds:
    """Return the feeds of a stack."""
    return Feeds(clients.dynamodb(), target.sites_table, cache(clients.s3), target.bucket)


def require_feed(feeds: Feeds, name: str) -> KeptFeed:
    """Return a feed that has a profile.

    Raises:
        NoSuchFeed: there is none of that name, or its profile was removed.
    """
    feed = require_known(feeds, name)
    if feed.removed:
        raise NoSuchFeed(f"the profile of {name} was removed; bring it back: heliograph feeds restore {name}")
    return feed


def require_known(feeds: Feeds, name: str) -> KeptFeed:
    """Return a feed, removed or not.

    Raises:
        NoSuchFeed: there is none of that name.
    """
    if feed := feeds.find(name):
        return feed
    known = ", ".join(each.name for each in feeds.all())
    raise NoSuchFeed(f"no feed is called {name!r}; " + (f"there are: {known}" if known else "add one: feeds add"))
