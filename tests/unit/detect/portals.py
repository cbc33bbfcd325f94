"""Exports of inverters' portals: one file of each, with its truth; layouts as users of these portals post them."""

from datetime import timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from unit.detect.exports import Energy, Export, comma, export_of, local, maker, series, table, workbook

_STEP: Final = 5
_NO: Final = Decimal(0)


def summed(energies: list[Energy], start: str) -> list[tuple[Decimal, Decimal]]:
    """Return a counter of each side as it stands at the end of each interval, kWh, from a value on."""
    generated = consumed = Decimal(start)
    found = []
    for _, g, c in energies:
        generated, consumed = generated + g, consumed + c
        found.append((generated, consumed))
    return found


def counter(energies: list[Energy], zone: str, form: str, start: str) -> list[tuple[str, Decimal, Decimal]]:
    """Return a counter's stamps and readings: one before the first interval, and one at the end of each."""
    moments = [each[0] for each in energies] + [energies[-1][0] + (energies[1][0] - energies[0][0])]
    values = [(Decimal(start), Decimal(start)), *summed(energies, start)]
    return [(m.astimezone(ZoneInfo(zone)).strftime(form), *v) for m, v in zip(moments, values, strict=True)]


def watts(energy: Decimal, minutes: int) -> Decimal:
    """Return an interval's mean power, W."""
    return (energy * 60_000 / minutes).normalize()


def sampled(energies: list[Energy]) -> list[Energy]:
    """Return what samples of power are the energies of: each is held until the next, the last one isn't known."""
    return energies[:-1]


@maker
def solar_web() -> Export:
    """Fronius Solar.web, English: five energies of a hybrid system, a line of units under their names."""
    energies = series("Europe/Zurich", "2025-03-29", 2, 15)
    rows = [
        [t, int(g * 1000), 0, int(max(c - g, _NO) * 1000), int(max(g - c, _NO) * 1000), int(c * 1000)]
        for t, g, c in local(energies, "Europe/Zurich", "%d.%m.%Y %H:%M")
    ]
    names = [
        "Date and time",
        "PV production",
        "Energy from battery",
        "Energy from grid",
        "Energy to grid",
        "Consumption",
    ]
    units = ["[dd.MM.yyyy HH:mm]", *["[Wh]"] * 5]
    return export_of(
        "solar-web", "Energy_balance.csv", table([names, units, *rows]), energies, 15, zone="Europe/Zurich"
    )


@maker
def fusion_solar() -> Export:
    """Huawei FusionSolar: a plant report, a workbook with a title, a plant's name in each row, hours."""
    energies = series("Europe/Madrid", "2025-06-01", 2, 60)
    rows: list[list[object]] = [
        [t, "Roof 1", float(g), float(max(g - c, _NO)), float(max(c - g, _NO)), float(c), 0.0]
        for t, g, c in local(energies, "Europe/Madrid", "%Y-%m-%d %H:%M:%S")
    ]
    names: list[object] = [
        "Statistical Period", "Plant Name", "PV Yield (kWh)", "Export (kWh)", "Import (kWh)", "Consumption (kWh)",
        "Revenue (€)",
    ]  # fmt: skip
    book = workbook([["Plant Report"], [], names, *rows])
    return export_of("fusion-solar", "Plant Report.xlsx", book, energies, 60, zone="Europe/Madrid")


@maker
def fusion_solar_inverter() -> Export:
    """Huawei FusionSolar, inverter report: a day's counter and one for life beside the power, five minutes."""
    energies = series("Europe/Madrid", "2025-06-02", 1, _STEP)
    day = Decimal(0)
    rows = []
    for (t, total, _), (_, g, _) in zip(
        counter(energies, "Europe/Madrid", "%Y-%m-%d %H:%M:%S", "18000"), [energies[0], *energies], strict=True
    ):
        day = Decimal(0) if t.endswith("00:00:00") else day + g
        rows.append(["Roof 1", "Inverter-1", t, "Grid connected", day, total, watts(g, _STEP) / 1000, "0.000", 50])
    names = [
        "Site Name", "ManageObject", "Start Time", "Inverter status", "Yield today (kWh)", "Total yield (kWh)",
        "Active power (kW)", "Reactive power (kvar)", "Grid frequency (Hz)",
    ]  # fmt: skip
    return export_of(
        "fusion-solar-inverter", "INV.csv", table([names, *rows]), energies, _STEP, "generated", zone="Europe/Madrid"
    )


