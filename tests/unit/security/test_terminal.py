"""What others wrote can't command an operator's terminal: names of objects, records, bodies of messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph_cli import show

CLEAR = "\x1b[2J\x1b]0;owned\x07"


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    """Only line ends and tabs stay; whatever else commands a terminal is shown as an escape."""
    shown = show.harmless(text)
    assert not {sign for sign in shown if ord(sign) < 32 or 127 <= ord(sign) < 160} - {"\n", "\t"}


def test_a_table_shows_markup_and_control_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A cell in brackets isn't taken for a style, and an escape sequence isn't sent."""
    show.out.cache_clear()
    show.print_table("records", [{"record": "[bold]x[/bold]"}, {"record": CLEAR}])
    printed = capsys.readouterr().out
    show.out.cache_clear()
    assert "[bold]x[/bold]" in printed
    assert "\x1b[2J" not in printed
    assert "\\x1b[2J" in printed


def test_json_shows_control_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JSON holds no control character."""
    show.out.cache_clear()
    show.print_json({"record": CLEAR})
    printed = capsys.readouterr().out
    show.out.cache_clear()
    assert "\x1b" not in printed
