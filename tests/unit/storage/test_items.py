"""Every kind of item is read back as it was written, from the wire and from botocore, and keeps its stored format."""

from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.checks.flag import Flag
from heliograph.edits.model import Edit
from heliograph.evaluation.cycle import Reevaluation
from heliograph.evaluation.model import Day
from heliograph.evaluation.recent import Recent
from heliograph.history import Assessed, Provenance, history_of, landing
from heliograph.incidents.model import Incident, RuleState, SiteState
from heliograph.ingestion import Ingestion, IngestionTotals
from heliograph.reading import Quality, Reading
from heliograph.registers import Register, Side
from heliograph.site import Site
from heliograph.storage.edits import EDIT_CODEC
from heliograph.storage.evaluations import DAY_CODEC, RECENT_CODEC, REEVALUATION_CODEC, day_item
from heliograph.storage.incidents import INCIDENT_CODEC, STATE_CODEC, incident_item
from heliograph.storage.ingestions import INGESTION_CODEC, TOTALS_CODEC
from heliograph.storage.items import Codec, attributes, number, stored_as
from heliograph.storage.reading_items import (
    READING_CODEC,
    changing_attributes,
    is_plain,
    item_of,
    plain_item,
)
from heliograph.storage.sites import SITE_CODEC, site_item
from heliograph.validated.model import Part, Sums

# Items as the table held them before there was a codec.
STORED: Final[dict[str, Any]] = msgspec.json.decode((Path(__file__).parent / "stored_items.json").read_bytes())

texts = st.text(max_size=20)
# What energies may be, so that their difference has no more than the 38 digits that DynamoDB keeps.
exact = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12) + 1, max_value=10**12 - 1, places=24)
severities = st.sampled_from(["info", "warning", "critical"])
flags = st.lists(st.builds(Flag, texts, exact, exact, texts, severities, texts), max_size=2).map(tuple)
st.register_type_strategy(Decimal, exact)
days = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"])
provenances = st.builds(Provenance, days, st.text(min_size=1, max_size=20), st.integers(1, 9))
names = st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True)


rules = st.lists(names, max_size=2).map(tuple)
whole = st.integers(0, 2**40)
optional = st.floats(1e-6, 90) | st.none()
VALUES: Final[dict[type, st.SearchStrategy[Any]]] = {
    Site: st.builds(
        Site, names, st.sampled_from([None, "solar", "load"]), optional, optional, optional, st.none(), st.just(15)
    ),
    SiteState: st.builds(SiteState, names, whole, st.dictionaries(texts, st.from_type(RuleState), max_size=3)),
}


def readings(site: str, timestamp: str, value: Decimal) -> st.SearchStrategy[Reading]:
    """Return readings with a value on one side or both, and all else that a file may say of them."""
    sides = st.sampled_from([(value, Decimal(0)), (value, None), (None, value)])
    seconds, quality = st.none() | st.integers(1, 86_400), st.sampled_from(get_args(Quality))
    of_energy = st.builds(
        lambda both, length, mark, named: Reading(
            site, timestamp, both[0], both[1], length, mark, named and None in both
        ),
        sides,
        seconds,
        quality,
        st.booleans(),
    )
    register = st.builds(
        Register, st.sampled_from(get_args(Side)), texts, exact, st.none() | exact, st.sampled_from(["", "2026-01-01"])
    )
    of_registers = st.builds(
        lambda mark, found: Reading(site, timestamp, None, None, quality=mark, registers=tuple(found)),
        quality,
        st.lists(register, min_size=1, max_size=3),
    )
    return of_energy | of_registers


@st.composite
def assessed(draw: st.DrawFn) -> Assessed:
    """Return a reading that was landed once or often, with flags of either kind or none."""
    landings = draw(st.dictionaries(provenances, exact, min_size=1, max_size=7))
    site, timestamp = draw(names), "2026-01-01T00:00:00Z"
    histories = [landing(draw(readings(site, timestamp, value)), each) for each, value in landings.items()]
    return Assessed(history_of(histories), draw(flags), draw(st.integers(0, 9)), draw(flags), draw(rules))


KINDS: Final[dict[type, Codec[Any]]] = {
    Site: SITE_CODEC,
    Day: DAY_CODEC,
    Reevaluation: REEVALUATION_CODEC,
    Recent: RECENT_CODEC,
    Ingestion: INGESTION_CODEC,
    IngestionTotals: TOTALS_CODEC,
    Incident: INCIDENT_CODEC,
    SiteState: STATE_CODEC,
    Edit: EDIT_CODEC,
}


def on_the_wire(item: object) -> Any:  # noqa: ANN401 - JSON
    """Return an item as DynamoDB sends it."""
    return msgspec.json.decode(msgspec.json.encode(item))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(st.data())
def test_what_is_written_is_read_back(kind: type, data: st.DataObject) -> None:
    """Whatever a value holds, it comes back equal, in text as botocore parses it and as it is on the wire."""
    value = data.draw(VALUES.get(kind, st.from_type(kind)))
    item = KINDS[kind].write(value)
    assert KINDS[kind].read({**item, "expires_at": {"N": "5"}}) == value
    assert KINDS[kind].read(on_the_wire(item)) == value


