"""NEM12 and Green Button: what is read of them, and what is refused."""

from decimal import Decimal

import pytest

from heliograph.errors import UnreadableFile
from heliograph.profiles.green_button import read_green_button
from heliograph.profiles.nem12 import read_nem12

DAY = ",".join(["0.1"] * 48)
CHANNEL = "200,NMI0000001,E1,E1,E1,,M1,kWh,30,"


def test_a_day_gives_its_intervals_with_its_quality() -> None:
    """A 300 record of half hours is 48 intervals from midnight of market time on."""
    found = [cells for _, cells in read_nem12(f"100,NEM12,202606010000,X,Y\n{CHANNEL}\n300,20260601,{DAY},A,,,\n900\n")]
    assert len(found) == 48
    assert (found[0]["start"], found[-1]["start"], found[0]["quality"]) == ("20260601 0000", "20260601 2330", "A")


def test_a_varying_quality_is_that_of_its_intervals() -> None:
    """With V, 400 records say which intervals have which."""
    text = f"{CHANNEL}\n300,20260601,{DAY},V,,,\n400,1,2,F14,32,\n400,3,48,A,,\n"
    assert [cells["quality"] for _, cells in read_nem12(text)][:4] == ["F", "F", "A", "A"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"300,20260601,{DAY},A,,,\n", "no 200 record"),
        (f"{CHANNEL}\n300,20260601,0.1,0.2\n", "a day of 30 minutes has 48"),
        (f"{CHANNEL}\n300,20260601,{DAY},V,,,\n900\n", "no 400 record"),
        ("200,NMI0000001,E1,E1,E1,,M1,kWh,7,\n", "interval length"),
        ("hello\n", "no record of NEM12"),
        (f"{CHANNEL}\n300,20260601,{DAY},V,,,\n400,\u00b2,48,A,,\n", "without the intervals"),
        (f"{CHANNEL}\n300,20260601,{DAY},V,,,\n400,0,48,A,,\n", "without the intervals"),
        ("200,NMI0000001,E1,E1,E1,,M1,kWh,\u00b2,\n", "interval length"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(text: str, reason: str) -> None:
    """A file without its channel, with half a day or without the qualities that it announces isn't read."""
    with pytest.raises(UnreadableFile, match=reason):
        list(read_nem12(text))


FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<entry><link rel="self" href="/U/1/MeterReading/1"/><link rel="related" href="/ReadingType/7"/>
<content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>
<entry><link rel="self" href="/ReadingType/7"/><content><ReadingType xmlns="http://naesb.org/espi">
<commodity>1</commodity><flowDirection>1</flowDirection><powerOfTenMultiplier>-3</powerOfTenMultiplier><uom>72</uom>
</ReadingType></content></entry>
<entry><link rel="up" href="/U/1/MeterReading/1/IntervalBlock"/><content><IntervalBlock xmlns="http://naesb.org/espi">
<IntervalReading><timePeriod><duration>3600</duration><start>1320303600</start></timePeriod><value>974000</value>
</IntervalReading></IntervalBlock></content></entry></feed>"""


def test_a_reading_is_scaled_by_its_type() -> None:
    """A value in thousandths of a Wh is scaled by the power of ten of its reading type."""
    ((_, cells),) = read_green_button(FEED.encode())
    assert (cells["value"], cells["unit"], cells["flow"], cells["seconds"]) == (Decimal(974), "Wh", "delivered", "3600")


def test_entities_are_not_expanded() -> None:
    """A file with a document type, whose entities could grow without end, is refused before it is parsed."""
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed>&b;</feed>'
    for body in (bomb.encode(), bomb.encode("utf-16")):
        with pytest.raises(UnreadableFile, match="document type"):
            list(read_green_button(body))


@pytest.mark.parametrize("value", ["--974000", "\u00b2", "9-7"])
def test_a_value_that_is_no_number_is_left_as_it_is(value: str) -> None:
    """The row with it is then rejected by itself, and the file is read on."""
    ((_, cells),) = read_green_button(FEED.replace("974000", value).encode())
    assert cells["value"] == value


@pytest.mark.parametrize("power", ["--3", "\u00b2", "9" * 5000])
def test_a_power_of_ten_that_is_no_number_scales_nothing(power: str) -> None:
    """A reading type with a damaged power is taken as one without any."""
    ((_, cells),) = read_green_button(FEED.replace(">-3<", f">{power}<").encode())
    assert cells["value"] == Decimal(974000)
