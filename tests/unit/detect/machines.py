"""Exports of devices, their portals and interfaces that say it another way, one file of each with its truth.

The layouts are those that public importers and their samples show; no data of anybody is in them.
"""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Final

from unit.detect.exports import Energy, Export, comma, export_of, maker, series, stamp, table

_NO: Final = Decimal(0)


def grid(energies: list[Energy]) -> list[tuple[Decimal, Decimal]]:
    """Return what each interval took from the grid and what it gave, kWh."""
    return [(max(c - g, _NO), max(g - c, _NO)) for _, g, c in energies]


@maker
def energy_dashboard() -> Export:
    """Home Assistant's energy dashboard: a row a flow, columns named by their hours, costs among the rows."""
    energies = series("Etc/UTC", "2025-05-10", 1, 60)
    taken, given = zip(*grid(energies), strict=True)
    rows: list[list[object]] = [["entity_id", "type", "unit", *(f"{m:%Y-%m-%dT%H:%M:%S}.000Z" for m, _, _ in energies)]]
    rows.append(["sensor.in", "grid_consumption", "kWh", *taken])
    rows.append(["sensor.cost", "grid_consumption_cost", "EUR", *(each / 4 for each in taken)])
    rows.append(["sensor.out", "grid_return", "kWh", *given])
    rows.append(["sensor.pv", "solar_production", "kWh", *(g for _, g, _ in energies)])
    rows.append(["sensor.car", "device_consumption", "kWh", *("0.1" for _ in energies)])
    rows.append(["", "calculated_total_consumption", "kWh", *(c for _, _, c in energies)])
    return export_of("energy-dashboard", "energy.csv", table(rows), energies, 60)


@maker
def sense() -> Export:
    """Sense: a comment, a row of each device, of which the total and the sun say whose they are."""
    zone = "America/Denver"
    energies = series(zone, "2025-06-01", 2, 60)
    rows: list[list[object]] = [
        ["# Please note that there may be discrepancies between your bill and what Sense reports"]
    ]
    rows.append(["DateTime", "Device ID", "Name", "Device Type", "Avg Wattage", "kWh"])
    for m, g, c in energies:
        at = stamp(m, zone, "%Y-%m-%d %H:%M:%S")
        rows += [[at, "mains", "Total Usage", "", c * 1000, c], [at, "solar", "Solar Production", "", g * 1000, g]]
        rows.append([at, "63ac628e", "Dryer", "Dryer", "66.569", "0.067"])
    return export_of("sense", "usage.csv", table(rows), energies, 60, zone=zone)


@maker
def senec() -> Export:
    """SENEC: German compounds, mean or sampled powers of house, plant, grid and battery."""
    zone = "Europe/Berlin"
    energies = [(m, g * 12, c * 12) for m, g, c in series(zone, "2025-07-07", 1, 5)]
    names = ["Uhrzeit", "Netzbezug [kW]", "Netzeinspeisung [kW]", "Stromverbrauch [kW]", "Akkubeladung [kW]"]
    rows: list[list[object]] = [[*names, "Stromerzeugung [kW]", "Akku Spannung [V]"]]
    for (m, g, c), (taken, given) in zip(energies, grid(energies), strict=True):
        values = [comma(each * 12) for each in (taken, given, c, _NO, g)]
        rows.append([stamp(m, zone, "%d.%m.%Y %H:%M:%S"), *values, "52,1"])
    answers = {"zone": zone, "quantity": "mean_power"}
    return export_of("senec", "2025-28.csv", table(rows, ";"), energies, 5, **answers)


@maker
def greenbyte() -> Export:
    """Greenbyte, a wind farm: a preamble of comments, what was lost and what might have been beside what was."""
    energies = series("Etc/UTC", "2019-01-01", 1, 10)
    names = ["# Date and time", "Wind speed (m/s)", "Energy Export (kWh)", "Power (kW)", "Power, Minimum (kW)"]
    text = "# This file was exported by Greenbyte.\n# Turbine: Kelmarsh 1\n# Time zone: UTC\n#\n"
    rows: list[list[object]] = [[*names, "Energy Theoretical (kWh)", "Lost Production Total (kWh)"]]
    rows += [[f"{m:%Y-%m-%d %H:%M:%S}", "5.1", g, g * 6, g * 5, g + 1, "1.0"] for m, g, _ in energies]
    return export_of("greenbyte", "Turbine_Data.csv", text + table(rows), energies, 10, "generated")


@maker
def two_inverters() -> Export:
    """A plant's inverters in rows of one time, each with its counters of the day and of life."""
    zone = "Asia/Kolkata"
    energies = [(m, g * 2, c) for m, g, c in series(zone, "2020-05-15", 2, 15)]
    rows: list[list[object]] = [["DATE_TIME", "PLANT_ID", "SOURCE_KEY", "AC_POWER", "DAILY_YIELD", "TOTAL_YIELD"]]
    total, day = Decimal(7000000), _NO
    for m, g in [(energies[0][0], _NO), *((m + timedelta(minutes=15), g) for m, g, _ in energies)]:
        at = stamp(m, zone, "%d-%m-%Y %H:%M")
        day, total = (_NO if at.endswith("00:00") else day + g / 2), total + g / 2
        rows += [
            [at, 4135001, "1BY6WEcLGh8j5v7", g * 2, day, total],
            [at, 4135001, "1IF53ai7Xc0U56Y", g * 2, day, total + 5],
        ]
    answers = {"zone": zone, "unit": "kWh", "rows": "parts of one site"}
    return export_of("two-inverters", "Plant_1.csv", table(rows), energies, 15, "generated", **answers)


