"""Green Button (ESPI): a utility's XML of a customer's usage, of which only the interval readings of energy are taken.

Source: NAESB REQ.21 *Energy Services Provider Interface*: an `IntervalReading` has the epoch second of its start, its
seconds and a value, which the `ReadingType` of its meter reading scales by a power of ten and gives a unit (`uom` 72 is
Wh, 38 W), a direction (`flowDirection` 1 delivered, 19 received) and a commodity (1 is electricity).
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from heliograph.errors import UnreadableFile
from heliograph.profiles.rows import text_of

_UNITS: Final = {"72": "Wh", "38": "W"}
_FLOWS: Final = {"1": "delivered", "19": "received", "4": "net"}
# `QualityOfReading`: 0 valid, 7 manually edited, 8 estimated from history, 9 by interpolation, and so on.
_QUALITIES: Final = {"0": "valid", "7": "edited", "8": "estimated", "9": "estimated", "10": "questionable"}
# Of ten; a file may not make a number of a million digits.
_MOST_POWER: Final = 12
_WHOLE: Final = re.compile(r"-?\d+\Z", re.ASCII)
_POWER: Final = re.compile(r"-?\d{1,2}\Z", re.ASCII)
_ESPI: Final = "{http://naesb.org/espi}"
_ATOM: Final = "{http://www.w3.org/2005/Atom}"


def read_green_button(body: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the interval readings of a Green Button file, each with its place and the columns of `FIXED_COLUMNS`.

    Raises:
        UnreadableFile: it isn't XML, has a document type, or has no reading of electricity.
    """
    types: dict[str, Mapping[str, str]] = {}
    type_of: dict[str, str] = {}
    blocks: list[tuple[str, Element]] = []
    for entry in _root(body).iter(f"{_ATOM}entry"):
        links = [(link.get("rel"), link.get("href") or "") for link in entry.iter(f"{_ATOM}link")]
        own = next((href for rel, href in links if rel == "self"), "")
        up = next((href for rel, href in links if rel == "up"), "")
        if (found := entry.find(f".//{_ESPI}ReadingType")) is not None:
            types[own] = {child.tag.removeprefix(_ESPI): (child.text or "").strip() for child in found}
        elif entry.find(f".//{_ESPI}MeterReading") is not None:
            type_of[own] = next((href for _, href in links if "/ReadingType" in href), "")
        blocks += [(up, block) for block in entry.iter(f"{_ESPI}IntervalBlock")]
    position = 0
    for up, block in blocks:
        reading = next((href for href in type_of if up and (up == href or up.startswith(f"{href}/"))), "")
        kind = types.get(type_of.get(reading, "")) or (next(iter(types.values())) if len(types) == 1 else {})
        if kind.get("commodity", "1") not in {"0", "1"}:
            continue
        for each in block.iter(f"{_ESPI}IntervalReading"):
            position += 1
            yield position, _cells(each, kind, reading)
    if not position:
        raise UnreadableFile("the file has no interval readings of electricity")


def _root(body: bytes) -> Element:
    """Parse the XML.

    Without a document type there are no entities, so a small file stays small. It is parsed as the text that was
    searched for one, whatever encoding it names.

    Raises:
        UnreadableFile: it isn't XML, or it has a document type.
    """
    text = text_of(body)
    if "<!DOCTYPE" in text:
        raise UnreadableFile("the XML has a document type, whose entities could grow without end; it isn't read")
    try:
        return fromstring(text)  # noqa: S314 - without a document type there is nothing to expand
    except (ParseError, ValueError) as error:
        raise UnreadableFile(f"the file isn't XML, or it is cut short: {error}") from None


def _cells(reading: Element, kind: Mapping[str, str], usage_point: str) -> dict[str, Any]:
    text = {child.tag.removeprefix(_ESPI): (child.text or "").strip() for child in reading.iter()}
    power = kind.get("powerOfTenMultiplier", "0")
    value = text.get("value", "")
    scale = int(power) if _POWER.match(power) and abs(int(power)) <= _MOST_POWER else 0
    return {
        "usage_point": usage_point.partition("/MeterReading")[0].rpartition("/")[2],
        "flow": _FLOWS.get(kind.get("flowDirection", ""), kind.get("flowDirection", "")),
        "start": text.get("start", ""),
        "seconds": text.get("duration", kind.get("intervalLength", "")),
        "value": Decimal(value).scaleb(scale) if _WHOLE.match(value) else value,
        "unit": _UNITS.get(kind.get("uom", ""), kind.get("uom", "")),
        "quality": _QUALITIES.get(text.get("quality", "0"), text.get("quality", "")),
    }
