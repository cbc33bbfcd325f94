"""Exports of network operators and utilities whose tables are of a shape of their own, one file of each with its truth.

The layouts are those that public importers and their samples show; no data of anybody is in them.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from unit.detect.exports import Energy, Export, comma, export_of, maker, series, stamp, table, workbook

_NO: Final = Decimal(0)


def by_day(energies: list[Energy], zone: str, form: str) -> dict[str, list[Energy]]:
    """Return the energies of each local day."""
    days: dict[str, list[Energy]] = {}
    for each in energies:
        days.setdefault(stamp(each[0], zone, form), []).append(each)
    return days


@maker
def eww_wels() -> Export:
    """A network in Austria (eww): quarters, and among them a row that sums each day."""
    zone, form = "Europe/Vienna", "%Y-%m-%d %H:%M:%S"
    energies = series(zone, "2025-06-01", 2, 15)
    rows: list[list[object]] = []
    for own in by_day(energies, zone, "%d").values():
        rows += [[stamp(m, zone, form), stamp(m, zone, form, 15), comma(c), "kWh", "VALID"] for m, _, c in own]
        total = sum((c for _, _, c in own), _NO)
        rows.append([stamp(own[0][0], zone, form), stamp(own[-1][0], zone, form, 15), comma(total), "kWh", "VALID"])
    text = table([["BeginDate", "EndDate", "Netztarif Haushalt", "Unit", "Status"], *rows], ";")
    return export_of("eww", "eww.csv", text, energies, 15, "consumed", zone=zone, side="consumed")


@maker
def klagenfurt() -> Export:
    """A network in Austria (Klagenfurt): rows by OBIS code, and the plant's number in a column of its own."""
    zone = "Europe/Vienna"
    energies = series(zone, "2025-06-01", 1, 15)
    rows: list[list[object]] = [["Typ", "Anlage", "OBIS-Code", "DatumUhrzeit", "Verbrauch", "Einheit"]]
    for code, side in (("1-1:1.29.0", 2), ("1-1:2.29.0", 1)):
        for each in energies:
            value = comma(Decimal(str(each[side])))
            rows.append(["Lastprofil", 4711, code, stamp(each[0], zone, "%d.%m.%Y %H:%M"), value, "kWh"])
    return export_of("klagenfurt", "stw.csv", table(rows, ";"), energies, 15, zone=zone)


@maker
def kufstein() -> Export:
    """A network in Austria (Kufstein): both ends in a cell, a hyphen without spaces between them."""
    zone, form = "Europe/Vienna", "%d.%m.%Y %H:%M"
    energies = series(zone, "2025-06-01", 1, 15)
    rows = [[f"{stamp(m, zone, form)}-{stamp(m, zone, form, 15)}", c] for m, _, c in energies]
    text = table([["Datum", "AT005140 - Bezug"], *rows])
    return export_of("kufstein", "kufstein.csv", text, energies, 15, "consumed", zone=zone, unit="kWh")


@maker
def netz_ooe() -> Export:
    """A network in Austria (Netz OÖ): the energy of a quarter, and beside it the same as power."""
    zone = "Europe/Vienna"
    energies = series(zone, "2025-01-10", 1, 15)
    rows = [[stamp(m, zone, "%d.%m.%Y %H:%M"), comma(c), comma(c * 4), "gemessen"] for m, _, c in energies]
    text = table([["Datum", "kWh", "kW", "Status"], *rows], ";")
    return export_of("netz-ooe", "Verbrauch.csv", text, energies, 15, "consumed", zone=zone, side="consumed")


@maker
def powercor() -> Export:
    """Distributors in Victoria: a row a day and direction, which a column names, 48 half hours."""
    zone = "Australia/Melbourne"
    energies = series(zone, "2025-02-13", 2, 30)
    halves = [f"{h // 2:02d}:{h % 2 * 30:02d} - {(h + 1) // 2 % 24:02d}:{(h + 1) % 2 * 30:02d}" for h in range(48)]
    rows: list[list[object]] = [["NMI", "METER SERIAL NUMBER", "CON/GEN", "DATE", "ESTIMATED?", *halves]]
    for day, own in by_day(energies, zone, "%d/%m/%Y").items():
        rows.append(["6203012345", "7204123", "Consumption", day, "No", *(c for _, _, c in own)])
        rows.append(["6203012345", "7204123", "Generation", day, "No", *(g for _, g, _ in own)])
    return export_of("powercor", "MeterData.csv", table(rows), energies, 30, zone=zone, unit="kWh")


@maker
def ausgrid() -> Export:
    """Ausgrid's solar homes: a row a day and register, whose letters only a person knows."""
    zone = "Australia/Sydney"
    energies = series(zone, "2012-07-14", 2, 30)
    halves = [f"{(h + 1) // 2 % 24}:{(h + 1) % 2 * 30:02d}" for h in range(48)]
    rows: list[list[object]] = [["Customer", "Generator Capacity", "Consumption Category", "date", *halves]]
    for day, own in by_day(energies, zone, "%d-%b-%y").items():
        rows.append([1, 3.78, "GC", day, *(c for _, _, c in own)])
        rows.append([1, 3.78, "GG", day, *(g for _, g, _ in own)])
    answers = {"zone": zone, "unit": "kWh", "rows.GC": "consumed", "rows.GG": "generated"}
    return export_of("ausgrid", "Solar home.csv", table(rows), energies, 30, **answers)


