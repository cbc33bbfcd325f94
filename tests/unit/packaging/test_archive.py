"""A zip is a function of its files."""

import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_zips.contents import write_zip

NAMES = st.text("abcz_", min_size=1, max_size=6).map(lambda stem: f"{stem}.py")
TREES = st.dictionaries(NAMES, st.binary(max_size=200), max_size=8)


def test_dates_modes_and_order_do_not_show(tmp_path: Path) -> None:
    """The same contents give the same bytes, whenever, with whatever rights and in whatever order they were written."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, date, mode, names in ((first, 1e9, 0o644, "xy"), (second, 1.7e9, 0o700, "yx")):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"body of {name}")
            (folder / name).chmod(mode)
            os.utime(folder / name, (date, date))
    write_zip({"p/x": first / "x", "p/y": first / "y"}, tmp_path / "a.zip")
    write_zip({"p/y": second / "y", "p/x": second / "x"}, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@given(tree=TREES)
def test_what_went_in_comes_out(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, bytes]) -> None:
    """Every file comes out of the zip as it went in, readable by all, and nothing else does."""
    folder = tmp_path_factory.mktemp("tree")
    for name, body in tree.items():
        (folder / name).write_bytes(body)
    write_zip({name: folder / name for name in tree}, folder / "out.zip")
    with ZipFile(folder / "out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == tree
        assert archive.namelist() == sorted(tree)
        assert {entry.external_attr >> 16 for entry in archive.infolist()} <= {0o100644}


def test_nothing_unfinished_is_left(tmp_path: Path) -> None:
    """Only the whole zip is there when it is done."""
    (tmp_path / "x").write_text("x")
    write_zip({"x": tmp_path / "x"}, tmp_path / "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zip", "x"]
