"""Every small case is judged: a case that is added to the shared data needs a test."""

from pathlib import Path

from cases.kept import CASES, needs_cases


@needs_cases
def test_every_case_is_judged() -> None:
    """Each folder is named by a test, and the decoder's files by the decoder's own tests."""
    tests = Path(__file__).resolve().parents[1]
    judges = [*(tests / "cases").glob("*.py"), tests / "stack" / "test_cases.py"]
    said = "\n".join(each.read_text() for each in judges)
    folders = {each.name for each in CASES.iterdir() if each.is_dir()} - {"decoder"}
    assert [name for name in sorted(folders) if name not in said] == []
    decoder = (tests / "unit" / "core" / "test_feed.py").read_text()
    assert all(each.name in decoder for each in (CASES / "decoder").iterdir())
