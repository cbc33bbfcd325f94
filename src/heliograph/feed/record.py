"""One record of a file before it is known whether it is a reading."""

import json
from decimal import Decimal, InvalidOperation
from typing import Final

_UNREAD: Final = object()


def read_number(text: str) -> Decimal:
    """Give a number exactly as it is written; NaN, which is then refused, where its exponent has too many digits."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


# JSON as the standard library reads it, which is less strict than msgspec.
LENIENT: Final = json.JSONDecoder(parse_float=read_number, parse_int=Decimal, parse_constant=Decimal, strict=False)


class Record:
    """A record's position in its file, its bytes, and its value where the splitter already had to read it.

    `content` is None where only the value is known (a CSV row, a record of an envelope read leniently).
    """

    __slots__ = ("content", "position", "value")

    def __init__(self, position: int, content: bytes | None, value: object = _UNREAD) -> None:
        """Keep what is known of the record."""
        self.position = position
        self.content = content
        self.value = value

    @property
    def is_read(self) -> bool:
        """Whether `value` holds the record's value already."""
        return self.value is not _UNREAD

    def text(self) -> str:
        """Give the record as text for a person to read; bytes that aren't UTF-8 are shown as escapes."""
        if self.content is not None:
            return self.content.decode("utf-8", "backslashreplace")
        return json.dumps(self.value, default=str)
