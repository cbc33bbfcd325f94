"""Exports of single layouts: a portal, a utility or a logger each, with its truth."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from unit.detect.exports import Export, comma, export_of, local, maker, series, workbook


@maker
def octopus() -> Export:
    """Octopus (GB): consumption, offsets in the stamps, start and end, spaces behind the commas."""
    energies = series("Europe/London", "2025-03-29", 3, 30)
    rows = []
    for moment, _, consumed in energies:
        ends = [(moment + timedelta(minutes=m)).astimezone(ZoneInfo("Europe/London")).isoformat() for m in (0, 30)]
        rows.append(f"{consumed}, 0.2, {ends[0]}, {ends[1]}")
    return export_of(
        "octopus",
        "consumption.csv",
        "Consumption (kwh), Estimated Cost Inc. Tax (p), Start, End\n" + "\n".join(rows),
        energies,
        30,
        "consumed",
    )


@maker
def datadis() -> Export:
    """Datadis (ES): hours 01:00 to 24:00, which end them, a decimal comma."""
    energies = series("Europe/Madrid", "2025-06-10", 3, 60)
    rows = []
    for moment, _, consumed in energies:
        local = moment.astimezone(ZoneInfo("Europe/Madrid"))
        rows.append(
            f"ES0031408000000000XX0F;{local:%Y/%m/%d};{local.hour + 1:02d}:00;{str(consumed).replace('.', ',')};Real"
        )
    text = "cups;fecha;hora;consumo_kWh;metodoObtencion\n" + "\n".join(rows)
    return export_of("datadis", "consumptions.csv", text, energies, 60, "consumed", zone="Europe/Madrid")


@maker
def pge() -> Export:
    """PG&E (US): Green Button CSV with a preamble, a date, start and end times, a cost with a currency sign."""
    energies = series("America/Los_Angeles", "2025-07-01", 2, 15)
    tz = ZoneInfo("America/Los_Angeles")
    rows = []
    for moment, _, consumed in energies:
        local = moment.astimezone(tz)
        last = (moment + timedelta(minutes=14)).astimezone(tz)
        rows.append(f"Electric usage,{local:%Y-%m-%d},{local:%H:%M},{last:%H:%M},{consumed},kWh,$0.12,")
    text = "Name,A CUSTOMER\nAddress,1 MAIN ST\nAccount Number,1234567890\nService,Service 1\n\n"
    text += "TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES\n"
    return export_of(
        "pge",
        "pge_electric_interval_data.csv",
        text + "\n".join(rows),
        energies,
        15,
        "consumed",
        zone="America/Los_Angeles",
    )


@maker
def enedis() -> Export:
    """Enedis (FR): mean power of half hours in W, end-stamped with offsets, a preamble of two lines."""
    energies = [(m, g, round(c, 3)) for m, g, c in series("Europe/Paris", "2025-01-10", 2, 30)]
    rows = []
    for moment, _, consumed in energies:
        end = (moment + timedelta(minutes=30)).astimezone(ZoneInfo("Europe/Paris")).isoformat()
        rows.append(f"{end};{int(consumed * 2000)}")
    text = "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Unite;Pas en minutes\n"
    text += "12345678901234;Courbe de charge;10/01/2025;12/01/2025;Energie active;W;30\nHorodate;Valeur\n"
    return export_of(
        "enedis",
        "Enedis_CDC.csv",
        text + "\n".join(rows),
        energies,
        30,
        "consumed",
        side="consumed",
    )


@maker
def e_distribuzione() -> Export:
    """e-distribuzione (IT): a row a day, 96 quarters named by their hours, a decimal comma."""
    energies = series("Europe/Rome", "2025-05-05", 4, 15)
    names = ";".join(f"{m // 60:02d}:{m % 60:02d}-{(m + 15) // 60:02d}:{(m + 15) % 60:02d}" for m in range(0, 1440, 15))
    days: dict[str, list[str]] = {}
    for day, _, consumed in local(energies, "Europe/Rome", "%d/%m/%Y"):
        days.setdefault(day, []).append(comma(consumed))
    text = f"Giorno;{names}\n" + "\n".join(";".join([day, *values]) for day, values in days.items())
    return export_of(
        "e-distribuzione",
        "curva_prelievo.csv",
        text,
        energies,
        15,
        "consumed",
        zone="Europe/Rome",
        unit="kWh",
        side="consumed",
    )


@maker
def eloverblik() -> Export:
    """Eloverblik (DK): from and to, a decimal comma, a quality."""
    energies = series("Europe/Copenhagen", "2025-10-25", 3, 60)
    tz = ZoneInfo("Europe/Copenhagen")
    rows = []
    for moment, _, consumed in energies:
        local, to = moment.astimezone(tz), (moment + timedelta(hours=1)).astimezone(tz)
        rows.append(
            f"571313100000000000;{local:%d-%m-%Y %H:%M:%S};{to:%d-%m-%Y %H:%M:%S};"
            f"{str(consumed).replace('.', ',')};KWH;Measured;Consumption"
        )
    text = "Meter ID;From date;To date;Quantity;Unit;Quality;Type\n" + "\n".join(rows)
    return export_of("eloverblik", "MeterData.csv", text, energies, 60, "consumed", zone="Europe/Copenhagen")


@maker
def fronius() -> Export:
    """Fronius Solar.web (AT): a line of units under the names, Wh, day before month."""
    energies = series("Europe/Vienna", "2025-08-14", 2, 5)
    rows = [
        f"{stamp},{int(g * 1000)},{int(c * 1000)}" for stamp, g, c in local(energies, "Europe/Vienna", "%d.%m.%Y %H:%M")
    ]
    text = "Datum und Uhrzeit,Energie | PV Produktion,Verbrauch\n[dd.MM.yyyy HH:mm],[Wh],[Wh]\n" + "\n".join(rows)
    return export_of("fronius", "Solarweb.csv", text, energies, 5, zone="Europe/Vienna")


@maker
def home_assistant() -> Export:
    """A logger's counter in ISO 8601 with milliseconds and Z, kWh, as Home Assistant exports a sensor's history."""
    energies = series("Etc/UTC", "2025-04-01", 3, 60)
    total, rows = Decimal("10234.5"), []
    rows.append(f"sensor.solar_energy_total,{total},{energies[0][0]:%Y-%m-%dT%H:%M:%S}.000Z")
    for moment, generated, _ in energies:
        total += generated
        rows.append(f"sensor.solar_energy_total,{total},{moment + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000Z")
    text = "entity_id,state,last_changed\n" + "\n".join(rows)
    return export_of("home-assistant", "history.csv", text, energies, 60, "generated", unit="kWh")


@maker
def tesla() -> Export:
    """Tesla app: offsets, kWh of the interval, home, solar, battery and grid beside each other."""
    energies = series("America/New_York", "2025-06-01", 2, 5)
    rows = []
    for moment, generated, consumed in energies:
        local = moment.astimezone(ZoneInfo("America/New_York")).isoformat()
        rows.append(
            f"{local},{consumed},{generated},0,0,"
            f"{max(consumed - generated, Decimal(0))},{max(generated - consumed, Decimal(0))}"
        )
    text = "Date time,Home (kWh),Solar Energy (kWh),Powerwall discharge (kWh),"
    text += "Powerwall charge (kWh),From Grid (kWh),To Grid (kWh)\n"
    return export_of("tesla", "tesla_energy.csv", text + "\n".join(rows), energies, 5)


@maker
def english_clock() -> Export:
    """A portal with a twelve-hour clock, month first, thousands with a comma inside quotes, W."""
    energies = [(m, g, c) for m, g, c in series("America/Chicago", "2025-09-20", 2, 60)]
    rows = [
        f'"{stamp}","{int(g * 10_000_000):,}"'
        for stamp, g, _ in local(energies, "America/Chicago", "%m/%d/%Y %I:%M %p")
    ]
    energies = [(m, g * 10_000, c) for m, g, c in energies]
    text = '"Date","PV generation (Wh)"\n' + "\n".join(rows)
    return export_of("english-clock", "site.csv", text, energies, 60, "generated", zone="America/Chicago")


@maker
def semicolon_names() -> Export:
    """A German logger: cp1252 umlauts, semicolons, decimal commas, a unit behind each name."""
    energies = series("Europe/Berlin", "2025-03-29", 3, 15)
    rows = [
        f"{stamp};{str(g).replace('.', ',')};{str(c).replace('.', ',')}"
        for stamp, g, c in local(energies, "Europe/Berlin", "%d.%m.%Y %H:%M:%S")
    ]
    text = "Zähler 4711;;\n\nZeitstempel (Beginn);Erzeugung [kWh];Verbrauch [kWh]\n" + "\n".join(rows)
    return export_of("german-logger", "zaehler.csv", text.encode("cp1252"), energies, 15, zone="Europe/Berlin")


@maker
def newest_first() -> Export:
    """A portal that writes the newest row first, across the end of summer time."""
    energies = series("Europe/Amsterdam", "2025-10-25", 3, 15)
    rows = [f"{stamp}\t{g}\t{c}" for stamp, g, c in local(energies, "Europe/Amsterdam", "%Y-%m-%d %H:%M")]
    text = "start\tproduction (kWh)\tconsumption (kWh)\n" + "\n".join(reversed(rows))
    return export_of("newest-first", "portal.tsv", text, energies, 15, zone="Europe/Amsterdam")


@maker
def epoch_lines() -> Export:
    """A gateway's NDJSON with epoch milliseconds and registers in Wh."""
    energies = series("Etc/UTC", "2025-02-01", 2, 15)
    imported, exported, rows = 5_000_000, 9_000_000, []
    for index, (moment, generated, consumed) in enumerate(
        [(energies[0][0] - timedelta(minutes=15), Decimal(0), Decimal(0)), *energies]
    ):
        imported += int(consumed * 1000)
        exported += int(generated * 1000)
        at = int((moment + timedelta(minutes=15)).timestamp()) * 1000
        rows.append(f'{{"ts": {at}, "meter": {{"import_wh": {imported}, "export_wh": {exported}}}, "seq": {index}}}')
    return export_of("epoch-lines", "gateway.ndjson", "\n".join(rows), energies, 15)


