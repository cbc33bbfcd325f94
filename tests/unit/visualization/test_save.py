"""What is saved needs nothing from outside and holds nothing that could run."""

import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import altair as alt
import pytest

import theme
from drawing import Drawing, headed, rows
from pages import Folder, Group, OutputFormat, Saved, file_name, in_script, save_group
from picture import HOVER, compact, cut, still, svg_of
from zones import ChartsError

HOSTILE = "</script><script>alert('&')</script>"
GROUP = Group("group", HOSTILE, HOSTILE)


def drawn(name: str = "chart", title: str = HOSTILE, label: str = "A chart") -> Drawing:
    """Return a small drawing whose texts try to break out."""
    points = alt.Chart(rows([{"x": 1, "y": 2, "why": HOSTILE}])).mark_point(color=theme.INK)
    chart = alt.layer(points.encode(x="x:Q", y="y:Q", tooltip="why:N")).properties(width=300, height=120)
    return Drawing(name, title, headed(chart, title, [HOSTILE]), label=label)


def save(drawings: Sequence[Drawing], folder: Path, *formats: OutputFormat) -> list[Saved]:
    """Save some drawings as one group."""
    return save_group(GROUP, drawings, Folder(folder, formats))


def page_of(saved: list[Saved]) -> str:
    """Return the text of the page some drawings are on."""
    (page,) = {each.page for each in saved}
    assert page is not None
    return page.read_text()


def test_a_page_stands_on_its_own(tmp_path: Path) -> None:
    """No script, style or image is loaded, and the page's own policy forbids it."""
    page = page_of(save([drawn()], tmp_path, "html"))
    outside_scripts = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"<(script|link|img|iframe)\b", outside_scripts)
    assert "default-src 'none'" in page
    assert "vegaEmbed(" in page


def test_text_from_the_api_stays_text(tmp_path: Path) -> None:
    """A message or a name that holds markup ends no script and begins none."""
    page = page_of(save([drawn()], tmp_path, "html"))
    assert "<script>alert" not in page
    assert page.count("</script>") == 3
    assert "&lt;script&gt;alert" in page
    assert in_script("</&>") == r'"\u003c/\u0026\u003e"'


def test_a_page_tells_each_charts_finding_in_words(tmp_path: Path) -> None:
    """Title and subtitle are headings and text of the page, which wrap and are read out, not part of the drawing."""
    page = page_of(save([drawn("a", "A finding", "One"), drawn("b", "Another", "Two")], tmp_path, "html"))
    assert re.findall(r"<h2 id=\"(.*?)-title\">(.*?)</h2>", page) == [("one", "A finding"), ("two", "Another")]
    specs: list[str] = list(re.findall(r'application/json">(.*?)</script>', page))
    assert len(specs) == 2
    assert '"title":{"text"' not in specs[0]
    assert '"description":"A finding"' in specs[0]


def test_a_picture_is_a_sharp_png(tmp_path: Path) -> None:
    """The PNG has two dots to a pixel, every chunk is whole, and it has a light and a dark thumbnail."""
    (saved,) = save([drawn(title="x")], tmp_path, "png")
    assert saved.picture is not None
    assert saved.thumbs is not None
    png = saved.picture.read_bytes()
    width, height = size_of(png)
    assert width > 600
    assert height > 240
    assert compact(png) == png
    assert zlib.crc32(b"IEND").to_bytes(4, "big") == png[-4:]
    light, darker = (path.read_bytes() for path in saved.thumbs)
    assert size_of(light) == size_of(darker)
    assert size_of(light)[0] == 800
    assert light != darker


def size_of(png: bytes) -> tuple[int, int]:
    """Return a PNG's width and height, dots."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_thumbnail_is_cut_to_the_plot() -> None:
    """Title, axes and legend lie outside what is left; a tall chart keeps its upper part; what is no chart stays."""
    small = cut(svg_of(drawn(title="x").chart.to_dict()))
    assert re.search(r'width="400" height="1\d\d" viewBox="[\d.]+ [\d.]+ 308 128"', small)
    tall = drawn(title="x").chart.properties(height=900).to_dict()
    assert 'width="400" height="168"' in cut(svg_of(tall))
    assert cut("<svg/>") == "<svg/>"


def test_a_picture_leaves_out_what_only_answers_the_pointer() -> None:
    """Hover layers and zooming are for the page; a chart without layers is drawn as it is."""
    spec: dict[str, object] = {"layer": [{"name": HOVER}, {"mark": "line"}], "params": [{"views": [HOVER]}], "width": 9}
    assert still(spec) == {"layer": [{"mark": "line"}], "width": 9, "config": {"aria": False}}
    assert still({"mark": "bar", "config": {"a": 1}}) == {"mark": "bar", "config": {"a": 1, "aria": False}}


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
        save([drawn()], tmp_path / "charts", "html")


def luminance(color: str) -> float:
    """Return a colour's relative luminance, as WCAG reckons it."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("color", "least"), [(theme.INK, 7.0), (theme.MUTED, 4.5), (theme.ANOMALY, 3.0)])
def test_texts_and_marks_stand_out_light_and_dark(color: str, least: float) -> None:
    """Text and marks have the contrast WCAG asks for, on both grounds."""
    assert contrast(color, theme.PAPER) >= least
    assert contrast(theme.DARK[color], theme.DARK[theme.PAPER]) >= least


def test_severities_and_ramps_differ_in_lightness() -> None:
    """Whoever sees no hue still tells the severities apart, and more from less, light and dark."""
    for colors in (theme.SEVERITY_COLORS[:2], [theme.DARK[each] for each in theme.SEVERITY_COLORS[:2]]):
        assert contrast(*colors) >= 2
    for ramp in (theme.GENERATION_RAMP, theme.CONSUMPTION_RAMP):
        light = [luminance(color) for color in ramp]
        assert light == sorted(light, reverse=True)
        black = [luminance(theme.DARK[color]) for color in ramp]
        assert black == sorted(black)


def test_a_chart_is_darkened_colour_by_colour() -> None:
    """Each colour of the theme is exchanged once, whatever another one becomes; other text stays."""
    assert (
        theme.darkened(f"{theme.PAPER} {theme.INK} #123456")
        == f"{theme.DARK[theme.PAPER]} {theme.DARK[theme.INK]} #123456"
    )
