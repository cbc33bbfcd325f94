"""`python -m fuzz.profiles`: files and profiles that are nearly right; no crash, none over 2 seconds.

Each input is an export of some maker with a few of its bytes, cells or lines changed, or its profile with a few of its
fields changed, or both. Whatever they are, the reader gives readings and rejected rows, or an error of our own; one
input in some tens is looked at as an unknown file, too. A line a figure; exit code 1 where anything was found, which is
then kept in fuzz-findings/.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from heliograph.detect.propose import propose
from heliograph.errors import HeliographError
from heliograph.profiles.energies import counted
from heliograph.profiles.model import Profile, parse_profile
from heliograph.profiles.read import read_file
from unit.detect import loggers, machines, networks, others, portals, utilities  # noqa: F401 - they keep their exports
from unit.detect.exports import Export, exports

SECONDS: Final = 2.0
FINDINGS: Final = Path("fuzz-findings")
# Lines of a text that are kept: its head and some rows.
_LINES: Final = 30
# One in as many is looked at as an unknown file, which takes as long as ten readings.
_LOOKED_AT: Final = 40
_WORDS: Final = (
    "", "0", "-1", "24:00", "1e999999", "NaN", "Infinity", "-0", "1,5", "1.234,5", "9" * 40, "2025-10-26 02:30",
    "29.02.2025", "99999999999999", "\u0661", "\x00", "\ud7ff", "=1+1", '"', "'", "sep=;", "kWh", "W", "MWh", "A",
    "true", "null", "[]", "{}", "<!DOCTYPE a>", "300,20250101", "200,NMI,E1,E1,E1,,M,kWh,30,", "900", "12:00 AM",
    "31/12/9999 24:00", "0001-01-01", "UTC", "Europe/Berlin", "Etc/GMT-14", "%Y", "%d.%m.%Y", "(", "(.*)", "positive",
)  # fmt: skip
NEM12: Final = "100,NEM12,202506010000,A,B\n200,NMI1,E1B1,E1,E1,,M1,kWh,30,\n" + "".join(
    f"300,202506{day:02d},{','.join(str(n % 7) for n in range(48))},{'V' if day == 2 else 'A'},,,20250610,\n"
    + ("400,1,20,A,,\n400,21,48,S14,,\n" if day == 2 else "")
    for day in range(1, 4)
) + "900\n"  # fmt: skip
GREEN_BUTTON: Final = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi"><entry><content><e:ReadingType>'
    "<e:flowDirection>1</e:flowDirection><e:powerOfTenMultiplier>-3</e:powerOfTenMultiplier><e:uom>72</e:uom>"
    "</e:ReadingType></content></entry><entry><content><e:IntervalBlock>"
    + "".join(
        f"<e:IntervalReading><e:timePeriod><e:duration>3600</e:duration><e:start>{1_748_736_000 + 3600 * n}</e:start>"
        f"</e:timePeriod><e:value>{n * 1000}</e:value></e:IntervalReading>"
        for n in range(24)
    )
    + "</e:IntervalBlock></content></entry></feed>"
)


class Seed(NamedTuple):
    """What inputs are made of: an export in small, and its profile as JSON has it."""

    name: str
    body: bytes
    profile: dict[str, Any]


def seeds() -> list[Seed]:
    """Return a seed of each maker's export, and of the formats that have their own readers."""
    standards = [("nem12", NEM12), ("green-button", GREEN_BUTTON)]
    own: list[tuple[str, bytes, str, dict[str, str]]] = [
        (name, text.encode(), f"{name}.txt", {}) for name, text in standards
    ]
    theirs = [(each.name, _small(each), each.file_name, each.answers) for each in exports()]
    found = []
    for name, body, file_name, answers in [*own, *theirs]:
        try:
            profile = propose(body, file_name, answers, "roof-1").profile
        except HeliographError:  # cut short it may tell too little
            continue
        found.append(Seed(name, body, msgspec.to_builtins(profile)))
    return found


def _small(export: Export) -> bytes:
    if export.body.startswith((b"PK", b"{", b"[")):
        return export.body
    return b"\n".join(export.body.split(b"\n")[:_LINES])


def inputs(found: list[Seed], chance: random.Random) -> Iterator[Seed]:
    """Make inputs without end."""
    while True:
        seed = chance.choice(found)
        body, profile = seed.body, seed.profile
        what = chance.randrange(4)
        if what != 0:
            for _ in range(chance.randint(1, 4)):
                body = chance.choice(_CHANGES)(body, chance)
        if what <= 1:
            profile = json.loads(json.dumps(profile))
            for _ in range(chance.randint(1, 3)):
                _change_field(profile, chance)
        yield Seed(seed.name, body, profile)


