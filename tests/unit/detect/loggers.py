"""Exports of loggers, home automation and market operators: one file of each, with its truth."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from unit.detect.exports import Export, comma, export_of, local, maker, series, table
from unit.detect.portals import counter, sampled, watts


@maker
def campbell() -> Export:
    """Campbell Scientific TOA5: four lines of heads, quoted; a row's stamp is the end of its interval."""
    energies = series("Etc/GMT+7", "2025-06-01", 2, 15)
    rows = [
        [f'"{t}"', n, watts(g, 15), "13.1", '"NAN"']
        for n, (t, g, _) in enumerate(local(energies, "Etc/GMT+7", "%Y-%m-%d %H:%M:%S", 15))
    ]
    heads: list[list[object]] = [
        ['"TOA5"', '"CR1000X"', '"CR1000X"', '"1234"', '"CR1000X.Std.03"', '"CPU:solar.CR1X"', '"55001"', '"Table15"'],
        ['"TIMESTAMP"', '"RECORD"', '"Pac_Avg"', '"BattV_Min"', '"Rain_Tot"'],
        ['"TS"', '"RN"', '"W"', '"Volts"', '"mm"'],
        ['""', '""', '"Avg"', '"Min"', '"Tot"'],
    ]
    text = "\r\n".join(",".join(str(cell) for cell in row) for row in (*heads, *rows))
    return export_of("campbell", "CR1000X_Table15.dat", text, energies, 15, "generated", zone="Etc/GMT+7")


@maker
def emoncms() -> Export:
    """Emoncms: epoch seconds and a value, without names."""
    energies = series("Etc/UTC", "2025-06-01", 1, 15)
    rows = [[int(moment.timestamp()), watts(c, 15)] for moment, _, c in energies]
    return export_of(
        "emoncms", "feed_12.csv", table(rows), sampled(energies), 15, "consumed",
        unit="W", quantity="instant_power", side="consumed",
    )  # fmt: skip


