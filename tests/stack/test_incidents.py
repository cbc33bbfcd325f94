"""Incidents on the embedded AWS: opened once by many at once, told once, listed by the API, a digest in the inbox."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from heliograph.checks.flag import Flag, Severity
from heliograph.errors import StorageError
from heliograph.evaluation.model import EvaluationResult
from heliograph.incidents.detection import EpisodeRules, Found
from heliograph.incidents.keeper import IncidentKeeper
from heliograph.incidents.lifecycle import plan_open
from heliograph.incidents.model import Incident, SiteChange, SiteState
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.reading import end_of, format_timestamp
from heliograph.site import Site
from heliograph.storage.fast_path import FastDynamo
from heliograph.storage.incidents import DynamoIncidentPages, DynamoIncidents
from heliograph.storage.notifications import DynamoOutbox, SnsPublisher
from heliograph_cli import show
from heliograph_cli.main import app
from heliograph_cli.target import target_of
from stack.harness import Harness, reading

KEEP = timedelta(days=30)
FLAG = Flag("stale", Decimal("5.25"), Decimal(6), "readings", "critical", "the value is frozen")
# Years apart from the clock, so that no list of these tests holds another test's incidents.
NOON = datetime(2031, 6, 21, 12, tzinfo=UTC)


def minutes(number: int) -> datetime:
    """Return a time so many minutes from noon."""
    return NOON + timedelta(minutes=number)


def end(number: int) -> int:
    """Return the same in seconds since 1970."""
    return int(minutes(number).timestamp())


def text(number: int) -> str:
    """Return the same as UTC text."""
    return format_timestamp(minutes(number))


class Watch:
    """A keeper and a notifier over the stack's table and topic, with a clock of their own."""

    def __init__(self, harness: Harness) -> None:
        """Make the stores; nothing is called yet."""
        self.minute = 0
        self.incidents = DynamoIncidents(harness.dynamodb, harness.stack.incidents_table, KEEP)
        self.outbox = DynamoOutbox(harness.dynamodb, harness.stack.incidents_table)
        self.pages = DynamoIncidentPages(harness.dynamodb, harness.stack.incidents_table)
        self._publisher = SnsPublisher(harness.aws.sns(), harness.stack.alerts_topic)

    def keeper(self) -> IncidentKeeper:
        """Make a fresh keeper."""
        return IncidentKeeper(self.incidents, EpisodeRules(), lambda: minutes(self.minute))

    def notifier(self, **options: int) -> Notifier:
        """Make a fresh notifier."""
        options_of = NotificationOptions(**{"digest_threshold": 5, **options})  # type: ignore[arg-type]
        return Notifier(self.outbox, self._publisher, options_of, lambda: minutes(self.minute))

    def look(self, site_id: str, flagged: list[int], severity: Severity = "critical", zone: str | None = None) -> int:
        """Evaluate a site that sent every five minutes and is flagged at some."""
        flag = msgspec.structs.replace(FLAG, severity=severity)
        judged = [end(number) for number in range(-600, self.minute + 1, 5)]
        flags: dict[int, tuple[Flag, ...]] = {end(number): (flag,) for number in flagged}
        seen = EvaluationResult(5, judged, flags, {}, None, judged[-1], lambda _rule, _end: True)
        return self.keeper().after_evaluation(Site(site_id, timezone=zone), seen, {})

    def all_open(self, limit: int) -> list[Incident]:
        """Read the open incidents page by page."""
        return list(self._all(limit))

    def _all(self, limit: int) -> Iterator[Incident]:
        after = None
        while True:
            page = self.pages.open(limit, after)
            yield from page.items
            if not page.more:
                return
            last = page.items[-1]
            after = f"{last.onset}#{last.id}"


