"""Exports of utilities and grid operators: one file of each, with its truth."""

import json
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from unit.detect.exports import Export, comma, export_of, local, maker, series, table
from unit.detect.portals import counter, watts


@maker
def coned() -> Export:
    """ConEdison, PECO and ComEd: a preamble, a date with start and end times, an estimate's mark in the notes."""
    energies = series("America/New_York", "2025-03-08", 3, 60)
    zone = ZoneInfo("America/New_York")
    rows: list[list[object]] = []
    for moment, _, c in energies:
        at, last = moment.astimezone(zone), (moment + timedelta(minutes=59)).astimezone(zone)
        rows.append(["Electric usage", f"{at:%Y-%m-%d}", f"{at:%H:%M}", f"{last:%H:%M}", c, ""])
    head = [
        ["Name", "A CUSTOMER"],
        ["Address", "1 MAIN ST NEW YORK NY 10001"],
        ["Account Number", "1776"],
        ["Service", "1"],
    ]
    names = ["TYPE", "DATE", "START TIME", "END TIME", "USAGE (kWh)", "NOTES"]
    text = table([*head, [""], names, *rows])
    return export_of(
        "coned", "cned_electric_usage_interval_data.csv", text, energies, 60, "consumed", zone="America/New_York"
    )


@maker
def sdge() -> Export:
    """SDG&E: a meter's number, AM and PM, a duration in minutes, consumption, generation and net beside each other."""
    energies = series("America/Los_Angeles", "2025-11-01", 2, 15)
    rows = []
    for t, g, c in local(energies, "America/Los_Angeles", "%-m/%-d/%Y,%-I:%M %p"):
        used, fed = max(c - g, Decimal(0)), max(g - c, Decimal(0))
        rows.append(["00123", *t.split(","), 15, used, fed, used - fed])
    energies = [(m, max(g - c, Decimal(0)), max(c - g, Decimal(0))) for m, g, c in energies]
    names = ["Meter Number", "Date", "Start Time", "Duration", "Consumption (kWh)", "Generation (kWh)", "Net (kWh)"]
    text = table([["Name", "A CUSTOMER"], ["Title", "Green Button data"], names, *rows])
    return export_of("sdge", "Electric_15_Minute.csv", text, energies, 15, zone="America/Los_Angeles")


@maker
def smart_meter_texas() -> Export:
    """Smart Meter Texas: a row a direction, start and end times, an apostrophe before the meter, marks A and E."""
    energies = series("America/Chicago", "2025-07-04", 2, 15)
    zone = ZoneInfo("America/Chicago")
    rows: list[list[object]] = []
    for which, name in ((2, "Consumption"), (1, "Surplus Generation")):
        for each in energies:
            at, end = each[0].astimezone(zone), (each[0] + timedelta(minutes=15)).astimezone(zone)
            rows.append(["'10443720001234567", f"{at:%m/%d/%Y}", "07/08/2025 06:05:14", f"{at: %H:%M}", f"{end: %H:%M}",
                         each[which], "A", name])  # fmt: skip
    names = ["ESIID", "USAGE_DATE", "REVISION_DATE", "USAGE_START_TIME", "USAGE_END_TIME", "USAGE_KWH",
             "ESTIMATED_ACTUAL", "CONSUMPTION_SURPLUSGENERATION"]  # fmt: skip
    return export_of(
        "smart-meter-texas", "IntervalData.csv", table([names, *rows]), energies, 15, zone="America/Chicago"
    )


@maker
def sce() -> Export:
    """Southern California Edison: an interval's start and end in one cell."""
    energies = series("America/Los_Angeles", "2025-02-03", 2, 60)
    rows = []
    for moment, _, c in energies:
        ends = [
            f"{(moment + timedelta(hours=h)).astimezone(ZoneInfo('America/Los_Angeles')):%Y-%m-%d %H:%M:%S}"
            for h in (0, 1)
        ]
        rows.append([" to ".join(ends), c, ""])
    head = [["Energy Usage Information"], ["For location: 1 MAIN ST"], [""]]
    names = ["Energy Delivered time period", "Usage(Real energy in kilowatt-hours)", "Reading quality"]
    return export_of(
        "sce", "SCE_Usage.csv", table([*head, names, *rows]), energies, 60, "consumed", zone="America/Los_Angeles"
    )


@maker
def n3rgy() -> Export:
    """n3rgy (GB): UTC in the stamp's name, the meter's number nowhere."""
    energies = series("Etc/UTC", "2025-03-29", 2, 30)
    rows = [[t, c] for t, _, c in local(energies, "Etc/UTC", "%Y-%m-%d %H:%M")]
    text = table([["timestamp (UTC)", "energyConsumption (kWh)"], *rows])
    return export_of("n3rgy", "electricity_consumption.csv", text, energies, 30, "consumed")


