"""A record as it goes into the raw file: what a site's logger sends for one interval."""

from datetime import datetime
from typing import Any

from heliograph.reading import format_timestamp
from lambda_simulator.energy import Energy

Record = dict[str, Any]


def record_of(site_id: str, tick_end: datetime, energy: Energy) -> Record:
    """Write one interval's energies, kWh, as a record stamped with the interval's end."""
    return {
        "site_id": site_id,
        "timestamp": format_timestamp(tick_end),
        "energy_generated_kwh": energy.generated,
        "energy_consumed_kwh": energy.consumed,
    }
