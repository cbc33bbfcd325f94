"""Content negotiation by RFC 9110: the media type that a request prefers of those offered."""

from collections.abc import Sequence
from typing import Final

import msgspec

from lambda_api.problems import NOT_ACCEPTABLE, ProblemRaised


class _Range(msgspec.Struct, frozen=True):
    """A media range, such as text/*, and how much it is liked, 0 to 1."""

    kind: str
    subkind: str
    quality: float

    def exactness(self, media_type: str) -> int:
        """Return how exactly it names a media type; 0 where it doesn't."""
        kind, _, subkind = media_type.partition("/")
        return {(kind, subkind): 3, (kind, "*"): 2, ("*", "*"): 1}.get((self.kind, self.subkind), 0)


_ANYTHING: Final = "*/*"


def choose(accept: str, offered: Sequence[str]) -> str:
    """Return the media type to answer with; the first that is offered where all are liked alike.

    Raises:
        ProblemRaised: it accepts none of them.
    """
    ranges = [_read(each) for each in accept.split(",") if each.strip()] or [_read(_ANYTHING)]
    best = max(offered, key=lambda each: _liked(each, ranges))
    if not _liked(best, ranges):
        raise ProblemRaised(NOT_ACCEPTABLE, f"Accept: {accept[:100]} can't be given; ask for {', '.join(offered)}")
    return best


def _liked(media_type: str, ranges: Sequence[_Range]) -> float:
    """Return how much a media type is liked, as the range says that names it most exactly."""
    best = max(ranges, key=lambda each: each.exactness(media_type))
    return best.quality if best.exactness(media_type) else 0.0


def _read(text: str) -> _Range:
    media_range, *parameters = (each.strip().lower() for each in text.split(";"))
    kind, _, subkind = media_range.partition("/")
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        liked = float(quality)
    except ValueError:
        liked = 1.0
    return _Range(kind, subkind, liked)
