"""What the watch does, with its own code."""

from decimal import Decimal

from heliograph.evaluation.cycle import Reevaluation
from heliograph.evaluation.model import Day, FlagUpdate
from heliograph.reading import end_of
from heliograph.site import Site
from terraform.exercised_calls import ENDS, LATER, SENTINEL, Act, now

_END = end_of(ENDS)
_DAY = Day(
    date="2026-06-01",
    start=_END,
    ends=_END + 86_400,
    minutes=5,
    readings=1,
    expected=288,
    generated_kwh=Decimal(1),
    consumed_kwh=Decimal(0),
)


def read_window(act: Act) -> None:
    """Read a stretch of a site's readings."""
    assert act.stores.windows.read(act.site, _END - 60, _END, consistent=True) == []


def mark_readings(act: Act) -> None:
    """Write what it found to a reading."""
    act.prepared.readings.store([act.reading()], lambda _: ())
    (kept,) = act.prepared.windows.read(act.site, _END, _END, consistent=True)
    assert act.stores.windows.mark(act.site, [FlagUpdate(kept, (SENTINEL,))])


def read_parts(act: Act) -> None:
    """Read what is kept of a site."""
    assert act.stores.parts.read(act.site, _DAY.date, consistent=True).days == []


def read_reevaluation(act: Act) -> None:
    """Read a site's last re-evaluation."""
    assert act.stores.parts.reevaluation(act.site) is None


def begin_reevaluation(act: Act) -> None:
    """Let others know that a re-evaluation begins."""
    assert act.stores.parts.put_reevaluation(act.site, Reevaluation(1, _END, 0, done=False))


def write_days(act: Act) -> None:
    """Write a site's day totals, and delete them: one right allows both."""
    act.stores.parts.put_days(act.site, [_DAY])
    act.stores.parts.drop_days(act.site, [_DAY.date])


def find_due(act: Act) -> None:
    """Find the sites that are due."""
    act.stores.parts.due([0])


def find_neighbours(act: Act) -> None:
    """Find the sites around one."""
    site = Site(act.site, "solar", latitude=52.5, longitude=13.4, timezone="Europe/Berlin")
    assert act.site not in act.stores.neighbours.neighbours_of(site)


def read_neighbours(act: Act) -> None:
    """Read what neighbours measured on some days."""
    assert act.stores.neighbours.hours_of([act.site], [_DAY.date]) == {}


def read_site_s_incidents(act: Act) -> None:
    """Read a site's incidents of some time."""
    assert act.stores.incidents.between(act.site, ENDS, LATER) == []


def note_past_incident(act: Act) -> None:
    """Write an incident that was over when it was found."""
    act.stores.incidents.add_history([act.past()])


def acquire_lease(act: Act) -> None:
    """Become the only notifier, and let the next one begin."""
    act.stores.outbox.acquire_lease(now(), now())
    act.stores.outbox.release_lease()


def find_pending(act: Act) -> None:
    """Find what nobody was told of."""
    act.stores.outbox.pending(now(), 1)


def mark_notified(act: Act) -> None:
    """Note that an incident was told."""
    act.prepared.incidents.commit([act.opening()])
    act.stores.outbox.mark_notified([act.incident()], "onset", now())
