"""Exports as portals, utilities and loggers write them, made of one series of energies, so that their truth is exact.

The layouts are those that the makers' own documents and public reports show; no data of anybody is in them.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

Energy = tuple[datetime, Decimal, Decimal]
_OFFICE: Final = "officeDocument/2006/relationships"
_MAKERS: Final[list[Callable[[], "Export"]]] = []


class Export(NamedTuple):
    """A file, the answers that a person must give, and what is in it: readings, first and last END, sums in kWh."""

    name: str
    file_name: str
    body: bytes
    answers: dict[str, str]
    readings: int
    first: datetime
    last: datetime
    generated: Decimal | None
    consumed: Decimal | None


def maker(function: Callable[[], Export]) -> Callable[[], Export]:
    """Keep a maker's export."""
    _MAKERS.append(function)
    return function


def exports() -> list[Export]:
    """Return an export of each maker."""
    return [make() for make in _MAKERS]


def series(zone: str, begin: str, days: int, minutes: int) -> list[Energy]:
    """Return energies of whole local days: start of each interval, generated and consumed, kWh."""
    tz = ZoneInfo(zone)
    start = datetime.fromisoformat(begin).replace(tzinfo=tz)
    end = (datetime.fromisoformat(begin) + timedelta(days=days)).replace(tzinfo=tz)
    found, moment, index = [], start.astimezone(UTC), 0
    while moment < end.astimezone(UTC):
        local = moment.astimezone(tz)
        sun = max(0, 1000 - abs(local.hour * 60 + local.minute - 750) * 2)
        generated = Decimal(sun * minutes * (7 + index * 13 % 5)) / 60 / 10
        consumed = Decimal((200 + index * 37 % 411) * minutes) / 60
        found.append((moment, round(generated, 0) / 1000, round(consumed, 0) / 1000))
        moment += timedelta(minutes=minutes)
        index += 1
    return found


def _export(  # noqa: PLR0913, PLR0917 - as many as an export has
    name: str,
    file_name: str,
    text: str | bytes,
    energies: list[Energy],
    minutes: int,
    sides: str = "both",
    **answers: str,
) -> Export:
    body = text if isinstance(text, bytes) else text.encode()
    step = timedelta(minutes=minutes)
    return Export(
        name,
        file_name,
        body,
        answers,
        len(energies),
        energies[0][0] + step,
        energies[-1][0] + step,
        sum((each[1] for each in energies), Decimal(0)) if sides in {"both", "generated"} else None,
        sum((each[2] for each in energies), Decimal(0)) if sides in {"both", "consumed"} else None,
    )


def _local(energies: list[Energy], zone: str, form: str, shift: int = 0) -> Iterator[tuple[str, Decimal, Decimal]]:
    tz = ZoneInfo(zone)
    for moment, generated, consumed in energies:
        yield (moment + timedelta(minutes=shift)).astimezone(tz).strftime(form), generated, consumed


