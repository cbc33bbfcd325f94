"""Logs and metrics, the same for every Lambda: JSON lines and EMF through Powertools.

Every call of a Lambda prints one line, so a silent Lambda is one that never ran.
"""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics


@cache
def logger() -> Logger:
    """Return the process's JSON logger; its level is POWERTOOLS_LOG_LEVEL, its service POWERTOOLS_SERVICE_NAME."""
    return Logger(use_rfc3339=True, utc=True)


@cache
def metrics() -> Metrics:
    """Return the process's metrics, printed as EMF lines in the namespace Heliograph."""
    return Metrics(namespace="Heliograph")