@maker
def half_hourly() -> Export:
    """A British half-hourly data collector: a row a day, 48 columns named by the ends of their half hours, a total."""
    energies = series("Etc/UTC", "2025-05-10", 3, 30)
    days: dict[str, list[Decimal]] = {}
    for day, _, c in local(energies, "Etc/UTC", "%d/%m/%Y"):
        days.setdefault(day, []).append(c)
    ends = [f"{m // 60 % 24:02d}:{m % 60:02d}" for m in range(30, 1441, 30)]
    rows = [["1012345678901", "AI", day, *values, sum(values)] for day, values in days.items()]
    text = table([["MPAN", "Measurement", "Read Date", *ends, "Total kWh"], *rows])
    return export_of(
        "half-hourly", "HHD.csv", text, energies, 30, "consumed", zone="UTC", side="consumed",
    )  # fmt: skip


@maker
def e_distribucion() -> Export:
    """e-distribución and i-DE (ES): the hours of a day numbered, energy in and out, an R for real."""
    energies = series("Europe/Madrid", "2025-03-29", 3, 60)
    zone, count, before, rows = ZoneInfo("Europe/Madrid"), 0, "", []
    for moment, g, c in energies:
        day = f"{moment.astimezone(zone):%d/%m/%Y}"
        count, before = (count + 1 if day == before else 1), day
        rows.append(["ES0031", day, count, comma(c), comma(g), "R"])
    names = ["CUPS", "Fecha", "Hora", "AE_kWh", "AS_kWh", "REAL/ESTIMADO"]
    return export_of(
        "e-distribucion", "consumos.csv", table([names, *rows], ";"), energies, 60, zone="Europe/Madrid",
    )  # fmt: skip


@maker
def elering() -> Export:
    """Elering (EE): a preamble, start and end, consumption and production, decimal commas."""
    energies = series("Europe/Tallinn", "2025-06-01", 2, 60)
    zone = ZoneInfo("Europe/Tallinn")
    rows = []
    for moment, g, c in energies:
        ends = [f"{(moment + timedelta(hours=h)).astimezone(zone):%d.%m.%Y %H:%M}" for h in (0, 1)]
        rows.append([*ends, comma(c), comma(g)])
    head = [["Mõõtepunkti EIC", "38ZEE-00123456-7"], ["Periood", "01.06.2025 - 03.06.2025"], [""]]
    names = ["Algus", "Lõpp", "Tarbimine (kWh)", "Tootmine (kWh)"]
    return export_of(
        "elering", "mootmisandmed.csv", table([*head, names, *rows], ";"), energies, 60, zone="Europe/Tallinn"
    )


@maker
def fingrid() -> Export:
    """Fingrid Datahub (FI): an ISO start with Z, the resolution beside it, a quality `OK`."""
    energies = series("Etc/UTC", "2025-01-20", 2, 15)
    rows = [
        ["643007", "BN01", "PT15M", "kWh", "Kulutus", t, comma(c), "OK"]
        for t, _, c in local(energies, "Etc/UTC", "%Y-%m-%dT%H:%M:%SZ")
    ]
    names = ["Mittauspisteen tunnus", "Tuotteen tyyppi", "Resoluutio", "Yksikkötyyppi", "Lukeman tyyppi", "Alkuaika",
             "Määrä", "Laatu"]  # fmt: skip
    return export_of("fingrid", "consumption.csv", "\ufeff" + table([names, *rows], ";"), energies, 15, "consumed")


@maker
def elhub() -> Export:
    """Elhub (NO): from and to, a column whose name says hours of consumption and the other one production."""
    energies = series("Europe/Oslo", "2025-10-25", 3, 60)
    rows = []
    for moment, g, c in energies:
        ends = [f"{(moment + timedelta(hours=h)).astimezone(ZoneInfo('Europe/Oslo')):%d.%m.%Y %H:%M}" for h in (0, 1)]
        rows.append([*ends, comma(c), comma(g), "Målt"])
    names = ["Fra", "Til", "KWH 60 Forbruk", "KWH 60 Produksjon", "Kvalitet"]
    return export_of("elhub", "meteringvalues.csv", table([names, *rows], ";"), energies, 60, zone="Europe/Oslo")


@maker
def wiener_netze() -> Export:
    """Wiener Netze (AT): a date, two times of day, quarters in kWh, the last quarter's end 00:00."""
    energies = series("Europe/Vienna", "2025-06-10", 2, 15)
    zone = ZoneInfo("Europe/Vienna")
    rows = []
    for moment, _, c in energies:
        at, to = moment.astimezone(zone), (moment + timedelta(minutes=15)).astimezone(zone)
        rows.append([f"{at:%d.%m.%Y}", f"{at:%H:%M:%S}", f"{to:%H:%M:%S}", comma(c)])
    names = ["Datum", "Zeit von", "Zeit bis", "Verbrauch [kWh]"]
    return export_of(
        "wiener-netze", "VIERTELSTUNDENWERTE.csv", table([names, *rows], ";"), energies, 15, "consumed",
        zone="Europe/Vienna",
    )  # fmt: skip


