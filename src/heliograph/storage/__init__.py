"""The stores: everything that calls AWS for the core. Clients are passed in, and nothing is opened on import.

Each store of the processor has a protocol in `ports`, so that tests use fakes and no mocks.

readings.py, reading_items.py              the readings: writes and pages; their items
incidents.py, notifications.py             the incidents table; its outbox, and SNS
ingestions.py                              ingestions and totals; attempts at a message
sites.py                                   the registry, and days as served
evaluations.py                             what an evaluation reads and keeps: readings, days, re-evaluations, the cycle
objects.py, listing.py                     the bucket: its objects, and what it lists
queues.py, redelivery.py                   SQS; which messages of a batch come back, and when
items.py                                   DynamoDB's items: one codec for every kind
batches.py, pages.py, scans.py             batches, items by key; pages; whole tables for the audit
clients.py, fast_path.py, retry_policy.py  AWS clients, the fast path, retries
ports.py                                   the protocols; those of incidents are in `heliograph.incidents.ports`
"""
