"""In-memory stores of the watch, that keep the same promises as the AWS ones, over the same fake readings."""

from collections.abc import Iterable, Sequence

import msgspec

from fakes.edits import FakeEdits
from fakes.stores import FakeReadings, FakeSites
from heliograph.estimation.hours import DayHours, unpack_hours
from heliograph.evaluation.cycle import EvaluationJob, Reevaluation, read_job
from heliograph.evaluation.model import Day, FlagUpdate, StoredReading
from heliograph.evaluation.recent import Recent
from heliograph.reading import end_of
from heliograph.series import delay_of, with_energies
from heliograph.site import Site
from heliograph.storage.evaluations import SiteParts
from heliograph.storage.neighbours import MOST_NEIGHBOURS, beside_keys, nearest
from heliograph.table_keys import BESIDE, site_slot


class FakeQueue:
    """A queue that keeps what it is sent, and with what delay."""

    def __init__(self) -> None:
        """Begin empty."""
        self.sent: list[tuple[str, int]] = []

    def send(self, bodies: Sequence[str], delay_seconds: int = 0) -> None:
        """Keep the messages."""
        self.sent.extend((body, delay_seconds) for body in bodies)

    def take(self) -> list[EvaluationJob]:
        """Take all messages off it."""
        calls = [read_job(body) for body, _ in self.sent]
        self.sent.clear()
        return calls


class FakeWindows:
    """The readings as the watch sees them. `marked` counts the readings written, `read_ends` those read."""

    def __init__(self, readings: FakeReadings) -> None:
        """Look at these readings."""
        self._readings = readings
        self.marked = 0
        self.reads: list[tuple[str, int, int, bool]] = []

    def read(self, site_id: str, first: int, last: int, *, consistent: bool) -> list[StoredReading]:
        """Read a stretch."""
        self.reads.append((site_id, first, last, consistent))
        found = []
        for (site, timestamp), stored in sorted(self._readings.kept.items()):
            end = end_of(timestamp)
            if site == site_id and end <= last:
                current = stored.history.current
                delay = delay_of(end, end_of(stored.history.inserted_by.landed_at))
                about = (*current.values, delay, *current.said, None, stored.flags, stored.watched, stored.merges)
                found.append(StoredReading(end, *about, stored.aside))
        return [each for each in with_energies(found) if each.end >= first]

    def mark(self, site_id: str, changes: Sequence[FlagUpdate]) -> bool:
        """Write what is still as it was read."""
        clashed = False
        for change in changes:
            key = (site_id, change.kept.timestamp)
            stored = self._readings.kept[key]
            if stored.merges != change.kept.merges:
                clashed = True
                continue
            self.marked += 1
            self._readings.kept[key] = msgspec.structs.replace(
                stored, watched=change.watched, merges=stored.merges + 1, aside=change.aside
            )
        return not clashed


class FakeNeighbours:
    """Who lies beside whom, and what their days gave: all of a registry's sites are looked at.

    asked: whose neighbours were asked for. days: packed hours, by site and date.
    """

    def __init__(self, sites: FakeSites) -> None:
        """Look at these sites."""
        self._sites = sites
        self.asked: list[str] = []
        self.days: dict[tuple[str, str], bytes] = {}

    def neighbours_of(self, site: Site, most: int = MOST_NEIGHBOURS) -> list[str]:
        """Return the nearest sites of the same region and kind."""
        self.asked.append(site.site_id)
        own = beside_keys(site)
        places = {each.site_id: beside_keys(each) for each in self._sites.kept.values()}
        mine = [each for each, keys in places.items() if own and keys.get(BESIDE.partition) == own[BESIDE.partition]]
        found = sorted((each, places[each][BESIDE.sort]) for each in mine)
        return nearest(site, [found], most)

    def hours_of(self, site_ids: Iterable[str], dates: Iterable[str]) -> dict[str, list[DayHours]]:
        """Read the days there are."""
        wanted = sorted(dates)
        read = {each: [unpack_hours(self.days.get((each, date), b"")) for date in wanted] for each in site_ids}
        return {site_id: days for site_id, found in read.items() if (days := [each for each in found if each])}


class FakeParts:
    """What is kept beside a registry, and the cycle."""

    def __init__(self, sites: FakeSites, edits: FakeEdits | None = None) -> None:
        """Keep parts beside these sites."""
        self._sites = sites
        self._edits = edits or FakeEdits()
        self.kept_days: dict[tuple[str, str], Day] = {}
        self.reevaluations: dict[str, Reevaluation] = {}
        self.recents: dict[str, Recent] = {}
        self.ticked: int | None = None
        self.days_written = 0

    def read(self, site_id: str, from_date: str, *, consistent: bool) -> SiteParts:
        """Read what is kept of a site."""
        assert consistent in {True, False}
        site = self._sites.kept.get(site_id)
        days = self.days(site_id, from_date, "9999-12-31")
        edits = tuple(self._edits.of_site(site_id))
        return SiteParts(site, self.reevaluations.get(site_id), days, self.recents.get(site_id), edits)

    def days(self, site_id: str, from_date: str, to_date: str) -> list[Day]:
        """Read days."""
        mine = sorted((date, day) for (site, date), day in self.kept_days.items() if site == site_id)
        return [day for date, day in mine if from_date <= date <= to_date]

    def put_days(self, site_id: str, days: Iterable[Day]) -> None:
        """Write days."""
        for day in days:
            self.days_written += 1
            self.kept_days[site_id, day.date] = day

    def drop_days(self, site_id: str, dates: Iterable[str]) -> None:
        """Delete days."""
        for date in dates:
            self.days_written += 1
            del self.kept_days[site_id, date]

    def put_recent(self, site_id: str, recent: Recent) -> None:
        """Keep the last two days."""
        self.recents[site_id] = recent

    def reevaluation(self, site_id: str) -> Reevaluation | None:
        """Read the last re-evaluation."""
        return self.reevaluations.get(site_id)

    def put_reevaluation(self, site_id: str, reevaluation: Reevaluation) -> bool:
        """Write the next turn."""
        known = self.reevaluations.get(site_id)
        if (known.turn if known else 0) != reevaluation.turn - 1:
            return False
        self.reevaluations[site_id] = reevaluation
        return True

    def due(self, slots: Sequence[int]) -> list[str]:
        """List the sites of slots."""
        return [site_id for slot in slots for site_id in sorted(self._sites.kept) if site_slot(site_id) == slot]

    def last_tick(self) -> int | None:
        """Read the last tick."""
        return self.ticked

    def note_tick(self, ticked: int) -> None:
        """Note a tick."""
        self.ticked = max(ticked, self.ticked or 0)
