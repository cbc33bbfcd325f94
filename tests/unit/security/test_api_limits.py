"""What a request may say is bounded: nothing that is sent makes the API fail, read more, or answer with markup."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_api import parameters
from unit.api.fleet import assessed, client_of, stores_of

CLIENT: Final = client_of(stores_of([assessed()]))
LONG: Final = "9" * 8000  # as much as a gateway lets through in one line

PATHS: Final = (
    "/readings/solar-1",
    "/anomalies/solar-1",
    "/anomalies",
    "/sites",
    "/ingestions",
    "/incidents",
    "/summary",
)
NAMES: Final = ("start", "end", "limit", "cursor", "day", "hour", "state", "site_id", "nonsense")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_very_long_value_is_refused_or_ignored(path: str, name: str) -> None:
    """8,000 digits for any parameter: a problem, or the answer as if it weren't there; never a failure."""
    answer = CLIENT.get(path, **{name: LONG})
    assert answer.status in {200, 400, 404, 422}
    assert len(answer.body) < 20_000


@pytest.mark.parametrize(
    "path", [f"/readings/{LONG}", f"/incidents/{LONG}", f"/ingestions/{LONG}", f"/{LONG}", "/readings/%00"]
)
def test_a_very_long_path_is_refused(path: str) -> None:
    """It is no site, no incident, no ingestion."""
    assert CLIENT.get(path).status in {404, 422}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), st.sampled_from(NAMES), st.text(max_size=60))
def test_any_text_in_any_parameter_is_answered(path: str, name: str, text: str) -> None:
    """Whatever stands in a parameter, the answer is JSON: the list, or a problem such as an unknown site."""
    answer = CLIENT.get(path, **{name: text})
    assert answer.status in {200, 400, 404, 422}
    assert answer.headers["content-type"] in {"application/json", "application/problem+json"}


@pytest.mark.parametrize("limit", ["1001", "-1", "0", "1e3", "1__0", "٣", " 5 5", "0x10"])
def test_a_page_is_no_larger_than_its_limit(limit: str) -> None:
    """A page has 1 to 1,000 items; anything else is refused."""
    assert parameters.LONGEST_PAGE == 1000
    assert CLIENT.get("/sites", limit=limit).status == 422


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"])
def test_nothing_can_be_written(method: str) -> None:
    """What is only read refuses every other method; what may be written is in api/test_writing.py."""
    for path in PATHS:
        assert CLIENT.ask(method, path).status in {404, 405}
