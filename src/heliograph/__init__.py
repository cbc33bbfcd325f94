"""Heliograph's core: readings, the checks on them, incidents, and the stores.

The core imports no Lambda and opens nothing when imported. Time, randomness and AWS clients are passed in.

feed/         files into readings and rejected records
checks/       the rules
evaluation/   one site's evaluation over time
incidents/    incidents and their notifications
storage/      the stores, over AWS
audit/        what should be stored, recomputed from the files

reading.py, history.py, series.py               a reading; its revisions and flags; many of them
site.py, fact.py, zones.py                      a site's registry entry; its registration; time zones
baseline.py                                     what an evaluation knows of a site from its last weeks
ingestion.py, quarantine.py, events.py          a file's outcome; its rejected records; S3's events
object_keys.py, table_keys.py                   every key in S3 and in DynamoDB
formatting.py, errors.py                        numbers in messages; the errors
settings.py, telemetry.py, collecting.py        a Lambda's settings; logs and metrics; garbage collection
"""

__version__ = "0.1.0"
