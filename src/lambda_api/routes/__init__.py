"""The API's routes, one file a resource."""

from typing import Final

from lambda_api.routes import (
    alerts,
    anomalies,
    dashboard,
    fleet,
    ingests,
    pipeline,
    readings,
    records,
    refused,
    service,
    sites,
    summary,
    totals,
)

_RESOURCES: Final = (summary, fleet, sites, records, readings, totals, anomalies, alerts, ingests, refused, pipeline)

ROUTERS: Final = tuple(each.router for each in (*_RESOURCES, service, dashboard))
