"""A subscriber of the alerts, which takes each message as it comes and remembers it, whatever becomes of the engine.

It empties the alerts' inbox while the run goes on. A SIGKILL of the engine may swallow what SNS has taken and not yet
handed on; so the proxy notes what SNS answered that it took, and a message counts as sent where either has it.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final
from xml.etree import ElementTree as ET

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chaos.calls import Answer, Call
from heliograph.storage.queues import SqsQueue

_POLL_SECONDS: Final = 0.3
# By its address, or by the command that shows it.
_NAMED: Final = re.compile(r"(?:/incidents/|heliograph incidents show )([^\s?`]+)")
_COUNTED: Final = re.compile(r"^([\d,]+) incidents? at [\d,]+ sites?.* began", re.MULTILINE)
_OVER: Final = re.compile(
    r"^([\d,]+) incidents? at [\d,]+ sites?.* (?:are over|recovered that)|; ([\d,]+) of them over", re.MULTILINE
)
_ENTRY: Final = "PublishBatchRequestEntries.member."
_OK: Final = 200
# Longer than a sender takes from SNS's answer to its own note of it.
_NOTED_SECONDS: Final = 5.0


class Message(msgspec.Struct, frozen=True):
    """A message as it came. phase: onset or recovery. named: incidents it names.

    counted: those a group or a digest counts, by phase.
    """

    phase: str
    named: tuple[str, ...]
    counted: dict[str, int]
    text: str

    @property
    def is_digest(self) -> bool:
        """Return whether it tells of many at once, by their number."""
        return bool(self.counted)


def read_message(phase: str, text: str) -> Message:
    """Read a message's text."""
    counts = (("onset", _COUNTED), ("recovery", _OVER))
    counted = {name: sum(map(_number, pattern.finditer(text))) for name, pattern in counts}
    if any(counted.values()):
        return Message(phase, (), counted, text)
    return Message(phase, tuple(_NAMED.findall(text)), {}, text)


def _number(found: re.Match[str]) -> int:
    return int(next(filter(None, found.groups())).replace(",", ""))


class Subscriber:
    """Remembers messages by SNS's id of them. inbox: gives the queue as it is now, None while nothing runs."""

    def __init__(self, inbox: Callable[[], SqsQueue | None]) -> None:
        """Begin with none."""
        self.arrived: dict[str, Message] = {}
        self.taken: dict[str, Message] = {}
        self.unheard: Counter[tuple[str, str]] = Counter()
        self._lately: list[tuple[float, Message]] = []
        self._inbox = inbox
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take what is left, and listen no more."""
        self._ended.set()
        self._thread.join()
        self._take()

    def messages(self) -> list[Message]:
        """Return every message that SNS took."""
        return list((self.taken | self.arrived).values())

    def has_notified_of(self, site_id: str) -> bool:
        """Return whether a message named an incident of a site."""
        return any(name.startswith(f"{site_id}~") for each in self.messages() for name in each.named)

    def swallowed(self) -> int:
        """Count the messages that SNS took and that never came."""
        return len(self.taken.keys() - self.arrived.keys())

    def note(self, call: Call, answer: Answer | None, _: float) -> None:
        """Note what SNS said it took. A call of another kind is passed over."""
        if call.service == "sns" and answer and answer.status == _OK:
            found = dict(_published(call, answer))
            self.taken.update(found)
            self._lately += [(time.monotonic(), each) for each in found.values()]

    def note_unheard(self, call: Call) -> None:
        """Note that the sender of a message can't know whether SNS took it, and may send it again."""
        if call.service == "sns":
            self._may_come_again(message for _, message in sent_messages(call))

    def note_kill(self) -> None:
        """Note that senders were killed: what they sent just before they may not have noted as told."""
        since = time.monotonic() - _NOTED_SECONDS
        self._may_come_again(message for at, message in self._lately if at >= since)

    def _may_come_again(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.unheard.update((message.phase, name) for name in message.named)
            for phase, count in message.counted.items():
                self.unheard[phase, ""] += count

    def _listen(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            # While the engine is dead or restarts, nobody answers.
            with suppress(BotoCoreError, ClientError):
                self._take()

    def _take(self) -> None:
        inbox = self._inbox()
        if inbox is None:
            return
        for letter in inbox.take_all():
            found = msgspec.json.decode(letter.body)
            phase = found["MessageAttributes"]["phase"]["Value"]
            self.arrived[found["MessageId"]] = read_message(phase, found["Message"])
            inbox.delete(letter)


def told_of(messages: list[Message], phase: str) -> tuple[Counter[str], int]:
    """Count how often each incident was named in messages of a phase, and how many the digests count."""
    of_phase = [each for each in messages if each.phase == phase]
    named = Counter(name for each in of_phase for name in each.named)
    return named, sum(each.counted.get(phase, 0) for each in messages)


def sent_messages(call: Call) -> Iterator[tuple[str, Message]]:
    """Read the messages of a call that publishes, each by the id of its entry; "" where it is but one."""
    form = {name: values[0] for name, values in call.form().items()}
    if "Message" in form:
        yield "", read_message(_phase(form, ""), form["Message"])
    for number in sorted({int(name[len(_ENTRY) :].partition(".")[0]) for name in form if name.startswith(_ENTRY)}):
        prefix = f"{_ENTRY}{number}."
        yield form[f"{prefix}Id"], read_message(_phase(form, prefix), form[f"{prefix}Message"])


def _published(call: Call, answer: Answer) -> Iterator[tuple[str, Message]]:
    """Yield what SNS took, by its own id of each message."""
    sent = dict(sent_messages(call))
    root = ET.fromstring(answer.body)  # noqa: S314 - the engine's own
    if "" in sent:
        yield _text(root, "MessageId"), sent[""]
    for part in root.iter():
        if part.tag.endswith("}Successful") or part.tag == "Successful":
            for member in part:
                yield _text(member, "MessageId"), sent[_text(member, "Id")]


def _text(element: ET.Element, name: str) -> str:
    """Return the text of a part by its name, whatever its namespace; SNS names each part once."""
    return next(each.text or "" for each in element.iter() if each.tag.rpartition("}")[2] == name)


def _phase(form: dict[str, Any], prefix: str) -> str:
    for name, value in form.items():
        if name.startswith(f"{prefix}MessageAttributes.entry.") and name.endswith(".Name") and value == "phase":
            return str(form[name.removesuffix("Name") + "Value.StringValue"])
    return ""
