"""A reading's history when one of its files is read anew, by another version of its feed's profile.

What the file brought before counts no more. All that other files brought stays as it is.
"""

import msgspec

from heliograph.history import History, VersionOrder, by_name, history_as_kept, merge


def without(history: History, source: str) -> History | None:
    """Return a history without what one file brought; None where nothing is left.

    Values are kept once, by their latest landing. So the same values of an earlier file, and those that are too many to
    be kept, come back when those files are read again.
    """
    versions = [version for version in history.versions if version.provenance.source != source]
    if not versions:
        return None
    bringers = {
        version.identity: version.provenance if brought.source == source else brought
        for version in versions
        for brought in [history.bringers[version.identity]]
    }
    first = history.inserted_by
    if first.source == source:
        first = min(version.provenance for version in versions)
    all_left = len(versions) == len(history.versions)
    kept = msgspec.structs.replace(history, inserted_by=first)
    return history_as_kept(versions, bringers, kept, history.counted if all_left else 0)


def in_place(history: History, new: History, order: VersionOrder = by_name) -> History:
    """Return a history in which a landing stands in place of what its file brought before.

    The file that stored the reading first still did.
    """
    source = new.inserted_by.source
    rest = without(history, source)
    if rest is None:
        return new
    joined = merge(rest, new, order)
    if history.inserted_by.source == source:
        joined = msgspec.structs.replace(joined, inserted_by=new.inserted_by)
    return joined
