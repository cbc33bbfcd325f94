"""One try of the decoder: whatever the bytes are, it gives readings and rejected records, or one of our own errors."""

from contextlib import suppress

from heliograph.errors import HeliographError
from heliograph.events import landed_objects
from heliograph.feed import Numbered, decode
from heliograph.reading import parse_energy, parse_site_id, parse_timestamp

# As the processor has it, less so that a bomb costs a try little.
LIMIT_BYTES = 64 * 2**20


def try_decoder(body: bytes) -> int:
    """Decode a file and check what came out of it; return how many records it had, or -1 where it can't be read.

    Raises:
        AssertionError: what came out is no reading.
        Exception: any other than our own is a crash.
    """
    try:
        entries = decode(body, LIMIT_BYTES, _zones)
    except HeliographError:
        return -1
    count = last = 0
    for entry in entries:
        count += 1
        assert entry.position > last, "positions go up"
        last = entry.position
        if isinstance(entry, Numbered):
            _check(entry)
        else:
            assert entry.reason, "a rejected record says why"
            assert len(entry.record) < 11_000, "quarantine keeps a record in part"
    return count


def _zones(site_ids: frozenset[str]) -> dict[str, str]:
    """Return a zone of most sites: one whose clocks change."""
    return {site_id: "Europe/Berlin" for site_id in site_ids if not site_id.endswith("2")}


def _check(entry: Numbered) -> None:
    """A reading that came out goes in again as it is."""
    reading = entry.reading
    assert parse_site_id(reading.site_id) == reading.site_id
    assert parse_timestamp(reading.timestamp) == reading.timestamp
    for name in ("energy_generated_kwh", "energy_consumed_kwh"):
        assert parse_energy(getattr(reading, name), name) == getattr(reading, name)
    assert reading.net_energy_kwh is None or reading.net_energy_kwh.is_finite()


def try_events(message: bytes) -> None:
    """Read a queue message; it names objects, or is refused by an error of our own."""
    with suppress(HeliographError, UnicodeDecodeError):
        for landed in landed_objects(message.decode()):
            assert landed.key.startswith("raw/")
