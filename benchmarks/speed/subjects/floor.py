"""The bare floor: what the machine allows when nothing is checked and nothing is kept from going wrong.

orjson in, one pass, orjson bodies, botocore's SigV4, one urllib3 connection. No checks, no duplicates, no retries.
"""

import os
from collections.abc import Callable
from typing import Any

_TOGETHER = 25


def make(settings: dict[str, Any]) -> Callable[[], object]:
    """Import and open a connection; a run reads the file and writes it in batches."""
    import orjson  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the imports are part of init
    import urllib3  # noqa: PLC0415
    from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    environment = settings["environment"]
    os.environ.update(environment)
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
            send([{"PutRequest": {"Item": item_of(record)}} for record in records[first : first + _TOGETHER]])

    return run


def item_of(record: dict[str, Any]) -> dict[str, Any]:
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
