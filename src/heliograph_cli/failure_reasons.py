"""A dead letter's subject, and why it failed."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from heliograph.evaluation.cycle import NotAJob, read_job
from heliograph.events import Landed, NotAnEvent, landed_objects
from heliograph.reading import format_timestamp, moment_of
from heliograph.storage.clients import Clients
from heliograph.storage.ingestions import read_ingestion
from heliograph.storage.queues import DeadLetter
from heliograph.table_keys import ingestion_id
from heliograph_cli.target import Target

_NAMED: Final = 5
_SEE_WATCH: Final = "no look at them came to an end; see the watch's log"


class FailedFile(msgspec.Struct, frozen=True):
    """A file that failed. error: the last one. size_bytes: None where the object is gone."""

    id: str
    age_minutes: int
    object_key: str
    version: str
    size_bytes: int | None
    error: str


class FailedEvaluation(msgspec.Struct, frozen=True):
    """Evaluations that failed. asked_at: UTC text. count: of the sites; sites: the first of them."""

    id: str
    age_minutes: int
    asked_at: str
    count: int
    sites: str
    error: str


Failed = FailedFile | FailedEvaluation


def failed_evaluation(dead_letter: DeadLetter) -> FailedEvaluation:
    """Return what a dead letter of the watch is about; the readings say what an evaluation finds, so none is kept."""
    try:
        job = read_job(dead_letter.body)
    except NotAJob as error:
        return FailedEvaluation(dead_letter.id, _age(dead_letter), "", 0, "", str(error))
    sites = ", ".join(visit.site_id for visit in job.sites[:_NAMED])
    more = f" and {len(job.sites) - _NAMED} more" if len(job.sites) > _NAMED else ""
    return FailedEvaluation(dead_letter.id, _age(dead_letter), job.at, len(job.sites), sites + more, _SEE_WATCH)


def failed_file(dead_letter: DeadLetter, target: Target, clients: Clients) -> FailedFile:
    """Return what a dead letter of the ingest queue is about, and the last error of its file."""
    try:
        named = landed_objects(dead_letter.body)
    except NotAnEvent as error:
        return FailedFile(dead_letter.id, _age(dead_letter), "", "", None, str(error))
    if not named:
        return FailedFile(dead_letter.id, _age(dead_letter), "", "", None, "the event names no raw object")
    return _of_object(named[0], dead_letter, target, clients)


def _of_object(landed: Landed, dead_letter: DeadLetter, target: Target, clients: Clients) -> FailedFile:
    age = _age(dead_letter)
    head = _head(landed, target, clients)
    if head is None:
        return FailedFile(
            dead_letter.id, age, landed.key, landed.version, None, "the object isn't in the bucket any more"
        )
    name = ingestion_id(landed.key, landed.version, format_timestamp(head["LastModified"]))
    ingestion = read_ingestion(clients.dynamodb(), target.ingestions_table, name)
    error = ingestion.error if ingestion else "no attempt came to an end; see the processor's log"
    return FailedFile(dead_letter.id, age, landed.key, landed.version, head["ContentLength"], error)


def _age(dead_letter: DeadLetter) -> int:
    return int((datetime.now(UTC) - moment_of(dead_letter.sent_at)).total_seconds() // 60)


def _head(landed: Landed, target: Target, clients: Clients) -> Any:  # noqa: ANN401 - botocore's answer
    version: dict[str, Any] = {"VersionId": landed.version} if landed.version else {}
    try:
        return clients.s3().head_object(Bucket=target.bucket, Key=landed.key, **version)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 405}:
            return None
        raise
