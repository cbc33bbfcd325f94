"""Words and blanks among a file's amounts, and a time that no day has: no side is lost for them in silence."""

import pytest

from heliograph.detect.propose import Proposal, propose
from heliograph.errors import UnreadableFile
from heliograph.profiles.read import ProfiledFile, read_file

ROWS = [f"26.11.2026 {n // 4:02d}:{n % 4 * 15:02d};1,25;0,4" for n in range(96)]


def looked_at(rows: list[str]) -> tuple[Proposal, ProfiledFile]:
    """Propose how a portal's day is read, and read it so."""
    body = "\n".join(["Zeit;Einspeisung kWh;Bezug kWh", *rows]).encode()
    proposal = propose(body, "day.csv", {"zone": "Europe/Berlin"}, "roof-1")
    return proposal, read_file(proposal.profile, body)


@pytest.mark.parametrize("word", ["---", "Fehler", "offline"])
@pytest.mark.parametrize("count", [2, 5, 40])
def test_a_repeated_word_among_amounts_stands_for_no_value(word: str, count: int) -> None:
    """A side whose meter was away for hours is taken, its word is proposed as missing, and the other side is kept."""
    rows = [row.replace("0,4", word) if at < count else row for at, row in enumerate(ROWS)]
    proposal, found = looked_at(rows)
    assert proposal.profile.missing == [word]
    assert any(repr(word) in sentence for sentence in proposal.because)
    assert sum(each.generated is not None for each in found.readings) == len(ROWS)
    assert sum(each.consumed is not None for each in found.readings) == len(ROWS) - count
    assert not found.rejected


def test_what_is_no_number_and_no_repeated_word_is_rejected() -> None:
    """Cells that differ, such as an error's number, reject their rows; the side is taken."""
    rows = [row.replace("0,4", f"E{at}!") if at < 8 else row for at, row in enumerate(ROWS)]
    proposal, found = looked_at(rows)
    assert [source.column for source in proposal.profile.consumed] == ["Bezug kWh"]
    assert len(found.rejected) == 8


def test_a_named_column_that_is_mostly_words_is_said_to_be_left_out() -> None:
    """A side with more words than numbers isn't taken, and not in silence."""
    rows = [row.replace("0,4", "---") if at < 60 else row for at, row in enumerate(ROWS)]
    proposal, _ = looked_at(rows)
    assert proposal.profile.consumed == []
    assert any("'Bezug kWh' isn't taken" in sentence for sentence in proposal.because)


@pytest.mark.parametrize("blank", ["n/a", "NaN", "-", ""])
@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_first_rows_without_a_value_are_no_names(blank: str, count: int) -> None:
    """Rows with a time belong to the table, whatever their other cells."""
    rows = [f"{row[:16]};{blank};{blank}" if at < count else row for at, row in enumerate(ROWS)]
    proposal, found = looked_at(rows)
    assert [source.column for source in proposal.profile.generated] == ["Einspeisung kWh"]
    assert [source.column for source in proposal.profile.consumed] == ["Bezug kWh"]
    assert sum(each.consumed is not None for each in found.readings) == len(ROWS) - count


@pytest.mark.parametrize("at", [0, 40, 95])
def test_a_time_that_no_day_has_rejects_its_row_alone(at: int) -> None:
    """The 31st of June is said and rejected; all other rows are read."""
    rows = [f"31.06.2026 00:00{row[16:]}" if n == at else row for n, row in enumerate(ROWS)]
    proposal, found = looked_at(rows)
    assert len(found.readings) == len(ROWS) - 1
    assert [each.reason for each in found.rejected if "31.06.2026" in each.reason]
    assert any("no day has" in sentence for sentence in proposal.because)


def test_times_of_which_many_are_impossible_are_refused() -> None:
    """More than one in twenty is no slip, and the file is refused."""
    rows = [f"31.06.2026 {row[11:]}" if n % 10 == 0 else row for n, row in enumerate(ROWS)]
    with pytest.raises(UnreadableFile, match="times"):
        looked_at(rows)
