"""`python -m fuzz`: hostile inputs one by one, then inputs that atheris makes of them; no crash, none over 2 seconds.

A line a figure; exit code 1 where there was a crash or a slow input, which is then kept in fuzz-findings/.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fuzz.hostile import LARGE, SMALL
from fuzz.tries import try_decoder, try_events

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS: Final = 2.0
FINDINGS: Final = Path("fuzz-findings")


def main() -> int:
    """Try what is asked for; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    crashes, slowest, name = try_hostile()
    say(f"hostile         {len(SMALL) + len(LARGE)} inputs; slowest {slowest:.2f} s: {name}")
    FINDINGS.mkdir(exist_ok=True)
    before = set(FINDINGS.iterdir())
    runs, said = run_atheris(asked.runs, asked.seed)
    found = sorted(set(FINDINGS.iterdir()) - before)
    crashes += [str(path) for path in found if path.name.startswith(("crash", "oom"))]
    slow = [str(path) for path in found if path.name.startswith(("timeout", "slow"))] + [name] * (slowest > SECONDS)
    places, kept = _last(r"cov: (\d+)", said), _last(r"corp: (\d+)", said)
    say(f"atheris         {runs} inputs; reaches {places} places in the code, by {kept} inputs it kept")
    say(f"crashes         {len(crashes)} {' '.join(crashes)}".rstrip())
    say(f"over {SECONDS:g} s        {len(slow)} {' '.join(slow)}".rstrip())
    if not found:
        FINDINGS.rmdir()
    if runs < asked.runs:
        sys.stderr.write(said[-4000:])
    return int(bool(crashes or slow or runs < asked.runs))


def try_hostile() -> tuple[list[str], float, str]:
    """Try the hostile inputs; return the names of those that crash, and the slowest's processor time, s, and name."""
    crashes: list[str] = []
    slowest, which = 0.0, ""
    small: dict[str, Callable[[], bytes]] = {name: partial(bytes, body) for name, body in SMALL.items()}
    for name, make in {**small, **LARGE}.items():
        body = make()
        began = time.process_time()
        try:
            try_decoder(body)
            try_events(body)
        except Exception as error:  # noqa: BLE001 - any is what is looked for
            crashes.append(f"{name}: {error!r}")
        took = time.process_time() - began
        if took > slowest:
            slowest, which = took, name
    return crashes, slowest, which


def run_atheris(runs: int, seed: int) -> tuple[int, str]:
    """Let atheris make inputs from the small hostile ones; return how many it tried, and what it said."""
    with tempfile.TemporaryDirectory(prefix="heliograph-fuzz-") as corpus:
        for number, body in enumerate(SMALL.values()):
            (Path(corpus) / f"{number:03}").write_bytes(body)
        options = [f"-runs={runs}", f"-seed={seed}", f"-timeout={SECONDS:g}", "-max_len=8192", "-rss_limit_mb=4096"]
        more = [f"-artifact_prefix={FINDINGS}/", "-print_final_stats=1", "-verbosity=1"]
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "fuzz.target", corpus, *options, *more],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    said = done.stderr.decode(errors="replace")
    return int(_last(r"number_of_executed_units: (\d+)", said) or 0), said


def _last(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    return found[-1] if found else ""


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
