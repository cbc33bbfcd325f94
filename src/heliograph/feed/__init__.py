"""The feed decoder: bytes of a landed file in, readings and rejected records out.

`decode` goes three steps, a file each: `unpack` (gzip, size limit), `layouts` (which format, and its records in
batches), `records` (a record is a reading, or the reason why not). One bad record never spoils its file.
"""

from heliograph.feed.decode import Decoded, Numbered, RejectedRecord, decode
from heliograph.feed.unpack import DEFAULT_LIMIT_BYTES

__all__ = ["DEFAULT_LIMIT_BYTES", "Decoded", "Numbered", "RejectedRecord", "decode"]
