"""The API's routes, one file a resource."""

from typing import Final

from lambda_api.routes import alerts, anomalies, ingests, records, service, sites, summary

ROUTERS: Final = tuple(each.router for each in (summary, sites, records, anomalies, alerts, ingests, service))
