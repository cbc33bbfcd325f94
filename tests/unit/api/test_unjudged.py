"""Which checks are off for a site is told as the checks themselves behave."""

from decimal import Decimal
from typing import Final, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.checks.judge import judge
from heliograph.reading import Reading
from heliograph.site import Kind, Site
from lambda_api.routes.sites import unjudged

WHOLE: Final = Site("s", "solar", 50.0, 48.14, 11.58, "Europe/Berlin", 5)
MIDNIGHT: Final = "2026-11-22T00:00:00Z"
# Each breaks the rule beside it at a site of which everything is known.
WRONG: Final = {
    "negative": Reading("s", MIDNIGHT, Decimal(-5), Decimal(0)),
    "over_capacity": Reading("s", MIDNIGHT, Decimal(40), Decimal(0)),
    "night_generation": Reading("s", MIDNIGHT, Decimal(4), Decimal(0)),
}
KNOWLEDGE: Final = st.builds(
    Site,
    st.just("s"),
    st.sampled_from([None, *get_args(Kind)]),
    st.sampled_from([None, 50.0]),
    st.sampled_from([None, 48.14]),
    st.sampled_from([None, 11.58]),
    st.just(None),
    st.sampled_from([None, 5]),
    ac_capacity_kw=st.sampled_from([None, 50.0]),
)


@given(site=KNOWLEDGE)
def test_a_check_is_told_to_be_off_exactly_where_it_is(site: Site) -> None:
    """A check that is told to be off is silent on what it would flag; one that isn't told so flags it."""
    told = " ".join(unjudged(site))
    for rule, reading in WRONG.items():
        flagged = rule in {flag.rule for flag in judge(reading, site, MIDNIGHT)}
        applies = rule != "night_generation" or site.kind in {"solar", None}
        assert flagged == (applies and rule not in told)


def test_a_site_of_which_all_is_known_has_every_check() -> None:
    """Nothing is off, and nothing is said; the time zone switches nothing off."""
    assert unjudged(WHOLE) == unjudged(msgspec.structs.replace(WHOLE, timezone=None)) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("kind", "kind isn't registered, so the check night_generation is off"),
        (
            "capacity_kw",
            "capacity_kw isn't registered, so the checks negative, over_capacity and night_generation are off",
        ),
        ("latitude", "latitude and longitude aren't both registered, so the check night_generation is off"),
    ],
)
def test_a_sentence_names_what_to_register_and_what_it_brings(missing: str, said: str) -> None:
    """An operator reads which field is missing and which checks it would switch on."""
    assert unjudged(msgspec.structs.replace(WHOLE, **{missing: None})) == [said]
