"""Records that lack a side, and what else a record may say: what is kept, what is refused, what the net is."""

import csv
import io
import json
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.errors import UnreadableFile
from heliograph.feed import Numbered, RejectedRecord, decode
from heliograph.reading import QUALITIES, Reading, net_kwh, record_of

NOON: Final = "2026-06-01T12:00:00Z"
HEADER: Final = "site_id,timestamp,energy_generated_kwh,energy_consumed_kwh"


def record(**fields: object) -> dict[str, Any]:
    """Return a record with these fields."""
    return {"site_id": "a", "timestamp": NOON, **fields}


def read(body: str) -> list[Reading | str]:
    """Decode a file into readings and reasons."""
    return [each.reading if isinstance(each, Numbered) else each.reason for each in decode(body.encode())]


def one(body: str) -> Reading:
    """Decode a file of one reading."""
    (entry,) = read(body)
    assert isinstance(entry, Reading)
    return entry


@pytest.mark.parametrize("side", ["generated", "consumed"])
def test_a_file_of_one_side_is_read(side: str) -> None:
    """A PV logger and a load meter need no invented zeros: the other side isn't there, the net is this one."""
    name, net = f"energy_{side}_kwh", Decimal("1.5") if side == "generated" else Decimal("-1.5")
    as_json = [record(**{name: 1.5}), record(**{name: 1.5, "timestamp": "2026-06-01T13:00:00Z"})]
    for body in (
        f"site_id,timestamp,{name},note\na,{NOON},1.5,x\na,2026-06-01T13:00:00Z,1.5,\n",
        json.dumps(as_json),
        "\n".join(map(json.dumps, as_json)),
    ):
        first, second = read(body)
        assert isinstance(first, Reading)
        assert isinstance(second, Reading)
        assert (first.measures, first.net_energy_kwh, first.is_partial) == (side, net, False)
        assert first.energies == second.energies == [(name, Decimal("1.5"))]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([record(energy_generated_kwh=None, energy_consumed_kwh=0.2)]),
        json.dumps(record(energy_generated_kwh="", energy_consumed_kwh=0.2)),
        f"{HEADER}\na,{NOON},,0.2\n",
        f"{HEADER}\na,{NOON}, ,0.2\n",
    ],
)
def test_a_side_without_a_value_is_absent_and_not_zero(body: str) -> None:
    """The measured side is kept; the other is absent, and so is the net, since the file names what is missing."""
    reading = one(body)
    assert (reading.energy_generated_kwh, reading.energy_consumed_kwh) == (None, Decimal("0.2"))
    assert reading.is_partial
    assert reading.net_energy_kwh is None


def test_a_side_that_other_records_have_is_missing() -> None:
    """A record that lacks what its file has elsewhere is cut or broken; null says that there is no value."""
    whole = record(energy_generated_kwh=1, energy_consumed_kwh=2)
    _, bad = read(json.dumps([whole, record(energy_generated_kwh=1, timestamp="2026-06-01T13:00:00Z")]))
    assert isinstance(bad, str)
    assert bad.startswith("energy_consumed_kwh is missing; the record has")


@pytest.mark.parametrize("name", ["energy_consumd_kwh", "Import", "Verbrauch kWh", "consumption"])
def test_a_name_that_may_be_the_other_side_is_asked_about(name: str) -> None:
    """A misspelt name never loses its side in silence."""
    (bad,) = read(json.dumps([record(energy_generated_kwh=1, **{name: 2})]))
    assert "energy_consumed_kwh is missing" in str(bad)
    with pytest.raises(UnreadableFile, match="lacks energy_consumed_kwh"):
        decode(f"site_id,timestamp,energy_generated_kwh,{name}\na,{NOON},1,2\n".encode())


def test_a_row_that_is_cut_short_is_no_reading_of_one_side() -> None:
    """The last cell of such a row may have lost digits, so it is refused; one without any value is blank."""
    decoded = decode(f"{HEADER}\na,{NOON},1.2\na,2026-06-01T13:00:00Z\n".encode())
    (entry,) = decoded
    assert isinstance(entry, RejectedRecord)
    assert "cut short" in entry.reason
    assert decoded.blank == 1


