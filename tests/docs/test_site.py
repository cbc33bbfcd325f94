"""The last step of `make docs` sees what a page would load from outside."""

from pathlib import Path

import pytest

from docs_site import loaded_from_outside, main


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://unpkg.com/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/x.css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="http://example.com/x.png">',
    ],
)
def test_what_is_loaded_from_outside_is_named(tag: str, tmp_path: Path) -> None:
    """A script, a style, a connection, an image: the page and the address are said, and the exit status is 1."""
    (tmp_path / "page.html").write_text(f"<html>{tag}</html>")
    assert [line.partition(" loads ")[0] for line in loaded_from_outside(tmp_path)] == ["page.html"]
    assert main([str(tmp_path)]) == 1


def test_links_to_follow_and_own_files_are_fine(tmp_path: Path) -> None:
    """A link that a reader may follow isn't loaded; what lies beside the page may be."""
    text = '<a href="https://example.com">x</a><script src="own.js"></script><link rel="canonical" href="https://x/y">'
    (tmp_path / "page.html").write_text(text)
    (tmp_path / "own.css").write_text("a { background: url(own.png) }")
    assert main([str(tmp_path)]) == 0
