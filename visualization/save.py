"""Saves drawings as pages and pictures that need nothing from outside: no browser to make, no network to open."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from drawing import Drawing
from errors import ChartsError
from pages import Group, chart_page
from picture import picture_of, svg_of, thumbnails

Format = Literal["html", "png"]

THUMBS: Final = "thumbs"

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 120

Spec = dict[str, object]


class Saved(msgspec.Struct, frozen=True):
    """A drawing's words and the files it is in.

    page: the page that has it, with others of its group; picture: the PNG; thumbs: a light and a dark one. None where
    that wasn't asked for. anchor: where in the page it is.
    """

    label: str
    title: str
    site_id: str | None
    anchor: str
    page: Path | None = None
    picture: Path | None = None
    thumbs: tuple[Path, Path] | None = None

    @property
    def files(self) -> list[Path]:
        """The files a person opens."""
        return [path for path in (self.page, self.picture) if path is not None]


class Folder(msgspec.Struct):
    """Where charts are saved, in which formats. taken: the names used so far, in lower case."""

    path: Path
    formats: tuple[Format, ...]
    taken: set[str] = msgspec.field(default_factory=lambda: {"index", THUMBS})


def save_group(group: Group, drawings: Sequence[Drawing], folder: Folder) -> list[Saved]:
    """Write some drawings: each as a picture with its thumbnails, and all of them as one page.

    Raises:
        ChartsError: the folder can't be written.
    """
    specs = [drawing.chart.to_dict(validate=False) for drawing in drawings]
    names = [file_name(drawing.name, folder.taken) for drawing in drawings]
    page = folder.path / f"{file_name(group.name, folder.taken)}.html" if "html" in folder.formats else None
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        if page is not None:
            page.write_text(chart_page(group, drawings, specs), encoding="utf-8")
        return [
            _saved(drawing, name, spec, folder, page)
            for drawing, name, spec in zip(drawings, names, specs, strict=True)
        ]
    except OSError as error:
        raise ChartsError(f"the charts can't be written to {folder.path}: {error.strerror or error}") from error


def _saved(drawing: Drawing, name: str, spec: Spec, folder: Folder, page: Path | None) -> Saved:
    words = Saved(drawing.label, drawing.title, drawing.site_id, drawing.anchor, page)
    if "png" not in folder.formats:
        return words
    svg = svg_of(spec)
    whole, small = folder.path / f"{name}.png", thumbnails(svg)
    thumbs = folder.path / THUMBS / f"{name}.png", folder.path / THUMBS / f"{name}-dark.png"
    thumbs[0].parent.mkdir(exist_ok=True)
    _write(((whole, picture_of(svg)), (thumbs[0], small.light), (thumbs[1], small.dark)))
    return msgspec.structs.replace(words, picture=whole, thumbs=thumbs)


def _write(files: Iterable[tuple[Path, bytes]]) -> None:
    for path, content in files:
        path.write_bytes(content)


def file_name(name: str, taken: set[str]) -> str:
    """Return a name any file system takes and no other chart has, upper case or lower, and add it to `taken`."""
    safe = _UNSAFE.sub("_", name)[:_LONGEST_NAME].lstrip(".") or "chart"
    if safe != name or safe.lower() in taken:
        safe = f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    taken.add(safe.lower())
    return safe