@maker
def discovergy() -> Export:
    """Discovergy's interface: counters of 10⁻¹⁰ kWh, in and out, which no unit's name tells."""
    energies = series("Europe/Berlin", "2025-06-01", 1, 15)
    taken, given = Decimal("1234.5"), Decimal("99.25")
    rows = []
    for m, g, c in [(energies[0][0] - timedelta(minutes=15), _NO, _NO), *energies]:
        taken, given = taken + c, given + g
        values = {"power": int((c - g) * 4_000_000), "energy": int(taken * 10**10), "energyOut": int(given * 10**10)}
        rows.append({"time": int((m + timedelta(minutes=15)).timestamp()) * 1000, "values": values})
    return export_of("discovergy", "readings.json", json.dumps(rows), energies, 15, unit="1e-10 kWh")


@maker
def datadis_interface() -> Export:
    """Datadis's interface: the hour's end apart from the date, and a generation that is zero beside the surplus."""
    zone = "Europe/Madrid"
    energies = series(zone, "2025-06-10", 2, 60)
    rows = [
        {
            "cups": "ES0031408000000000XX0F", "date": stamp(m, zone, "%Y/%m/%d"), "time": f"{at % 24 + 1:02d}:00",
            "consumptionKWh": float(c), "obtainMethod": "Real",
            "surplusEnergyKWh": float(g), "generationEnergyKWh": 0.0,
        }
        for at, (m, g, c) in enumerate(energies)
    ]  # fmt: skip
    return export_of("datadis-interface", "consumption.json", json.dumps(rows), energies, 60, zone=zone)


@maker
def elexon() -> Export:
    """Elexon B1610: a unit's name with letters that look like a unit of energy, and none said."""
    energies = [(m, g * 1000, c) for m, g, c in series("Europe/London", "2025-06-01", 1, 30)]
    rows = [
        {
            "psrType": "Generation", "bmUnit": "T_WHILW-1", "settlementPeriod": at,
            "halfHourEndTime": f"{m + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}", "quantity": float(g / 1000),
        }
        for at, (m, g, _) in enumerate(energies, 1)
    ]  # fmt: skip
    return export_of("elexon", "B1610.json", json.dumps({"data": rows}), energies, 30, "generated", unit="MWh")


@maker
def helen() -> Export:
    """Helen (FI), its interface: year, month, day and hour apart."""
    zone = "Europe/Helsinki"
    energies = series(zone, "2025-06-01", 2, 60)
    parts = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H"}
    rows = [
        {
            "milestones": [],
            **{part: int(stamp(m, zone, form)) for part, form in parts.items()},
            "value": float(c),
        }
        for m, _, c in energies
    ]  # fmt: skip
    answers = {"zone": zone, "unit": "kWh", "side": "consumed"}
    return export_of("helen", "helen.json", json.dumps(rows), energies, 60, "consumed", **answers)


@maker
def nanoseconds() -> Export:
    """InfluxDB's plain export: nanoseconds since 1970, and nothing else said."""
    energies = [(m, g * 12, c) for m, g, c in series("Etc/UTC", "2018-01-01", 1, 5)]
    rows = [["W", int(m.timestamp()) * 10**9, int(g * 12000)] for m, g, _ in energies]
    text = table([["name", "time", "value"], *rows])
    answers = {"quantity": "mean_power", "side": "generated"}
    return export_of("nanoseconds", "solar.csv", text, energies, 5, "generated", **answers)


@maker
def sampled_counter() -> Export:
    """A counter whose stamps have milliseconds, as Home Assistant's history has them."""
    energies = series("Etc/UTC", "2025-04-01", 2, 60)
    total = Decimal("10234.5")
    rows: list[list[object]] = [["entity_id", "state", "last_changed"]]
    rows.append(["sensor.solar_energy", total, f"{energies[0][0]:%Y-%m-%dT%H:%M:%S}.217Z"])
    for m, g, _ in energies:
        total += g
        rows.append(["sensor.solar_energy", total, f"{m + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.482Z"])
    answers = {"unit": "kWh", "quantity": "register"}
    return export_of("sampled-counter", "history.csv", table(rows), energies, 60, "generated", **answers)


@maker
def alice_springs() -> Export:
    """A research site's meter: one counter whose name says delivered and received, beside volts and weather."""
    zone = "Australia/Darwin"
    energies = series(zone, "2015-01-01", 1, 5)
    total = Decimal("123456.1")
    rows: list[list[object]] = [["timestamp", "Active_Energy_Delivered_Received", "Active_Power", "Wind_Speed"]]
    rows.append([stamp(energies[0][0], zone, "%Y-%m-%d %H:%M:%S"), total, 0, 2])
    for m, g, _ in energies:
        total += g
        rows.append([stamp(m, zone, "%Y-%m-%d %H:%M:%S", 5), total, g * 12, 2])
    answers = {"zone": zone, "unit": "kWh", "side": "generated", "column": "Active_Energy_Delivered_Received"}
    return export_of("alice-springs", "DKASC.csv", table(rows), energies, 5, "generated", **answers)


