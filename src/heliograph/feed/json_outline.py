"""Where the values of a JSON text begin and end, found without keeping what they hold.

A file within the size limit may hold 90 million elements, one element of 256 MB, or brackets 100 million deep. So the
text is walked in stretches: msgspec tells the elements of a stretch apart where they are sound JSON, and brackets are
counted where they aren't. A value that is broken inside but ends where it should costs only itself; what this reads
more loosely than JSON is refused later, as one record.
"""

import re
from collections.abc import Generator, Iterator
from itertools import accumulate, islice
from typing import Final, NamedTuple

import msgspec

from heliograph.errors import TooLarge, UnreadableFile
from heliograph.feed.records import NAMES

# The most records a file may have. JSON readings take over 100 bytes each, CSV rows over 50 nearly always, so a file
# within the size limit that has more is made of something else.
MAX_RECORDS: Final = 5_000_000

_STRETCH: Final = 256 * 1024
_FIRST_LOOK: Final = 256
# So many spans are remembered, which is enough for all files but strange ones.
_MOST_KEPT: Final = 10_000
# Two elements that follow one another are known again by the end of the one and so much of the next.
_SEAM: Final = 12

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR: Final = re.compile(rb'[^\s,:"\[\]{}]++')
_WHOLE_TOKENS: Final = re.compile(rb'(?:[^"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+[\[\]{}]', re.DOTALL)
# Members of an object that are no list and no object, and whose names say nothing here: skipped in one go.
_PLAIN_MEMBERS: Final = re.compile(
    rb'(?:[ \t\r\n]*+"(?!readings"|site_id"|timestamp"|energy_)'
    rb'[^"\\]*+"[ \t\r\n]*+:[ \t\r\n]*+(?:"[^"\\]*+"|[^\s,:"\[\]{}]++)[ \t\r\n]*+,)*+'
)
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_LIST: Final = "readings"
_SITE_AND_TIME: Final = set(NAMES[:2])
_SIDES: Final = set(NAMES[2:])
_OPENING: Final = b"[{"
_CLOSING: Final = b"]}"
# Brackets as signed bytes, +1 and -1, and all bytes that are none.
_DOWN: Final = b"\xff"
_STEPS: Final = bytes.maketrans(_OPENING + _CLOSING, b"\1\1" + 2 * _DOWN)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(_OPENING + _CLOSING))


class BrokenJson(UnreadableFile):
    """A file begins like JSON and isn't."""


class ByteSpan(NamedTuple):
    """Elements of an array that follow one another. position: of the first, from 1. elements: how many.

    text[start:stop] holds them with the commas between them. If there are several, they are sound JSON.
    """

    position: int
    start: int
    stop: int
    elements: int


class Elements:
    """The elements of an array whose outline is sound. end: where the array ends."""

    def __init__(self, text: bytes, at: int) -> None:
        """Walk the array that opens at `at`; raise as `_walk` does."""
        self._text = text
        self._at = at
        self._kept: list[ByteSpan] | None = []
        self.end = at
        for span in self._walked():
            if self._kept is not None:
                self._kept.append(span)
                if len(self._kept) > _MOST_KEPT:
                    self._kept = None

    def __iter__(self) -> Iterator[ByteSpan]:
        """Return the elements, walking the array again where there are many spans."""
        return self._walked() if self._kept is None else iter(self._kept)

    def _walked(self) -> Iterator[ByteSpan]:
        self.end = yield from _walk(self._text, self._at)


