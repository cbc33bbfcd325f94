"""The pipeline's figures, and the records that a file had refused."""

import msgspec

from heliograph.ingestion import Ingestion
from heliograph.object_keys import quarantine_key
from heliograph.storage.objects import QuarantinedRecord
from lambda_api.routes.pipeline import Lag, lag
from unit.api.fleet import all_pages, client_of, ingested, require_shape, stores_of


def processed(name: str, landed_at: str, processed_at: str) -> Ingestion:
    """Make a file that was processed."""
    return msgspec.structs.replace(ingested(name, landed_at), processed_at=processed_at)


def test_queues_and_lag_are_told() -> None:
    """What each queue holds; the lag of this hour's and the last's files."""
    files = [
        processed("raw/a", "2026-11-22T09:05:00Z", "2026-11-22T09:05:02Z"),
        processed("raw/b", "2026-11-22T08:05:00Z", "2026-11-22T08:05:08Z"),
        processed("raw/c", "2026-11-22T07:05:00Z", "2026-11-22T08:05:08Z"),
    ]
    answer = client_of(stores_of(ingestions=files)).get("/pipeline")
    require_shape(answer.body, "Pipeline")
    body = answer.json()
    assert body["queues"]["ingest"] == {"waiting": 3, "in_flight": 2}
    assert list(body["queues"]) == ["ingest", "dead_letters", "watch", "watch_dead_letters"]
    assert body["lag_seconds"] == {"p50": 5, "max": 8, "files": 2}


def test_a_lag_of_nothing_is_null() -> None:
    """Where no file landed there is none; two clocks never make it negative."""
    assert client_of(stores_of()).get("/pipeline").json()["lag_seconds"] is None
    early = processed("raw/a", "2026-11-22T09:05:03Z", "2026-11-22T09:05:02Z")
    assert lag([early]) == Lag(0, 0, 1)


def test_refused_records_are_listed_in_pages() -> None:
    """All of a file's, in its order, each with its reason and at most 2,000 characters of it."""
    done = msgspec.structs.replace(ingested("raw/a.json"), rejected=3)
    rejected = [QuarantinedRecord(n, "timestamp is missing", "x" * 5000) for n in (2, 5, 9)]
    stores = stores_of(ingestions=[done], rejected={quarantine_key("raw/a.json", "v1"): rejected})
    items = all_pages(client_of(stores), f"/ingestions/{done.id}/rejected", limit=2)
    assert [each["position"] for each in items] == [2, 5, 9]
    assert {(each["reason"], len(each["record"])) for each in items} == {("timestamp is missing", 2000)}
    answer = client_of(stores).get(f"/ingestions/{done.id}/rejected")
    require_shape(answer.body, "QuarantinePage")


def test_a_file_with_nothing_refused_has_an_empty_list() -> None:
    """The quarantine isn't asked; and one whose quarantine file was removed has none either."""
    fine = msgspec.structs.replace(ingested("raw/a.json"), rejected=0)
    gone = ingested("raw/b.json")
    client = client_of(stores_of(ingestions=[fine, gone]))
    for each in (fine, gone):
        assert client.get(f"/ingestions/{each.id}/rejected").json() == {"items": [], "next": None}


def test_a_file_that_may_still_come_asks_for_patience() -> None:
    """An ingestion of the last hour isn't processed yet: the problem says to ask again, and when."""
    for path in (
        "/ingestions/20261122T092959Z-0123456789abcdef0123",
        "/ingestions/20261122T092959Z-0123456789abcdef0123/rejected",
    ):
        answer = client_of(stores_of()).get(path)
        assert (answer.status, answer.json()["type"]) == (404, "/problems/not-processed-yet")
        assert int(answer.headers["retry-after"]) > 0
        assert "ask again" in answer.json()["detail"]


def test_a_file_of_long_ago_is_unknown() -> None:
    """So is one whose name holds no time."""
    for moment in ("20261122T082959Z", "20261322T092959Z", "20271122T092959Z"):
        answer = client_of(stores_of()).get(f"/ingestions/{moment}-0123456789abcdef0123")
        assert answer.json()["type"] == "/problems/unknown-ingestion"
