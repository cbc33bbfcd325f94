"""Which landing of a value is remembered beside its latest and its first, so that it stays when these two go.

A feed's files are read anew together, and may all stop bringing a value. Then a landing of another feed has to be
known. Where one file is all that is known of a value, any other file's landing is.
"""

from typing import TYPE_CHECKING

from heliograph.object_keys import feed_of

if TYPE_CHECKING:
    from heliograph.history import History, Provenance


def third_landing(latest: "Provenance", kept: "History", new: "History") -> "Provenance":
    """Return a landing by another file of the only value that two histories have; the first where none has to be known.

    latest: of the value, once they are joined. kept: what was stored first.
    """
    first = kept.inserted_by
    named = {latest.source, first.source}
    known = (*kept.brought_by, kept.versions[0].provenance, new.versions[0].provenance)
    others = [each for each in known if each.source not in named]
    feeds = {feed_of(source) for source in named}
    elsewhere = [each for each in others if feed_of(each.source) not in feeds]
    wanted = others if len(named) == 1 and not elsewhere else elsewhere
    return wanted[0] if wanted else first
