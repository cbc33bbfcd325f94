"""`heliograph feeds`: how the files of any meter, portal or utility are read."""

import inspect
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from heliograph.detect.preview import merged, summary_of
from heliograph.detect.propose import Proposal, propose
from heliograph.detect.shipped import shipped_profiles
from heliograph.errors import ProfileError, UnreadableFile
from heliograph.feed import RejectedRecord
from heliograph.feed.decode import DEFAULT_LIMIT_BYTES, gunzipped
from heliograph.formatting import count, exact
from heliograph.profiles.model import Profile, SiteRule, parse_profile, parts, schema, write_profile
from heliograph.profiles.read import ProfiledFile, ProfiledReading, read_file
from heliograph.reading import text_of
from heliograph.site_entries import parse_sites
from heliograph_cli import kept_feeds
from heliograph_cli.commands import ALONE, Exit, NotReadable, WrongUse, command, group, make_app, read
from heliograph_cli.show import err, out, print_json, print_table, say, warn
from heliograph_cli.target import AsJson

if TYPE_CHECKING:
    from heliograph.site import Site

_SHOWN: Final = 5
# What `detect --json` has of the readings; `test --json` has more.
_SUMS: Final = ("readings", "first_end_utc", "last_end_utc", "generated_kwh", "consumed_kwh")
_UNREADABLE: Final = {
    Exit.DONE: "the files are read, whatever is still asked",
    Exit.FAILED: "a file isn't one that can be read, or a row of it was rejected",
}
app = make_app(no_args_is_help=True)
app.registered_commands += kept_feeds.app.registered_commands


@group(app)
def _feeds() -> None:
    """How the files of any meter, portal or utility are read.

    Example: heliograph feeds detect export.csv
    """


