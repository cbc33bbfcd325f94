"""A reading's history when one of its files is read anew, by another version of its feed's profile.

What the file brought before counts no more. All that other files brought stays as it is.
"""

import msgspec

from heliograph.history import History, VersionOrder, by_name, history_as_kept, merge, ranked


def without(history: History, source: str, order: VersionOrder = by_name) -> History | None:
    """Return a history without what one file brought; None where nothing is left.

    Values are kept once, by their latest landing and the one that brought them: those that another file brought stay,
    as that one's. Those that are too many to be kept come back when their files are read again.
    """
    bringers = history.bringers
    left = []
    for version in history.versions:
        brought = bringers[version.identity]
        if version.provenance.source != source:
            left.append(version)
        elif brought.source != source:
            left.append(msgspec.structs.replace(version, provenance=brought))
    if not left:
        return None
    versions = ranked(left, order)
    bringers = {
        version.identity: version.provenance if brought.source == source else brought
        for version in versions
        for brought in [bringers[version.identity]]
    }
    first = history.inserted_by
    # Of values that aren't kept nobody knows who brought them: else another file's last value would become theirs.
    if first.source == source or (history.counted and first not in bringers.values()):
        first = min(version.provenance for version in versions)
    all_left = len(versions) == len(history.versions)
    kept = msgspec.structs.replace(history, inserted_by=first)
    return history_as_kept(versions, bringers, kept, history.counted if all_left else 0)


def in_place(history: History, new: History, order: VersionOrder = by_name) -> History:
    """Return a history in which a landing stands in place of what its file brought before.

    The file that stored the reading first still did.
    """
    source = new.inserted_by.source
    rest = without(history, source, order)
    if rest is None:
        return new
    joined = merge(rest, new, order)
    if history.inserted_by.source == source:
        joined = msgspec.structs.replace(joined, inserted_by=new.inserted_by)
    return joined