@pytest.mark.parametrize("seconds", [900, "900", 900.0, 1, 366 * 86_400])
def test_a_record_may_state_its_length_and_quality(seconds: object) -> None:
    """Both are kept from JSON and CSV alike; null and nothing are unknown and actual."""
    said = {"interval_seconds": seconds, "quality": "Estimated"}
    energies = {"energy_generated_kwh": 1, "energy_consumed_kwh": 2}
    for body in (
        json.dumps([record(**energies, **said)]),
        f"{HEADER},Interval Seconds,quality\na,{NOON},1,2,{seconds},estimated\n",
    ):
        reading = one(body)
        assert (reading.interval_seconds, reading.quality) == (int(float(str(seconds))), "estimated")
    plain = one(json.dumps(record(**energies, interval_seconds=None, quality=None)))
    assert (plain.interval_seconds, plain.quality) == (None, "actual")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"interval_seconds": 0}, "interval_seconds is '0'"),
        ({"interval_seconds": 1.5}, "interval_seconds is '1.5'"),
        ({"interval_seconds": "PT15M"}, "interval_seconds is 'PT15M'"),
        ({"interval_seconds": True}, "interval_seconds is 'True'"),
        ({"interval_seconds": 10**9}, "interval_seconds is '1000000000'"),
        ({"quality": "good"}, "quality is 'good'; it is actual, estimated, substituted"),
        ({"quality": 3}, "quality is '3'"),
    ],
)
def test_a_length_or_quality_that_is_none_is_refused(said: dict[str, object], reason: str) -> None:
    """The reason shows the value and says what to write."""
    (bad,) = read(json.dumps([record(energy_generated_kwh=1, energy_consumed_kwh=2, **said)]))
    assert reason in str(bad)


@pytest.mark.parametrize("name", ["interval_seconds", "quality"])
def test_a_length_or_quality_that_stands_twice_is_refused(name: str) -> None:
    """As any field of a record does."""
    body = json.dumps([record(energy_generated_kwh=1, energy_consumed_kwh=2)])
    (bad,) = read(body.replace("}", f', "{name}": null, "{name}": null}}'))
    assert f"{name} stands twice" in str(bad)


_energy = st.none() | st.decimals(-(10**6), 10**6, places=3)
_readings = st.builds(
    Reading,
    st.just("a"),
    st.just(NOON),
    _energy,
    _energy,
    st.none() | st.integers(1, 86_400),
    st.sampled_from(QUALITIES),
    st.booleans(),
).filter(lambda each: bool(each.energies) and each.is_partial <= (len(each.energies) == 1))


@given(_readings)
def test_a_record_of_a_reading_reads_as_it(reading: Reading) -> None:
    """What quarantine keeps of a reading is the reading."""
    assert one(json.dumps(record_of(reading), default=float)) == reading


@given(_readings, st.sampled_from(["generated", "consumed", "both"]))
def test_the_net_is_of_what_is_measured(reading: Reading, measures: Any) -> None:  # noqa: ANN401 - one of three words
    """The difference where both are measured and there, the one side signed, and nothing where a measured one lacks."""
    generated, consumed = reading.energy_generated_kwh, reading.energy_consumed_kwh
    net = net_kwh(generated, consumed, measures)
    wanted = {"generated": [generated], "consumed": [consumed], "both": [generated, consumed]}[measures]
    if None in wanted:
        assert net is None
        return
    zero = Decimal(0)
    assert net == (zero if measures == "consumed" else generated or zero) - (
        zero if measures == "generated" else consumed or zero
    )
    assert net_kwh(generated, consumed, reading.measures) == reading.net_energy_kwh


def test_an_export_reads_as_it_was() -> None:
    """A CSV with the net beside one side is a file of one side: the net is no name that may be the other."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["site_id", "timestamp", "energy_generated_kwh", "net_energy_kwh"])
    writer.writerow(["a", NOON, "1.5", "1.5"])
    assert one(text.getvalue()).measures == "generated"
