"""Profiles that come with Heliograph: each was tried on a real export of its maker, whose sums it reads exactly.

A shipped profile leaves open what no file of its maker tells, the site and where needed the zone.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from heliograph.detect.questions import Asking, Question
from heliograph.errors import HeliographError, ProfileError
from heliograph.profiles.model import Profile, SiteRule, require_sound
from heliograph.profiles.read import read_file
from heliograph.sides import SIDES

# Stands for the site while a profile is tried on a file.
_TRIED: Final = SiteRule(id="site-1")
# One row in as many may be none, such as a total below the others.
_MOST_REJECTED: Final = 50
# Formats whose columns are fixed, so that any file of them has what a profile of them names.
_STANDARDS: Final = frozenset({"nem12", "green_button"})


class ShippedProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shipped profile. profile: all but its site. asks: what a person must say. columns: of its maker's files."""

    profile: dict[str, Any]
    asks: list[Question]
    columns: list[str]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.profile["name"])

    @property
    def title(self) -> str:
        """What it is of."""
        return str(self.profile["title"])

    def answered(self, answers: Mapping[str, str], site: SiteRule) -> Profile:
        """Return the profile once all that it asks is answered.

        Raises:
            ProfileError: an answer is missing, or can't be used.
        """
        asking = Asking(answers)
        profile = self.asked(asking, site)
        if asking.open:
            missing = " ".join(f"--answer {each.key}={each.candidates[0]}" for each in asking.open)
            raise ProfileError(f"the profile {self.name} doesn't know it all: {asking.open[0].question} Say {missing}")
        return profile

    def asked(self, asking: Asking, site: SiteRule) -> Profile:
        """Return the profile; what isn't answered is left open and has its likeliest answer.

        Raises:
            ProfileError: an answer can't be used.
        """
        answers = {each.key: asking.ask(each.key, each.question, each.candidates) for each in self.asks}
        time = {**self.profile["time"], **answers}
        known = {**self.profile, "time": time, "site": msgspec.to_builtins(site)}
        profile = msgspec.convert(known, Profile)
        require_sound(profile)
        return profile


@cache
def shipped_profiles() -> dict[str, ShippedProfile]:
    """Return the shipped profiles by name."""
    folder = files("heliograph.detect") / "shipped"
    texts = [each.read_bytes() for each in folder.iterdir() if each.name.endswith(".json")]
    found = [msgspec.json.decode(text, type=ShippedProfile) for text in texts]
    return {each.name: each for each in sorted(found, key=lambda each: each.name)}


def shipped_for(layout: str, columns: list[str], body: bytes) -> ShippedProfile | None:
    """Return the shipped profile that fits a table, the one that knows most of its columns; None where none does.

    layout: the file's format. columns: of its table. A profile fits if the file has every column that it names and none
    that its maker's files hadn't, and if it reads nearly every row.
    """
    fitting = [each for each in _known(layout, set(columns)) if _reads_all(each, body)]
    return max(fitting, key=lambda each: len(each.columns), default=None)


def _known(layout: str, columns: set[str]) -> Iterator[ShippedProfile]:
    for each in shipped_profiles().values():
        profile = each.asked(Asking({}), _TRIED)
        if profile.layout.format == layout and set(profile.columns) <= columns <= set(each.columns):
            yield each


def _reads_all(shipped: ShippedProfile, body: bytes) -> bool:
    try:
        found = read_file(shipped.asked(Asking({}), _TRIED), body)
    except HeliographError:
        return False
    return len(found.rejected) * _MOST_REJECTED < len(found.readings)


def shipped_like(profile: Profile) -> ShippedProfile | None:
    """Return the shipped profile of a standard's files that reads as another one does; None where none does."""
    if profile.layout.format not in _STANDARDS:
        return None
    for each in shipped_profiles().values():
        known = each.asked(Asking({}), _TRIED)
        if known.layout == profile.layout and _sides(known) == _sides(profile):
            return each
    return None


def _sides(profile: Profile) -> list[tuple[str, str, list[str]]]:
    """Return whose amounts a profile takes from which channels or flows."""
    return [
        (side, name, words)
        for side in SIDES
        for source in getattr(profile, side)
        for name, words in source.where.items()
        if name != "unit"
    ]