@maker
def isolarcloud() -> Export:
    """Sungrow iSolarCloud: powers of a curve at five minutes, which may be samples or means."""
    energies = series("Australia/Sydney", "2025-01-10", 1, _STEP)
    rows = [
        [t, watts(g, _STEP), watts(c, _STEP), watts(c - g, _STEP)]
        for t, g, c in local(energies, "Australia/Sydney", "%Y-%m-%d %H:%M:%S")
    ]
    text = table([["Time", "PV(W)", "Load(W)", "Grid(W)"], *rows])
    return export_of(
        "isolarcloud", "curve.csv", text, sampled(energies), _STEP, zone="Australia/Sydney", quantity="instant_power"
    )


@maker
def sems() -> Export:
    """GoodWe SEMS: a workbook with the plant above, powers with the state of charge among them, day before month."""
    energies = series("Europe/Rome", "2025-06-13", 1, _STEP)
    rows: list[list[object]] = [
        [t, float(watts(g, _STEP)), 55.0, float(watts(c, _STEP)), 0.0]
        for t, g, c in local(energies, "Europe/Rome", "%d.%m.%Y %H:%M:%S")
    ]
    names: list[object] = ["Time", "PV(W)", "SOC(%)", "Load(W)", "Battery(W)"]
    book = workbook([["Plant Name:", "Roof 1"], ["Plant Power"], names, *rows])
    return export_of(
        "sems", "Plant Power.xlsx", book, sampled(energies), _STEP, zone="Europe/Rome", quantity="instant_power"
    )


@maker
def growatt() -> Export:
    """Growatt ShineServer: volts, amperes and watts, a day's counter and one for life."""
    energies = series("Europe/Amsterdam", "2025-06-03", 1, _STEP)
    rows, day = [], Decimal(0)
    for (t, total, _), (_, g, _) in zip(
        counter(energies, "Europe/Amsterdam", "%Y-%m-%d %H:%M:%S", "5120.4"), [energies[0], *energies], strict=True
    ):
        day = Decimal(0) if t.endswith("00:00:00") else day + g
        rows.append(["ABC123", t, "Normal", 310, 4, watts(g, _STEP), watts(g, _STEP), day, total])
    names = ["Serial number", "Time", "Status", "Vpv1(V)", "Ipv1(A)", "Ppv(W)", "Pac(W)", "Eac_today(kWh)",
             "Eac_total(kWh)"]  # fmt: skip
    return export_of(
        "growatt", "growatt.csv", table([names, *rows]), energies, _STEP, "generated", zone="Europe/Amsterdam"
    )


@maker
def solis() -> Export:
    """SolisCloud: counters of life for yield and load, a total of hours, newest row first."""
    energies = series("Europe/London", "2025-06-05", 1, 15)
    rows = [
        [t, "0F1", c * 2, g, c + 4, "12,044", 48]
        for t, g, c in counter(energies, "Europe/London", "%d/%m/%Y %H:%M:%S", "7000.5")
    ]
    names = ["Time", "Inverter SN", "Battery Total Discharge Energy(kWh)", "Total Yield(kWh)",
             "Total Load Consumption(kWh)", "Total Running Hours(h)", "Temperature(℃)"]  # fmt: skip
    return export_of(
        "solis",
        "solis.csv",
        table([names, *reversed(rows)]),
        energies,
        15,
        zone="Europe/London",
    )


@maker
def vrm() -> Export:
    """Victron VRM: three lines of names, of which the second holds the zone and the third the units."""
    energies = series("Europe/Brussels", "2025-10-25", 2, 15)
    rows = [
        [t, watts(g, 15), watts(c, 15), "52.1"] for t, g, c in local(energies, "Europe/Brussels", "%Y-%m-%d %H:%M:%S")
    ]
    heads = [
        ["timestamp", "PV Inverter [20]", "System overview [0]", "Battery Monitor [512]"],
        ["Europe/Brussels (+02:00)", "PV power", "AC Consumption L1", "Voltage"],
        ["", "W", "W", "V"],
    ]
    return export_of("vrm", "log.csv", table([*heads, *rows]), energies, 15, quantity="mean_power")


@maker
def emporia() -> Export:
    """Emporia Vue: the zone in the time's name, two mains, and circuits that are parts of them."""
    energies = series("America/Denver", "2025-06-14", 2, 15)
    rows = [[t, c / 4, c - c / 4, c / 10] for t, _, c in local(energies, "America/Denver", "%m/%d/%Y %H:%M:%S")]
    names = ["Time Bucket (America/Denver)", "Home-Mains_A (kWhs)", "Home-Mains_B (kWhs)", "Home-Kitchen (kWhs)"]
    return export_of(
        "emporia", "A1B2-Home-15MIN.csv", table([names, *rows]), energies, 15, "consumed",
        consumed="Home-Mains_A (kWhs) + Home-Mains_B (kWhs)",
    )  # fmt: skip