@maker
def influx() -> Export:
    """InfluxDB's annotated CSV: comment lines, a query's start and stop beside the time, nanoseconds that are zero."""
    energies = series("Etc/UTC", "2025-06-01", 1, 15)
    rows = [
        [
            "",
            "",
            0,
            "2025-06-01T00:00:00Z",
            "2025-06-02T00:00:00Z",
            f"{t}.000000000Z",
            watts(g, 15),
            "power",
            "inverter",
        ]
        for t, g, _ in local(energies, "Etc/UTC", "%Y-%m-%dT%H:%M:%S")
    ]
    heads = [
        ["#group", "false", "false", "true", "true", "false", "false", "true", "true"],
        [
            "#datatype",
            "string",
            "long",
            "dateTime:RFC3339",
            "dateTime:RFC3339",
            "dateTime:RFC3339",
            "double",
            "string",
            "string",
        ],
        ["#default", "mean", "", "", "", "", "", "", ""],
        ["", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"],
    ]
    return export_of(
        "influx", "query.csv", table([*heads, *rows]), sampled(energies), 15, "generated",
        unit="W", quantity="instant_power", side="generated",
    )  # fmt: skip


@maker
def grafana() -> Export:
    """Grafana: a unit behind each value, which changes with it."""
    energies = series("Europe/Berlin", "2025-06-02", 1, 15)
    rows = []
    for t, g, _ in local(energies, "Europe/Berlin", "%Y-%m-%d %H:%M:%S"):
        w = watts(g, 15)
        rows.append([t, f"{w / 1000:f} kW" if w >= 1000 else f"{w:f} W"])
    return export_of(
        "grafana", "Solar-data.csv", table([["Time", "Solar"], *rows]), sampled(energies), 15, "generated",
        zone="Europe/Berlin", quantity="instant_power",
    )  # fmt: skip


@maker
def open_ems() -> Export:
    """OpenEMS: semicolons, quarters in W of grid, production and consumption, German."""
    energies = series("Europe/Berlin", "2025-10-26", 1, 15)
    rows = [
        [t, watts(max(c - g, Decimal(0)), 15), watts(max(g - c, Decimal(0)), 15), watts(g, 15), watts(c, 15), 80]
        for t, g, c in local(energies, "Europe/Berlin", "%d.%m.%Y %H:%M")
    ]
    names = [
        "Datum/Uhrzeit",
        "Netzbezug [W]",
        "Netzeinspeisung [W]",
        "Erzeugung [W]",
        "Verbrauch [W]",
        "Ladezustand [%]",
    ]
    return export_of(
        "open-ems",
        "Historie.csv",
        table([names, *rows], ";"),
        energies,
        15,
        zone="Europe/Berlin",
        quantity="mean_power",
    )


@maker
def home_assistant_statistics() -> Export:
    """A meter's two counters in Home Assistant's long rows: an entity each, of import and of export."""
    energies = series("Etc/UTC", "2025-06-01", 4, 60)
    rows = []
    for name, at in (("sensor.grid_import_total", 2), ("sensor.grid_export_total", 1)):
        rows += [[name, each[at], each[0]] for each in counter(energies, "Etc/UTC", "%Y-%m-%dT%H:%M:%S.000Z", "9000")]
    return export_of(
        "home-assistant-two",
        "history.csv",
        table([["entity_id", "state", "last_changed"], *rows]),
        energies,
        60,
        unit="kWh",
    )


@maker
def kamstrup() -> Export:
    """A Kamstrup meter: counters of active energy A14 and A23, an info code that is no energy, day before month."""
    energies = series("Europe/Copenhagen", "2025-06-14", 3, 60)
    rows = [
        ["12345678", t, c, g, 0] for t, g, c in counter(energies, "Europe/Copenhagen", "%d-%m-%Y %H:%M:%S", "15000.2")
    ]
    names = ["Meter number", "Reading date", "Active energy A+ (kWh)", "Active energy A- (kWh)", "Info code"]
    return export_of("kamstrup", "log.csv", table([names, *rows], ";"), energies, 60, zone="Europe/Copenhagen")


@maker
def modbus() -> Export:
    """A Modbus logger: samples of active power each 30 seconds with jitter, volts beside them."""
    energies = series("Etc/UTC", "2025-06-01", 1, 30)
    moments, rows, truth = [], [], []
    for number, (moment, g, _) in enumerate(energies):
        moments.append(moment + timedelta(seconds=number * 7 % 5))
        rows.append([f"{moments[-1]:%Y-%m-%dT%H:%M:%SZ}", watts(g, 30), "231.2", "49.98"])
    for (start, end), (_, g, _) in zip(pairwise(moments), energies, strict=False):
        power = watts(g, 30) / 1000
        truth.append((end - timedelta(minutes=30), power * int((end - start).total_seconds()) / 3600, Decimal(0)))
    truth = [(m, round(g, 12), c) for m, g, c in truth]
    names = ["time", "active_power_w", "voltage_v", "frequency_hz"]
    return export_of("modbus", "inverter.csv", table([names, *rows]), truth, 30, "generated", side="generated")


@maker
def iso_ne() -> Export:
    """ISO New England: a letter before each row, hours that end them numbered, MWh."""
    energies = series("America/New_York", "2025-06-10", 2, 60)
    rows = []
    for moment, g, _ in energies:
        at = moment.astimezone(ZoneInfo("America/New_York"))
        rows.append(["D", f"{at:%m/%d/%Y}", f"{at.hour + 1:02d}", g])
    heads = [["C", "Hourly generation"], ["C", "06/10/2025 - 06/11/2025"], ["H", "Date", "Hour Ending", "Generation"],
             ["H", "Date", "HE", "MWh"]]  # fmt: skip
    energies = [(m, g * 1000, c) for m, g, c in energies]
    return export_of(
        "iso-ne", "generation.csv", table([*heads, *rows]), energies, 60, "generated", zone="America/New_York"
    )


@maker
def oasis() -> Export:
    """CAISO OASIS: start and end in GMT beside the market's day and hour, mean MW of a renewable."""
    energies = series("Etc/UTC", "2025-06-10", 2, 60)
    rows = []
    for moment, g, _ in energies:
        ends = [f"{moment + timedelta(hours=h):%Y-%m-%dT%H:%M:%S}-00:00" for h in (0, 1)]
        at = moment.astimezone(ZoneInfo("America/Los_Angeles"))
        rows.append([*ends, f"{at:%Y-%m-%d}", at.hour + 1, "Solar", g])
    names = ["INTERVALSTARTTIME_GMT", "INTERVALENDTIME_GMT", "OPR_DT", "OPR_HR", "RENEWABLE_TYPE", "GENERATION_MW"]
    energies = [(m, g * 1000, c) for m, g, c in energies]
    return export_of("oasis", "SLD_REN.csv", table([names, *rows]), energies, 60, "generated")


@maker
def entso_e() -> Export:
    """ENTSO-E: an interval's start and end in one cell, mean MW, the hours of both clocks named behind them."""
    energies = series("Europe/Berlin", "2025-06-10", 2, 15)
    rows = []
    for moment, g, _ in energies:
        ends = [
            f"{(moment + timedelta(minutes=m)).astimezone(ZoneInfo('Europe/Berlin')):%d.%m.%Y %H:%M}" for m in (0, 15)
        ]
        rows.append(["BZN|DE-LU", " - ".join(ends), watts(g, 15) / 1000])
    names = ["Area", "MTU (CET/CEST)", "Solar - Actual Aggregated [MW]"]
    energies = [(m, g * 1000, c) for m, g, c in energies]
    return export_of(
        "entso-e",
        "Actual Generation.csv",
        table([names, *rows]),
        energies,
        15,
        "generated",
    )


@maker
def ercot() -> Export:
    """ERCOT: the hour that ends an interval as text, a flag of the hour that comes twice, mean MW."""
    energies = series("America/Chicago", "2025-06-10", 2, 60)
    rows = []
    for moment, g, _ in energies:
        at = moment.astimezone(ZoneInfo("America/Chicago"))
        rows.append([f"{at:%m/%d/%Y}", f"{at.hour + 1:02d}:00", g, "N"])
    names = ["DeliveryDate", "HourEnding", "SolarGeneration_MW", "DSTFlag"]
    energies = [(m, g * 1000, c) for m, g, c in energies]
    return export_of("ercot", "solar.csv", table([names, *rows]), energies, 60, "generated", zone="America/Chicago")


@maker
def plant_scada() -> Export:
    """A plant's historian: a month as a word, Spanish, the unit under the name, an average in kW, repeated heads."""
    energies = series("America/Santiago", "2025-01-10", 2, 15)
    rows = [[t, comma(watts(g, 15) / 1000)] for t, g, _ in local(energies, "America/Santiago", "%d-ene-%Y %H:%M")]
    heads = [["Fecha y hora", "Potencia activa generada promedio"], ["", "kW"]]
    half = len(rows) // 2
    text = table([["Planta Norte"], *heads, *rows[:half], *heads, *rows[half:]], ";")
    return export_of("plant-scada", "Planta.csv", text, energies, 15, "generated", zone="America/Santiago")
