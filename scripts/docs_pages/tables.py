"""The page of where things are kept: tables, keys, indexes, prefixes."""

from typing import Final

from docs_pages.markdown import code, page, table
from heliograph import object_keys, table_keys
from heliograph.counting import COUNTING_BITS
from heliograph.history import KEPT_REVISIONS

_SHARDED: Final = (
    f"an hour is {table_keys.INGESTION_SHARDS} partitions, {code(table_keys.ingestion_list('20261122T10', 0))} …, "
    "chosen by a hash of the object"
)
# What an item's sort key says of it, for the tables that hold more than one kind.
_KINDS: Final = {
    "readings": [("a UTC timestamp, `2026-11-22T10:20:00Z`", "one reading, the END of its interval")],
    "sites": [
        (
            code(table_keys.REGISTRY_PART),
            "what is known of the site; in the indexes `fleet` and `due`, and with region and kind known in `beside`",
        ),
        (
            code(table_keys.day_part("2026-11-22")),
            (
                "one local day: its energy, readings, flags. Where not all is measured, `parts` has the energy of each "
                "quality code and `estimates` the values that stand in for missing ones. `hours` is what was measured "
                "in each hour, for estimates of other days and sites. Deleted once its readings are withdrawn"
            ),
        ),
        (code(table_keys.WATCHED_PART), "the last re-evaluation: when it began, and from where it judged"),
        (code(table_keys.RECENT_PART), "the last two days, packed, so that an evaluation reads hours and not days"),
        (
            code(table_keys.edit_part("2026-11-22T10:20:03.000000Z", "ID")),
            "an edit, by when it was made: what is said of a stretch of readings, by whom, and when it was undone",
        ),
        (f"{code(table_keys.CYCLE_PART)} of {code(table_keys.WATCH_SITE)}", "the minute of the watch's last tick"),
        (f"a name, of {code(table_keys.FEEDS_SITE)}", "a feed: its newest version, who added it and when"),
        (f"an id, of {code(table_keys.EDITS_SITE)}", "where the edit of that id is: its site, and when it was made"),
    ],
    "ingestions": [
        ("an ingestion id, `20261122T102003Z-…`", "what became of one version of one raw object; " + _SHARDED),
        (
            f"{code('shard-00')} … in {code(table_keys.totals_list(0))} …",
            f"the fleet's totals: {table_keys.TOTALS_SHARDS} items in {table_keys.TOTALS_PARTITIONS} partitions",
        ),
        (
            f"{code(table_keys.TRIES)} of {code(table_keys.TRIES + '#MESSAGE')}",
            "how often work on a queue message began that came back; gone after 15 days",
        ),
    ],
    "incidents": [
        (code(table_keys.incidents_from("2026-11-22T09:05:00Z") + "#stale"), "one incident, by its onset and rule"),
        (code(table_keys.SITE_STATE), "what a site's rules stand at: the open incidents, the last recoveries"),
        (
            f"{code('turn')}, {code('at once#…')}, {code('digest#ZONE#DATE')} of {code(table_keys.NOTIFIER)}",
            "the notifier's lease; what was sent at once in ten minutes; what a zone's digest held",
        ),
    ],
}
# What the attributes of an item say that its names don't.
_ATTRIBUTES: Final = {
    "readings": [
        ("`landed_at`, `source`, `position`", "which record of which file brought the values that hold, and when"),
        ("`flags`, `watched`", "what the processor found, and what the watch found"),
        ("`aside`", "rules of `flags` that don't hold, as JSON: an edit changed or accepted the value"),
        (
            "`registers`",
            "what the site's counters stood at, as JSON: side, FEED:NAME, kWh, width, day; these sides have no energy",
        ),
        ("`merges`", "how often the item was changed; absent where it never was"),
        (
            "`revisions`",
            (
                f"the {KEPT_REVISIONS} newest other values of each side as JSON: generated, consumed, position, "
                "source, landed_at, and who brought them, where that is another landing; source and landed_at are "
                "empty where they are those of the row above"
            ),
        ),
        ("`counted`", f"{COUNTING_BITS} bits, base64: values no longer kept; absent while all are"),
        ("`inserted_by`", "the landing that stored the reading, if another"),
        (
            "`brought_by`",
            "the landing that brought what holds, if another; of an only value a third one, another feed's if known",
        ),
        ("`joined_by`", "the side that another landing stored first, and that landing, as JSON"),
        ("`latest`", "what the latest landing says itself, as JSON, where the reading has a side of another one"),
    ],
}
_INTRO = """
`src/heliograph/table_keys.py` is the one place that knows DynamoDB's keys, `object_keys.py` the one that knows S3's.
All keys are text, all tables are on demand, and no request scans. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`.
"""
_PREFIXES: Final = (
    (object_keys.RAW, "files as they landed, `raw/FEED/YYYY/MM/DD/NAME`; never changed, never deleted by Heliograph"),
    (object_keys.QUARANTINE, "the records rejected of one raw object, at its own path, `PATH@VERSION.ndjson`"),
    (object_keys.LABELS, "the truth about simulated faults, at the path of the simulated file"),
    (object_keys.FACTS, "what people add, with who and when, `facts/KIND/ID.json`; never deleted by Heliograph"),
    (
        object_keys.facts_of("edits"),
        "edits, `facts/edits/ID.json`, and that one was undone, `facts/edits/ID.undo.json`; each written once",
    ),
    (
        object_keys.facts_of("feeds"),
        "the versions of the feeds' profiles, `facts/feeds/NAME/VERSION.json`; each written once",
    ),
    (
        object_keys.facts_of("profiles"),
        "the profile that a file is read by, `facts/profiles/INGESTION.json`; changed by `feeds replay` alone",
    ),
    (
        object_keys.facts_of("zones"),
        "the time zones that a file's local times are read by, `facts/zones/INGESTION.json`; written once",
    ),
)


def tables_page() -> str:
    """Return the page."""
    sections = [part for each in table_keys.TABLES for part in _section(each)]
    prefixes = table(("prefix", "what lies below it"), [(code(prefix), says) for prefix, says in _PREFIXES])
    return page("Tables and keys", _INTRO, *sections, "## The bucket", prefixes)


def _section(of: table_keys.Table) -> list[str]:
    expires = f"Items expire by `{of.expires_by}`." if of.expires_by else "Items don't expire."
    parts = [
        f"## `{of.role}`",
        f"Partition key `{of.partition}`, sort key `{of.sort}`. {expires}",
        table((f"`{of.sort}`", "what the item is"), _KINDS[of.role]),
    ]
    if of.role in _ATTRIBUTES:
        parts.append(table(("attribute", "what it says"), _ATTRIBUTES[of.role]))
    if of.indexes:
        rows = [(code(each.name), code(each.partition), code(each.sort)) for each in of.indexes]
        parts.append(table(("sparse index", "partition key", "sort key"), rows))
    return parts
