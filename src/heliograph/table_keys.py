"""The tables' keys and indexes: no other file knows them.

Terraform, the local stack and every store take their names from here or are compared with it by a test.

    readings  PK site_id        SK timestamp    one reading
              anomalies_by_site SK anomaly_at   sparse: only anomalous readings have it
              anomalies_by_day  PK anomaly_day  SK anomaly_key   sparse, across sites; a day in shards
    sites     PK site_id        SK part         `registry`; `day#DATE`, a local day; `watched`, the last re-evaluation;
                                                `recent`, the last two days packed; `edit#MADE#ID`, an edit; of
                                                `_feeds` each feed's newest version, by the feed's name; of `_edits`
                                                whose edit each is, by the edit's id
              fleet             PK fleet        SK site_id       sparse: only registry items have it
              due               PK slot         SK site_id       sparse, likewise: who is evaluated in which minute
              beside            PK beside       SK beside_at     sparse: of a region and kind, near sites together
    ingestions   PK hour           SK ingestion       one raw object by the hour it landed, in shards; the fleet's
    running
                                                totals; `tries`, how often work on a message began
    incidents PK site_id        SK incident     one incident; and `state`, what a site's rules stand at; of `#notifier`
                                                its lease, what was sent at once, and each digest
              listed            PK listed       SK listed_at     sparse: incidents, the open and those closed by day
              pending           PK pending      SK pending_at    sparse: the outbox
"""

import re
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
DUE: Final = Index("due", "slot", "site_id")
BESIDE: Final = Index("beside", "beside", "beside_at")
LISTED: Final = Index("listed", "listed", "listed_at")
PENDING: Final = Index("pending", "pending", "pending_at")

READINGS: Final = Table("readings", "site_id", "timestamp", (ANOMALIES_BY_SITE, ANOMALIES_BY_DAY), "expires_at")
SITES: Final = Table("sites", "site_id", "part", (FLEET, DUE, BESIDE))
INGESTIONS: Final = Table("ingestions", "hour", "ingestion", expires_by="expires_at")
INCIDENTS: Final = Table("incidents", "site_id", "incident", (LISTED, PENDING), "expires_at")
TABLES: Final = (READINGS, SITES, INGESTIONS, INCIDENTS)

REGISTRY_PART: Final = "registry"
WATCHED_PART: Final = "watched"
RECENT_PART: Final = "recent"
WHOLE_FLEET: Final = "all"

# The watch's own item among the sites; no site's id begins with an underscore.
WATCH_SITE: Final = "_watch"
CYCLE_PART: Final = "cycle"
# The feeds among the sites, by name.
FEEDS_SITE: Final = "_feeds"
# Whose edits they are, by id.
EDITS_SITE: Final = "_edits"

# Each site has one of these, in whose minutes of the hour it is evaluated.
SLOTS: Final = 60

# The files of an hour are spread over so many partitions, each of which takes 1,000 write units a second: an
# ingestion's transaction takes 2, so 8,000 files a second. A page of the list reads and merges them all.
INGESTION_SHARDS: Final = 16

# Each processor adds to one of these items, so that many at once seldom meet. They lie in several partitions, 500
# transactions a second each; /summary asks each for all its items in one Query.
TOTALS_SHARDS: Final = 64
TOTALS_PARTITIONS: Final = 8
_STRAY: Final = " in "

TRIES: Final = "tries"


# A day's anomalies are spread over so many partitions, by site: an index whose partition is over its load throttles the
# table itself, so a fault of the whole fleet would keep good readings from being stored.
ANOMALY_SHARDS: Final = 16


def anomaly_keys(site_id: str, timestamp: str) -> dict[str, str]:
    """Return the attributes that put an anomalous reading into both sparse indexes."""
    shard = sha256(site_id.encode()).digest()[5] % ANOMALY_SHARDS
    return {
        ANOMALIES_BY_SITE.sort: timestamp,
        ANOMALIES_BY_DAY.partition: anomaly_list(timestamp[:10], shard),
        ANOMALIES_BY_DAY.sort: f"{site_id}#{timestamp}",
    }


def anomaly_list(day: str, shard: int) -> str:
    """Return the partition of one shard of a UTC day's anomalies, in the index by day."""
    return f"{day}#{shard:02d}"


def ingestion_id(object_key: str, version: str, landed_at: str) -> str:
    """Return the name of one raw object's ingestion: when it landed and a hash of its key and version.

    The same object always has the same id, so processing it again meets the same item.
    """
    moment = moment_of(landed_at)
    digest = sha256(f"{object_key}\0{version}".encode()).hexdigest()[:20]
    return f"{moment:%Y%m%dT%H%M%SZ}-{digest}"


def ingestion_hour(ingestion: str) -> str:
    """Return the UTC hour an ingestion's object landed in, `YYYYMMDDTHH`."""
    return ingestion[:11]


def ingestion_place(ingestion: str) -> tuple[str, str]:
    """Return the partition and the sort key an ingestion is kept under; a hash of its object chooses the shard."""
    return ingestion_list(ingestion_hour(ingestion), int(ingestion[-2:], 16) % INGESTION_SHARDS), ingestion


