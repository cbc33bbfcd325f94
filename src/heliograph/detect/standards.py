"""Proposals for files of a standard, whose words are fixed: NEM12 and Green Button."""

from typing import Any

from heliograph.detect.columns import Column
from heliograph.detect.questions import Asking
from heliograph.errors import UnreadableFile
from heliograph.profiles.green_button import read_green_button
from heliograph.profiles.nem12 import read_nem12

_NEM_MARKS = {"A": "actual", "E": "estimated", "F": "substituted", "S": "substituted", "N": "missing", "": "actual"}
_FLOW_SIDES = {"delivered": "consumed", "received": "generated"}


def nem12(text: str, asking: Asking) -> dict[str, Any]:
    """Propose how a NEM12 file is read: E channels are import, B channels export, reactive ones are left out.

    Raises:
        UnreadableFile: it has no channel of energy.
    """
    cells = [found for _, found in read_nem12(text)]
    channels = {(each["channel"], each["unit"]) for each in cells if each["unit"].lower() in {"kwh", "wh", "mwh"}}
    units = sorted({unit for _, unit in channels})
    sides = {
        side: sorted({channel for channel, _ in channels if channel.startswith(letter)})
        for side, letter in (("generated", "B"), ("consumed", "E"))
    }
    if not any(sides.values()):
        raise UnreadableFile("the NEM12 file has no channel E or B of energy")
    asking.sure("the file is NEM12: market time is UTC+10 all year, E is import, B is export")
    by_name = {"kwh": "kWh", "wh": "Wh", "mwh": "MWh"}
    found: dict[str, Any] = {
        "layout": {"format": "nem12"},
        "time": {
            "columns": ["start"],
            "format": "%Y%m%d %H%M",
            "zone": "Etc/GMT-10",
            "marks": "start",
            "seconds": "seconds",
        },
        "quantity": "interval",
        "unit": by_name[units[0].lower()],
        "quality": {"column": "quality", "marks": _NEM_MARKS},
        "site_column": Column("nmi", "nmi", [each["nmi"] for each in cells]),
    }
    for side, names in sides.items():
        if names:
            found[side] = [
                {"column": "value", "unit": by_name[unit.lower()], "where": {"channel": names, "unit": [unit]}}
                for unit in units
            ]
    return found


def green_button(body: bytes, asking: Asking) -> dict[str, Any]:
    """Propose how a Green Button file is read: delivered is consumed, received is generated.

    Raises:
        UnreadableFile: its readings have no unit of energy or power.
    """
    cells = [found for _, found in read_green_button(body)]
    units = sorted({each["unit"] for each in cells} & {"Wh", "W"}, reverse=True)
    if not units:
        raise UnreadableFile("the Green Button file has no readings in Wh or W")
    unit = units[0]
    asking.sure("the file is Green Button: stamps are epoch seconds of an interval's start")
    flows = {each["flow"] for each in cells if each["unit"] == unit}
    marks = {word: "estimated" if word == "estimated" else "actual" for word in {each["quality"] for each in cells}}
    found: dict[str, Any] = {
        "layout": {"format": "green_button"},
        "time": {"columns": ["start"], "format": "epoch", "marks": "start", "seconds": "seconds"},
        "quantity": "interval" if unit == "Wh" else "mean_power",
        "unit": unit,
        "quality": {"column": "quality", "marks": marks},
        "site_column": Column("usage_point", "usage point", [each["usage_point"] for each in cells]),
    }
    for flow in sorted(flows):
        side = _FLOW_SIDES.get(flow) or asking.ask(
            f"flow.{flow}", f"Is energy that flows {flow!r} consumed or generated?", ["consumed", "generated"]
        )
        found.setdefault(side, []).append({"column": "value", "where": {"flow": [flow], "unit": [unit]}})
    return found
