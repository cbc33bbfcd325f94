"""DynamoDB's own JSON: Python values to typed attributes and back.

Numbers stay decimal text both ways, so an energy is stored and read to its last digit.
"""

from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from heliograph.checks.flag import Flag

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = Mapping[str, Any]
S = TypeVar("S", bound=msgspec.Struct)


def number(value: Decimal | int) -> "AttributeValueTypeDef":
    """Write a number, exactly; plain digits, no exponent."""
    return {"N": digits(value)}


def digits(value: Decimal | int) -> str:
    """Write a number's digits without an exponent."""
    text = str(value)
    return f"{value:f}" if "E" in text else text


def attribute(value: object) -> "AttributeValueTypeDef":
    """Write text, bytes, a number, a truth value, or a list or dict of them.

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
        case list():
            return {"L": [attribute(each) for each in value]}
        case dict():
            return {"M": attributes(value)}
    raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def attributes(values: Mapping[str, object]) -> "dict[str, AttributeValueTypeDef]":
    """Write a whole item."""
    return {name: attribute(value) for name, value in values.items()}


def value_of(typed: Item) -> Any:  # noqa: ANN401 - an item's attributes have any type
    """Read one attribute; numbers come as Decimal."""
    kind, value = next(iter(typed.items()))
    match kind:
        case "N":
            return Decimal(value)
        case "L":
            return [value_of(each) for each in value]
        case "M":
            return values_of(value)
        case "B" if isinstance(value, str):  # as it is on the wire; botocore's own parser gives bytes
            return b64decode(value)
        case _:
            return value


def values_of(item: Item) -> dict[str, Any]:
    """Read a whole item."""
    return {name: value_of(typed) for name, typed in item.items()}


def struct_of(item: Item, kind: type[S]) -> S:
    """Read an item as a struct: its fields and no other attributes, whole numbers as int, others as float.

    Not for energies: those are read with all their digits by `values_of`.
    """
    known = {name: _plain(item[name]) for name in kind.__struct_fields__ if name in item}
    return msgspec.convert(known, kind)


def _plain(typed: Item) -> object:
    text = typed.get("N")
    if text is None:
        return value_of(typed)
    number = float(text)
    return int(Decimal(text)) if number.is_integer() else number


def flags_attribute(flags: tuple[Flag, ...]) -> "AttributeValueTypeDef":
    """Write a reading's flags."""
    return attribute([msgspec.structs.asdict(each) for each in flags])


def flags_of(values: dict[str, Any], name: str = "flags") -> tuple[Flag, ...]:
    """Read flags from an item's values; none where it has no attribute of this name."""
    return tuple(Flag(**each) for each in values.get(name, ()))
