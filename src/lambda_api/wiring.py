"""Make the API's stores from its settings in the environment."""

import os
from datetime import timedelta
from functools import cache
from typing import Final

import msgspec
from fastapi import FastAPI

from heliograph.settings import load
from heliograph.storage.clients import Clients
from heliograph.storage.edits import DynamoEdits
from heliograph.storage.evaluations import DynamoWindows
from heliograph.storage.feeds import Feeds
from heliograph.storage.incidents import DynamoIncidentPages, DynamoIncidents
from heliograph.storage.ingestions import DynamoIngestions
from heliograph.storage.objects import QuarantinePages, S3Facts, S3Landing
from heliograph.storage.queues import SqsDepths, SqsQueue
from heliograph.storage.reading_pages import CountedPages, DynamoReadingPages
from heliograph.storage.sites import DynamoDays, DynamoSites
from lambda_api.app import make_app
from lambda_api.ports import ApiStores
from lambda_api.roles import Access, ApiRole

_ACCESS: Final = Access()


class ApiSettings(msgspec.Struct, frozen=True):
    """What the environment tells the API.

    user: who asks where no authorizer says it: on a laptop, whose it is. api_anyone: the role of such a caller.
    api_operator_scope, api_logger_scope: what a token's scopes must name for these roles. api_origins: origins whose
    pages may write beside the API's own, with commas between them.
    """

    readings_table: str
    sites_table: str
    ingestions_table: str
    incidents_table: str
    bucket: str
    ingest_queue_url: str
    dead_letter_queue_url: str
    watch_queue_url: str
    watch_dead_letter_queue_url: str
    user: str = _ACCESS.user
    api_anyone: ApiRole = _ACCESS.anyone
    api_operator_scope: str = _ACCESS.operator_scope
    api_logger_scope: str = _ACCESS.logger_scope
    api_origins: str = ""

    @property
    def access(self) -> Access:
        """How callers come by their roles."""
        return Access(self.user, self.api_anyone, self.api_operator_scope, self.api_logger_scope)


@cache
def api() -> FastAPI:
    """Make this process's API."""
    chosen = load(ApiSettings, os.environ)
    return make_app(make_stores(chosen, Clients()), access=chosen.access, origins=chosen.api_origins)


def make_stores(chosen: ApiSettings, aws: Clients) -> ApiStores:
    """Make the stores of these settings over these clients."""
    dynamodb = aws.dynamodb()
    s3 = cache(aws.s3)  # most calls need none, and its client takes longer to make than they do
    facts = S3Facts(s3, chosen.bucket)
    return ApiStores(
        readings=CountedPages(DynamoReadingPages(dynamodb, chosen.readings_table)),
        sites=DynamoSites(dynamodb, chosen.sites_table, chosen.ingestions_table),
        # It only reads here, so how long new items are kept doesn't matter.
        ingestions=DynamoIngestions(dynamodb, chosen.ingestions_table, timedelta()),
        incidents=DynamoIncidentPages(dynamodb, chosen.incidents_table),
        days=DynamoDays(dynamodb, chosen.sites_table),
        states=DynamoIncidents(dynamodb, chosen.incidents_table, timedelta()),
        queues=SqsDepths(aws.sqs(), _queues(chosen)),
        quarantine=QuarantinePages(s3, chosen.bucket),
        landing=S3Landing(s3, chosen.bucket),
        facts=facts,
        feeds=Feeds(dynamodb, chosen.sites_table, s3, chosen.bucket),
        windows=DynamoWindows(dynamodb, chosen.readings_table),
        edits=DynamoEdits(dynamodb, chosen.sites_table, facts),
        jobs=SqsQueue(aws.sqs(), chosen.watch_queue_url),
    )


def _queues(chosen: ApiSettings) -> dict[str, str]:
    return {
        "ingest": chosen.ingest_queue_url,
        "dead_letters": chosen.dead_letter_queue_url,
        "watch": chosen.watch_queue_url,
        "watch_dead_letters": chosen.watch_dead_letter_queue_url,
    }
