"""Where things are kept in DynamoDB: the one place that knows the tables' keys and indexes.

Terraform, the local stack and every store take their names from here or are compared with it by a test.

    readings  PK site_id        SK timestamp    one reading
              anomalies_by_site SK anomaly_at   sparse: only anomalous readings have it
              anomalies_by_day  PK anomaly_day  SK anomaly_key   sparse, across sites
    sites     PK site_id        SK part         `registry`, and later what was learned and the day totals
              fleet             PK fleet        SK site_id       sparse: only registry items have it
    ingests   PK hour           SK ingest       one raw object by the hour it landed; and the fleet's running totals
    alerts    PK site_id        SK incident     one incident
"""

from hashlib import sha256
from typing import Final

import msgspec

from heliograph.reading import format_timestamp, moment_of


class Index(msgspec.Struct, frozen=True):
    """A global secondary index with its keys, holding whole items."""

    name: str
    partition: str
    sort: str


class Table(msgspec.Struct, frozen=True):
    """A table's role, its keys (all text), its indexes, and the attribute items expire by."""

    role: str
    partition: str
    sort: str
    indexes: tuple[Index, ...] = ()
    expires_by: str | None = None


ANOMALIES_BY_SITE: Final = Index("anomalies_by_site", "site_id", "anomaly_at")
ANOMALIES_BY_DAY: Final = Index("anomalies_by_day", "anomaly_day", "anomaly_key")
FLEET: Final = Index("fleet", "fleet", "site_id")

READINGS: Final = Table("readings", "site_id", "timestamp", (ANOMALIES_BY_SITE, ANOMALIES_BY_DAY), "expires_at")
SITES: Final = Table("sites", "site_id", "part", (FLEET,))
INGESTS: Final = Table("ingests", "hour", "ingest", expires_by="expires_at")
ALERTS: Final = Table("alerts", "site_id", "incident", expires_by="expires_at")
TABLES: Final = (READINGS, SITES, INGESTS, ALERTS)

REGISTRY_PART: Final = "registry"
WHOLE_FLEET: Final = "all"

TOTALS_HOUR: Final = "totals"
# Each processor adds to one of these items, so that many at once seldom meet; /summary reads them all in one Query.
TOTALS_SHARDS: Final = 16


def anomaly_keys(site_id: str, timestamp: str) -> dict[str, str]:
    """Give the attributes that put an anomalous reading into both sparse indexes.

    Within a day the key begins with the site, so that a fault of the whole fleet spreads over the index's partitions.
    """
    return {
        ANOMALIES_BY_SITE.sort: timestamp,
        ANOMALIES_BY_DAY.partition: timestamp[:10],
        ANOMALIES_BY_DAY.sort: f"{site_id}#{timestamp}",
    }


def ingest_id(object_key: str, version: str, landed_at: str) -> str:
    """Give the name of one raw object's ingest: when it landed and a hash of its key and version.

    The same object always has the same id, so processing it again meets the same item.
    """
    moment = moment_of(landed_at)
    digest = sha256(f"{object_key}\0{version}".encode()).hexdigest()[:20]
    return f"{moment:%Y%m%dT%H%M%SZ}-{digest}"


def ingest_hour(ingest: str) -> str:
    """Give the partition an ingest id is kept in: the UTC hour its object landed, `YYYYMMDDTHH`."""
    return ingest[:11]


def totals_shard(ingest: str) -> str:
    """Give the running-totals item that an ingest adds to, always the same one for the same ingest."""
    return f"shard-{int(ingest[-4:], 16) % TOTALS_SHARDS:02d}"


def incident_key(rule: str, onset: str) -> str:
    """Give the sort key of an incident of `rule` that began at `onset`: one incident a rule and UTC day."""
    return f"{rule}#{format_timestamp(moment_of(onset))[:10]}"


def site_totals_shard(site_id: str) -> str:
    """Give the running-totals item that counts a site."""
    return f"shard-{sha256(site_id.encode()).digest()[0] % TOTALS_SHARDS:02d}"