def after_space(text: bytes, at: int) -> int:
    """Return where the next byte is that isn't JSON's white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _walk(text: bytes, at: int) -> Generator[ByteSpan, None, int]:
    """Walk the elements of the array that opens at `at`; the generator's value is where the array ends.

    Raises:
        BrokenJson: it isn't closed, or no commas separate its elements.
        TooLarge: it has more than `MAX_RECORDS` elements.
    """
    at, position, one_by_one_until = after_space(text, at + 1), 1, 0
    if text[at : at + 1] == b"]":
        return at + 1
    while position <= MAX_RECORDS:
        stop, count = value_end(text, at), 1
        if at >= one_by_one_until:
            cut = _last_seam(text, stop, at + _STRETCH)
            if cut and (many := _count(text, at, cut)):
                stop, count = cut, many
            else:
                one_by_one_until = at + _STRETCH
        yield ByteSpan(position, at, stop, count)
        at, position = after_space(text, stop), position + count
        mark = text[at : at + 1]
        if mark == b"]":
            return at + 1
        if mark != b",":
            raise _broken("a comma or the array's end is missing", at)
        at = after_space(text, at + 1)
    raise TooLarge(too_many())


def too_many() -> str:
    """Return the sentence on a file that has too many records."""
    return f"the file has more than {MAX_RECORDS:,} records; split it"


def _last_seam(text: bytes, end: int, limit: int) -> int:
    """Return where the last element ends that is followed as the one that ends at `end` is; 0 where none is.

    limit: where to stop looking.
    """
    comma = after_space(text, end)
    if text[comma : comma + 1] != b",":
        return 0
    begins = after_space(text, comma + 1)
    if begins - end > _FIRST_LOOK:  # so much space isn't a rule
        return 0
    return text.rfind(text[end - 1 : begins + _SEAM], end, limit) + 1


def _count(text: bytes, start: int, stop: int) -> int:
    """Count the elements of a stretch; 0 where it isn't sound or doesn't end between two elements.

    What JSON's grammar reads from an element's beginning on is never read in another way for what follows. So if a
    stretch is whole elements, they are the array's.
    """
    try:
        return len(_RAWS.decode(b"[" + text[start:stop] + b"]"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return 0


def value_end(text: bytes, at: int) -> int:
    """Return where the value that begins at `at` ends.

    Raises:
        BrokenJson: none begins there, or it doesn't end.
    """
    first = text[at : at + 1]
    if first and first in _OPENING:
        return _container_end(text, at)
    found = (_STRING if first == b'"' else _SCALAR).match(text, at)
    if not found:
        raise _broken("a value is missing or doesn't end", at)
    return found.end()


def _container_end(text: bytes, at: int) -> int:
    """Count brackets until they are even, outside of strings, in stretches that grow."""
    opened, depth, stretch = at, 0, _FIRST_LOOK
    while at < len(text):
        tokens = _WHOLE_TOKENS.match(text, at, at + stretch)
        end = tokens.end() if tokens else at
        if end == at:  # a string that is longer than the stretch
            long = _STRING.match(text, at)
            if not long:
                break
            at = long.end()
            continue
        found, depth = _closes(text, at, end, depth)
        if found:
            return found
        at, stretch = end, min(4 * stretch, _STRETCH)
    raise _broken("it isn't closed", opened)


def _closes(text: bytes, start: int, stop: int, depth: int) -> tuple[int, int]:
    """Return where in a stretch of whole tokens the depth becomes 0, or 0; and the depth behind it."""
    steps = _STRING.sub(b"", text[start:stop]).translate(_STEPS, _NO_BRACKETS)
    closing = steps.count(_DOWN)
    if closing < depth:  # so it can't close in here
        return 0, depth + len(steps) - 2 * closing
    depths = list(accumulate(memoryview(steps).cast("b"), initial=depth))
    try:
        brackets = depths.index(0, 1)
    except ValueError:
        return 0, depths[-1]
    return next(islice(_TO_BRACKET.finditer(text, start, stop), brackets - 1, None)).end(), 0


def may_be_envelope(text: bytes) -> bool:
    """Return whether an object may have the member `readings`, spelt out or with escapes."""
    return b'readings"' in text or b"\\u00" in text


def readings_of(text: bytes, at: int) -> tuple[Elements | None, int]:
    """Look through the object that opens at `at`; return the list that is its member `readings`, and its end.

    The first is None where there is no such list.

    Raises:
        BrokenJson: it is broken.
        UnreadableFile: it has the member twice, however spelt, or is a reading itself.
        TooLarge: the list has more than `MAX_RECORDS` elements.
    """
    if not may_be_envelope(text):
        return None, _container_end(text, at)
    found: Elements | None = None
    names: set[str] = set()
    at = after_space(text, at + 1)
    if text[at : at + 1] == b"}":
        return None, at + 1
    while True:
        plain = _PLAIN_MEMBERS.match(text, at)
        name, at = _name(text, after_space(text, plain.end() if plain else at))
        is_list = text[at : at + 1] == b"["
        if (name == _LIST and name in names) or (is_list and name != _LIST and name.lower() == _LIST):
            raise UnreadableFile('the file names "readings" twice, so which holds? Land them as two files')
        if name == _LIST and is_list:
            found = Elements(text, at)
        at = found.end if found and name == _LIST else value_end(text, at)
        names.add(name)
        at = after_space(text, at)
        mark = text[at : at + 1]
        if mark == b"}":
            _require_no_reading(names, found)
            return found, at + 1
        if mark != b",":
            raise _broken("a comma or the object's end is missing", at)
        at = after_space(text, at + 1)


def _require_no_reading(names: set[str], found: Elements | None) -> None:
    """Refuse an envelope that is a reading too, which would vanish."""
    if found and names >= _SITE_AND_TIME and names & _SIDES:
        raise UnreadableFile('the file is a reading and has a list of "readings", so which is meant? Land two files')


def _name(text: bytes, at: int) -> tuple[str, int]:
    """Read a member's name; return it and where its value begins. A long name is none that is looked for."""
    quoted = _STRING.match(text, at)
    colon = after_space(text, quoted.end()) if quoted else at
    if not quoted or text[colon : colon + 1] != b":":
        raise _broken("a member's name is missing", at)
    try:
        name = msgspec.json.decode(text[at : quoted.end()], type=str) if quoted.end() - at < _FIRST_LOOK else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        name = ""
    return name, after_space(text, colon + 1)


def _broken(what: str, at: int) -> BrokenJson:
    return BrokenJson(f"the file begins like JSON, but is broken: {what} (byte {at + 1})")