def _change_bytes(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    put = chance.choice((b"", bytes([chance.randrange(256)]), chance.choice(_WORDS).encode("utf-8", "replace")))
    return body[:at] + put + body[at + chance.randrange(4) :]


def _change_line(body: bytes, chance: random.Random) -> bytes:
    lines = body.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            del lines[at]
        case _:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    return b"\n".join(lines)


def _change_cell(body: bytes, chance: random.Random) -> bytes:
    lines = body.split(b"\n")
    at = chance.randrange(len(lines))
    sign = next((each for each in (b";", b"\t", b",") if each in lines[at]), b",")
    cells = lines[at].split(sign)
    cells[chance.randrange(len(cells))] = chance.choice(_WORDS).encode("utf-8", "replace")
    lines[at] = sign.join(cells)
    return b"\n".join(lines)


def _cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


_CHANGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _change_bytes, _change_line, _change_cell, _change_cell, _cut,
)  # fmt: skip


def _change_field(profile: dict[str, Any], chance: random.Random) -> None:
    """Change, leave out or add a field somewhere in a profile."""
    here: Any = profile
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(here[key], (dict, list)) and chance.random() < 0.8:
            here = here[key]
            continue
        if chance.random() < 0.2 and isinstance(here, dict):
            del here[key]
        else:
            here[key] = chance.choice(
                (*_WORDS, "register", "mean_power", "end", "daily", 15, 0, -1, True, None, [], {})
            )
        return


def try_one(made: Seed, *, look: bool) -> str:
    """Read an input, and look at it as an unknown file where that is asked; return what became of it.

    Raises:
        AssertionError: what came out is no reading.
        Exception: any other than our own is a crash.
    """
    if look:
        with suppress(HeliographError, msgspec.ValidationError):
            _check(propose(made.body, "x.csv", {}, "roof-1").profile, made.body)
    try:
        profile = parse_profile(json.dumps(made.profile).encode())
    except HeliographError:
        return "profile refused"
    try:
        return _check(profile, made.body)
    except HeliographError:
        return "file refused"


def _check(profile: Profile, body: bytes) -> str:
    """Read a file twice; what comes out is in order, each END once, exact, and the same again."""
    found, again = read_file(profile, body, "x-1.csv"), read_file(profile, body, "x-1.csv")
    assert found.readings == again.readings, "the same file gives the same readings"
    keys = [(each.site_id, each.end) for each in found.readings]
    assert all(before < after for before, after in pairwise(keys)), "readings are in order, each once"
    for reading in counted(found.readings):
        for value in (reading.generated, reading.consumed):
            assert value is None or value.is_finite(), "energies are exact"
        assert reading.seconds is None or reading.seconds > 0, "an interval has a length"
    assert all(each.reason for each in found.rejected), "a rejected row says why"
    return "read" if found.readings else "nothing in it"


def main() -> int:
    """Try what is asked for; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="fuzz.profiles", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)  # noqa: S311 - inputs, not secrets
    ends: Counter[str] = Counter()
    slowest, began = 0.0, time.monotonic()
    found = seeds()
    for number, made in zip(range(asked.runs), inputs(found, chance), strict=False):
        begun = time.process_time()
        try:
            ends[try_one(made, look=number % _LOOKED_AT == 0)] += 1
        except Exception as error:  # noqa: BLE001 - any is what is looked for
            ends["crash"] += 1
            _keep(made, f"{number}-crash", repr(error))
        took = time.process_time() - begun
        slowest = max(slowest, took)
        if took > SECONDS:
            ends["slow"] += 1
            _keep(made, f"{number}-slow", f"{took:.1f} s")
    said = ", ".join(f"{name} {count:,}" for name, count in ends.most_common())
    sys.stdout.write(f"profiles        {asked.runs:,} inputs of {len(found)} layouts: {said}\n")
    sys.stdout.write(f"took            {time.monotonic() - began:.0f} s; slowest {slowest:.2f} s of processor time\n")
    sys.stdout.write(f"crashes         {ends['crash']}\nover {SECONDS:g} s        {ends['slow']}\n")
    return int(bool(ends["crash"] or ends["slow"]))


def _keep(made: Seed, name: str, why: str) -> None:
    """Keep an input that was found, and say so."""
    FINDINGS.mkdir(exist_ok=True)
    (FINDINGS / name).write_bytes(made.body)
    (FINDINGS / f"{name}.json").write_text(json.dumps(made.profile, indent=1))
    sys.stderr.write(f"{made.name}: {why}; kept as {FINDINGS / name}\n")


if __name__ == "__main__":
    sys.exit(main())