@maker
def flows() -> Export:
    """Victron VRM's energies: a flow from each to each, whose sums are plant and house."""
    zone = "Europe/Amsterdam"
    energies = series(zone, "2025-06-01", 1, 15)
    rows: list[list[object]] = [["timestamp", "Grid to consumers", "PV to consumers", "PV to grid", "Battery to grid"]]
    rows.append(["Europe/Amsterdam (+02:00)", *["kWh"] * 4])
    for (m, g, c), (taken, given) in zip(energies, grid(energies), strict=True):
        rows.append([stamp(m, zone, "%Y-%m-%d %H:%M:%S"), taken, min(g, c), given, 0])
    return export_of("flows", "kwh.csv", table(rows), energies, 15)


@maker
def two_clocks() -> Export:
    """Energinet (DK): the same hour by two clocks, which are no start and end."""
    energies = series("Etc/UTC", "2025-06-01", 1, 60)
    rows: list[list[object]] = [["HourUTC", "HourDK", "PriceArea", "SolarPowerkWh", "GrossConsumptionkWh"]]
    for m, g, c in energies:
        local = stamp(m, "Europe/Copenhagen", "%Y-%m-%d %H:%M")
        rows.append([f"{m:%Y-%m-%d %H:%M}", local, "DK1", comma(g), comma(c)])
    return export_of("two-clocks", "prod.csv", table(rows, ";"), energies, 60)


@maker
def amber() -> Export:
    """Amber (AU): starts a second behind their half hour's, prices per kWh, a row a channel."""
    energies = series("Etc/GMT-10", "2025-06-01", 1, 30)
    rows = [
        {
            "startTime": f"{m + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}", "channelIdentifier": channel,
            "endTime": f"{m + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}", "kwh": float(value), "perKwh": 24.3,
        }
        for m, g, c in energies
        for channel, value in (("E1", c), ("B1", g))
    ]  # fmt: skip
    return export_of("amber", "usage.json", json.dumps(rows), energies, 30)


@maker
def signs() -> Export:
    """Carlo Gavazzi's meters: counters told apart by a sign behind the unit."""
    zone = "Europe/Madrid"
    energies = series(zone, "2025-06-01", 1, 15)
    taken, given = Decimal("5000.1"), Decimal("700.2")
    rows: list[list[object]] = [["Timestamp", "kWh+ (TOT)", "kWh- (TOT)", "kW (TOT)", "V L1-N"]]
    for m, g, c in [(energies[0][0] - timedelta(minutes=15), _NO, _NO), *energies]:
        taken, given = taken + c, given + g
        rows.append([stamp(m, zone, "%Y-%m-%d %H:%M:%S", 15), taken, given, "0.1", 230])
    return export_of("signs", "em340.csv", table(rows), energies, 15, zone=zone)


@maker
def span() -> Export:
    """SPAN's panel: a row of each circuit a time, of which one is the whole."""
    energies = series("Etc/UTC", "2025-06-01", 1, 15)
    rows: list[list[object]] = [["Timestamp", "Circuit Name", "Consumed (Wh)", "Produced (Wh)"]]
    for m, g, c in energies:
        at = f"{m:%Y-%m-%dT%H:%M:%SZ}"
        rows += [[at, "Main Panel", c * 1000, g * 1000], [at, "Kitchen", 12, 0], [at, "Car", 40, 0]]
    return export_of("span", "span.csv", table(rows), energies, 15, rows="Main Panel")


@maker
def trend() -> Export:
    """A building's trend log, whose title calls the file an export: that is nobody's export of energy."""
    zone = "Europe/London"
    energies = series(zone, "2025-06-01", 1, 30)
    rows: list[list[object]] = [["Trend export"], ["Point:", "AHU-1.Meter.kWh"], [], ["Date", "Time", "Value"]]
    rows += [[stamp(m, zone, "%d-%b-%Y"), stamp(m, zone, "%H:%M:%S"), c] for m, _, c in energies]
    return export_of("trend", "trend.csv", table(rows), energies, 30, "consumed", zone=zone, side="consumed")


@maker
def modules() -> Export:
    """Tigo: a column of power a module, whose names share nothing; a person says that they add up."""
    zone = "America/Los_Angeles"
    energies = series(zone, "2025-06-01", 1, 15)
    rows: list[list[object]] = [["Datetime", "A1 (W)", "B2 (W)"]]
    rows += [[stamp(m, zone, "%Y/%m/%d %H:%M:%S"), g * 1000, g * 3000] for m, g, _ in energies]
    answers = {"zone": zone, "quantity": "mean_power", "side": "generated", "column": "A1 (W) + B2 (W)"}
    return export_of("modules", "tigo.csv", table(rows), energies, 15, "generated", **answers)
