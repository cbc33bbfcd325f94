"""Reads the sites from the API, a few at a time, and keeps of each only what is drawn."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Event
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn

from heliograph_client import ApiReading, ApiSite, Client
from series import LeaveOut, SiteSeries, summarize
from zones import ChartsError, NothingToDraw, PeriodBound, as_query, in_utc, zone_of

# A page of bars and a file a site serve a fleet that a person looks through; beyond, they choose.
MOST_SITES: Final = 500
# The latest of a site's incidents; open ones come first.
MOST_INCIDENTS: Final = 2000
_AT_ONCE: Final = 4
_EVERY: Final = 1000


class ChartRequest(msgspec.Struct, frozen=True):
    """What the user asked for.

    site_ids: empty means all. start inclusive, end exclusive; None: as far as there is.
    leave_out: which readings the sums leave out.
    """

    site_ids: tuple[str, ...] = ()
    start: PeriodBound = None
    end: PeriodBound = None
    leave_out: LeaveOut = "critical"


class _Span(msgspec.Struct, frozen=True):
    """One site and the stretch of it that is read."""

    site: ApiSite
    start: datetime | None
    end: datetime | None

    @property
    def seconds(self) -> float:
        """How long the stretch is at most, going by the site's first and last reading."""
        first, last = _moment(self.site.first_reading), _moment(self.site.last_reading)
        if first is None or last is None:
            return 0.0
        begin, until = max(first, self.start or first), min(last, self.end or last)
        return max(0.0, (until - begin) / timedelta(seconds=1))


def gather(client: Client, asked: ChartRequest, progress: Progress) -> tuple[SiteSeries, ...]:
    """Read what was asked for, each site's readings once.

    Raises:
        NothingToDraw: there is no site, or no reading in the range.
    """
    spans = [_span(site, asked) for site in _sites(client, asked.site_ids)]
    with_readings = [span for span in spans if span.site.first_reading is not None]
    found = _read_all(client, with_readings, asked, progress)
    if not found:
        raise NothingToDraw(_nothing(asked, spans))
    return tuple(found)


def _sites(client: Client, site_ids: tuple[str, ...]) -> list[ApiSite]:
    chosen = list(dict.fromkeys(site_ids)) or [site.site_id for site in islice(client.sites(), MOST_SITES + 1)]
    if len(chosen) > MOST_SITES:
        raise ChartsError(f"there are more than {MOST_SITES} sites: choose up to {MOST_SITES} with --site")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(client.site, chosen))


def _span(site: ApiSite, asked: ChartRequest) -> _Span:
    zone = zone_of(site.timezone, site.longitude)
    return _Span(site, in_utc(asked.start, zone), in_utc(asked.end, zone))


def _read_all(client: Client, spans: list[_Span], asked: ChartRequest, progress: Progress) -> list[SiteSeries]:
    task = progress.add_task("Reading", total=sum(span.seconds for span in spans), note="")
    stop, reading = Event(), _Reading(client, progress, task)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(reading.read, span, asked, stop) for span in spans]
        try:
            return [series for series in map(Future.result, futures) if series is not None]
        except BaseException:
            # The first error ends the run; the other sites are not read on for nothing.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Reading:
    """Reads one site after the other, and moves the bar."""

    def __init__(self, client: Client, progress: Progress, task: TaskID) -> None:
        self._client = client
        self._progress = progress
        self._task = task
        self._count = 0

    def read(self, span: _Span, asked: ChartRequest, stop: Event) -> SiteSeries | None:
        """Read one site's stretch. None where it has no reading, or the run is being ended."""
        readings = self._client.each_reading(span.site.site_id, as_query(span.start), as_query(span.end))
        watched = counted(_until(stop, readings), self._reporter(span))
        series = summarize(span.site, watched, asked.leave_out)
        if series is None:
            return None
        latest = islice(self._client.incidents(span.site.site_id), MOST_INCIDENTS)
        # What began after the end that was asked for isn't part of the picture.
        until = as_query(span.end)
        incidents = tuple(each for each in latest if until is None or each.onset < until)
        return msgspec.structs.replace(series, incidents=incidents)

    def _reporter(self, span: _Span) -> Callable[[str, int], None]:
        first = _moment(span.site.first_reading)
        at = max(first, span.start or first) if first is not None else None

        def report(timestamp: str, count: int) -> None:
            nonlocal at
            now = datetime.fromisoformat(timestamp)
            self._count += count
            advance = 0.0 if at is None else max(0.0, (now - at).total_seconds())
            self._progress.update(self._task, advance=advance, note=f"{self._count:,} readings")
            at = now

        return report


def _until(stop: Event, readings: Iterator[ApiReading]) -> Iterator[ApiReading]:
    for reading in readings:
        if stop.is_set():
            return
        yield reading


def _moment(reading: ApiReading | None) -> datetime | None:
    return None if reading is None else datetime.fromisoformat(reading.timestamp).astimezone(UTC)


def _nothing(asked: ChartRequest, spans: list[_Span]) -> str:
    if not spans:
        return "the API has no sites yet: land a reading first"
    which = ", ".join(asked.site_ids) or f"the {len(spans)} sites"
    if asked.start is None and asked.end is None:
        return f"there is nothing to draw: no reading of {which} yet"
    return f"there is nothing to draw: no reading of {which} from {asked.start or 'the first'} to {asked.end or 'now'}"


def bars() -> Progress:
    """Return the bars; they vanish when the work is done. NO_COLOR is respected."""
    console = Console(stderr=True)
    columns: tuple[ProgressColumn, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def counted(readings: Iterable[ApiReading], report: Callable[[str, int], None]) -> Iterator[ApiReading]:
    """Pass readings on, and report as they come: the last one's timestamp, and how many since the last report."""
    since, last = 0, None
    for reading in readings:
        since, last = since + 1, reading.timestamp
        if since == _EVERY:
            report(last, since)
            since = 0
        yield reading
    if since and last is not None:
        report(last, since)
