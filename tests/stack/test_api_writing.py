"""What is written through the API, against the embedded AWS: readings are stored, sites are judged by."""

import gzip

import httpx2
import msgspec

from stack.harness import Harness, reading, wait_until


def sent(harness: Harness, body: bytes) -> tuple[httpx2.Response, dict[str, object]]:
    """Send readings; return the answer, and what became of them."""
    answer = harness.http.post("readings", content=body)
    assert answer.status_code == 202, answer.text
    status = answer.json()["status"].removeprefix("/")

    def look() -> httpx2.Response | None:
        asked = harness.http.get(status)
        return asked if asked.is_success else None

    found = wait_until(look, status, 30)
    return answer, found.json()


def test_readings_are_stored(harness: Harness) -> None:
    """Sent plain or gzip they land, are stored, and are served; the answer's address says so until then."""
    site = harness.name("site")
    first, done = sent(harness, msgspec.json.encode([reading(site, "2026-06-01T12:05:00Z"), {"site_id": site}]))
    assert (done["stored"], done["rejected"], done["object_key"]) == (1, 1, first.json()["object_key"])
    assert first.headers["location"] == f"ingestions/{done['id']}"
    csv = f"site_id,timestamp,energy_generated_kwh,energy_consumed_kwh\n{site},2026-06-01T12:10:00Z,1,0\n"
    assert sent(harness, gzip.compress(csv.encode()))[1]["stored"] == 1
    table = harness.http.get(f"readings/{site}", headers={"accept": "text/csv"})
    assert [line.split(",")[1] for line in table.text.splitlines()[1:]] == [
        "2026-06-01T12:05:00Z",
        "2026-06-01T12:10:00Z",
    ]
    arrow = harness.http.get(f"readings/{site}", headers={"accept": "application/vnd.apache.arrow.stream"})
    assert (arrow.status_code, arrow.content[:4]) == (200, b"\xff\xff\xff\xff")


def test_the_same_readings_again_change_nothing(harness: Harness) -> None:
    """A program that heard no answer sends them again."""
    site = harness.name("site")
    body = msgspec.json.encode([reading(site, "2026-06-01T12:05:00Z")])
    assert sent(harness, body)[1]["stored"] == 1
    sent(harness, body)
    assert len(harness.readings_of(site)) == 1


def test_of_two_posts_within_a_second_the_later_holds(harness: Harness) -> None:
    """S3's clock tells to the second; what is sent after an answer holds all the same."""
    sites = [harness.name("site") for _ in range(2)]
    for number in range(3):
        for site in sites:
            body = msgspec.json.encode([reading(site, "2026-06-01T12:05:00Z", number)])
            assert harness.http.post("readings", content=body).status_code == 202
    harness.wait_until_idle()
    assert [harness.readings_of(site)[0].history.reading.energy_generated_kwh for site in sites] == [2] * 2


def test_what_is_no_feed_is_refused_at_once(harness: Harness) -> None:
    """It doesn't land, so no dead letter comes of it."""
    answer = harness.http.post("readings", content=b"\x00\x01 not a feed")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_too_much_is_refused(harness: Harness) -> None:
    """A body over the limit gets an answer that says so, through the gateway."""
    answer = harness.http.post("readings", content=b" " * (4 * 2**20 + 1))
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_a_registered_site_is_judged_by_what_was_sent(harness: Harness) -> None:
    """A site's capacity, sent to the API, tells the processor what can't be; a known one is replaced."""
    site = harness.name("site")
    first = harness.http.put(f"sites/{site}", json={"kind": "solar", "capacity_kw": 12, "interval_minutes": 5})
    again = harness.http.put(f"sites/{site}", json={"kind": "solar", "capacity_kw": 6, "interval_minutes": 5})
    assert (first.status_code, again.status_code, again.json()["capacity_kw"]) == (201, 200, 6)
    assert sent(harness, msgspec.json.encode([reading(site, "2026-06-01T12:05:00Z")]))[1]["flagged"] == 1
    flags = harness.http.get(f"readings/{site}").json()["items"][0]["flags"]
    assert [flag["rule"] for flag in flags] == ["over_capacity"]
