"""DynamoDB items: what a value is stored as, and one codec for every kind of item.

A kind of item is declared once, as a struct. From the types of its fields follow the attributes it is written as, and
the types that msgspec decodes a whole answer into: an attribute is a struct with one field, named by DynamoDB's letter
for its type. Numbers are decimal text on the wire, so an energy is kept to its last digit.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from heliograph.checks.flag import Flag

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
Write = Callable[[Any], "AttributeValueTypeDef"]


class Text(msgspec.Struct, gc=False):
    """A text attribute."""

    S: str


class Exact(msgspec.Struct, gc=False):
    """A number attribute with all its digits."""

    N: Decimal


class Whole(msgspec.Struct, gc=False):
    """A whole number's attribute."""

    N: int


class Binary(msgspec.Struct, gc=False):
    """An attribute of bytes."""

    B: bytes


class ListOf(msgspec.Struct, Generic[T]):
    """A list attribute."""

    L: list[T]


class MapOf(msgspec.Struct, Generic[T]):
    """A map attribute."""

    M: T


def number(value: Decimal | int) -> "AttributeValueTypeDef":
    """Write a number, exactly; plain digits, no exponent."""
    return {"N": digits(value)}


def digits(value: Decimal | int) -> str:
    """Write a number's digits without an exponent."""
    text = str(value)
    return f"{value:f}" if "E" in text else text


def attribute(value: object) -> "AttributeValueTypeDef":
    """Write text, bytes, a number, or a truth value.

    Raises:
        TypeError: for any other type.
    """
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case int() | Decimal() | float():
            return number(Decimal(repr(value)) if isinstance(value, float) else value)
    raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def attributes(values: Mapping[str, object]) -> "dict[str, AttributeValueTypeDef]":
    """Write a whole item."""
    return {name: attribute(value) for name, value in values.items()}


class Stored(msgspec.Struct, frozen=True):
    """How a field is stored. letter: DynamoDB's for its type. wire: the type that its attribute is decoded into.

    read: makes the value of what the attribute holds, where msgspec doesn't. write: makes the attribute of the value.
    """

    letter: str
    wire: Any
    read: Callable[[Any], Any] | None = None
    write: Write = attribute


class ItemReader(Generic[T]):
    """Reads one kind of item, alone or in an answer of many.

    wire: the type that an item is decoded into. make: makes of it what is read. projected: whether only the attributes
    of `wire` are asked for.
    """

    def __init__(self, wire: Any, make: Callable[[Any], T], *, projected: bool = False) -> None:  # noqa: ANN401 - a type
        """Declare a kind of item."""
        self._wire = wire
        self.make = make
        self._projected = projected

    @property
    def wire(self) -> Any:  # noqa: ANN401 - a type
        """The type that an item is decoded into."""
        return self._wire

    def read(self, item: Mapping[str, Any]) -> T:
        """Read one item.

        Raises:
            msgspec.ValidationError: it isn't of this kind.
        """
        return self.make(msgspec.convert(item, self.wire, strict=False))

    @cached_property
    def projection(self) -> dict[str, Any]:
        """The parameters of a request that ask for what is read and no more."""
        if not self._projected:
            return {}
        names = {f"#{number}": name for number, name in enumerate(self.wire.__struct_fields__)}
        return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


