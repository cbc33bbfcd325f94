"""What the words of a column's name say: whose energy, which unit, an interval's start or end, a quality.

In English, German, Dutch, French, Spanish, Portuguese, Italian, the Nordic and Baltic languages, Polish, Czech and
Hungarian, as meters' and portals' exports write them.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

from heliograph.profiles.model import Unit

NamedSide = Literal["generated", "consumed", ""]
Role = Literal["production", "export", "consumption", "import", "net"]


def _words(text: str) -> re.Pattern[str]:
    """Return what finds one of some words, each at a word's beginning, or behind a `*` anywhere in it."""
    return re.compile(r"\b(?:" + "|".join(text.replace("*", r"[^\W\d]*").split()) + ")")


# In this order: "returned" tells more than "energy", and "production" in "import from production meter" less.
_ROLES: Final[tuple[tuple[Role, re.Pattern[str]], ...]] = (
    (
        "export",
        _words(
            "export injection injectie injectat "
            "act.ret\\b returned return retour *teruglever *teruggelever terug *einspeis "
            "*eingespeis feed.?in feedin to.grid inyeccion inyectada injetada injecao immessa immissione injecte "
            "surplus vertido excedente rueckspeis ruckspeis ruckliefer rueckliefer gelvr\\b sold outflow "
            "(?<=energy.)out\\b 2.8.0 2.29.0 "
            "b1 reverse aminus as.k.?wh oddanie oddana dodavka *inmatning *innmating visszataplalas betaplalas "
            "predana predaja odevzdana veris\\b *売電 *上网 *εξαγ *εγχυ отдан *отпуск"
        ),
    ),
    (
        "import",
        _words(
            "import *afname offtake *bezug from.grid grid.consumption delivered *geleverd *levering prelev "
            "prelievo soutirage soutire purchased bought drawn inflow retiro retirad 1.8.0 1.29.0 e1 "
            "forward aplus ae.k.?wh pobor pobrana "
            "odber *uttag vetelezes preuzeta prejeta cekis\\b *買電 *购电 *取电 *εισαγ *απορροφ"
        ),
    ),
    (
        "production",
        _words(
            "produc produk produz prodot prod\\b generat generad generacion geracao solar pv yield *opbrengst *opwek "
            "*erzeug *ertrag *produktion *produksjon *produktie gen\\b "
            "tot.wh.out inverter.output ac.output output photovolta eac\\b pac\\b ppv epv "
            "wr\\b wechselrichter inverter onduleur omvormer inversor *tuotanto *tootmine *tootang vyroba vyrobena "
            "termeles gamyba pagamin razosana wytworz proizv uretim *発電 *发电 *παραγ генерац выработ произв"
        ),
    ),
    (
        "consumption",
        _words(
            "consum *verbruik *verbrauch usage used use\\b load\\b house home demand consommation utiliz active.energy "
            "kwh.used verbr\\b *kulutus *tarbimine *forbruk *forbrug zuzycie spotreba fogyasztas suvartoj vartojim "
            "paterin poraba potros tuketim *消費 *用电 *καταν потребл"
        ),
    ),
    ("net", _words("net\\b grid\\b meter.power saldo balance")),
)
# Both ways in one name tell none.
_BOTH: Final = re.compile(r"delivered.*received|received.*delivered|import.{1,5}export|export.{1,5}import")
_FLOW: Final = re.compile(
    r"\b(pv|solar|grid|battery|genset|generator) to (consumers?|loads?|home|house|building|grid|battery)\b"
)
# Around a table these tell nothing: it may be an export of a trend, of the site "Solar home".
_WEAK: Final = _words("export import home house solar pv\\b load\\b demand use\\b used return output forward reverse")
# A column of one of these isn't a site's electric energy, whatever else its name says.
_OTHER: Final = _words(
    "gas\\b water heat\\b price cost costs kosten prijs preis prix precio preco prezzo tarif.?price eur\\b euro "
    "gbp usd per.?k?wh\\b "
    "*preis *kosten *spannung *temperatur "
    "lost\\b loss theoret potential expected erwart predict prognos forecast available target limit setpoint *grenze "
    "capacity deviation std\\b stddev savings saved avoided autark self.?suffic "
    "self.?consum self.?use autoconsum eigenverbrauch eigendeckung eigennutz direktverbrauch zelfverbruik "
    "eigengebrauch device\\b circuit dc\\b "
    "volt current\\b amp freq hz\\b temp percent soc\\b state.of.charge reactive reactiva reactive kvar varh\\b "
    "kvarh var\\b apparent "
    "power.factor cos.?phi irradi *einstrahl ghi\\b poa\\b "
    "insol wind.speed humid co2 carbon battery batt\\b accu *akku *batterie bateria "
    "(?<!courbe.de.)charge discharge "
    "max\\b maximum min\\b minimum peak.power epex spot fault error event status count lat\\b lon\\b "
    "rssi signal wifi voltage cloud forecast m3 record\\b rn\\b seq no\\b nr\\b inv\\b opr.hr "
    "hr\\b running.hours operating.hours betriebsstunden "
    "duration revision "
    "udc idc pdc uac\\b iac\\b vac\\b vpv ipv vac\\d ladezustand revenue code\\b laden\\b entladen beladung entladung"
)
# A unit in brackets or at the name's end that is neither energy's nor power's.
_OTHER_UNIT: Final = re.compile(
    r"[\[(]\s*(?:m?V|Volts?|m?A|Amps?|Hz|%|°?C|℃|°F|k?VAr?h?|k?varh?|Ohm|h|s|m/s|k?W/m.|k?Ws|[kM]?J|€|EUR|\$|£)\s*[\])]|_(?:v|a|hz|c|pct|va|var)\Z",
    re.IGNORECASE,
)
_PER_AREA: Final = re.compile(r"Wh?\s?/\s?m|Wh?\s?m-2", re.IGNORECASE)
_TARIFF: Final = re.compile(
    r"\b(?:t ?[1-4]|tariff? ?\d?|low|normal|high|laag|hoog|day|night|dag|nacht|tag|peak|"
    r"(?:off|on|mid|super|partial|part) ?peak|shoulder|ht|nt|"
    r"hp|hc|heures (?:pleines|creuses)|hoch ?tarif|nieder ?tarif|f[123]|p[1-6]|vt|mt|et|dal|piek|normaal|punta|"
    r"llano|valle|ponta|cheia|vazio|dutch|users?|phase|l ?[1-3]|[abc]|inverter|wr|string|array|mppt|meter|\d+)\b"
)
# A short word in the middle of a name is something else: `Date de mesure` is no start, `Data do registo` no end.
_START: Final = _words(
    "start begin from fra\\b algus alku pradzia poczatek od\\b "
    "van\\b vanaf inicio debut ^de\\b von\\b ab\\b beginn anfang date.?from interval.start dal\\b"
)
_END: Final = _words(
    "end until to\\b til\\b lopp\\b loppu pabaiga koniec ^do\\b tot\\b bis\\b fin\\b final ende\\b hasta date.?to "
    "ate\\b ^al\\b einde stop"
)
_MEAN: Final = _words("avg average mean gemiddeld mittel durchschnitt media moyen promedio demand")
_POWER: Final = _words("pac\\b ppv power\\b leistung vermogen puissance potencia potenza")
_COUNTER: Final = _words(
    "total tot\\b cumul counter register reading meter.?stand stand zaehler zahler index lifetime life.time "
    "teller compteur "
    "contador lectura leitura lettura totwh abs.wh"
)
_DAILY: Final = _words("today daily tages vandaag heute day\\b dia\\b jour\\b")
# What is a day's total beyond doubt; a `day` alone may be a tariff.
_TODAY: Final = _words("today daily tages vandaag heute day.?sum e.?day\\b day.yield day.energy")
_SITE: Final = _words(
    "site site.?id plant station system ean nmi cpe cups pod\\b mpan mprn meter.?id meter.?number serial "
    "contador *zaehlpunkt *zahlpunkt anlage\\b customer account kunde contract contrat icp\\b gsrn"
)
_NUMBER: Final = _words(
    "hours?\\b hora\\b ora\\b godzina hodina tunti\\b tund\\b timme sat\\b valanda "
    "heure uur stunde period hh\\b interval\\b settlement he\\b periodo"
)
_QUALITY: Final = _words("quality validation validat qualit mark\\b reading.type kwaliteit")
# A unit stands alone, or ends a name in camel case, as in `UsageKwh` and `TotWhOut`.
_UNIT: Final = re.compile(
    r"(?:(?<![A-Za-z])(?P<alone>[kKMG]?[wW]hs?|[kKMG]?[wW]H?(?![A-Za-z]))|(?<=[a-z_])(?P<camel>[KMG][wW]h|[KMGk]?WH(?![A-Z])|k?Wh))(?![a-z])"
    r"|\b[a-z]{2,4}(?P<low>k?wh)\b|\b(?P<long>kilowatt[- ]?hours?|watt[- ]?hours?|kilowatts?|watts?)\b"
)
_ALONE: Final = re.compile(r"(?:^\s*|[\[(]\s*)((?:k|M|G)?Wh?)(?:\s*$|\s*[\])])", re.MULTILINE)
_UNITS: Final[dict[str, Unit]] = {
    "gwh": "GWh",
    "mwh": "MWh",
    "kwh": "kWh",
    "wh": "Wh",
    "mw": "MW",
    "kw": "kW",
    "w": "W",
    "watt": "W",
    "kilowatt": "kW",
    "kilowatthour": "kWh",
    "watthour": "Wh",
}
# What a meter's `A+` and `-A` are: active energy in and out (IEC 62056-61 groups 1 and 2).
_PLUS: Final = re.compile(r"(?<![A-Za-z0-9])(?:\+A|(?:A|EA|k?Wh)\+)(?![A-Za-z0-9])")
_MINUS: Final = re.compile(r"(?<![A-Za-z0-9])(?:-A|(?:A|EA|k?Wh)-)(?![A-Za-z0-9])")
_POWER_PLUS: Final = re.compile(r"(?<![A-Za-z0-9])(?:\+P|P\+)(?![A-Za-z0-9])")
_POWER_MINUS: Final = re.compile(r"(?<![A-Za-z0-9])(?:-P|P-)(?![A-Za-z0-9])")
# Letters that have no accent to leave out.
_LETTERS: Final = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "ß": "ss", "đ": "d"})


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a name as lower-case words: camel case and signs split, accents left out."""
    text = _POWER_PLUS.sub(" aplus power ", _POWER_MINUS.sub(" aminus power ", text))
    text = _PLUS.sub(" aplus ", _MINUS.sub(" aminus ", text)).translate(_LETTERS)
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z]{2})(?=\d)", " ", text)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", split) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w.%]+|_", " ", bare).lower().split())


def role_of(name: str) -> Role | None:
    """Return whose energy a column's name says it is; None where it says nothing, or something else."""
    text = plain(name)
    if _OTHER.search(text) or _BOTH.search(text):
        return None
    return next((role for role, words in _ROLES if words.search(text)), None)


