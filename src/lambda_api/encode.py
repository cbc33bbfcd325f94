"""What is stored becomes the shapes of `models`."""

from typing import TYPE_CHECKING, Any

import msgspec

from heliograph.assessed import Assessed
from heliograph.history import Version
from heliograph.incidents.model import Incident
from heliograph.ingestion import Ingestion, IngestionTotals
from heliograph.reading import net_kwh
from heliograph.site import Site

if TYPE_CHECKING:  # for GET /rules alone
    from heliograph.checks.rule import Rule


def reading(assessed: Assessed) -> dict[str, Any]:
    """Shape a reading as `models.Reading`."""
    history = assessed.history
    current = history.versions[0]
    generated, consumed, provenance = current.energy_generated_kwh, current.energy_consumed_kwh, current.provenance
    return {
        "site_id": history.site_id,
        "timestamp": history.timestamp,
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": consumed,
        "net_energy_kwh": net_kwh(generated, consumed),
        "anomaly": assessed.anomaly,
        "flags": assessed.every_flag,  # as they are: models.Flag has the same fields
        "source": provenance.source,
        "landed_at": provenance.landed_at,
        "revisions": [_revision(version) for version in history.replaced],
        "revision_count": history.revision_count,
    }


def site(known: Site) -> dict[str, Any]:
    """Shape a site as `models.Site`; unknown is null."""
    return msgspec.structs.asdict(known)


def ingestion(done: Ingestion) -> dict[str, Any]:
    """Shape an ingestion as `models.Ingestion`."""
    return {"id": done.id, **msgspec.structs.asdict(done)}


def incident(known: Incident) -> dict[str, Any]:
    """Shape an incident as `models.Incident`; what isn't yet is null."""
    return {
        "id": known.id,
        "site_id": known.site_id,
        "rule": known.rule,
        "state": known.state,
        "severity": known.severity,
        "onset": known.onset,
        "last_seen": known.last,
        "recovery": known.recovery or None,
        "message": known.message,
        "observed": known.observed,
        "limit": known.limit,
        "unit": known.unit,
        "basis": known.basis,
        "source": known.source or None,
        "found_at": known.found_at,
        "closed_at": known.closed_at or None,
        "suppressed": known.suppressed,
        "onset_notified_at": known.onset_notified_at or None,
        "recovery_notified_at": known.recovery_notified_at or None,
    }


def rule(declared: "Rule") -> dict[str, Any]:
    """Shape a rule as `models.Rule`: all that is said of it, without its checks."""
    return {
        "name": declared.name,
        "scopes": declared.scopes,
        "severity": declared.severity,
        "unit": declared.unit,
        "sentence": declared.sentence,
        "advice": declared.advice,
        "limits": [limit._asdict() for limit in declared.limits],
    }


def summary(totals: IngestionTotals, as_of: str) -> dict[str, Any]:
    """Shape the fleet's totals as `models.Summary`; what was stored is called readings."""
    counts = msgspec.structs.asdict(totals)
    return {"readings": counts.pop("stored"), **counts, "as_of": as_of}


def _revision(version: Version) -> dict[str, Any]:
    return {
        "energy_generated_kwh": version.energy_generated_kwh,
        "energy_consumed_kwh": version.energy_consumed_kwh,
        "source": version.provenance.source,
        "landed_at": version.provenance.landed_at,
    }