@pytest.fixture
def watch(harness: Harness) -> Iterator[Watch]:
    """A watch; what others left pending is sent before, what it leaves is marked: none finds another test's."""
    made = Watch(harness)
    for minute in (-600, -300):
        made.minute = minute
        made.notifier().notify()
    made.minute = 0
    yield made
    left = made.outbox.pending("9999", 1000)
    for phase in ("onset", "recovery"):
        made.outbox.mark_notified([each for each in left if each.pending == phase], phase, text(9999))


def found(site_id: str, number: int = 0, rule: str = "stale") -> Found:
    """Return what a file shows of one rule."""
    return Found(site_id, rule, end(number), end(number), msgspec.structs.replace(FLAG, rule=rule), "raw/a@1")


def test_an_incident_is_read_back_as_it_was_written(harness: Harness, watch: Watch) -> None:
    """All its fields, its figures exact, under its id, among its site's and among the open ones."""
    site = harness.name("site")
    (opened,) = watch.keeper().open([found(site)])
    assert watch.pages.get(opened.id) == opened
    assert watch.pages.open_of_site(site) == [opened]
    assert watch.incidents.get_many([opened.id]) == {opened.id: opened}
    assert opened in watch.all_open(1)
    assert watch.incidents.between(site, text(-5), text(0)) == [opened]
    assert watch.incidents.between(site, text(5), text(10)) == []


def test_many_at_once_open_one_incident_once(harness: Harness, watch: Watch) -> None:
    """Eight processors with the same 40 sites: each site's incident is new to just one of them."""
    sites = [harness.name("site") for _ in range(40)]
    files = [[found(site, -number) for site in sites] for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        opened = [each for file in pool.map(lambda file: watch.keeper().open(file), files) for each in file]
    assert sorted(each.site_id for each in opened) == sorted(sites)
    assert watch.keeper().open(files[0]) == []


def test_an_old_change_is_refused_whole(harness: Harness, watch: Watch) -> None:
    """A change worked out from a state that is no more leaves nothing behind; its neighbours are written."""
    site, other = harness.name("site"), harness.name("site")
    watch.keeper().open([found(site)])
    plans = [plan_open(SiteState(name), [found(name, rule="negative")], end(1)) for name in (site, other)]
    changes = [SiteChange(plan.before, plan.rule_states, plan.opened, ()) for plan in plans]
    assert watch.incidents.commit(changes) == changes[:1]
    assert [each.rule for each in watch.pages.open_of_site(site)] == ["stale"]
    assert [each.rule for each in watch.pages.open_of_site(other)] == ["negative"]


def test_an_incident_from_onset_to_recovery(harness: Harness, watch: Watch) -> None:
    """Found by looks, told once at its onset and once at its recovery, then listed by the day it closed."""
    site = harness.name("site")
    flagged = [0, 5, 10]
    watch.minute = 10
    assert watch.look(site, flagged) == 1
    assert watch.notifier().notify() == 0, "it waits for a cycle"
    watch.minute = 43
    assert watch.notifier().notify() == 1
    assert watch.notifier().notify() == 0
    harness.take(harness.stack.alerts_inbox, lambda body: site in body and "critical: stale" in body)
    watch.minute = 75
    assert watch.look(site, flagged) == 1
    watch.minute = 110
    assert watch.notifier().notify() == 1
    harness.take(harness.stack.alerts_inbox, lambda body: site in body and "recovered: stale" in body)
    (closed,) = watch.pages.closed_of_site(site, 10, None).items
    assert (closed.recovery, closed.onset_notified_at, closed.recovery_notified_at) == (text(70), text(43), text(110))
    assert closed in watch.pages.closed("2031-06-21", 100, None).items
    assert watch.pages.open_of_site(site) == []
    assert watch.keeper().open([found(site)]) == [], "it belongs to the past"


def test_a_mark_and_a_close_that_meet_lose_nothing(harness: Harness, watch: Watch) -> None:
    """An incident that closes between its message and its mark is told of its recovery all the same."""
    site = harness.name("site")
    watch.minute = 10
    watch.look(site, [0])
    (incident,) = watch.pages.open_of_site(site)
    watch.minute = 75
    watch.look(site, [0])
    watch.outbox.mark_notified([incident], "onset", text(76))
    assert site in [each.site_id for each in watch.outbox.pending(text(77), 100)]
    watch.minute = 110
    assert watch.notifier().notify() == 1
    harness.take(harness.stack.alerts_inbox, lambda body: site in body and "recovered" in body)


def test_a_place_is_claimed_once_and_can_be_given_back(harness: Harness, watch: Watch) -> None:
    """Of many that claim a site's place one gets it; an hour later, or once it is given back, it is free."""
    site = harness.name("site")
    watch.keeper().open([found(site)])
    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(lambda _: watch.outbox.claim([site], "onset", text(0), text(-60)), range(6)))
    assert sorted(map(len, claims)) == [0, 0, 0, 0, 0, 1]
    assert watch.outbox.claim([site], "recovery", text(0), text(-60)) == {site}
    assert watch.outbox.claim([site], "onset", text(59), text(-1)) == set()
    assert watch.outbox.claim([site], "onset", text(60), text(0)) == {site}
    watch.outbox.release([site], "onset", text(60))
    assert watch.outbox.claim([site], "onset", text(61), text(1)) == {site}


