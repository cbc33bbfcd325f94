"""The topic that takes a batch in part: what it didn't take is sent again, alone; what it took isn't."""

from typing import Any, cast

import pytest

from heliograph.errors import StillThrottled, StorageError
from heliograph.incidents.model import Notification
from heliograph.storage.notifications import SnsPublisher
from heliograph.storage.retry_policy import StoreRetryPolicy

MESSAGES = [Notification(f"subject {number}", f"text {number}", {"kind": "onset"}) for number in range(12)]


class FakeTopic:
    """An SNS client that refuses, at its first calls, the messages it is told to."""

    def __init__(self, refusals: list[set[str]], code: str = "InternalError", *, sender_fault: bool = False) -> None:
        """Keep what to refuse, a set of subjects a call, and the reason."""
        self._refusals = refusals
        self._code = code
        self._sender_fault = sender_fault
        self.taken: list[str] = []
        self.texts: list[str] = []

    def publish_batch(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - SNS's own parameters
        """Take messages, or refuse some."""
        refused = self._refusals.pop(0) if self._refusals else set()
        entries = request["PublishBatchRequestEntries"]
        self.taken += [each["Subject"] for each in entries if each["Subject"] not in refused]
        self.texts += [each["Message"] for each in entries if each["Subject"] not in refused]
        failed = [
            {"Id": each["Id"], "Code": self._code, "SenderFault": self._sender_fault}
            for each in entries
            if each["Subject"] in refused
        ]
        return {"Failed": failed}


def publisher(topic: FakeTopic, seconds: float = 9.0) -> SnsPublisher:
    """Make a publisher that waits without waiting."""
    clock = [0.0]

    def sleep(wait: float) -> None:
        clock[0] += wait

    retry_policy = StoreRetryPolicy(seconds, clock=lambda: clock[0], sleep=sleep, chance=lambda: 1.0)
    return SnsPublisher(cast("Any", topic), "topic", retry_policy)


def test_what_was_not_taken_is_sent_again_alone() -> None:
    """Twelve messages in two calls, some refused twice: each is taken once."""
    topic = FakeTopic([{"subject 1", "subject 3"}, {"subject 3"}])
    publisher(topic).publish(MESSAGES)
    assert sorted(topic.taken) == sorted(each.subject for each in MESSAGES)


def test_a_topic_that_takes_nothing_fails_at_once() -> None:
    """Where a right is missing, to send a message again, or in another form, is no use: it stays unsent and known."""
    topic = FakeTopic([{"subject 0"}] * 9, "AuthorizationError", sender_fault=True)
    with pytest.raises(StorageError, match="SNS refused 1 of 10 messages: AuthorizationError"):
        publisher(topic).publish(MESSAGES)


def test_a_message_that_is_wrong_itself_is_sent_in_its_plainest_form() -> None:
    """One entry is refused for what it says: the others are taken, and of this one the text arrives, in ASCII."""
    odd = [*MESSAGES[:3], Notification("wrong\n", "Wärme at site x", {"kind": "onset", "rules": ("a", "b")})]
    topic = FakeTopic([{"wrong\n"}], "InvalidParameter", sender_fault=True)
    assert publisher(topic).publish(odd) == 4
    assert topic.taken == ["subject 0", "subject 1", "subject 2", "Heliograph: an incident"]
    assert topic.texts[-1] == "W\\xe4rme at site x"


def test_a_message_refused_in_every_form_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged as an error and counted, and publishing ends well, so that it isn't tried each minute for ever."""
    topic = FakeTopic([{"subject 3"}, {"Heliograph: an incident"}], "InvalidParameter", sender_fault=True)
    assert publisher(topic).publish(MESSAGES) == len(MESSAGES) - 1
    assert sorted(topic.taken) == sorted(each.subject for each in MESSAGES if each.subject != "subject 3")
    assert "message refused" in [record.msg for record in caplog.records]


def test_a_topic_that_keeps_refusing_is_given_up_in_time() -> None:
    """The caller gets an error, and the notification stays pending for a later try."""
    with pytest.raises(StillThrottled):
        publisher(FakeTopic([{"subject 0"}] * 99), seconds=1.0).publish(MESSAGES)
