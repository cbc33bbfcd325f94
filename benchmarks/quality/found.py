"""What a detector answers of one sample, whoever it is."""

from collections.abc import Iterable

import msgspec

from quality.sample import runs_of

HOLD_SECONDS = 3600  # an incident ends after an hour of silence of its rule,
HOLD_READINGS = 3  # and after as many readings


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of time that a rule has something against as a whole: start < END <= ends, seconds since 1970."""

    rule: str
    start: int
    ends: int


class Spoken(msgspec.Struct, frozen=True):
    """One episode of one rule at one site: what an operator would be told of once. first, last: seconds since 1970."""

    rule: str
    first: int
    last: int
    ends: frozenset[int] = frozenset()


class Found(msgspec.Struct, frozen=True):
    """A detector's answer.

    flags: the ENDs of the readings that each rule calls anomalous. stretches: days, or times of silence. told: what a
    rule only remarks on (severity info), not counted as an anomaly. spoken: the episodes, where the detector joins its
    flags itself.
    """

    flags: dict[str, set[int]] = msgspec.field(default_factory=dict)
    stretches: list[Stretch] = msgspec.field(default_factory=list)
    told: dict[str, set[int]] = msgspec.field(default_factory=dict)
    spoken: list[Spoken] | None = None

    @property
    def flagged(self) -> set[int]:
        """The ENDs that any rule calls anomalous."""
        return set().union(*self.flags.values())


def episodes(found: Found, minutes: int) -> list[Spoken]:
    """Join what each rule says into episodes; it continues one that it left off within an hour or 3 readings."""
    if found.spoken is not None:
        return found.spoken
    retry_policy = max(HOLD_SECONDS, HOLD_READINGS * minutes * 60)
    spoken = [
        Spoken(rule, run[0], run[-1], frozenset(run))
        for rule, ends in found.flags.items()
        for run in runs_of(sorted(ends), retry_policy)
    ]
    return sorted([*spoken, *_whole(found.stretches)], key=lambda each: (each.first, each.rule))


def _whole(stretches: Iterable[Stretch]) -> list[Spoken]:
    """Join the stretches of a rule that touch."""
    joined: list[Spoken] = []
    for each in sorted(stretches, key=lambda each: (each.rule, each.start)):
        if joined and joined[-1].rule == each.rule and each.start <= joined[-1].last + 1:
            joined[-1] = Spoken(each.rule, joined[-1].first, max(each.ends, joined[-1].last))
        else:
            joined.append(Spoken(each.rule, each.start + 1, each.ends))
    return joined