@command(app, "detect", exits=ALONE, meanings=_UNREADABLE)
def detect_feed(
    files: Annotated[
        list[Path], typer.Argument(help="Files of one feed: CSV, Excel, JSON, NDJSON, NEM12, Green Button.")
    ],
    *,
    site: Annotated[str, typer.Option(help="Whose readings they are.")] = "",
    sites: Annotated[
        Path | None, typer.Option(help="The sites' registry, a JSON file: a zone and a place in it needn't be asked.")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE, the answer to a question; may be repeated.")
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="Write the profile there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at unknown files, and propose a profile that says how they are read.

    Shows the first readings as they would be stored, what is sure and why, and what only a person can say. Nothing is
    sent anywhere. Answer what is asked with --answer, and keep the profile with --out.

    A site's place is an answer as well, place=LATITUDE,LONGITUDE: the sun may tell whether stamps are starts or ends.

    Example: heliograph feeds detect export.csv --site roof-1 --answer zone=Europe/Berlin --out export.json
    Example: heliograph feeds detect export.xlsx --json
    """
    answers = {**_registered(sites, site), **_answers(answer or ())}
    bodies = [(path, _unpacked(path)) for path in files]
    proposal = _proposed(bodies, answers, site)
    found = [_read(proposal.profile, path, body) for path, body in bodies]
    if out_file is not None:
        _write(out_file, write_profile(proposal.profile))
    if as_json:
        summary = summary_of(proposal.profile, found)
        print_json(
            {"profile": proposal.profile, "ask": proposal.ask, **{name: getattr(summary, name) for name in _SUMS}}
        )
    else:
        _show_proposal(proposal, found)


@command(app, "test", exits=ALONE, meanings=_UNREADABLE)
def try_feed(
    profile: Annotated[
        str, typer.Argument(help="A profile, as `feeds detect --out` writes it, or the name of a shipped one.")
    ],
    files: Annotated[list[Path], typer.Argument(help="Files of that feed.")],
    *,
    site: Annotated[str, typer.Option(help="Of a shipped profile: whose readings they are.")] = "site-1",
    answer: Annotated[
        list[str] | None, typer.Option(help="Of a shipped profile: KEY=VALUE, what it asks; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read files as a profile says, and show what is in them.

    Ends with 1 where a row was rejected.

    Example: heliograph feeds test export.json export.csv
    Example: heliograph feeds test enphase report.csv --answer zone=Europe/Amsterdam
    """
    known = _profile(profile, site, _answers(answer or ()))
    found = [_read(known, path, _unpacked(path)) for path in files]
    _report(known, found, as_json=as_json)


@command(app, "convert", exits=ALONE, meanings=_UNREADABLE)
def convert_feed(
    profile: Annotated[Path, typer.Argument(help="A profile, as `feeds detect --out` writes it.")],
    files: Annotated[list[Path], typer.Argument(help="Files of that feed.")],
    out_file: Annotated[Path, typer.Option("--out", help="Write the readings there, NDJSON.")],
    *,
    unmeasured_as_zero: Annotated[
        bool, typer.Option(help="Write 0 for a side that the feed doesn't measure, where a reading must have both.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the readings of files as NDJSON, to be checked or submitted.

    Ends with 1 where a row was rejected; the others are written.

    Example: heliograph feeds convert export.json export.csv --out readings.ndjson
    """
    known = parse_profile(read(profile))
    found = [_read(known, path, _unpacked(path)) for path in files]
    encoder = msgspec.json.Encoder(decimal_format="number")
    lines = [encoder.encode(_native(each, known, zero=unmeasured_as_zero)) + b"\n" for each in merged(found)]
    _write(out_file, b"".join(lines))
    _report(known, found, as_json=as_json)


@command(app, "shipped", exits=ALONE)
def list_shipped(
    name: Annotated[str, typer.Argument(help="One of them, to be shown or written.")] = "",
    *,
    site: Annotated[str, typer.Option(help="Whose readings they are.")] = "",
    answer: Annotated[list[str] | None, typer.Option(help="KEY=VALUE, what it asks; may be repeated.")] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="Write the profile there.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the profiles that come with Heliograph; show one, and write it with what it asks answered.

    Each was tried on a real export of its maker.

    Example: heliograph feeds shipped
    Example: heliograph feeds shipped enphase --site roof-1 --answer zone=Europe/Amsterdam --out enphase.json
    """
    if name:
        if not site:
            raise WrongUse("say --site, the site of its files")
        content = write_profile(_profile(name, site, _answers(answer or ())))
        if out_file is None:
            say(content.decode().rstrip())
        else:
            _write(out_file, content)
        return
    rows = [
        {"name": each.name, "title": each.title, "asks": ", ".join(["site", *(question.key for question in each.asks)])}
        for each in shipped_profiles().values()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table("Profiles that come with Heliograph", rows)


def _profile(name: str, site: str, answers: Mapping[str, str]) -> Profile:
    """Return the profile of a file, or the shipped one of a name."""
    shipped = shipped_profiles().get(name)
    if shipped is None or Path(name).exists():
        return parse_profile(read(Path(name)))
    try:
        return shipped.answered(answers, SiteRule(id=site))
    except (ProfileError, msgspec.ValidationError) as error:
        raise WrongUse(str(error)) from None


@command(app, "schema", exits=ALONE)
def show_schema(*, as_json: AsJson = False) -> None:
    """Show what a profile may say; --json has its JSON Schema, for an editor to check one.

    Example: heliograph feeds schema --json > profile.schema.json
    """
    if as_json:
        print_json(schema())
        return
    for part in parts():
        say(f"{part.__name__}: {inspect.getdoc(part)}\n")


def _unpacked(path: Path) -> bytes:
    """Return a file's bytes, unpacked where they are gzip.

    Raises:
        UnreadableFile: it is empty or damaged.
    """
    body = read(path)
    try:
        return gunzipped(body, DEFAULT_LIMIT_BYTES)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path}: {error}") from None


def _answers(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for each in given:
        key, sign, value = each.partition("=")
        if not sign:
            raise WrongUse(f"--answer {each!r} isn't KEY=VALUE, such as zone=Europe/Berlin")
        pairs[key] = value
    return pairs


def _registered(path: Path | None, site: str) -> dict[str, str]:
    """Return what the registry answers of a site."""
    registry: dict[str, Site] = {each.site_id: each for each in parse_sites(read(path))} if path else {}
    known = registry.get(site)
    answers = {"zone": known.timezone} if known and known.timezone else {}
    if known and known.latitude is not None and known.longitude is not None:
        answers["place"] = f"{known.latitude},{known.longitude}"
    return answers


def _proposed(bodies: Sequence[tuple[Path, bytes]], answers: Mapping[str, str], site: str) -> Proposal:
    """Propose by the largest file, which shows most.

    Raises:
        UnreadableFile: it isn't a table of readings.
    """
    path, body = max(bodies, key=lambda each: len(each[1]))
    try:
        return propose(body, path.name, answers, site)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path}: {error}") from None
    except (ProfileError, msgspec.ValidationError) as error:
        raise WrongUse(f"{path}: an answer doesn't fit: {error}") from None


def _read(profile: Profile, path: Path, body: bytes) -> ProfiledFile:
    try:
        return read_file(profile, body, path.name)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path}: {error}") from None


def _native(reading: ProfiledReading, profile: Profile, *, zero: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"site_id": reading.site_id, "timestamp": text_of(reading.end)}
    for side, value in (("generated", reading.generated), ("consumed", reading.consumed)):
        is_zero = value is None and zero and profile.measures not in {side, "both"}
        if value is not None or is_zero:
            written[f"energy_{side}_kwh"] = value or Decimal(0)
    return written


def _show_proposal(proposal: Proposal, found: Sequence[ProfiledFile]) -> None:
    for sentence in proposal.because:
        say(f"sure: {sentence}")
    _show_readings(proposal.profile, found)
    for each in proposal.ask:
        candidates = ", ".join(each.candidates)
        say(f"asked: {each.question} Answer with --answer {each.key}=…; likely: {candidates}", style="yellow")
    if proposal.ask:
        err().print(
            "The readings above take the first likely answer of each question; they aren't sure before it is answered."
        )


def _report(profile: Profile, found: Sequence[ProfiledFile], *, as_json: bool) -> None:
    """Show what was read; end with 1 where a row was rejected."""
    if as_json:
        print_json(summary_of(profile, found))
    else:
        _show_readings(profile, found)
    if any(each.rejected for each in found):
        raise typer.Exit(Exit.FAILED)


def _show_readings(profile: Profile, found: Sequence[ProfiledFile]) -> None:
    readings = merged(found)
    print_table("The first readings, as they would be stored", [_row(each) for each in readings[:_SHOWN]])
    summary = summary_of(profile, found)
    sides = {"generated": summary.generated_kwh, "consumed": summary.consumed_kwh}
    sums = [f"{exact(Decimal(kwh))} kWh {side}" for side, kwh in sides.items() if kwh]
    said = f"{count(len(readings), 'reading')} from {summary.first_end_utc} to {summary.last_end_utc}"
    out().print(f"{said}: {', '.join(sums) or 'no energy'}")
    for name in ("lack_generated", "lack_consumed", "blank", "repeated", "resets"):
        if amount := getattr(summary, name):
            out().print(f"{amount:,} {_NOTES[name]}")
    for each in found:
        _warn_of_rejected(each.rejected)


_NOTES: Final = {
    "lack_generated": "of them without generation; that side is stored as absent",
    "lack_consumed": "of them without consumption; that side is stored as absent",
    "blank": "intervals have no value",
    "repeated": "amounts stand in the files again; the last one counts",
    "resets": "times a counter fell; the energy over that step isn't known",
}


def _warn_of_rejected(rejected: Sequence[RejectedRecord]) -> None:
    for each in rejected[:_SHOWN]:
        warn(f"row {each.position}: {each.reason}")
    if len(rejected) > _SHOWN:
        warn(f"{len(rejected) - _SHOWN:,} more rejected; --json names all")


def _row(reading: ProfiledReading) -> dict[str, object]:
    return {
        "site": reading.site_id,
        "end": text_of(reading.end),
        "minutes": None if reading.seconds is None else f"{reading.seconds / 60:g}",
        "generated_kwh": None if reading.generated is None else exact(reading.generated),
        "consumed_kwh": None if reading.consumed is None else exact(reading.consumed),
        "mark": reading.mark,
    }


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise NotReadable(f"{path} can't be written: {error.strerror}") from None