@maker
def load_profile() -> Export:
    """A German metering operator: OBIS codes, W for a true value and E for a substitute, ends of the intervals."""
    energies = series("Europe/Berlin", "2025-06-11", 2, 15)
    zone = ZoneInfo("Europe/Berlin")
    rows = []
    for code, is_in in (("1-1:1.29.0", True), ("1-1:2.29.0", False)):
        for number, (moment, g, c) in enumerate(energies):
            end = (moment + timedelta(minutes=15)).astimezone(zone)
            rows.append(
                ["DE0001", code, f"{end:%d.%m.%Y}", f"{end:%H:%M}", comma(c if is_in else g), "kWh", "WE"[number == 3]]
            )
    names = ["Zählpunkt", "OBIS", "Datum", "Uhrzeit", "Wert", "Einheit", "Status"]
    return export_of("load-profile", "Lastgang.csv", table([names, *rows], ";"), energies, 15, zone="Europe/Berlin")


@maker
def enedis_index() -> Export:
    """Enedis (FR): daily readings of the registers of full and low hours, Wh."""
    energies = series("Europe/Paris", "2025-06-01", 12, 1440)
    rows = [
        [t, "Arrêté quotidien", int(c * 600), int(c * 1000) - int(c * 600)]
        for t, _, c in counter(energies, "Europe/Paris", "%Y-%m-%dT%H:%M:%S+02:00", "30000")
    ]
    names = ["Horodate", "Type de releve", "Index HP soutirage (Wh)", "Index HC soutirage (Wh)"]
    return export_of(
        "enedis-index",
        "Enedis_Index.csv",
        table([names, *rows], ";"),
        energies,
        1440,
        "consumed",
    )


@maker
def hungarian() -> Export:
    """E.ON and MVM (HU): the meter's `+A` and `-A` in kWh, quarters stamped at their start."""
    energies = series("Europe/Budapest", "2025-05-01", 2, 15)
    rows = [["HU000120", t, c, g] for t, g, c in local(energies, "Europe/Budapest", "%Y.%m.%d. %H:%M")]
    return export_of(
        "hungarian", "terheles.csv", table([["POD", "Időpont", "+A (kWh)", "-A (kWh)"], *rows], ";"), energies, 15,
        zone="Europe/Budapest",
    )  # fmt: skip


@maker
def tauron() -> Export:
    """Tauron (PL): a row a direction, hours 1:00 to 24:00 that end them, words of consumption and export."""
    energies = series("Europe/Warsaw", "2025-05-01", 2, 60)
    rows = []
    for word, is_in in (("pobór", True), ("oddanie", False)):
        for moment, g, c in energies:
            at = moment.astimezone(ZoneInfo("Europe/Warsaw"))
            rows.append([f"{at:%Y-%m-%d} {at.hour + 1}:00", comma(c if is_in else g), word])
    return export_of(
        "tauron", "Dane.csv", table([["Data", "Wartość kWh", "Rodzaj"], *rows], ";"), energies, 60, zone="Europe/Warsaw"
    )


@maker
def cez() -> Export:
    """ČEZ (CZ): a profile of mean kW, `+A` and `-A` behind the number of the meter, ends of the quarters."""
    energies = series("Europe/Prague", "2025-05-05", 2, 15)
    rows = [
        [t, comma(watts(c, 15) / 1000), comma(watts(g, 15) / 1000)]
        for t, g, c in local(energies, "Europe/Prague", "%d.%m.%Y %H:%M:%S", 15)
    ]
    names = ["Datum", "+A/7899162 [kW]", "-A/7899162 [kW]"]
    return export_of("cez", "pnd_export.csv", table([names, *rows], ";"), energies, 15, zone="Europe/Prague")


@maker
def leneda() -> Export:
    """Leneda (LU): JSON, the unit and the OBIS code beside the list, mean kW with their start."""
    energies = series("Etc/UTC", "2025-06-01", 2, 15)
    items = [
        {"value": float(watts(c, 15) / 1000), "startedAt": t, "type": "Actual", "calculated": False}
        for t, _, c in local(energies, "Etc/UTC", "%Y-%m-%dT%H:%M:%SZ")
    ]
    document = {
        "meteringPointCode": "LU000",
        "obisCode": "1-1:1.29.0",
        "intervalLength": "PT15M",
        "unit": "kW",
        "items": items,
    }
    return export_of("leneda", "LU000.json", json.dumps(document), energies, 15, "consumed", quantity="mean_power")


@maker
def tibber() -> Export:
    """Tibber's API: JSON whose list of hours stands inside a list of homes."""
    energies = series("Europe/Stockholm", "2025-06-01", 2, 60)
    nodes = []
    for moment, _, c in energies:
        ends = [(moment + timedelta(hours=h)).astimezone(ZoneInfo("Europe/Stockholm")).isoformat() for h in (0, 1)]
        nodes.append({"from": ends[0], "to": ends[1], "consumption": float(c), "consumptionUnit": "kWh", "cost": 0.3})
    document = {"data": {"viewer": {"homes": [{"consumption": {"nodes": nodes}}]}}}
    return export_of("tibber", "tibber.json", json.dumps(document), energies, 60, "consumed")
