"""The daily digest: what doesn't need anybody today is one message a time zone, at seven in the morning.

A warning is reported once. What opens and recovers before its digest is in it as over. What recovers later is in
the digest after its recovery. Sites without a registered time zone have theirs at seven UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Final

import msgspec

from heliograph.formatting import count
from heliograph.incidents.due import next_digest
from heliograph.incidents.groups import by_cause, worst_first
from heliograph.incidents.messages import LISTED, cost_of, message
from heliograph.incidents.model import Incident, Notification
from heliograph.reading import moment_of
from heliograph.zones import zone_of_region

_OF_A_SITE: Final = 5


def digest_date(incident: Incident) -> str:
    """Return the local date of the digest that holds what is pending of an incident."""
    return next_digest(moment_of(incident.waiting_since), incident.region).date().isoformat()


def by_zone(waiting: Iterable[Incident]) -> dict[str, list[Incident]]:
    """Return what waits for a digest, by the time zone's name."""
    found: dict[str, list[Incident]] = {}
    for each in waiting:
        found.setdefault(str(zone_of_region(each.region)), []).append(each)
    return dict(sorted(found.items()))


def entry_of(incident: Incident) -> str:
    """Name what a digest tells of an incident: 16 hexadecimal digits, always the same ones for the same."""
    what = incident.pending if incident.state == "open" else f"{incident.pending} over"
    return sha256(f"{incident.id} {what}".encode()).hexdigest()[:16]


def sent_before(incident: Incident, entries: frozenset[str]) -> Incident | None:
    """Return an incident as an earlier digest reported it, before it could be marked; None where none did."""
    was_open = msgspec.structs.replace(incident, recovery="", closed_at="")
    return next((each for each in (incident, was_open) if each.pending and entry_of(each) in entries), None)


def digest_of(incidents: Sequence[Incident], zone: str, now: datetime, link: str) -> Notification:
    """Return the digest of what waits in a time zone.

    now: when it is sent. link: the address in front of the dashboard's; empty where there is none.
    """
    begun = [each for each in incidents if each.pending == "onset"]
    over = [each for each in incidents if each.pending == "recovery"]
    groups, others = by_cause(begun, "onset")
    lines = [
        *_counts(begun, over),
        "",
        *(_group(each) for each in groups),
        *_sites(others),
        *(["", "Over, and sent before:"] if over else []),
        *_listed(
            [f"- {each.site_id}: {each.rule} since {each.onset}, until {each.last}" for each in worst_first(over)]
        ),
        "",
        f"All: {link}/#/incidents" if link else "All: run `heliograph incidents`",
        "",
    ]
    date = now.astimezone(zone_of_region(zone)).date().isoformat()
    rules = tuple(sorted({each.rule for each in incidents}))
    return message(
        f"digest {date}, {zone}: {_of_sites(begun)}" if begun else f"digest {date}, {zone}: {len(over)} over",
        "\n".join(lines),
        {
            "kind": "digest",
            "phase": "onset" if begun else "recovery",
            "rule": rules[0] if len(rules) == 1 else "several",
            "rules": rules,
            "severity": "warning",
            "severities": ("warning",),
            "zone": zone,
        },
    )


def _counts(begun: Sequence[Incident], over: Sequence[Incident]) -> Iterator[str]:
    if begun:
        recovered = sum(bool(each.recovery) for each in begun)
        cost = cost_of(*begun)
        by_now = f"; {recovered:,} of them over by now" if recovered else ""
        yield f"{_of_sites(begun)} began{by_now}{f'; they {cost}' if cost else ''}."
    if over:
        yield f"{_of_sites(over)} recovered that an earlier digest named."


def _of_sites(incidents: Sequence[Incident]) -> str:
    return f"{count(len(incidents), 'incident')} at {count(len({each.site_id for each in incidents}), 'site')}"


def _group(incidents: Sequence[Incident]) -> str:
    """Return one line for one cause at many sites."""
    names = list(dict.fromkeys(each.site_id for each in incidents))
    more = f" and {len(names) - _OF_A_SITE:,} more" if len(names) > _OF_A_SITE else ""
    since = min(each.onset for each in incidents)
    recovered = len(names) - len({each.site_id for each in incidents if not each.recovery})
    over = f", over at {recovered:,} of them" if recovered else ""
    return f"{incidents[0].rule} at {len(names)} sites since {since}{over}: {', '.join(names[:_OF_A_SITE])}{more}"


def _sites(incidents: Iterable[Incident]) -> Iterator[str]:
    """Yield the sites with their incidents: those with a critical one first, then those that lost most energy."""
    by_site: dict[str, list[Incident]] = {}
    for each in worst_first(incidents):
        by_site.setdefault(each.site_id, []).append(each)
    sites = sorted(by_site.items(), key=lambda site: _badness(site[1]))
    yield from _listed(
        [line for site_id, of_site in sites[:LISTED] for line in (_head(site_id, of_site), *_site(of_site))], LISTED * 3
    )
    if len(sites) > LISTED:
        yield f"- and {len(sites) - LISTED:,} more sites"


def _badness(incidents: Sequence[Incident]) -> tuple[bool, Decimal, int]:
    """Return how bad a site's incidents are, the worst smallest; of sites that are alike sorting keeps the order.

    Energy lost is the measure that they share; where none is known, a site with several rules against it comes first.
    """
    lost = sum((each.lost_kwh for each in incidents if each.lost_kwh), Decimal(0))
    return incidents[0].severity != "critical", -lost, -len({each.rule for each in incidents})


def _head(site_id: str, incidents: Sequence[Incident]) -> str:
    cost = cost_of(*incidents)
    return f"{site_id}{f', {cost}' if cost else ''}:"


def _site(incidents: Sequence[Incident]) -> Iterator[str]:
    """Yield a line for each rule at a site: what comes and goes is one."""
    for _, found in groupby(sorted(incidents, key=lambda each: each.rule), key=lambda each: each.rule):
        of_rule = sorted(found, key=lambda each: each.onset)
        times = f", {len(of_rule)} times" if len(of_rule) > 1 else ""
        over = f", over since {of_rule[-1].recovery}" if of_rule[-1].recovery else ""
        evidence = sorted({each.rule for one in of_rule for each in one.evidence})
        seen = f" (evidence: {', '.join(evidence)})" if evidence else ""
        again = ", comes back in its rhythm" if any(each.returning for each in of_rule) else ""
        yield f"- {of_rule[0].rule} since {of_rule[0].onset}{times}{over}{again}: {of_rule[-1].message}{seen}"


def _listed(lines: Sequence[str], most: int = LISTED) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"- and {len(lines) - most:,} more"
