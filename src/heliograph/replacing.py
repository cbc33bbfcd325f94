"""A reading's history when one of its files is read anew, by another version of its feed's profile.

What the file brought before counts no more. All that other files brought stays as it is.
"""

from collections.abc import Iterable, Sequence

import msgspec

from heliograph.counting import counting
from heliograph.history import (
    KEPT_REVISIONS,
    NOBODY,
    History,
    Joined,
    Provenance,
    Version,
    VersionOrder,
    by_name,
    history_as_kept,
    merge,
    other_side,
    ranked,
)
from heliograph.object_keys import feed_of
from heliograph.sides import SIDES, content, is_crowded


def without(history: History, source: str, order: VersionOrder = by_name) -> History | None:
    """Return a history without what one file brought; None where nothing is left.

    Values are kept once, by their latest landing and the one that brought them: those that another file brought stay,
    as that one's. Those that are too many to be kept come back when their files are read again.
    """
    bringers, left = history.bringers, []
    for version in history.versions:
        if version.provenance.source != source:
            left.append(version)
            continue
        also = [bringers[version.identity], *([history.inserted_by] if history.is_alone else ())]
        others = [
            msgspec.structs.replace(version, provenance=by) for by in also if by.source != source and by != NOBODY
        ]
        left += ranked(others, order)[:1]
    if not left:
        return None
    versions = ranked(left, order)
    bringers = {
        version.identity: version.provenance if brought.source == source else brought
        for version in versions
        for brought in [bringers[version.identity]]
    }
    # Of values that aren't kept nobody knows who brought them: else another file's last value would become theirs.
    known = bringers.values() if history.counted else history.stored_by
    stayed = [each for each in history.stored_by if each.source != source and each in known]
    first = stayed[0] if stayed else min(version.provenance for version in versions)
    counted = counting(versions) if is_crowded(versions, KEPT_REVISIONS + 1) else 0
    if len(versions) == len(history.versions):
        counted = history.counted
    kept = msgspec.structs.replace(history, inserted_by=first, joined_by=_joined_by(history, first, versions, source))
    return history_as_kept(versions, bringers, kept, counted)


def _joined_by(history: History, first: Provenance, left: Sequence[Version], source: str) -> Joined | None:
    """Return who stored the other side first, of those versions that are left. first: who stored the reading."""
    if len({side for side in SIDES for version in left if content(version, side)}) < len(SIDES):
        return None
    before = history.joined_by
    if first == history.inserted_by and (before is None or before.by.source != source):
        return before
    return joined_by(first, left)


def in_place(history: History, new: History, order: VersionOrder = by_name) -> History:
    """Return a history in which a landing stands in place of what its file brought before.

    The file that stored the reading first still did.
    """
    source = new.inserted_by.source
    rest = without(history, source, order)
    if rest is None:
        return new
    together = _both_known(merge(rest, new, order), new)
    if history.inserted_by.source == source:
        stored = new.joined_by or other_side(new, rest)
        first = msgspec.structs.replace(together, inserted_by=new.inserted_by, joined_by=stored)
        return history_as_kept(together.versions, together.bringers, first, together.counted)
    before = history.joined_by
    if before and before.by.source == source and content(new.current, before.side):
        return msgspec.structs.replace(together, joined_by=Joined(before.side, new.first_of(before.side)))
    return together


def _both_known(together: History, new: History) -> History:
    """Return a history in which values that a file brings anew, and a later one brought too, stay when that one goes.

    A value has two landings: its latest, and who brought it. Where both are the other file's this one takes the second.
    One that is alone has a third: this one takes it from another file of its feed, which may stop bringing it as well.
    """
    bringers, added, feed = together.bringers, new.bringers, feed_of(new.inserted_by.source)
    is_free = together.is_alone and all(feed_of(each.source) == feed for each in together.brought_by)
    for version in together.versions:
        anew = added.get(version.identity)
        if anew is not None and (is_free or bringers[version.identity] == version.provenance):
            bringers[version.identity] = anew
    return history_as_kept(together.versions, bringers, together, together.counted)


def joined_by(first: Provenance, versions: Iterable[Version]) -> Joined | None:
    """Return who brought the side that the landing `first` lacks, by the versions there are; None where it lacks none.

    Of several the one that landed first.
    """
    known = list(versions)
    own = [version for version in known if version.provenance == first]
    for side in SIDES:
        if own and not any(content(version, side) for version in own):
            by = [version.provenance for version in known if content(version, side)]
            return Joined(side, min(by)) if by else None
    return None