def flow_of(name: str) -> tuple[str, str] | None:
    """Return where the energy of a column comes from and goes to, as `plant`, `house` or another; None of no flow."""
    found = _FLOW.search(plain(name))
    if not found:
        return None
    source, sink = found[1], found[2]
    return ("plant" if source in {"pv", "solar"} else source, sink if sink in {"grid", "battery"} else "house")


def side_in(text: str) -> NamedSide:
    """Return the one side that the text around a table tells; nothing where it tells none or both."""
    text = _WEAK.sub(" ", plain(text))
    found = {side_of(role) for role, words in _ROLES if words.search(text)} - {""}
    return found.pop() if len(found) == 1 and not _BOTH.search(text) else ""


def side_of(role: str | None) -> NamedSide:
    """Return the side of a role; nothing where it tells none."""
    if role in {"production", "export"}:
        return "generated"
    return "consumed" if role in {"consumption", "import"} else ""


def without_role(name: str) -> str:
    """Return a name as plain words, without those that say whose energy it is."""
    text = plain(name)
    for _, words in _ROLES[:2]:
        text = re.sub(rf"(?:{words.pattern})\w*", " ", text)
    return text


def is_other(name: str) -> bool:
    """Return whether a column's name says that it isn't a site's electric energy."""
    is_of_area = _PER_AREA.search(name) is not None
    return is_of_area or bool(_OTHER.search(plain(name)) or (unit_of(name) is None and _OTHER_UNIT.search(name)))


