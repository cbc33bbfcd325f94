"""What a site may be called can't reach a page, a sheet, a log or a mail as anything but text."""

import json
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.errors import ReadingError, SiteError
from heliograph.feed import RejectedRecord, decode
from heliograph.incidents.messages import messages
from heliograph.incidents.model import Incident, Phase
from heliograph.reading import parse_site_id
from heliograph.site_entries import parse_sites
from unit.api.fleet import assessed, client_of, stores_of

# Markup, the beginnings of a formula, separators and ends of lines, terminals' commands, other scripts' look-alikes.
HOSTILE: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "a,b",
    "a;b",
    "a\tb",
    "a\n",
    "a\r\nBcc: x",
    "a\x1b[2J",
    "a\x00",
    "a'b",
    "a&b",
    "../a",
    "a/b",
    "a b",
    "\u0430",
    "a\u202e",
    "\u0661",
    "",
    "a" * 65,
)
CLIENT: Final = client_of(stores_of([assessed()]))


@pytest.mark.parametrize("site_id", HOSTILE)
def test_a_hostile_name_is_no_site(site_id: str) -> None:
    """It is refused where readings land, where sites are registered, and where the API is asked."""
    with pytest.raises(ReadingError):
        parse_site_id(site_id)
    with pytest.raises(SiteError):
        parse_sites(json.dumps({"site_id": site_id}).encode())
    line = {
        "site_id": site_id,
        "timestamp": "2026-01-01T00:00:00Z",
        "energy_generated_kwh": 1,
        "energy_consumed_kwh": 1,
    }
    (entry,) = decode(json.dumps(line).encode())
    assert isinstance(entry, RejectedRecord)
    answer = CLIENT.get("/incidents", state="open", site_id=site_id)
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"


@given(st.text(max_size=70))
def test_a_name_that_is_taken_is_plain(text: str) -> None:
    """Whatever is taken for a site's name is of letters, digits, dots, underscores and hyphens, and begins plainly."""
    try:
        taken = parse_site_id(text)
    except ReadingError:
        return
    assert taken.isascii()
    assert taken[0].isalnum()
    assert not set(taken) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


def incident(site_id: str, source: str) -> Incident:
    """Return an incident that a file opened."""
    return Incident(
        id=f"{site_id}~sentinel~20261122T100000Z",
        site_id=site_id,
        rule="sentinel",
        basis="reading",
        onset="2026-11-22T10:00:00Z",
        last="2026-11-22T10:00:00Z",
        severity="warning",
        message="generated -999 kWh",
        observed=Decimal(-999),
        limit=Decimal(0),
        unit="kWh",
        source=source,
        found_at="2026-11-22T10:01:00Z",
    )


@pytest.mark.parametrize("phase", ["onset", "recovery"])
def test_a_mail_s_subject_is_one_plain_line(phase: Phase) -> None:
    """SNS refuses a subject with line ends or other scripts: it holds the rule and the site's name alone."""
    for over in (0, 20):
        (message,) = messages([incident("a" * 64, "raw/x\r\nBcc: everyone@v1")], phase, over, "")
        assert message.subject.isascii()
        assert message.subject.isprintable()
        assert len(message.subject) <= 100
        assert "Bcc" not in json.dumps(message.attributes)
