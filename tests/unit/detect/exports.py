"""Exports as portals, utilities and loggers write them, made of one series of energies, so that their truth is exact.

The layouts are those that the makers' own documents and public reports show; no data of anybody is in them.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
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


def export_of(  # noqa: PLR0913, PLR0917 - as many as an export has
    name: str,
    file_name: str,
    text: str | bytes,
    energies: list[Energy],
    minutes: int,
    sides: str = "both",
    **answers: str,
) -> Export:
    """Return an export whose truth is that of its energies. sides: which of them it has. answers: what is asked."""
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


def local(energies: list[Energy], zone: str, form: str, shift: int = 0) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Return each interval's stamp in a zone, shifted by minutes, with its energies."""
    for moment, generated, consumed in energies:
        yield stamp(moment, zone, form, shift), generated, consumed


def stamp(moment: datetime, zone: str, form: str, shift: int = 0) -> str:
    """Return a moment's stamp in a zone, shifted by minutes."""
    return (moment + timedelta(minutes=shift)).astimezone(ZoneInfo(zone)).strftime(form)


def comma(value: Decimal) -> str:
    """Return a number with a decimal comma."""
    return f"{value:f}".replace(".", ",")


def table(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    """Return rows as CSV; a cell that holds the delimiter is quoted."""
    return "\n".join(
        delimiter.join(
            f'"{cell}"' if delimiter in str(cell) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
            for cell in row
        )
        for row in rows
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
