"""Draws charts as PNGs, without a browser: whole ones to send on, and thumbnails, light and dark."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec
import vl_convert

from theme import darkened

# A view of this name only answers the pointer. A picture has none, and takes half the time to draw without.
HOVER: Final = "hover"

_SCALE: Final = 2
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LEVEL: Final = 6

# Thumbnails, pixels. A chart is cut to what lies between its axes, and a tall one to its upper part.
THUMB_WIDTH: Final = 400
_THUMB_HEIGHT: Final = 168
_FRAME: Final = 4
_HEAD: Final = re.compile(r'<svg [^>]*?width="[\d.]+" height="[\d.]+" viewBox="[^"]+"')
_ORIGIN: Final = re.compile(r'transform="translate\((-?[\d.]+),(-?[\d.]+)\)"')
_PLOT: Final = re.compile(r'class="background"[^>]*? d="M[\d.]+,[\d.]+h([\d.]+)v([\d.]+)h')

_Chunk: TypeAlias = tuple[bytes, bytes]


class Thumbnails(msgspec.Struct, frozen=True):
    """A chart as two small PNGs."""

    light: bytes
    dark: bytes


def picture(spec: dict[str, object]) -> bytes:
    """Draw a Vega-Lite chart as a PNG, two dots to a pixel, for sharp screens and print."""
    return picture_of(svg_of(spec))


def svg_of(spec: dict[str, object]) -> str:
    """Lay a Vega-Lite chart out as SVG."""
    return str(vl_convert.vegalite_to_svg(still(spec)))


def picture_of(svg: str) -> bytes:
    """Draw a chart that is laid out."""
    return compact(bytes(vl_convert.svg_to_png(svg, scale=_SCALE)))


def thumbnails(svg: str) -> Thumbnails:
    """Draw a chart that is laid out small, without title, axes and legend."""
    small = cut(svg)
    light, dark = (compact(bytes(vl_convert.svg_to_png(text, scale=_SCALE))) for text in (small, darkened(small)))
    return Thumbnails(light, dark)


def cut(svg: str) -> str:
    """Cut a chart's SVG to its plot, at a thumbnail's size; one without a plot is left whole."""
    origin, plot = _ORIGIN.search(svg), _PLOT.search(svg)
    if origin is None or plot is None:
        return svg
    left, top = (float(number) - _FRAME for number in origin.groups())
    width, height = (float(number) + 2 * _FRAME for number in plot.groups())
    height = min(height, width * _THUMB_HEIGHT / THUMB_WIDTH)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{THUMB_WIDTH}" height="{THUMB_WIDTH * height / width:.0f}" '
        f'viewBox="{left:g} {top:g} {width:g} {height:g}"'
    )
    return _HEAD.sub(head, svg, count=1)


def still(spec: dict[str, object]) -> dict[str, object]:
    """Return a chart without what only answers the pointer, and without a description of each mark, for speed."""
    config = spec.get("config")
    kept = {**spec, "config": {**(config if isinstance(config, dict) else {}), "aria": False}}
    layers = kept.get("layer")
    if isinstance(layers, list):
        kept["layer"] = [layer for layer in layers if layer.get("name") != HOVER]
        kept.pop("params", None)
    return kept


def compact(png: bytes) -> bytes:
    """Pack a PNG's dots again: the same picture in a seventh of the bytes, because vl-convert packs for speed."""
    chunks = list(_chunks(png))
    dots = zlib.compress(zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT")), _LEVEL)
    before = [chunk for chunk in chunks if chunk[0] not in (b"IDAT", b"IEND")]
    return _SIGNATURE + b"".join(map(_packed, [*before, (b"IDAT", dots), (b"IEND", b"")]))


def _chunks(png: bytes) -> Iterator[_Chunk]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _packed(chunk: _Chunk) -> bytes:
    name, body = chunk
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
