"""What is saved needs nothing from outside and holds nothing that could run."""

import re
import struct
import zlib
from pathlib import Path

import altair as alt
import pytest

from drawing import Drawing, rows
from errors import ChartsError
from index_page import write_index
from picture import HOVER, compact, still
from save import Saved, file_name, in_script, save

HOSTILE = "</script><script>alert('&')</script>"


def drawn(name: str = "chart", title: str = HOSTILE, site_id: str | None = None) -> Drawing:
    """Give a small drawing whose texts try to break out."""
    points = alt.Chart(rows([{"x": 1, "y": 2, "why": HOSTILE}])).mark_point()
    chart = alt.layer(points.encode(x="x:Q", y="y:Q", tooltip="why:N").properties(title=title))
    return Drawing(name, title, chart, site_id)


def test_a_page_stands_on_its_own(tmp_path: Path) -> None:
    """No script, style or image is loaded, and the page's own policy forbids it."""
    page = save(drawn(), tmp_path, ["html"], set()).files["html"].read_text()
    outside_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"<(script|link|img|iframe)\b", outside_scripts)
    assert "default-src 'none'" in page
    assert "vegaEmbed(" in page


def test_text_from_the_api_stays_text(tmp_path: Path) -> None:
    """A message that holds markup ends no script and begins none, in a chart's page and in the index."""
    saved = save(drawn(), tmp_path, ["html", "png"], set())
    page = saved.files["html"].read_text()
    index = write_index(tmp_path, [saved], HOSTILE).read_text()
    assert "<script>alert" not in page + index
    assert page.count("</script>") == 2
    assert "&lt;script&gt;alert" in index
    assert in_script("</&>") == r'"\u003c/\u0026\u003e"'


def test_a_picture_is_a_sharp_png(tmp_path: Path) -> None:
    """The PNG has two dots to a pixel, and every chunk is whole."""
    png = save(drawn(title="x"), tmp_path, ["png"], set()).files["png"].read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width > 400
    assert height > 400
    assert compact(png) == png
    assert zlib.crc32(b"IEND").to_bytes(4, "big") == png[-4:]


def test_a_picture_leaves_out_what_only_answers_the_pointer() -> None:
    """Hover layers and zooming are for the page; a chart without layers is drawn as it is."""
    spec: dict[str, object] = {"layer": [{"name": HOVER}, {"mark": "line"}], "params": [{"views": [HOVER]}], "width": 9}
    assert still(spec) == {"layer": [{"mark": "line"}], "width": 9}
    assert still({"mark": "bar"}) == {"mark": "bar"}


def test_file_names_are_safe_and_never_meet() -> None:
    """Names that differ in case only, or by signs a file can't have, stay apart; none leaves the folder."""
    taken: set[str] = {"index"}
    names = [file_name(name, taken) for name in ("home-01", "HOME-01", "a/b", "a:b", "../etc", "..", "index")]
    assert len({name.lower() for name in names}) == len(names)
    assert names[0] == "home-01"
    assert all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", name) for name in names)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be is one clear line, not a traceback."""
    (tmp_path / "charts").write_text("")
    with pytest.raises(ChartsError, match="can't be written to"):
        save(drawn(), tmp_path / "charts", ["html"], set())
    with pytest.raises(ChartsError, match=r"index\.html can't be written"):
        write_index(tmp_path / "charts", [], "")


def test_the_index_links_every_chart(tmp_path: Path) -> None:
    """The fleet's charts come first; each card leads to the page, or to the picture where there is no page."""
    fleet = Saved(drawn("fleet", "The fleet"), {"html": tmp_path / "fleet.html", "png": tmp_path / "fleet.png"})
    site = Saved(drawn("a", "A site", "a"), {"png": tmp_path / "a b.png"})
    page = write_index(tmp_path, [site, fleet], "1 Aug 2016").read_text()
    assert page.index('<a href="fleet.html">The fleet<img src="fleet.png"') < page.index('<a href="a%20b.png">A site')
