"""The feed decoder: bytes of a landed file in, readings and rejected records out.

`decode` goes three steps: it unpacks (gzip, size limit); `layouts` tells the format, and gives its records in batches;
`records` makes a reading of a record, or says why it is none. One bad record never spoils its file.
"""

from heliograph.feed.decode import DEFAULT_LIMIT_BYTES, Decoded, Numbered, RejectedRecord, decode

__all__ = ["DEFAULT_LIMIT_BYTES", "Decoded", "Numbered", "RejectedRecord", "decode"]
