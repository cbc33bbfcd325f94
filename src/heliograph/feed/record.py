"""One record of a file before it is known whether it is a reading: its bytes, and its text for a person to read."""

import json
import re
from collections.abc import Iterator
from decimal import MAX_EMAX, Decimal, InvalidOperation
from typing import Final

# A longer record is rejected as it is: a reading takes a few hundred bytes.
MAX_RECORD_BYTES: Final = 2**20
# Quarantine keeps this much of a record; all of it stays in the raw object.
MAX_KEPT_CHARACTERS: Final = 10_000

_MOST_BYTES_A_CHARACTER: Final = 4
_BLOCK: Final = 256 * 1024
_VISIBLE: Final = re.compile(rb"\S")


def read_number(text: str) -> Decimal:
    """Return a number exactly as it is written.

    Of an exponent beyond what `decimal` holds it gives the farthest one: a number that is as far out of bounds.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        significand, _, exponent = text.lower().partition("e")
        sign = "-" if text.startswith("-") else ""
        digit = "1" if significand.strip("+-0.") else "0"
        return Decimal(f"{sign}{digit}e{'-' if exponent.startswith('-') else ''}{MAX_EMAX}")


class Members(list[tuple[str, object]]):
    """An object's members as they stand, those that stand twice included."""


# JSON as the standard library reads it, which is less strict than msgspec.
LENIENT: Final = json.JSONDecoder(
    parse_float=read_number, parse_int=read_number, parse_constant=Decimal, strict=False, object_pairs_hook=Members
)


class Overlong(bytes):
    """The beginning of a record of more than `MAX_RECORD_BYTES`. size: how many bytes it has."""

    size: int


def content_of(text: bytes, start: int, stop: int) -> bytes:
    """Return a record's bytes; of one that is too long, only as many as are kept of it."""
    if stop - start <= MAX_RECORD_BYTES:
        return text[start:stop]
    cut = Overlong(text[start : start + _MOST_BYTES_A_CHARACTER * MAX_KEPT_CHARACTERS])
    cut.size = stop - start
    return cut


def kept_text(content: bytes) -> str:
    """Return a record as text for a person to read, its end cut off where it is long.

    Bytes that aren't UTF-8 are shown as escapes.
    """
    size = content.size if isinstance(content, Overlong) else len(content)
    shown = content[: _MOST_BYTES_A_CHARACTER * MAX_KEPT_CHARACTERS].decode("utf-8", "backslashreplace")
    if size == len(content) and len(shown) <= MAX_KEPT_CHARACTERS:
        return shown
    return f"{shown[:MAX_KEPT_CHARACTERS]}… ({size} bytes; the raw object has them all)"


def blocks_of_lines(text: bytes, at: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """Cut a text from `at` on into its lines, a block at a time, each with the number of its first line, from 1.

    Lines end as `bytes.splitlines` says. Blocks of nothing but white space are left out.
    """
    number = 1
    while at < len(text):
        end = _block_end(text, at)
        # A block that is longer than this is one line, or its end would have been found earlier.
        stop = line_end(text, at) if end - at > MAX_RECORD_BYTES else end
        lines = [content_of(text, at, stop)] if stop - at > MAX_RECORD_BYTES else text[at:end].splitlines()
        if _VISIBLE.search(text, at, end):
            yield number, lines
        number += len(lines)
        at = end


def _block_end(text: bytes, at: int) -> int:
    """Return where a block of whole lines ends: near a round size, or behind one long line."""
    limit = at + _BLOCK
    if limit >= len(text):
        return len(text)
    if cut := text.rfind(b"\n", at, limit) + 1:
        return cut
    if cut := text.rfind(b"\r", at, limit - 1) + 1:  # no \n follows it, or that would have been found
        return cut
    feed = text.find(b"\n", limit) + 1 or len(text)
    back = text.find(b"\r", limit - 1, feed) + 1
    if not back:
        return feed
    return back + 1 if text[back : back + 1] == b"\n" else back


def line_end(text: bytes, at: int) -> int:
    """Return where the line ends that holds the byte `at`, without its line break."""
    feed = text.find(b"\n", at)
    feed = len(text) if feed < 0 else feed
    back = text.find(b"\r", at, feed)
    return feed if back < 0 else back