@settings(max_examples=50)
@given(assessed(), st.integers(0, 2**31))
def test_a_reading_is_read_back(stored: Assessed, expires_at: int) -> None:
    """A reading with its revisions and flags comes back equal, and a plain one has the short way's attributes."""
    item = item_of(stored, expires_at)
    assert READING_CODEC.read(on_the_wire(item)) == stored
    assert item == {**item, **changing_attributes(stored, expires_at)}
    if is_plain(stored):
        names, parameters = plain_item(stored.history, expires_at)
        assert dict(zip(names, msgspec.json.decode(parameters), strict=True)) == item


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_third_landing_of_a_value_is_read_back(order: tuple[int, int, int]) -> None:
    """A zero that two files of a feed and one of another brought: all three are in the item, within one write unit."""
    named = [f"raw/{feed}/2026/11/22/090512-meters-of-a-plant.json@3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH" for feed in "aba"]
    many = [Provenance(f"2026-01-0{at}T00:00:00Z", name + str(at), 1) for at, name in enumerate(named, 1)]
    zero = Reading("roof", "2026-01-01T00:00:00Z", Decimal(0), None)
    stored = Assessed(history_of(landing(zero, many[at]) for at in order), (), 2)
    item = item_of(stored, 0)
    history = READING_CODEC.read(on_the_wire(item)).history
    assert history == stored.history
    assert not is_plain(Assessed(history, ()))
    assert {many[1], many[2]} <= {history.inserted_by, history.current.provenance, *history.brought_by}
    assert sum(len(name) + len(str(*attribute.values())) for name, attribute in item.items()) < 1024


# How each kind of item is written again, by the first word of its name; `expires_at` is as it is in the file.
AGAIN: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "reading": lambda item: dict(item_of(READING_CODEC.read(item), 1_900_000_000)),
    "site": lambda item: dict(site_item(SITE_CODEC.read(item))),
    "day": lambda item: day_item(item["site_id"]["S"], DAY_CODEC.read(item)),
    "re-evaluation": lambda item: {**_keys(item), **REEVALUATION_CODEC.write(REEVALUATION_CODEC.read(item))},
    "recent": lambda item: {**_keys(item), **RECENT_CODEC.write(RECENT_CODEC.read(item))},
    "incident": lambda item: dict(incident_item(INCIDENT_CODEC.read(item), 1_900_000_000)),
    "ingestion": lambda item: {
        **INGESTION_CODEC.write(INGESTION_CODEC.read(item)),
        **{name: item[name] for name in ("hour", "ingestion", "expires_at")},
    },
    "state": lambda item: {**item, **STATE_CODEC.write(STATE_CODEC.read(item))},
    "totals": lambda item: {**_keys(item), **TOTALS_CODEC.write(TOTALS_CODEC.read(item))},
}
_OF_OLD: Final = {
    "reading, of the first format",
    "site, whole numbers",
    "site, without neighbours",
    "totals",
    "day, with what was left out",
}


def _keys(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("site_id", "part", "hour", "ingestion") if name in item}


@pytest.mark.parametrize("name", [name for name in STORED if name.split(",")[0] in AGAIN])
def test_an_item_of_today_s_format_is_written_as_it_is_stored(name: str) -> None:
    """What is in the tables is read, and written again attribute by attribute as it was."""
    item = STORED[name]
    again = on_the_wire(AGAIN[name.split(",", maxsplit=1)[0]](item))
    assert again.keys() == item.keys() or name in _OF_OLD
    assert {each: again[each] for each in again if each in item} == item or name in _OF_OLD


def test_items_of_old_are_read() -> None:
    """Revisions as maps, a whole number for a float, and totals that lack a count are read for what they are."""
    old = READING_CODEC.read(STORED["reading, of the first format"])
    assert [version.provenance.position for version in old.history.versions] == [5, 4, 3]
    assert old.history.inserted_by.position == 3
    assert SITE_CODEC.read(STORED["site, whole numbers"]) == Site("c", "wind", 2000.0, 0.0, 0.00001, None, 5)
    assert TOTALS_CODEC.read(STORED["totals"]) == IngestionTotals(files=5, stored=1000)
    assert DAY_CODEC.read(STORED["day, with what was left out"]).sums.measured.intervals == 287


def test_values_are_what_they_were() -> None:
    """Exact numbers, bytes, JSON and flags of the stored file, value by value."""
    day = DAY_CODEC.read(STORED["day"])
    assert (day.generated_kwh, day.consumed_kwh) == (Decimal("123.450"), Decimal("1E-24"))
    assert (day.shape, len(day.flags), day.flags[0].observed) == (b64decode("AQL/"), 2, Decimal("-1.50"))
    assert (day.sums.missing, day.sums.left_out) == (1, Part(1, Decimal(-9999), None))
    plain = DAY_CODEC.read(STORED["day, plain"])
    assert plain.sums == Sums(measured=Part(plain.readings, Decimal(0), Decimal(1000)))
    assert STATE_CODEC.read(STORED["state"]).rule_states["gap"] == RuleState()
    assert READING_CODEC.read(STORED["reading, revised often"]).history.counted


@pytest.mark.parametrize(
    ("codec", "name", "value"),
    [
        (INGESTION_CODEC, "ingestion", {"state": {"S": "halfway"}}),
        (INGESTION_CODEC, "ingestion", {"records": {"N": "1.5"}}),
        (SITE_CODEC, "site", {"capacity_kw": {"N": "-1"}}),
        (SITE_CODEC, "site", {"kind": {"N": "1"}}),
        (DAY_CODEC, "day", {"generated_kwh": {"N": "many"}}),
    ],
)
def test_what_no_field_can_hold_is_refused(codec: Codec[Any], name: str, value: dict[str, Any]) -> None:
    """An attribute of another type, beyond a field's bounds or not among its words isn't taken for a value."""
    with pytest.raises(msgspec.ValidationError):
        codec.read({**STORED[name], **value})


def test_a_type_that_no_attribute_holds_has_no_way() -> None:
    """A field that can't be stored is found when its kind is declared, and not by what is lost."""
    with pytest.raises(KeyError):
        stored_as(dict[str, int])
    with pytest.raises(TypeError, match="set"):
        attributes({"a": {1}})
    assert number(Decimal("1E+3")) == {"N": "1000"}