def test_a_claim_whose_answer_was_lost_is_still_ours(
    harness: Harness, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent again and met itself: the place is ours, and nobody waits an hour for the message."""
    site = harness.name("site")
    watch.keeper().open([found(site)])
    once = FastDynamo.once

    def answer_lost(client: FastDynamo, operation: str, body: bytes) -> bytes | None:
        once(client, operation, body)
        monkeypatch.setattr(FastDynamo, "once", once)
        return None

    monkeypatch.setattr(FastDynamo, "once", answer_lost)
    outbox = DynamoOutbox(harness.aws.dynamodb(), harness.stack.incidents_table)
    assert outbox.claim([site], "onset", text(0), text(-60)) == {site}
    assert outbox.claim([site], "onset", text(0), text(-60)) == set(), "the next claim is another's"


def test_what_is_sent_at_once_is_counted_exactly(watch: Watch) -> None:
    """Ten at once that spend from five have five; another ten minutes have five of their own."""
    with ThreadPoolExecutor(10) as pool:
        spent = list(pool.map(lambda _: watch.outbox.spend(1, [], text(1), 5), range(10)))
    assert spent.count(True) == 5
    assert not watch.outbox.spend(6, [], text(11), 5)
    assert watch.outbox.spend(5, [], text(11), 5)


def test_a_cause_is_sent_at_once_by_one_of_many(watch: Watch) -> None:
    """Of processors side by side with one cause in a region, one has the message; another region's goes its own way."""
    with ThreadPoolExecutor(6) as pool:
        spent = list(pool.map(lambda _: watch.outbox.spend(1, ["a@x", "b@x"], text(31), 20), range(6)))
    assert spent.count(True) == 1
    assert not watch.outbox.spend(1, ["b@x", "c@x"], text(31), 20)
    assert watch.outbox.spend(1, ["b@y"], text(31), 20)


def test_notifiers_share_a_lease(watch: Watch) -> None:
    """One at a time, and none for longer than its time."""
    assert watch.outbox.acquire_lease(text(0), text(5))
    assert not watch.outbox.acquire_lease(text(4), text(9))
    assert watch.outbox.acquire_lease(text(5), text(10))
    watch.outbox.release_lease()
    assert watch.outbox.acquire_lease(text(6), text(11))
    watch.outbox.release_lease()


def test_a_fault_of_many_sites_is_one_message_each_way(harness: Harness, watch: Watch) -> None:
    """Thirty sites, evaluated over half an hour: one message of onsets, one of recoveries, in the inbox."""
    fleet = harness.name("fleet")
    sites = [f"{fleet}-{number:02}" for number in range(30)]
    for number, site in enumerate(sites):
        watch.minute = 10 + number
        watch.look(site, [0, 5, 10])
        assert watch.notifier().notify() == 0
    watch.minute = 43
    assert watch.notifier().notify() == 1
    body = harness.take(harness.stack.alerts_inbox, lambda body: fleet in body)
    assert attributes_of(body) == {"kind": "group", "phase": "onset", "rule": "stale", "severity": "critical"}
    assert "30 incidents at 30 sites" in body
    for number, site in enumerate(sites):
        watch.minute = 75 + number
        watch.look(site, [0, 5, 10])
        assert watch.notifier().notify() == 0
    watch.minute = 108
    assert watch.notifier().notify() == 1
    assert attributes_of(harness.take(harness.stack.alerts_inbox, lambda body: fleet in body))["phase"] == "recovery"
    listed = [each for each in watch.pages.closed("2031-06-21", 500, None).items if fleet in each.site_id]
    assert len(listed) == 30


SEVEN_IN_TOKYO = 10 * 60  # 22:00 UTC, from noon


def test_a_digest_is_one_message_a_zone_whatever_dies(
    harness: Harness, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Warnings of two zones wait for seven o'clock; a crash behind the digest's note sends nothing twice."""
    fleet = harness.name("fleet")
    watch.minute = 10
    for number in range(5):
        watch.look(f"{fleet}-{number}", [0, 5, 10], "warning", "Asia/Tokyo")
    watch.look(f"{fleet}-utc", [0, 5, 10], "warning")
    watch.minute = SEVEN_IN_TOKYO - 1
    assert watch.notifier().notify() == 0
    watch.minute = SEVEN_IN_TOKYO

    def die(*_: object) -> None:
        raise StorageError("the process died")

    with monkeypatch.context() as patched:
        patched.setattr(watch.outbox, "mark_notified", die)
        with pytest.raises(StorageError):
            watch.notifier().notify()
    body = harness.take(harness.stack.alerts_inbox, lambda body: fleet in body)
    assert attributes_of(body)["kind"] == "digest"
    assert attributes_of(body)["zone"] == "Asia/Tokyo"
    assert "5 incidents at 5 sites began" in body
    watch.minute += 6
    assert watch.notifier().notify() == 0, "it is marked, and not sent again"
    (marked,) = watch.pages.open_of_site(f"{fleet}-0")
    assert (marked.notified_as, marked.pending) == (("warning",), None)
    watch.look(f"{fleet}-0", [*range(0, watch.minute, 30)], "critical", "Asia/Tokyo")
    watch.minute += 33
    assert watch.notifier().notify() == 1
    escalated = harness.take(harness.stack.alerts_inbox, lambda body: f"{fleet}-0" in body)
    assert attributes_of(escalated)["kind"] == "escalation"


def test_a_mark_leaves_what_became_worse_meanwhile(harness: Harness, watch: Watch) -> None:
    """A digest told a warning that turned critical before it was marked: that is pending, and due at once."""
    site = harness.name("site")
    watch.minute = 10
    watch.look(site, [0, 5], "warning")
    (incident,) = watch.pages.open_of_site(site)
    watch.minute = 30
    watch.look(site, [0, 5, 25], "critical")
    watch.outbox.mark_notified([incident], "onset", text(31))
    (after,) = watch.pages.open_of_site(site)
    assert (after.pending, after.at_once, after.notified_as) == ("onset", True, ("warning",))
    assert site in [each.site_id for each in watch.outbox.pending(text(31), 100)]


def test_a_mark_leaves_what_came_back_to_stay_meanwhile(harness: Harness, watch: Watch) -> None:
    """A digest told what returns in its rhythm; it stayed before it was marked: as critical it is still to be told."""
    site = harness.name("site")
    (opened,) = watch.keeper().open([found(site)])
    told = msgspec.structs.replace(opened, returning=True)
    state = watch.incidents.states([site])[site]
    assert watch.incidents.commit([SiteChange(state, state.rule_states, (), (told,))]) == []
    stays = msgspec.structs.replace(told, returning=False, pending_since=text(30))
    state = watch.incidents.states([site])[site]
    assert watch.incidents.commit([SiteChange(state, state.rule_states, (), (stays,))]) == []
    watch.outbox.mark_notified([told], "onset", text(31))
    (after,) = watch.pages.open_of_site(site)
    assert (after.pending, after.at_once, after.notified_as) == ("onset", True, ("warning",))
    assert site in [each.site_id for each in watch.outbox.pending(text(31), 100)]


def test_a_symptom_and_its_cause_are_written_together(harness: Harness, watch: Watch) -> None:
    """The evidence is read back with the cause, by the API too."""
    site = harness.name("site")
    watch.keeper().open([found(site, rule="negative")])
    watch.minute = 5
    (cause,) = watch.keeper().open([found(site, 5, "sentinel")])
    served = harness.http.get(f"incidents/{cause.id}").json()
    assert [each["rule"] for each in served["evidence"]] == ["negative"]
    symptom = harness.http.get(f"incidents/{served['evidence'][0]['id']}").json()
    assert (symptom["cause"], symptom["suppressed"]) == (cause.id, True)


def attributes_of(body: str) -> dict[str, str]:
    """Return the text attributes of a message as SNS wraps it."""
    notified: dict[str, Any] = msgspec.json.decode(body)["MessageAttributes"]
    return {name: each["Value"] for name, each in notified.items() if each["Type"] == "String"}


def test_a_file_with_a_fault_is_an_alert_in_the_api(harness: Harness) -> None:
    """A file lands with sentinels of 25 sites: one message in the inbox, and /incidents shows each, open, told."""
    fleet = harness.name("fleet")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    time = format_timestamp(now - timedelta(minutes=5))
    harness.wait_for_ingestion(
        harness.land_readings(*[reading(f"{fleet}-{number:02}", time, -999) for number in range(25)])
    )
    body = harness.take(harness.stack.alerts_inbox, lambda body: fleet in body)
    assert attributes_of(body)["kind"] == "group"
    (incident,) = harness.http.get("incidents", params={"site_id": f"{fleet}-07"}).json()["items"]
    assert (incident["rule"], incident["state"], incident["onset"]) == ("sentinel", "open", time)
    assert incident["onset_notified_at"]
    assert harness.http.get(f"incidents/{incident['id']}").json() == incident
    first = harness.http.get("incidents", params={"limit": 7}).json()
    assert len(first["items"]) == 7
    assert first["next"]
    listed = harness.http.get("incidents", params={"limit": 1000}).json()["items"]
    assert sum(fleet in each["site_id"] for each in listed) == 25
    assert [each["onset"] for each in listed] == sorted((each["onset"] for each in listed), reverse=True)
    closed = harness.http.get("incidents", params={"state": "closed", "site_id": f"{fleet}-07"}).json()
    assert closed == {"items": [], "next": None}
    assert end_of(incident["found_at"]) >= end_of(time)


def test_the_command_lists_and_shows_incidents(
    harness: Harness, watch: Watch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`heliograph incidents` and its parts print what is kept, as JSON for scripts and as a table for people."""
    site = harness.name("site")
    (opened,) = watch.keeper().open([found(site)])
    monkeypatch.setattr("heliograph_cli.incidents.find_target", lambda _: (target_of(harness.stack), harness.aws))

    def run(*arguments: str) -> str:
        show.out.cache_clear()
        app(["incidents", *arguments], standalone_mode=False)
        return capsys.readouterr().out

    lines = [msgspec.json.decode(line) for line in run("--json").splitlines()]
    assert opened.id in [line["id"] for line in lines]
    assert opened.id in run("list", "--site", site)
    assert run("list", "--site", site, "--state", "closed") == "closed incidents: none\n"
    assert "the value is frozen" in run("show", opened.id)
    assert msgspec.json.decode(run("show", opened.id, "--json"))["state"] == "open"
