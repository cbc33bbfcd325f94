"""The laptop is the cloud: what Terraform makes, beside what the local stack makes, and that it works."""

import json
import time
from pathlib import Path

import httpx2
import pytest

from heliograph.object_keys import RAW
from local_stack import StackOptions, start
from local_stack.clients import LocalClients
from terraform.cloud import Cloud, describe

# Variables of the cloud's functions that the laptop leaves at their defaults.
ONLY_IN_THE_CLOUD = {"HELIOGRAPH_RETENTION_DAYS"}


def test_the_laptop_is_the_cloud(cloud: Cloud, zips: Path, tmp_path: Path) -> None:
    """Tables, keys, indexes, expiry, queues, notifications, functions, event sources, schedule and routes are alike."""
    outputs = cloud.workspace.outputs()
    theirs = describe(cloud.aws, "heliograph-test", outputs["bucket"])
    with start(StackOptions(state_dir=tmp_path, zips=zips, schedule=False)) as running:
        aws = LocalClients(running.stack.endpoint, running.stack.region)
        ours = describe(aws, "heliograph-local", running.stack.raw_bucket)
    for function in theirs["functions"].values():
        function["environment"] = [name for name in function["environment"] if name not in ONLY_IN_THE_CLOUD]
    # The cloud's API calls the published snapshot of its function, which the laptop doesn't have.
    theirs["api"]["calls"] = theirs["api"]["calls"].removesuffix(":live")
    assert theirs == ours


def test_a_second_plan_changes_nothing(cloud: Cloud) -> None:
    """Nothing drifts but alarms, of which the embedded AWS tells only in part."""
    assert [each for each in cloud.workspace.changes() if "cloudwatch_metric_alarm" not in each] == []


def test_a_landed_file_is_served(cloud: Cloud) -> None:
    """A file put into the bucket that Terraform made is processed, and its reading is served by the API there."""
    outputs = cloud.workspace.outputs()
    record = {
        "site_id": "roof-1",
        "timestamp": "2026-06-01T12:00:00Z",
        "energy_generated_kwh": 1.5,
        "energy_consumed_kwh": 0.25,
    }
    body = json.dumps([record]).encode()
    cloud.aws.s3().put_object(Bucket=outputs["bucket"], Key=f"{RAW}test/one.json", Body=body)
    api_id = outputs["api"].removeprefix("http://").partition(".")[0]
    deadline = time.monotonic() + 60
    while True:
        answer = httpx2.get(f"{cloud.endpoint}/_aws/execute-api/{api_id}/records/roof-1", trust_env=False, timeout=30)
        if answer.is_success and answer.json()["items"]:
            break
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    assert answer.json()["items"][0]["net_energy_kwh"] == 1.25


@pytest.mark.parametrize("kind", ["dynamodb", "s3"])
def test_a_lock_holds_off_a_second_apply(cloud: Cloud, kind: str) -> None:
    """While another holds the lock, in either place, an apply ends at once and says who holds it."""
    info = {"ID": "1", "Operation": "apply", "Who": "somebody else", "Path": "p", "Created": "2026-01-01T00:00:00Z"}
    bucket, key = "heliograph-state-000000000000", "test/terraform.tfstate"
    item = {"LockID": {"S": f"{bucket}/{key}"}, "Info": {"S": json.dumps(info)}}
    if kind == "s3":
        cloud.aws.s3().put_object(Bucket=bucket, Key=f"{key}.tflock", Body=json.dumps(info).encode())
    else:
        cloud.aws.dynamodb().put_item(TableName="heliograph-locks", Item=item)  # type: ignore[arg-type]
    try:
        result = cloud.workspace.run("apply", "-auto-approve", "-input=false", "-lock-timeout=0s", expect=(1,))
        assert "Error acquiring the state lock" in result.stderr
        assert "somebody else" in result.stderr
    finally:
        cloud.aws.s3().delete_object(Bucket=bucket, Key=f"{key}.tflock")
        cloud.aws.dynamodb().delete_item(TableName="heliograph-locks", Key={"LockID": item["LockID"]})  # type: ignore[dict-item]