class Codec(ItemReader[S]):
    """Reads and writes the items of a struct: an attribute a field, of its name; others are passed over.

    lean: whether a field that is as it is by default has no attribute, or the fields of which that holds; an attribute
    that isn't there costs nothing.
    stored: the fields that are stored otherwise than their types say.
    """

    def __init__(self, struct: type[S], *, lean: bool | frozenset[str] = False, **stored: Stored) -> None:
        """Declare a kind of item."""
        super().__init__(None, self._make)
        self._struct = struct
        every = frozenset(each.name for each in msgspec.structs.fields(struct)) if lean is True else frozenset()
        self._lean = lean if isinstance(lean, frozenset) else every
        self._stored = stored

    @cached_property
    def _fields(self) -> list[tuple[str, Stored, object]]:
        """Each field with its way and its default; made at the first use, since a cold start may have none."""
        return [
            (each.name, self._stored.get(each.name) or stored_as(each.type), each.default)
            for each in msgspec.structs.fields(self._struct)
        ]

    @cached_property
    def wire(self) -> Any:  # noqa: ANN401 - a type
        """The type that an item is decoded into."""
        required = {each.name for each in msgspec.structs.fields(self._struct) if each.required}
        fields = [
            (name, stored.wire) if name in required else (name, stored.wire | None, None)
            for name, stored, _ in self._fields
        ]
        return msgspec.defstruct(f"{self._struct.__name__}Item", fields, kw_only=True, gc=False)

    @cached_property
    def _readers(self) -> list[tuple[str, str, Callable[[Any], Any] | None]]:
        return [(name, stored.letter, stored.read) for name, stored, _ in self._fields]

    def _make(self, item: Any) -> S:  # noqa: ANN401 - of the type `wire`
        values = {}
        for name, letter, read in self._readers:
            if (found := getattr(item, name)) is not None:
                value = getattr(found, letter)
                values[name] = read(value) if read else value
        return self._struct(**values)

    def write(self, value: S) -> "dict[str, AttributeValueTypeDef]":
        """Write a value's fields; what has none, and in a lean item what is by default, has no attribute."""
        item = {}
        for name, stored, default in self._fields:
            field = getattr(value, name)
            if field is not None and not (name in self._lean and field == default):
                item[name] = stored.write(field)
        return item


def stored_as(kind: Any) -> Stored:  # noqa: ANN401 - a type
    """Return how a field of this type is stored.

    Raises:
        KeyError: no attribute holds such values; name a way of its own.
    """
    plain = kind
    while (origin := get_origin(plain)) in {Annotated, Union, UnionType}:
        plain = next(each for each in get_args(plain) if each is not type(None))
        if origin is not Annotated:
            kind = plain
    if plain == tuple[Flag, ...]:
        return FLAGS
    letter = _LETTERS[str if get_origin(plain) is Literal else plain]
    # The attribute is of the field's own type, so its bounds and words are checked as it is decoded.
    return Stored(letter, _PLAIN.get(kind) or msgspec.defstruct(letter, [(letter, kind)], gc=False))


_LETTERS: Final = {str: "S", bytes: "B", bool: "BOOL", int: "N", float: "N", Decimal: "N"}
_PLAIN: Final = {str: Text, Decimal: Exact, int: Whole}


def json_text(kind: Any) -> Stored:  # noqa: ANN401 - a type
    """Store a field as JSON in a text: it is read and written whole, and takes half the bytes of lists and maps."""
    return Stored(
        "S", Text, msgspec.json.Decoder(kind).decode, lambda value: {"S": msgspec.json.encode(value).decode()}
    )


_FLAG: Final = Codec(Flag)


def _read_flags(found: "list[MapOf[Any]]") -> tuple[Flag, ...]:
    return tuple(_FLAG.make(each.M) for each in found)


def flags_attribute(flags: tuple[Flag, ...]) -> "AttributeValueTypeDef":
    """Write flags: a list of maps."""
    return {"L": [{"M": _FLAG.write(each)} for each in flags]}


_FlagItem: Any = _FLAG.wire
# What was found of a reading or a day.
FLAGS: Final = Stored("L", ListOf[MapOf[_FlagItem]], _read_flags, flags_attribute)


def flags_of(found: "ListOf[MapOf[Any]] | None") -> tuple[Flag, ...]:
    """Read an attribute of flags; none where an item hasn't got it."""
    return _read_flags(found.L) if found else ()


# Items as they are on the wire.
ANY_ITEM: Final[ItemReader[dict[str, Any]]] = ItemReader(dict[str, Any], lambda item: item)