@maker
def octopus() -> Export:
    """Octopus (GB): consumption, offsets in the stamps, start and end, spaces behind the commas."""
    energies = series("Europe/London", "2025-03-29", 3, 30)
    rows = []
    for moment, _, consumed in energies:
        ends = [(moment + timedelta(minutes=m)).astimezone(ZoneInfo("Europe/London")).isoformat() for m in (0, 30)]
        rows.append(f"{consumed}, 0.2, {ends[0]}, {ends[1]}")
    return _export(
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
    return _export("datadis", "consumptions.csv", text, energies, 60, "consumed", zone="Europe/Madrid")


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
    return _export(
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
    return _export(
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
    for local, _, consumed in _local(energies, "Europe/Rome", "%d/%m/%Y"):
        days.setdefault(local, []).append(str(consumed).replace(".", ","))
    text = f"Giorno;{names}\n" + "\n".join(";".join([day, *values]) for day, values in days.items())
    return _export(
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
    return _export("eloverblik", "MeterData.csv", text, energies, 60, "consumed", zone="Europe/Copenhagen")


@maker
def fronius() -> Export:
    """Fronius Solar.web (AT): a line of units under the names, Wh, day before month."""
    energies = series("Europe/Vienna", "2025-08-14", 2, 5)
    rows = [
        f"{stamp},{int(g * 1000)},{int(c * 1000)}"
        for stamp, g, c in _local(energies, "Europe/Vienna", "%d.%m.%Y %H:%M")
    ]
    text = "Datum und Uhrzeit,Energie | PV Produktion,Verbrauch\n[dd.MM.yyyy HH:mm],[Wh],[Wh]\n" + "\n".join(rows)
    return _export("fronius", "Solarweb.csv", text, energies, 5, zone="Europe/Vienna")


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
    return _export("home-assistant", "history.csv", text, energies, 60, "generated", unit="kWh")


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
    return _export("tesla", "tesla_energy.csv", text + "\n".join(rows), energies, 5)


@maker
def english_clock() -> Export:
    """A portal with a twelve-hour clock, month first, thousands with a comma inside quotes, W."""
    energies = [(m, g, c) for m, g, c in series("America/Chicago", "2025-09-20", 2, 60)]
    rows = [
        f'"{stamp}","{int(g * 10_000_000):,}"'
        for stamp, g, _ in _local(energies, "America/Chicago", "%m/%d/%Y %I:%M %p")
    ]
    energies = [(m, g * 10_000, c) for m, g, c in energies]
    text = '"Date","PV generation (Wh)"\n' + "\n".join(rows)
    return _export("english-clock", "site.csv", text, energies, 60, "generated", zone="America/Chicago")


@maker
def semicolon_names() -> Export:
    """A German logger: cp1252 umlauts, semicolons, decimal commas, a unit behind each name."""
    energies = series("Europe/Berlin", "2025-03-29", 3, 15)
    rows = [
        f"{stamp};{str(g).replace('.', ',')};{str(c).replace('.', ',')}"
        for stamp, g, c in _local(energies, "Europe/Berlin", "%d.%m.%Y %H:%M:%S")
    ]
    text = "Zähler 4711;;\n\nZeitstempel (Beginn);Erzeugung [kWh];Verbrauch [kWh]\n" + "\n".join(rows)
    return _export("german-logger", "zaehler.csv", text.encode("cp1252"), energies, 15, zone="Europe/Berlin")


@maker
def newest_first() -> Export:
    """A portal that writes the newest row first, across the end of summer time."""
    energies = series("Europe/Amsterdam", "2025-10-25", 3, 15)
    rows = [f"{stamp}\t{g}\t{c}" for stamp, g, c in _local(energies, "Europe/Amsterdam", "%Y-%m-%d %H:%M")]
    text = "start\tproduction (kWh)\tconsumption (kWh)\n" + "\n".join(reversed(rows))
    return _export("newest-first", "portal.tsv", text, energies, 15, zone="Europe/Amsterdam")


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
    return _export("epoch-lines", "gateway.ndjson", "\n".join(rows), energies, 15)


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
    return _export("numbered-hours", "hourly.csv", text, energies, 60, "consumed", zone="Europe/Warsaw")


@maker
def signed_net() -> Export:
    """A meter with one signed column: import above zero."""
    energies = [(m, g, c) for m, g, c in series("Etc/UTC", "2025-05-01", 2, 15)]
    rows = [f"{moment:%Y-%m-%dT%H:%M:%SZ},{consumed - generated}" for moment, generated, consumed in energies]
    energies = [(m, max(g - c, Decimal(0)), max(c - g, Decimal(0))) for m, g, c in energies]
    text = "start,grid (kWh)\n" + "\n".join(rows)
    return _export("signed-net", "grid.csv", text, energies, 15, sign="consumed")


@maker
def own_names() -> Export:
    """Our own columns under other names."""
    energies = series("Etc/UTC", "2025-05-01", 1, 15)
    rows = [f"roof-1,{moment + timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ},{g},{c}" for moment, g, c in energies]
    text = "Site_ID, Interval End, Energy_Generated (kWh), energy consumed kwh\n" + "\n".join(rows)
    return _export("own-names", "in.csv", text, energies, 15)


@maker
def huawei() -> Export:
    """A portal's workbook: a title, then names, mean power in kW at five minutes."""
    energies = [(m, g, c) for m, g, c in series("Europe/Lisbon", "2025-07-01", 1, 60)]
    rows = [[stamp, float(g)] for stamp, g, _ in _local(energies, "Europe/Lisbon", "%Y-%m-%d %H:%M:%S")]
    return _export(
        "workbook",
        "plant.xlsx",
        workbook([["Plant Report"], [], ["Start Time", "Inverter Yield (kWh)"], *rows]),
        energies,
        60,
        "generated",
        zone="Europe/Lisbon",
    )


def workbook(rows: list[list[object]]) -> bytes:
    """Return rows as the smallest workbook that there is."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return f"<c><v>{value!r}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    sheet = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    schemas = "http://schemas.openxmlformats.org"
    main, office, package = (f"{schemas}/{end}" for end in ("spreadsheetml/2006/main", _OFFICE, "package/2006"))
    kinds = "application/vnd.openxmlformats-"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Default Extension="rels" ContentType="{kinds}package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}officedocument.spreadsheetml.sheet.main+xml"/>'
        "</Types>",
        "_rels/.rels": _relation(package, f"{office}/officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relation(package, f"{office}/worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return body.getvalue()


def _relation(package: str, kind: str, target: str) -> str:
    inner = f'<Relationship Id="r1" Type="{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{package}/relationships">{inner}</Relationships>'
