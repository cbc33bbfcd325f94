"""The client of Heliograph's API: the one place that knows how to ask it.

    from heliograph_client import Client

    with Client("https://api.example.org") as api:
        table = api.readings("solar-001", "2026-11-01", "2026-12-01", floats=True)
    frame = table.to_pandas()

client.py      what can be asked for: readings as a table, sites, incidents, edits, any route page by page
resources.py   the API's routes; sites, readings, incidents and edits as values
auth.py        who asks: nobody, the owner of AWS credentials (SigV4), the bearer of a token
connection.py  how a request is sent: address, time limits, retries
errors.py      what can go wrong

Nothing is opened at import, and pyarrow is imported when a table is asked for.
"""

from heliograph_client.auth import Bearer, Scheme, Signed
from heliograph_client.client import Client
from heliograph_client.connection import ONCE, RetryPolicy
from heliograph_client.errors import (
    AccessDenied,
    ApiError,
    ApiUnavailable,
    CredentialsMissing,
    InvalidAddress,
    RequestRejected,
    UnexpectedAnswer,
)
from heliograph_client.resources import ApiEdit, ApiFlag, ApiIncident, ApiReading, ApiSite, NewEdit

__all__ = [
    "ONCE",
    "AccessDenied",
    "ApiEdit",
    "ApiError",
    "ApiFlag",
    "ApiIncident",
    "ApiReading",
    "ApiSite",
    "ApiUnavailable",
    "Bearer",
    "Client",
    "CredentialsMissing",
    "InvalidAddress",
    "NewEdit",
    "RequestRejected",
    "RetryPolicy",
    "Scheme",
    "Signed",
    "UnexpectedAnswer",
]