@maker
def contact() -> Export:
    """A retailer in New Zealand: a row a day with two columns for the half hours of a day of 25 hours."""
    zone = "Pacific/Auckland"
    energies = series(zone, "2025-04-03", 5, 30)
    halves = [f"{h // 2:02d}:{h % 2 * 30:02d}" for h in range(48)]
    rows: list[list[object]] = [["ICP", "Date", *halves, "Extra1", "Extra2"]]
    for day, own in by_day(energies, zone, "%Y-%m-%d").items():
        rows.append(["0000012345TR123", day, *([c for _, _, c in own] + ["", ""])[:50]])
    answers = {"zone": zone, "unit": "kWh", "side": "consumed"}
    return export_of("contact", "usage.csv", table(rows), energies, 30, "consumed", **answers)


@maker
def ellevio() -> Export:
    """Ellevio (SE): a workbook with a row a day, hours named `00-01`, a sum behind them."""
    zone = "Europe/Stockholm"
    energies = series(zone, "2025-02-01", 3, 60)
    names: list[object] = ["Datum", *(f"{h:02d}-{(h + 1) % 24:02d}" for h in range(24)), "Summa"]
    rows: list[list[object]] = [["Förbrukning per timme (kWh)"], ["Anläggning", "735999123456789012"], [], names]
    for day, own in by_day(energies, zone, "%Y-%m-%d").items():
        values: list[object] = [float(c) for _, _, c in own]
        rows.append([day, *values, float(sum(c for _, _, c in own))])
    return export_of("ellevio", "ellevio.xlsx", workbook(rows), energies, 60, "consumed", zone=zone)


@maker
def energa() -> Export:
    """Energa (PL): a date and the number of the hour, 25 in autumn, `A+` and `A-`."""
    zone = "Europe/Warsaw"
    energies = series(zone, "2025-10-26", 1, 60)
    rows: list[list[object]] = [["Data", "Godzina", "A+ [kWh]", "A- [kWh]"]]
    rows += [["2025-10-26", n, comma(c), comma(g)] for n, (_, g, c) in enumerate(energies, 1)]
    return export_of("energa", "energa.csv", table(rows, ";"), energies, 60, zone=zone)


@maker
def salt_river() -> Export:
    """Salt River Project (US): a column a tariff, of which one is zero, that are one energy."""
    zone = "America/Phoenix"
    energies = series(zone, "2025-06-14", 1, 60)
    rows: list[list[object]] = [["Usage date", "Interval", "Off-peak kWh", "On-peak kWh"]]
    for at, (m, _, c) in enumerate(energies):
        values = [_NO, c] if at in range(14, 20) else [c, _NO]
        rows.append([stamp(m, zone, "%m/%d/%Y"), stamp(m, zone, "%I:%M %p"), *values])
    return export_of("salt-river", "HourlyUsage.csv", table(rows), energies, 60, "consumed", zone=zone)


@maker
def ladwp() -> Export:
    """A utility in California: what it delivered and received, their net and a demand beside them."""
    zone = "America/Los_Angeles"
    energies = series(zone, "2025-06-14", 1, 15)
    rows = [[stamp(m, zone, "%m/%d/%Y %H:%M", 15), c, g, c - g, "4.2"] for m, g, c in energies]
    names = ["Read Date/Time", "Delivered (kWh)", "Received (kWh)", "Net (kWh)", "Max Demand (kW)"]
    return export_of("ladwp", "ladwp.csv", table([names, *rows]), energies, 15, zone=zone)


@maker
def bc_hydro() -> Export:
    """BC Hydro (CA): inflow, outflow and a net consumption that has both signs."""
    zone = "America/Vancouver"
    energies = series(zone, "2025-03-08", 2, 60)
    rows = [[stamp(m, zone, "%Y-%m-%d %H:%M"), "N/A", c, g, c - g, "N/A"] for m, g, c in energies]
    names = ["Interval Start Date/Time", "Time of Day Period", "Inflow (kWh)", "Outflow (kWh)"]
    text = table([[*names, "Net Consumption (kWh)", "Demand (kW)"], *rows])
    return export_of("bc-hydro", "consumption.csv", text, energies, 60, zone=zone)


@maker
def hydro_one() -> Export:
    """Hydro One (CA): a row a day, a month's name first in its date."""
    zone = "America/Toronto"
    energies = series(zone, "2025-06-01", 3, 60)
    rows: list[list[object]] = [["Hydro One Networks", "Electricity usage (kWh)"]]
    rows.append(["Date", *(f"Hour {h}" for h in range(1, 25))])
    rows += [[day, *(c for _, _, c in own)] for day, own in by_day(energies, zone, "%b %d, %Y").items()]
    return export_of("hydro-one", "usage.csv", table(rows), energies, 60, "consumed", zone=zone)


