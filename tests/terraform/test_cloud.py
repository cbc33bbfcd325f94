"""The laptop is the cloud: what Terraform makes, beside what the local stack makes, and that it works."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from heliograph.object_keys import RAW
from local_stack import StackOptions, start
from local_stack.clients import clients_for
from terraform.cloud import Cloud, api_address, describe

# All that may differ: on the laptop, in the cloud, and why. What `AS_ON_THE_LAPTOP` sets differs as well by default.
DIFFERENCES: dict[str, tuple[Any, Any, str]] = {
    **{
        f"functions.STACK-{name}.environment.HELIOGRAPH_{variable}": (
            None,
            "set",
            "a variable of Terraform; the laptop leaves the code's own default",
        )
        for name, variables in {
            "processor": ("RETENTION_DAYS", "DIGEST_THRESHOLD", "REPEAT_INTERVAL_MINUTES", "HIDDEN_SECONDS"),
            "watch": (
                "RETENTION_DAYS",
                "DIGEST_THRESHOLD",
                "REPEAT_INTERVAL_MINUTES",
                "CLEAN_READINGS",
                "CLEAR_AFTER_MINUTES",
            ),
        }.items()
        for variable in variables
    },
    "functions.STACK-api.environment.HELIOGRAPH_USER": (
        "set",
        None,
        "in the cloud the gateway's authorizer says who asks; on the laptop it is the user whose it is",
    ),
    "apis.STACK-api.calls": (
        "STACK-api",
        "STACK-api:live",
        "the cloud calls the published version with a snapshot of the started function; the laptop has no snapshots",
    ),
    "topics.arn:aws:sns:eu-west-1:000000000000:STACK-alerts": (
        ["sqs"],
        [],
        "mail can't be read on the laptop: a queue takes its place; in the cloud, addresses are variables",
    ),
    "queues.STACK-alerts-inbox.visibility": ("30", None, "that queue"),
    "queues.STACK-alerts-inbox.keeps": ("1209600", None, "that queue"),
    "queues.STACK-alerts-inbox.dead letters": (None, None, "that queue"),
    "queues.STACK-alerts-inbox.receives": (0, None, "that queue"),
    "queues.STACK-alerts-inbox.senders": (
        ["sns.amazonaws.com arn:aws:sns:eu-west-1:000000000000:STACK-alerts"],
        None,
        "that queue",
    ),
}


def test_make_deploy_ends_with_a_reading_served(cloud: Cloud) -> None:
    """From nothing, `make deploy` builds, publishes, plans, applies, and sees the reading it landed served."""
    assert "Apply complete!" in cloud.printed
    assert re.search(r"a reading of smoke-test at \S+ was landed, and served [\d.]+ s later", cloud.printed)


def test_the_laptop_is_the_cloud(cloud: Cloud, zips: Path, tmp_path: Path) -> None:
    """AWS's own calls describe both alike, but for `DIFFERENCES`: each is there, and there is no other."""
    theirs = describe(cloud.aws, "heliograph-test", cloud.workspace.outputs()["bucket"])
    with start(StackOptions(state_dir=tmp_path, zips=zips, schedule=False, watch=False)) as running:
        aws = clients_for(running.stack)
        ours = describe(aws, "heliograph-local", running.stack.raw_bucket)
    absent = object()
    differ = [path for path in ours.keys() | theirs.keys() if ours.get(path, absent) != theirs.get(path, absent)]
    found = {path: (ours.get(path), theirs.get(path)) for path in differ}
    assert found == {path: (laptop, cloud) for path, (laptop, cloud, _) in DIFFERENCES.items()}


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
    url = f"{api_address(cloud.endpoint, outputs)}/readings/roof-1"
    deadline = time.monotonic() + 60
    while True:
        answer = httpx2.get(url, trust_env=False, timeout=30)
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
        cloud.aws.dynamodb().put_item(TableName="heliograph-locks", Item=item)
    try:
        result = cloud.workspace.run("apply", "-auto-approve", "-input=false", "-lock-timeout=0s", expect=(1,))
        assert "Error acquiring the state lock" in result.stderr
        assert "somebody else" in result.stderr
    finally:
        cloud.aws.s3().delete_object(Bucket=bucket, Key=f"{key}.tflock")
        cloud.aws.dynamodb().delete_item(TableName="heliograph-locks", Key={"LockID": item["LockID"]})