@maker
def e3dc() -> Export:
    """E3/DC: quarters' mean powers in W beside the battery's, in German."""
    energies = series("Europe/Berlin", "2025-06-10", 2, 15)
    rows = [
        [
            t,
            45,
            watts(g, 15),
            0,
            200,
            watts(max(g - c, Decimal(0)), 15),
            watts(max(c - g, Decimal(0)), 15),
            watts(c, 15),
        ]
        for t, g, c in local(energies, "Europe/Berlin", "%d.%m.%Y %H:%M:%S")
    ]
    names = ["Zeitstempel", "Ladezustand [%]", "Solarproduktion [W]", "Batterie Laden [W]", "Batterie Entladen [W]",
             "Netzeinspeisung [W]", "Netzbezug [W]", "Hausverbrauch [W]"]  # fmt: skip
    return export_of(
        "e3dc", "E3DC.csv", table([names, *rows], ";"), energies, 15, zone="Europe/Berlin", quantity="mean_power"
    )


@maker
def solar_log() -> Export:
    """Solar-Log: a `#` before the names, date and time apart, a year of two digits, a day's counter in Wh beside W."""
    energies = series("Europe/Berlin", "2025-06-18", 2, _STEP)
    rows, day, before = [], Decimal(0), ""
    for t, g, _ in local(energies, "Europe/Berlin", "%d.%m.%y;%H:%M:%S"):
        date = t.partition(";")[0]
        day = day + g if date == before else g
        before = date
        rows.append([*t.split(";"), 1, watts(g, _STEP), int(day * 1000), 4, 0, 320])
    names = ["#Date", "Time", "INV", "Pac", "DaySum", "Status", "Error", "Udc1"]
    return export_of(
        "solar-log", "min250618.csv", table([names, *rows], ";"), sampled(energies), _STEP, "generated",
        zone="Europe/Berlin", unit="W", quantity="instant_power",
    )  # fmt: skip


@maker
def pvoutput() -> Export:
    """PVOutput: units inside the cells, a twelve-hour clock without a space, a day's total beside the average power."""
    energies = series("Australia/Brisbane", "2025-01-20", 1, _STEP)
    rows, day = [], Decimal(0)
    for t, g, _ in local(energies, "Australia/Brisbane", "%d/%m/%y,%I:%M%p"):
        day += g
        rows.append([*t.split(","), f"{day}kWh", f"{watts(g, _STEP)}W", "22.1C", "241.0V"])
    names = ["Date", "Time", "Energy", "Average Power Generated", "Temperature", "Voltage"]
    return export_of(
        "pvoutput", "pvoutput.csv", table([names, *rows]), energies, _STEP, "generated",
        zone="Australia/Brisbane",
    )  # fmt: skip


@maker
def sunny_portal() -> Export:
    """SMA Sunny Portal: a semicolon, month's name in German, decimal commas, an empty line, a total at the end."""
    energies = series("Europe/Berlin", "2025-05-04", 2, 60)
    rows = [[t, comma(g)] for t, g, _ in local(energies, "Europe/Berlin", "%d. Mai %Y %H:%M")]
    total = sum((each[1] for each in energies), Decimal(0))
    end = f"\n\nSumme;{comma(total)}\n"
    return export_of(
        "sunny-portal", "Energie.csv", table([["Zeit", "Erzeugung [kWh]"], *rows], ";") + end, energies, 60,
        "generated", zone="Europe/Berlin",
    )  # fmt: skip


@maker
def solax() -> Export:
    """SolaX Cloud: only counters of the day, of yield and of load, in a workbook."""
    energies = series("Europe/Amsterdam", "2025-06-20", 2, 15)
    zone = ZoneInfo("Europe/Amsterdam")
    rows: list[list[object]] = []
    days: dict[str, tuple[Decimal, Decimal]] = {}
    for number, (moment, g, c) in enumerate(energies, 1):
        end = (moment + timedelta(minutes=14, seconds=59)).astimezone(zone)
        total = days.get(f"{end:%d}", (Decimal(0), Decimal(0)))
        days[f"{end:%d}"] = total = (total[0] + g, total[1] + c)
        rows.append([float(number), f"{end:%Y-%m-%d %H:%M:%S}", float(total[0]), float(total[1])])
    names: list[object] = ["No", "Update time", "Daily PV Yield(kWh)", "Daily consumed(kWh)"]
    # The first register gives no energy; the first of the next day shows what it counted since midnight.
    second = timedelta(seconds=1)
    first = [(m - second, g, c) for m, g, c in energies[1:]]
    return export_of("solax", "History.xlsx", workbook([names, *rows]), first, 15, zone="Europe/Amsterdam")
