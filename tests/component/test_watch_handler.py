"""The watch's Lambda handler over fake stores: ticks ask for evaluations, jobs make them; what failed comes back."""

import json
from typing import Any, NoReturn, cast

import msgspec
import pytest

from fakes.watch import FakeQueue
from fakes.world import HOME, NOON, World, records
from heliograph.errors import StillThrottled
from heliograph.evaluation.cycle import DueSite
from heliograph.incidents.detection import EpisodeRules
from heliograph.incidents.keeper import IncidentKeeper
from heliograph.reading import text_of
from heliograph.site import Site
from lambda_watch import handler as page
from lambda_watch.wiring import Watch, WatchSettings

SETTINGS = WatchSettings("r", "s", "a", "topic", "https://watch", "https://dead", watch_period=1, retry_seconds=30)


class HidingQueue(FakeQueue):
    """Keeps how long each message was hidden, and what was buried."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.hidden: dict[str, int] = {}
        self.buried: list[tuple[str, dict[str, str]]] = []

    def hide(self, receipt: str, seconds: int) -> None:
        """Keep a wait."""
        self.hidden[receipt] = seconds

    def bury(self, body: str, reasons: dict[str, str]) -> None:
        """Keep a dead letter."""
        self.buried.append((body, reasons))


class Lambda:
    """A watch Lambda over fakes."""

    def __init__(self) -> None:
        """Begin with two homes, one of them stuck."""
        self.world = World(HOME, msgspec.structs.replace(HOME, site_id="other"), Site("empty"))
        self.queue = HidingQueue()
        self.world.queue = self.queue
        self.world.send(records(NOON - 86400, NOON, stale=(NOON - 36000, NOON - 7200)))
        self.world.send(records(NOON - 86400, NOON, "other"), "raw/b.json")
        self.queue.take()
        self.watch = Watch(
            settings=SETTINGS,
            ticker=self.world.ticker(),
            watcher=self.world.watcher(),
            keeper=IncidentKeeper(self.world.incidents, EpisodeRules(), self.world.clock),
            queue=cast("Any", self.queue),
            dead_letters=cast("Any", self.queue),
        )

    def call(self, *bodies: str, receives: int = 2) -> list[str]:
        """Call the handler with messages received so often; return the ids of those it wants back."""
        records = [queued(body, str(place), receives) for place, body in enumerate(bodies)]
        answer = page.handler({"Records": records}, NOBODY)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


NOBODY = cast("Any", None)


def queued(body: str, name: str, receives: int) -> dict[str, Any]:
    """Return a message as the queue hands it to a Lambda."""
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {
        "messageId": name,
        "receiptHandle": f"handle-{name}",
        "body": body,
        "attributes": attributes,
        "eventSource": "aws:sqs",
    }


def asking(*site_ids: str) -> str:
    """Return a message that asks for scheduled evaluations."""
    return json.dumps({"at": text_of(NOON), "sites": [{"site_id": site_id} for site_id in site_ids]})


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    """A Lambda wired to fakes."""
    made = Lambda()
    monkeypatch.setattr(page, "watch", lambda: made.watch)
    monkeypatch.setattr(page, "_chance", lambda: 0.0)
    return made


def test_a_tick_asks_and_its_messages_are_looks(running: Lambda) -> None:
    """What the schedule sends makes a message for each group of sites that are due, and these mark what is stuck."""
    ticked = page.handler({}, NOBODY)
    assert ticked == {"sites": 3, "messages": 1}
    (body, delay) = running.queue.sent[0]
    assert delay == 0
    assert running.call(body) == []
    assert running.world.flagged()
    assert not running.world.flagged("other")


def test_only_what_failed_comes_back(running: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that isn't ours and one whose look fails come back after a wait; the others are done."""
    real = running.watch.watcher.evaluate

    def fails(due_site: DueSite, at: int) -> object:
        if due_site.site_id == "other":
            raise StillThrottled("look at site other: still throttled")
        return real(due_site, at)

    monkeypatch.setattr(running.watch.watcher, "evaluate", fails)
    assert running.call(asking("other", "home"), "what?", asking("empty")) == ["0", "1"]
    assert running.world.flagged(), "a site that fails doesn't keep those behind it from being evaluated"
    assert running.queue.hidden == {"handle-0": 60, "handle-1": 60}


def test_a_message_that_is_at_fault_itself_becomes_a_dead_letter(running: Lambda) -> None:
    """After its fifth receive it is written into the dead-letter queue, with why, and done with."""
    assert running.call("what?", receives=4) == ["0"]
    assert running.call("what?", receives=5) == []
    ((body, reasons),) = running.queue.buried
    assert body == "what?"
    assert "NotAJob" in reasons["error"]


def test_a_throttled_store_makes_no_dead_letter(running: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is received while the store refuses, a message comes back, in a quarter of an hour at most."""

    def fails(*_: object) -> NoReturn:
        raise StillThrottled("look at site other: still throttled")

    monkeypatch.setattr(running.watch.watcher, "evaluate", fails)
    assert running.call(asking("home"), receives=50) == ["0"]
    assert (running.queue.buried, running.queue.hidden) == ([], {"handle-0": 900})


def test_a_batch_that_fails_whole_comes_back_whole(running: Lambda) -> None:
    """Every message is named; the handler itself doesn't fail, so each keeps its own count of attempts."""
    assert running.call("", "[]") == ["0", "1"]


def test_every_call_says_what_it_did(
    running: Lambda, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log line counts what a message came to, and the metrics are printed as EMF."""
    running.call(asking("home", "other", "nobody"))
    (log,) = [record.__dict__ for record in caplog.records if record.getMessage() == "evaluated"]
    assert (log["asked"], log["counts"]["SitesEvaluated"]) == (3, 2)
    (emf,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert emf["SitesReevaluated"] == [2.0]
    assert emf["ReadingsMarked"][0] > 0
