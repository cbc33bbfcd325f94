"""What a run of chaos is to do, and what came of it."""

from collections.abc import Iterator

import msgspec

from chaos.faults import KINDS, Kind
from chaos.figures import Files, Notified


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do. rate: of calls that fail; kinds: how. kills: of workers. restarts: of the embedded AWS, cleanly.

    engine_kills: of the embedded AWS, by SIGKILL. sns_down, disk_full: from when to when, in shares of the files; none
    where both are the same. late, posted, submitted: shares of the files. scenes: whether trouble is planned. watch:
    whether it looks by itself each minute, or only where it is asked to. hidden_seconds: how long a message of a killed
    worker stays hidden: longer than a batch takes, or files use up their attempts; the product's own would take the
    run's time. seconds: how long to wait for a queue.
    """

    files: int
    seed: int
    rate: float = 0.05
    kinds: tuple[Kind, ...] = KINDS
    kills: int = 4
    restarts: int = 1
    engine_kills: int = 0
    # Early: messages at once are bounded in each ten minutes, and later ones wait for the run's end.
    sns_down: tuple[float, float] = (0.02, 0.2)
    disk_full: tuple[float, float] = (0, 0)
    late: float = 0.03
    posted: float = 0.15
    submitted: float = 0.01
    scenes: bool = True
    watch: bool = True
    hidden_seconds: int = 20
    seconds: float = 900.0

    def planned(self) -> set[str]:
        """Return the kinds of faults that must have fired for the run to show anything."""
        counted = {
            "worker killed": self.kills,
            "engine restarted": self.restarts,
            "engine killed": self.engine_kills,
            "event doubled": self.files // 20,
            "late file": int(self.late * self.files / 10),
            "refused for a full disk": self.disk_full[1] > self.disk_full[0],
        }
        by_chance = {str(kind) for kind in self.kinds if kind != "sns down" or self.sns_down[1] > self.sns_down[0]}
        return {what for what, count in counted.items() if count} | (
            by_chance if self.files * self.rate >= 20 else set()
        )


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, and how many faults of each kind fired, out of how many calls.

    planned: kinds that had to fire. ups: seconds that each start took. failed_ups: what those said that had to be done
    twice. exits: of the runs whose engine was killed. answers: of the API while the run went on, by status. problems:
    what else is wrong, by name.
    """

    files: Files
    notified: Notified
    fired: dict[str, int]
    planned: frozenset[str]
    calls: int
    ups: tuple[float, ...]
    failed_ups: tuple[str, ...]
    exits: tuple[int, ...]
    answers: dict[int, int]
    problems: tuple[str, ...]
    seconds: float

    @property
    def never_fired(self) -> list[str]:
        """The planned kinds of which not one fired."""
        return sorted(self.planned - {kind for kind, count in self.fired.items() if count})

    @property
    def good(self) -> bool:
        """Return whether nothing is wrong, and the run showed what it was to show."""
        return not (self.files.wrong or self.notified.wrong or self.problems or self.never_fired)

    def lines(self) -> Iterator[str]:
        """Yield a line a figure."""
        yield from self.files.lines()
        yield from self.notified.lines()
        answers = ", ".join(f"{count} of {status or 'none'}" for status, count in sorted(self.answers.items()))
        yield f"API meanwhile   {answers}"
        yield f"starts          {', '.join(f'{each:.0f} s' for each in self.ups)}; {len(self.failed_ups)} twice"
        yield from (f"  said: {each}" for each in self.failed_ups)
        yield f"exit codes      {', '.join(map(str, self.exits)) or 'none'} of `heliograph up` whose engine was killed"
        yield f"calls           {self.calls}, and what went wrong:"
        yield from (f"  {kind:<24}{count}" for kind, count in sorted(self.fired.items()))
        yield from (f"  wrong: {kind} was planned and never fired" for kind in self.never_fired)
        yield from (f"  wrong: {each}" for each in self.problems[:20])