@maker
def numbered_hours() -> Export:
    """A utility that numbers the hours of a day from 1, 25 in autumn."""
    energies = series("Europe/Warsaw", "2025-10-25", 3, 60)
    tz, count, before, rows = ZoneInfo("Europe/Warsaw"), 0, "", []
    for moment, _, consumed in energies:
        day = f"{moment.astimezone(tz):%Y-%m-%d}"
        count = count + 1 if day == before else 1
        before = day
        rows.append(f"{day},{count},{consumed}")
    text = "Date,Hour,Consumption (kWh)\n" + "\n".join(rows)
    return export_of("numbered-hours", "hourly.csv", text, energies, 60, "consumed", zone="Europe/Warsaw")


@maker
def signed_net() -> Export:
    """A meter with one signed column: import above zero."""
    energies = [(m, g, c) for m, g, c in series("Etc/UTC", "2025-05-01", 2, 15)]
    rows = [f"{moment:%Y-%m-%dT%H:%M:%SZ},{consumed - generated}" for moment, generated, consumed in energies]
    energies = [(m, max(g - c, Decimal(0)), max(c - g, Decimal(0))) for m, g, c in energies]
    text = "start,grid (kWh)\n" + "\n".join(rows)
    return export_of("signed-net", "grid.csv", text, energies, 15, sign="consumed")


@maker
def own_names() -> Export:
    """Our own columns under other names."""
    energies = series("Etc/UTC", "2025-05-01", 1, 15)
    rows = [f"roof-1,{moment + timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ},{g},{c}" for moment, g, c in energies]
    text = "Site_ID, Interval End, Energy_Generated (kWh), energy consumed kwh\n" + "\n".join(rows)
    return export_of("own-names", "in.csv", text, energies, 15)


@maker
def huawei() -> Export:
    """A portal's workbook: a title, then names, mean power in kW at five minutes."""
    energies = [(m, g, c) for m, g, c in series("Europe/Lisbon", "2025-07-01", 1, 60)]
    rows = [[stamp, float(g)] for stamp, g, _ in local(energies, "Europe/Lisbon", "%Y-%m-%d %H:%M:%S")]
    return export_of(
        "workbook",
        "plant.xlsx",
        workbook([["Plant Report"], [], ["Start Time", "Inverter Yield (kWh)"], *rows]),
        energies,
        60,
        "generated",
        zone="Europe/Lisbon",
    )
