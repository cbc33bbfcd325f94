"""Edits by the API when something dies, fails, or another comes first: nothing lost, nothing twice."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.crashes import CallFailed, Crash, Fuse, Fused, How, Killed, Side
from fakes.edits import FakeEdits
from fakes.watch import FakeQueue
from heliograph.errors import EditConflict
from heliograph.evaluation.cycle import DueSite, read_job
from lambda_api.app import make_app
from lambda_api.ports import ApiStores
from unit.api.fleet import NOW, OPERATOR, Client, Failing, client_of, stores_of
from unit.api.test_edits import SCALE, SITE, jobs, kept, kind, post, send, stores

# Each call into the stores of an edit or an undoing, before and after, killed and failed.
_SIDES: Final[tuple[Side, ...]] = ("before", "after")
_HOWS: Final[tuple[How, ...]] = ("killed", "failed")
CRASHES: Final = [Crash(at, side, how) for at in range(1, 5) for side in _SIDES for how in _HOWS]


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: f"{crash.at} {crash.side} {crash.how}")
@pytest.mark.parametrize("undoing", [False, True], ids=["made", "undone"])
def test_whatever_dies_a_repeat_ends_as_one_clean_run(crash: Crash, *, undoing: bool) -> None:
    """Nothing lost, nothing twice: an answer of 200 means that it is kept and the watch was asked."""
    known = stores()
    if undoing:
        post(known)
        known.jobs.sent.clear()  # type: ignore[attr-defined]
    fuse = Fuse(crash)
    breaking = msgspec.structs.replace(
        known, edits=Fused("edits", known.edits, fuse), jobs=Fused("jobs", known.jobs, fuse), sites=known.sites
    )

    def act(over: ApiStores) -> int:
        client = client_of(over)
        return client.ask("DELETE", "/edits/e-1").status if undoing else send(client, SCALE).status

    try:
        status = act(breaking)
    except Killed:
        status = 0
    if status == 200:
        assert jobs(known), "the answer promises an evaluation"
    assert act(known) == 200
    (edit,) = kept(known).kept.values()
    assert bool(edit.undone_at) == undoing
    assert len(kept(known).facts) == 1 + undoing
    assert set(jobs(known)) == {DueSite("solar-1", "2026-11-20T23:00:00Z")}


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["make", "other", "undo"])), max_size=12))
@settings(max_examples=60, deadline=None)
def test_two_people_in_any_order_leave_one_edit_an_id(acts: list[tuple[str, str]]) -> None:
    """Whoever is first makes it; what it says and who made it never change, and it is undone once."""
    known = stores_of(sites=[SITE])
    first: dict[str, tuple[str, Decimal, str]] = {}
    undone: dict[str, str] = {}
    for number, (edit_id, act) in enumerate(acts):
        by = {"iam": {"userArn": f"arn:aws:iam::123456789012:user/{number}"}}
        if act == "undo":
            answer = client_of(known).ask("DELETE", f"/edits/{edit_id}", authorizer=by)
            assert answer.status == (200 if edit_id in first else 404)
            if answer.status == 200:
                assert answer.json()["undone_by"] == undone.setdefault(edit_id, by["iam"]["userArn"])
            continue
        factor = Decimal("0.001") if act == "make" else Decimal("0.01")
        answer = post(known, id=edit_id, factor=float(factor), authorizer=by)
        said = first.setdefault(edit_id, (by["iam"]["userArn"], factor, edit_id))
        assert answer.status == (200 if said[1] == factor else 409)
        if answer.status == 200:
            body = answer.json()
            assert (body["who"], body["factor"], body["undone_by"]) == (*said[:2], undone.get(edit_id))
    assert len(kept(known).facts) == len(first) + len(undone)


def test_a_failed_call_is_answered_as_one_to_repeat() -> None:
    """503 with a time to wait; the edit is kept, and the repeat asks for the evaluation."""
    known = stores()
    answer = post(msgspec.structs.replace(known, jobs=Failing(CallFailed("SendMessage"))))
    assert (kind(answer), answer.headers["retry-after"]) == ((503, "busy", ""), "2")
    assert (len(kept(known).facts), jobs(known)) == (1, [])


def test_the_job_s_time_is_behind_the_write() -> None:
    """So an evaluation that began before the edit was kept doesn't count as the one that was asked for."""
    moments: list[datetime] = []

    def clock() -> datetime:
        moments.append(NOW + timedelta(seconds=10 * len(moments)))
        return moments[-1]

    known = stores()
    assert send(Client(make_app(known, clock, OPERATOR)), SCALE).status == 200
    assert isinstance(known.jobs, FakeQueue)
    ((body, _),) = known.jobs.sent
    (edit,) = kept(known).kept.values()
    assert read_job(body).at == f"{moments[-1]:%Y-%m-%dT%H:%M:%SZ}" > edit.made_at


def test_a_race_for_an_id_has_one_winner() -> None:
    """Where another edit of the id was kept since it was looked for, the answer is 409 as well, and no job is sent."""

    class Raced(FakeEdits):
        def get(self, edit_id: str) -> None:
            """Find nothing yet."""

        def put(self, *_: object) -> Any:  # noqa: ANN401 - it never returns
            """Meet the other one."""
            raise EditConflict("an edit e-1 was made and says something else; give yours a new id")

    known = msgspec.structs.replace(stores(), edits=Raced())
    assert kind(post(known)) == (409, "edit-conflict", "")
    assert jobs(known) == []