@maker
def hep() -> Export:
    """HEP (HR): a point behind the year, mean powers that a station took and gave, ends of the quarters."""
    zone = "Europe/Zagreb"
    energies = series(zone, "2025-06-01", 1, 15)
    rows = [[stamp(m, zone, "%d.%m.%Y. %H:%M", 15), comma(c * 4), comma(g * 4), "OK"] for m, g, c in energies]
    names = ["Datum i vrijeme", "Preuzeta snaga (kW)", "Predana snaga (kW)", "Status"]
    return export_of("hep", "krivulja.csv", table([names, *rows], ";"), energies, 15, zone=zone)


@maker
def enedis_r63() -> Export:
    """Enedis R63 (FR): a preamble with dates of another form, columns beside the value, ends with offsets."""
    zone = "Europe/Paris"
    energies = series(zone, "2025-03-29", 2, 30)
    text = "Date de début;Date de fin;Identifiant PRM;Grandeur métier;Statut demandé;Unité\n"
    text += "29/03/2025;31/03/2025;12345678901234;Consommation;Meilleure donnée;W\nHorodate;Valeur;Nature;Pas;Indice\n"
    for m, _, c in energies:
        end = (m + timedelta(minutes=30)).astimezone(ZoneInfo(zone)).isoformat()
        text += f"{end};{int(c * 2000)};B;PT30M;0\n"
    return export_of("enedis-r63", "R63.csv", text, energies, 30, "consumed")


@maker
def ewz() -> Export:
    """Ewz (CH): high and low tariff as German compounds, reactive energy beside them, offsets."""
    zone = "Europe/Zurich"
    energies = series(zone, "2025-06-01", 1, 15)
    rows: list[list[object]] = [
        ["Timestamp", "Wirkenergie Bezug Hochtarif (kWh)", "Bezug Nacht (kWh)", "Blindenergie (kvarh)"]
    ]
    for at, (m, _, c) in enumerate(energies):
        row = [_NO, c] if at < 24 else [c, _NO]
        rows.append([m.astimezone(ZoneInfo(zone)).isoformat(), *row, "0.1"])
    return export_of("ewz", "ewz.csv", table(rows), energies, 15, "consumed")


@maker
def tepco() -> Export:
    """TEPCO (JP): a row a day, half hours with a full-width tilde between their ends, Japanese names."""
    zone = "Asia/Tokyo"
    energies = series(zone, "2025-06-01", 2, 30)
    halves = [f"{h // 2}:{h % 2 * 30:02d}\uff5e{(h + 1) // 2}:{(h + 1) % 2 * 30:02d}" for h in range(48)]
    rows: list[list[object]] = [["お客さま番号", "使用年月日", "曜日", *halves]]
    rows += [
        ["0312345678", day, "日", *(c for _, _, c in own)] for day, own in by_day(energies, zone, "%Y/%m/%d").items()
    ]
    answers = {"zone": zone, "unit": "kWh", "side": "consumed"}
    return export_of("tepco", "kurashi.csv", "\ufeff" + table(rows), energies, 30, "consumed", **answers)


@maker
def flick() -> Export:
    """Flick (NZ): ends that are the last second of their half hours."""
    zone = "Pacific/Auckland"
    energies = series(zone, "2025-06-01", 1, 30)
    rows: list[list[object]] = [["icp_number", "started_at", "ended_at", "unit_code", "value"]]
    for m, _, c in energies:
        ends = [(m + timedelta(seconds=s)).astimezone(ZoneInfo(zone)).isoformat() for s in (0, 1799)]
        rows.append(["0000123456TR789", *ends, "kwh", c])
    return export_of("flick", "flick.csv", table(rows), energies, 30, "consumed", side="consumed")


@maker
def alectra() -> Export:
    """Alectra (CA): a month in full before the day, hours of twelve without minutes."""
    zone = "America/Toronto"
    energies = series(zone, "2025-06-01", 2, 60)
    rows = [[stamp(m, zone, "%B %d %Y"), stamp(m, zone, "%I %p"), c, "ON"] for m, _, c in energies]
    text = table([["Date", "Hour", "kWh", "TOU"], *rows])
    return export_of("alectra", "alectra.csv", text, energies, 60, "consumed", zone=zone, side="consumed")


@maker
def ccee() -> Export:
    """CCEE (BR): two columns whose letters only a person knows, one of each side."""
    zone = "America/Sao_Paulo"
    energies = series(zone, "2025-06-01", 1, 60)
    rows: list[list[object]] = [["Ponto de Medição", "Data", "Hora", "Ativa C (kWh)", "Ativa G (kWh)"]]
    rows += [["SPXX01", "2025-06-01", at, comma(c), comma(g)] for at, (_, g, c) in enumerate(energies, 1)]
    answers = {"zone": zone, "column": "Ativa C (kWh)", "side": "consumed", "generated": "Ativa G (kWh)"}
    return export_of("ccee", "ccee.csv", table(rows, ";"), energies, 60, **answers)
