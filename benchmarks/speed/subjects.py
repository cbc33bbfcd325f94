"""What is measured: each function here is the init of a program, and what it gives is one run of it.

A subject imports what it needs itself, since that is part of its init.
"""

import importlib
import json
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

TimedCall = Callable[[], object]
_OK = (200, 304)
_TOGETHER = 25
# What a Lambda's first call makes, in its wiring.
_MADE = {"lambda_processor": "processor", "lambda_watch": "watch", "lambda_api": "api"}


def api(settings: dict[str, Any]) -> TimedCall:
    """The API as it is shipped: its handler, called with a request from an HTTP API; its init makes the app."""
    module = importlib.import_module("lambda_api.handler")
    module.adapter()
    event, context = settings["event"], SimpleNamespace(aws_request_id="1")

    def run() -> None:
        answer = module.handler(event, context)
        if answer["statusCode"] not in _OK:
            raise SystemExit(f"the API answered {answer}")

    return run


def processor(settings: dict[str, Any]) -> TimedCall:
    """The processor as it is shipped: its handler, called with a message that names a file; init makes its stores."""
    handler = importlib.import_module("lambda_processor.handler").handler
    wiring = importlib.import_module("lambda_processor.wiring")
    known = wiring.processor()._stores.sites._kept  # noqa: SLF001 - there is no other way to make it forget
    event, context = (
        settings["event"],
        SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 300_000),
    )

    def run() -> None:
        known.clear()  # each run reads the registry, which a busy processor does once a minute
        answer = handler(event, context)
        if answer["batchItemFailures"]:
            raise SystemExit(f"the processor failed: {answer}")

    return run


def lambda_init(settings: dict[str, Any]) -> TimedCall:
    """Any Lambda's init: its handler's module is imported, and what its first call makes is made; a run is nothing."""
    package = settings["package"]
    importlib.import_module(f"{package}.handler")
    if maker := _MADE.get(package):
        getattr(importlib.import_module(f"{package}.wiring"), maker)()
    return lambda: None


def boto3_init(_settings: dict[str, Any]) -> TimedCall:
    """The yardstick of the processor's init: import boto3 and make three clients; a run is nothing."""
    import boto3  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the import is what is measured

    clients = [boto3.client(service) for service in ("s3", "dynamodb", "sns")]
    return lambda: clients


def fastapi_init(_settings: dict[str, Any]) -> TimedCall:
    """The yardstick of the API's first answer: import FastAPI and Mangum, make a botocore client; a run is nothing."""
    import botocore.session  # noqa: PLC0415 - the imports are what is measured
    import fastapi  # noqa: PLC0415
    import mangum  # noqa: PLC0415

    client = botocore.session.get_session().create_client("dynamodb")
    return lambda: (fastapi, mangum, client)


def put_item(settings: dict[str, Any]) -> TimedCall:
    """What most published processors of this pipeline do: one PutItem a reading, through boto3's resources."""
    records, table = _by_boto3(settings)

    def run() -> None:
        for record in records():
            table.put_item(Item=_plain_item(record))

    return run


def batch_writer(settings: dict[str, Any]) -> TimedCall:
    """What the careful ones do: boto3's batch_writer, 25 puts a call."""
    records, table = _by_boto3(settings)

    def run() -> None:
        with table.batch_writer() as writer:
            for record in records():
                writer.put_item(Item=_plain_item(record))

    return run


def _by_boto3(settings: dict[str, Any]) -> tuple[Callable[[], Any], Any]:
    """Import boto3 and make a client and a table; return what reads a file's records, and the table."""
    from decimal import Decimal  # noqa: PLC0415 - its import is part of init

    import boto3  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the same

    s3 = boto3.client("s3")
    table = boto3.resource("dynamodb").Table(os.environ["HELIOGRAPH_READINGS_TABLE"])

    def records() -> Any:  # noqa: ANN401 - what the file holds
        body = s3.get_object(Bucket=settings["bucket"], Key=settings["key"])["Body"].read()
        return json.loads(body, parse_float=Decimal)

    return records, table


def _plain_item(record: dict[str, Any]) -> dict[str, Any]:
    """Return a reading's item: its fields, the net, and whether one of them is negative."""
    generated, consumed = record["energy_generated_kwh"], record["energy_consumed_kwh"]
    return {
        "site_id": record["site_id"],
        "timestamp": record["timestamp"],
        "energy_generated_kwh": generated,
        "energy_consumed_kwh": consumed,
        "net_energy_kwh": generated - consumed,
        "anomaly": generated < 0 or consumed < 0,
    }


def floor(settings: dict[str, Any]) -> TimedCall:
    """The bare floor: what the machine allows when nothing is checked and nothing is kept from going wrong.

    orjson in, one pass, orjson bodies, botocore's SigV4, one urllib3 connection. No checks, no duplicates, no retries.
    """
    import orjson  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the imports are part of init
    import urllib3  # noqa: PLC0415
    from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    environment = settings["environment"]
    endpoint, region = environment["AWS_ENDPOINT_URL"], environment["AWS_REGION"]
    table = environment["HELIOGRAPH_READINGS_TABLE"]
    keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    pool = urllib3.PoolManager(maxsize=1)
    to_s3, to_dynamodb = S3SigV4Auth(keys, "s3", region), SigV4Auth(keys, "dynamodb", region)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
    }

    def send(puts: list[dict[str, Any]]) -> None:
        request = AWSRequest("POST", f"{endpoint}/", dict(headers), orjson.dumps({"RequestItems": {table: puts}}))
        to_dynamodb.add_auth(request)
        ready = request.prepare()
        answer = pool.urlopen("POST", ready.url, body=ready.body, headers=dict(ready.headers))
        if answer.status != 200 or orjson.loads(answer.data)["UnprocessedItems"]:  # noqa: PLR2004 - HTTP's own
            raise SystemExit(answer.data)

    def run() -> None:
        asked = AWSRequest("GET", f"{endpoint}/{settings['bucket']}/{settings['key']}")
        to_s3.add_auth(asked)
        ready = asked.prepare()
        records = orjson.loads(pool.urlopen("GET", ready.url, headers=dict(ready.headers)).data)
        for first in range(0, len(records), _TOGETHER):
            send([{"PutRequest": {"Item": _typed_item(record)}} for record in records[first : first + _TOGETHER]])

    return run


def _typed_item(record: dict[str, Any]) -> dict[str, Any]:
    """Return a reading's item, typed as DynamoDB wants it."""
    generated, consumed = record["energy_generated_kwh"], record["energy_consumed_kwh"]
    return {
        "site_id": {"S": record["site_id"]},
        "timestamp": {"S": record["timestamp"]},
        "energy_generated_kwh": {"N": str(generated)},
        "energy_consumed_kwh": {"N": str(consumed)},
        "net_energy_kwh": {"N": str(generated - consumed)},
        "anomaly": {"BOOL": generated < 0 or consumed < 0},
    }