def unit_of(name: str) -> Unit | None:
    """Return the unit that a name or a cell holds."""
    found = _UNIT.search(name.replace("kilo watt", "kilowatt"))
    if not found:
        return None
    unit = (
        (found["alone"] or found["camel"] or found["low"] or found["long"])
        .lower()
        .replace(" ", "")
        .replace("-", "")
        .removesuffix("s")
    )
    return _UNITS.get(unit)


def unit_above(text: str) -> Unit | None:
    """Return the unit that the text around a table tells; of a power only one that stands alone or in brackets.

    text: a cell a line. The `W` of an address is none.
    """
    unit = unit_of(text)
    if unit is None or unit.endswith("h"):
        return unit
    alone = _ALONE.search(text)
    return unit_of(alone[1]) if alone else None


def says_power(name: str) -> bool:
    """Return whether a name says power without a unit."""
    return bool(_POWER.search(plain(name)))


def without_tariff(name: str) -> str:
    """Return a name without what tells tariffs, phases and inverters apart."""
    return " ".join(_TARIFF.sub(" ", plain(name)).split())


def says_start(name: str) -> bool:
    """Return whether a time's name says that it is an interval's start."""
    return bool(_START.search(plain(name)))


def says_end(name: str) -> bool:
    """Return whether a time's name says that it is an interval's end."""
    return bool(_END.search(plain(name)))


def says_mean(name: str) -> bool:
    """Return whether a power's name says that it is a mean."""
    return bool(_MEAN.search(plain(name)))


def says_counter(name: str) -> bool:
    """Return whether a column's name says that it is a running counter."""
    return bool(_COUNTER.search(plain(name)))


def says_daily(name: str) -> bool:
    """Return whether a counter's name says that it begins anew each day."""
    return bool(_DAILY.search(plain(name)))


def says_today(name: str) -> bool:
    """Return whether a counter's name says that it is of the day, and not of a tariff."""
    return bool(_TODAY.search(plain(name)))


def says_site(name: str) -> bool:
    """Return whether a column's name says that it names a site or its meter."""
    return bool(_SITE.search(plain(name)))


def says_number(name: str) -> bool:
    """Return whether a column's name says that it numbers the intervals of a day."""
    return bool(_NUMBER.search(plain(name)))


def says_quality(name: str) -> bool:
    """Return whether a column's name says that it holds a quality."""
    return bool(_QUALITY.search(plain(name)))
