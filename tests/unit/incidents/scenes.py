"""Sites that send readings, some flagged, some missing; watches that evaluation at them; notifiers; and a clock."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fakes.stores import FakeIncidents, FakePublisher
from heliograph.checks.flag import Flag, Severity
from heliograph.evaluation.model import EvaluationResult
from heliograph.incidents.detection import EpisodeRules, Found
from heliograph.incidents.keeper import IncidentKeeper
from heliograph.incidents.model import Incident, Notification
from heliograph.incidents.notification import NotificationOptions, Notifier
from heliograph.reading import end_of, text_of
from heliograph.site import Site

if TYPE_CHECKING:
    from heliograph.evaluation.model import Day

MINUTE: Final = 60
HOUR: Final = 3600
STEP: Final = 5 * MINUTE
START: Final = end_of("2026-06-21T00:00:00Z")
NO_DATA_AFTER: Final = HOUR

Speaks = Callable[[str, int], bool]


def flag(rule: str = "stale", severity: Severity = "critical", message: str = "the value is frozen") -> Flag:
    """Return a flag."""
    return Flag(rule, Decimal("5.0"), Decimal(3), "kWh", severity, message)


def ends(first: int, last: int, step: int = STEP) -> list[int]:
    """Return ENDs from minute `first` to minute `last` behind the start, both included."""
    return list(range(START + first * MINUTE, START + last * MINUTE + 1, step))


def at(minute: int) -> int:
    """Return the END that lies so many minutes behind the start."""
    return START + minute * MINUTE


def text_at(minute: int) -> str:
    """Return the same as UTC text."""
    return text_of(at(minute))


class Plant:
    """A site as it was up to any time: which ENDs it sent, and what is flagged."""

    def __init__(
        self, site: str | Site, sent: Iterable[int], flags: Mapping[int, tuple[Flag, ...]] | None = None
    ) -> None:
        """Keep what it sends over all time. site: its entry, or its name where nothing else is known."""
        self.site = Site(site) if isinstance(site, str) else site
        self.sent = sorted(sent)
        self.flags = dict(flags or {})
        self.days: dict[str, Day] = {}
        self.speaks: Speaks = lambda _rule, _end: True

    def seen(self, now: int, back: int = 24 * HOUR) -> EvaluationResult:
        """Look at it at a time."""
        known = self.sent[bisect_right(self.sent, now - 2 * max(back, 24 * HOUR)) : bisect_right(self.sent, now)]
        judged = known[bisect_right(known, now - back) :]
        last = known[-1] if known else None
        no_data = flag("no_data", "critical", "no reading") if last is not None and now - last > NO_DATA_AFTER else None
        flags = {end: self.flags[end] for end in judged if end in self.flags} if self.flags else {}
        return EvaluationResult(5, judged, flags, self.days, no_data, last, self.speaks)


class World:
    """A store, a topic and a clock, with a watch and a notifier over them."""

    def __init__(self, **options: int) -> None:
        """Begin with nothing. options: the notifier's."""
        self.incidents = FakeIncidents()
        self.publisher = FakePublisher()
        self.now = START
        self.options = NotificationOptions(**options)  # type: ignore[arg-type]
        self.sent: list[tuple[int, Notification]] = []

    @property
    def keeper(self) -> IncidentKeeper:
        """A fresh watch's keeper."""
        return IncidentKeeper(self.incidents, EpisodeRules(), self.clock)

    @property
    def notifier(self) -> Notifier:
        """A fresh notifier."""
        return Notifier(self.incidents, self.publisher, self.options, self.clock)

    def clock(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self.now, UTC)

    def evaluate(self, plant: Plant, now: int | None = None, back: int = 24 * HOUR) -> int:
        """Look at a plant, at `now` where it is given."""
        self.now = self.now if now is None else now
        return self.keeper.after_evaluation(plant.site, plant.seen(self.now, back), {})

    def file(self, *found: Found) -> int:
        """Have a processor open and notify of what a file shows."""
        return self._noting(lambda: self.notifier.notify_now(self.keeper.open(found)))

    def tick(self) -> int:
        """Have the notifier notify."""
        return self._noting(self.notifier.notify)

    def _noting(self, notify: Callable[[], int]) -> int:
        before = len(self.publisher.published)
        notified = notify()
        self.sent += [(self.now, message) for message in self.publisher.published[before:]]
        return notified

    def incidents_of(self, site_id: str = "a") -> list[Incident]:
        """Return a site's incidents by onset."""
        mine = (each for each in self.incidents.kept.values() if each.site_id == site_id)
        return sorted(mine, key=lambda each: (each.onset, each.rule))

    def kinds(self) -> list[str]:
        """Return the kinds of the messages in order."""
        return [f"{message.attributes['kind']} {message.attributes['phase']}" for _, message in self.sent]


def found(site_id: str, end: int, rule: str = "sentinel", last: int | None = None, region: str = "") -> Found:
    """Return what a file shows of one rule."""
    return Found(site_id, rule, end, end if last is None else last, flag(rule), "raw/a@1", region)


def run_day(world: World, plants: list[Plant], minutes: range, period: int = 30) -> None:
    """Let time pass by the minute: each site is evaluated once a period; the notifier runs each minute."""
    for minute in minutes:
        world.now = at(minute)
        for place, plant in enumerate(plants):
            if place * period // len(plants) == minute % period:
                world.evaluate(plant)
        world.tick()
