"""Make the API from the environment: the one place where its settings meet its stores."""

import os
from datetime import timedelta
from functools import cache

import msgspec
from fastapi import FastAPI

from heliograph.settings import load
from heliograph.storage.alert_pages import DynamoAlertPages
from heliograph.storage.clients import Clients
from heliograph.storage.ingests import DynamoIngests
from heliograph.storage.raw_queries import RawQueries
from heliograph.storage.reading_pages import DynamoReadingPages
from heliograph.storage.sites import DynamoSites
from lambda_api.app import make_app
from lambda_api.ports import ApiStores


class ApiSettings(msgspec.Struct, frozen=True):
    """What the environment tells the API."""

    readings_table: str
    sites_table: str
    ingests_table: str
    alerts_table: str


@cache
def api() -> FastAPI:
    """Make this process's API."""
    return make_app(make_stores(load(ApiSettings, os.environ), Clients()))


def make_stores(chosen: ApiSettings, aws: Clients) -> ApiStores:
    """Make the stores of these settings over these clients."""
    dynamodb = aws.dynamodb()
    return ApiStores(
        readings=DynamoReadingPages(dynamodb, chosen.readings_table, RawQueries(dynamodb)),
        sites=DynamoSites(dynamodb, chosen.sites_table, chosen.ingests_table),
        # It only reads here, so how long new items are kept doesn't matter.
        ingests=DynamoIngests(dynamodb, chosen.ingests_table, timedelta()),
        alerts=DynamoAlertPages(dynamodb, chosen.alerts_table),
    )