def ingestion_list(hour: str, shard: int) -> str:
    """Return the partition of one shard of an hour's ingestions."""
    return f"{hour}#{shard:02d}"


def totals_shard(ingestion: str) -> str:
    """Return the running-totals item that an ingestion adds to, always the same one for the same ingestion."""
    return f"shard-{int(ingestion[-4:], 16) % TOTALS_SHARDS:02d}"


def totals_place(shard: str) -> tuple[str, str]:
    """Return the partition and the sort key of a running-totals item, by its name as `totals_name` gives it."""
    sort, _, partition = shard.partition(_STRAY)
    return partition or totals_list(int(sort[-2:]) % TOTALS_PARTITIONS), sort


def totals_name(partition: str, sort: str) -> str:
    """Name a running-totals item: by its sort key, and where it doesn't belong there, by its partition too."""
    own = re.fullmatch(r"shard-\d\d", sort, re.ASCII) and totals_place(sort)[0] == partition
    return sort if own and int(sort[-2:]) < TOTALS_SHARDS else f"{sort}{_STRAY}{partition}"


def totals_list(partition: int) -> str:
    """Return one of the partitions of the running totals."""
    return f"totals#{partition}"


def tries_place(message_id: str) -> tuple[str, str]:
    """Return the partition and the sort key of what is counted about a queue message: a partition of its own."""
    return f"{TRIES}#{message_id}", TRIES


# The lists of incidents are spread over so many partitions, each read and merged for a page: a fault of the whole fleet
# writes 1,000 a second to each.
INCIDENT_SHARDS: Final = 4
SITE_STATE: Final = "state"
# No site is called so: the item with the notifier's lease.
NOTIFIER: Final = "#notifier"
INCIDENT_ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}~[a-z][a-z0-9_]{0,63}~\d{8}T\d{6}Z$"

_INCIDENT_ID: Final = re.compile(INCIDENT_ID_PATTERN.removesuffix("$") + r"\Z", re.ASCII)


def incident_id(site_id: str, rule: str, onset: str) -> str:
    """Return the name of an incident of `rule` at a site that began at `onset`, UTC text; safe in URLs."""
    return f"{site_id}~{rule}~{moment_of(onset):%Y%m%dT%H%M%SZ}"


def is_incident_id(text: str) -> bool:
    """Return whether `text` looks as incidents' ids do."""
    return _INCIDENT_ID.match(text) is not None


def incident_place(incident: str) -> tuple[str, str]:
    """Return the site and the sort key an incident id is kept under; a site's incidents are in order of their onset."""
    site_id, rule, onset = incident.split("~")
    return site_id, f"{incidents_from(format_timestamp(moment_of(onset)))}#{rule}"


def incidents_from(onset: str) -> str:
    """Return where a site's incidents begin that began at `onset` or later."""
    return f"incident#{onset}"


def incident_shard(site_id: str) -> int:
    """Return which part of each list of incidents holds a site's."""
    return sha256(site_id.encode()).digest()[0] % INCIDENT_SHARDS


def open_list(shard: int) -> str:
    """Return the partition of one part of the open incidents."""
    return f"open#{shard}"


def closed_list(day: str, shard: int) -> str:
    """Return the partition of one part of the incidents that recovered on a UTC day `YYYY-MM-DD`."""
    return f"closed#{day}#{shard}"


def pending_list(shard: int) -> str:
    """Return the partition of one part of what is pending."""
    return f"pending#{shard}"


def day_part(date: str) -> str:
    """Return the sort key of a site's local day `YYYY-MM-DD`; days come before all other parts."""
    return f"day#{date}"


def edit_part(made_at: str, edit_id: str) -> str:
    """Return the sort key of a site's edit: in the order in which they were made, between its days and the rest."""
    return f"edit#{made_at}#{edit_id}"


def slot_key(slot: int) -> str:
    """Return the partition of a slot, 0 to 59, in the index `due`."""
    return f"{slot:02d}"


def site_slot(site_id: str) -> int:
    """Return a site's slot, 0 to 59: always the same, and sites spread evenly."""
    return int.from_bytes(sha256(site_id.encode()).digest()[1:5]) % SLOTS


# The sort keys of the index `beside` lie between these: a place's code, or the dash of a site without a place.
BESIDE_FIRST: Final = "-"
BESIDE_LAST: Final = "~"


def beside_list(region: str, kind: str) -> str:
    """Return the partition of a region's sites of a kind, in the index `beside`."""
    return f"{region}#{kind}"


def beside_at(code: str, site_id: str) -> str:
    """Return where a site stands among those of its region and kind. code: of its place; empty where it has none."""
    return f"{code or BESIDE_FIRST}#{site_id}"


def site_totals_shard(site_id: str) -> str:
    """Return the running-totals item that counts a site."""
    return f"shard-{sha256(site_id.encode()).digest()[0] % TOTALS_SHARDS:02d}"
