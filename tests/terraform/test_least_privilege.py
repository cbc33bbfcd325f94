"""Least privilege, proven: with its roles enforced the stack works, and no role holds more than it uses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx2
import msgspec
import pytest

from heliograph.reading import format_timestamp
from local_stack.resources import ACCOUNT, REGION
from stack.harness import reading, wait_until
from terraform.calls_of_processor import quarantine, receive
from terraform.cloud import api_address
from terraform.exercised_calls import Act, ExercisedCall, Stores
from terraform.forbidden import FORBIDDEN
from terraform.grants import PREFIX
from terraform.guarded import Caller, Guarded, arn, is_denied
from terraform.permission_cases import PERMISSION_CASES, SHARED

EVERY_GRANT = [(role, name) for role, permission_cases in PERMISSION_CASES.items() for name in permission_cases]


def denied(call: Callable[[], object]) -> bool:
    """Do something; tell whether it was denied. Any other failure is the test's."""
    try:
        call()
    except Exception as error:
        if is_denied(error):
            return True
        raise
    return False


def test_every_grant_has_its_proof(guarded: Guarded) -> None:
    """The proofs name all that the roles hold, and nothing that they don't."""
    held = [(grant.role, grant.name) for grant in guarded.grants()]
    assert sorted(held) == sorted(EVERY_GRANT)


@pytest.mark.parametrize(("role", "name"), EVERY_GRANT, ids=[" ".join(each) for each in EVERY_GRANT])
def test_without_a_grant_its_call_is_denied(guarded: Guarded, role: str, name: str) -> None:
    """With all its grants a role does the deed; without this one alone it is denied."""
    call = PERMISSION_CASES[role][name]
    assert not denied(lambda: call(Act(guarded, role, role)))
    (grant,) = [each for each in guarded.grants() if (each.role, each.name) == (role, name)]
    with guarded.without(grant):
        assert denied(lambda: call(Act(guarded, role, role)))


def test_no_role_does_what_another_does(guarded: Guarded) -> None:
    """Each role, doing each deed of each other role, is denied, but where `SHARED` says why not."""
    allowed: dict[ExercisedCall, set[str]] = {}
    for owner, permission_cases in PERMISSION_CASES.items():
        for call in dict.fromkeys(permission_cases.values()):
            for actor in PERMISSION_CASES.keys() - {owner}:
                if not denied(partial(call, Act(guarded, actor, owner))):
                    allowed.setdefault(call, set()).add(actor)
    assert allowed == SHARED


@pytest.mark.parametrize("call", FORBIDDEN, ids=lambda call: call.__name__)
@pytest.mark.parametrize("role", PERMISSION_CASES)
def test_no_role_does_what_is_nobody_s_work(guarded: Guarded, role: str, call: ExercisedCall) -> None:
    """Nothing that landed is changed or lost, no truth is seen before its time, and no role gives itself more."""
    assert denied(lambda: call(Act(guarded, role, role)))


def test_nobody_takes_a_role_but_its_service(guarded: Guarded) -> None:
    """Not even an administrator's own key can take a role."""
    iam = guarded.aws.roles
    iam.create_user(UserName="administrator")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = msgspec.json.encode({"Version": "2012-10-17", "Statement": [everything]}).decode()
    iam.put_user_policy(UserName="administrator", PolicyName="everything", PolicyDocument=policy)
    administrator = Caller(guarded.endpoint, iam.create_access_key(UserName="administrator")["AccessKey"])  # type: ignore[arg-type]
    assert not denied(administrator.roles.list_roles)
    for role in PERMISSION_CASES:
        assert denied(partial(administrator.sts.assume_role, RoleArn=arn(role), RoleSessionName="test"))


@pytest.mark.parametrize("call", [quarantine, receive], ids=["bucket", "queue"])
def test_calls_without_tls_are_refused(guarded: Guarded, call: ExercisedCall) -> None:
    """What a role may do over TLS it may not do without."""
    act = Act(guarded, "processor", "processor")
    act.aws.over_tls = False
    try:
        assert denied(lambda: call(act))
    finally:
        act.aws.over_tls = True


def test_a_lambda_is_held_to_its_role(guarded: Guarded) -> None:
    """The Lambda itself, not only its code in this process, is denied what its role lacks."""
    (grant,) = [each for each in guarded.grants() if each.name.endswith("data/raw/simulator/*")]
    with guarded.plain_http(), guarded.without(grant):
        answer = call_lambda(guarded, "simulator")
    assert "AccessDenied" in str(answer)


def test_the_whole_path_works(guarded: Guarded) -> None:
    """With every call checked: what lands ends as readings, quarantine, an alert, day totals, incidents and answers."""
    with guarded.plain_http():
        inbox, before = subscribe(guarded), get(guarded, "summary").get("files", 0)
        assert call_lambda(guarded, "simulator")["files"] == 1
        bucket, hour = guarded.outputs["bucket"], datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        now, late = format_timestamp(hour), format_timestamp(hour - timedelta(days=3))
        records = [reading("roof-1", now), reading("roof-1", late), reading("roof-2", now, -999), {"site_id": "roof-3"}]
        guarded.aws.s3().put_object(Bucket=bucket, Key="raw/test/one.json", Body=msgspec.json.encode(records))
        told = wait_until(lambda: take(guarded, inbox), "an alert", 60)
        served = wait_until(lambda: get(guarded, "readings/roof-1")["items"], "a reading", 60)
        rejected = guarded.aws.s3().list_objects_v2(Bucket=bucket, Prefix="quarantine/test/one.json")
        wait_until(lambda: get(guarded, "summary")["files"] == before + 2, "both files in the totals", 60)
        looked_at(guarded, "roof-1")
        assert "sites" in call_lambda(guarded, "watch", "watch-schedule")
        serves_what_it_lands(guarded)
    assert "roof-2" in told
    assert served[0]["net_energy_kwh"] == 1.25
    assert rejected["KeyCount"] == 1
    assert len(get(guarded, "sites")["items"]) > 2
    assert get(guarded, "anomalies")["items"][0]["site_id"] == "roof-2"
    assert get(guarded, "incidents")["items"][0]["site_id"] == "roof-2"


def serves_what_it_lands(guarded: Guarded) -> None:
    """Register a site and land a reading and a record that is none, both by the API; ask it what became of them."""
    api = api_address(guarded.endpoint, guarded.outputs)
    now = format_timestamp(datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    with httpx2.Client(base_url=f"{api}/", trust_env=False, timeout=30) as client:
        assert client.put("sites/roof-9", json={"kind": "solar"}).status_code == 201
        landed = client.post("readings", content=msgspec.json.encode([reading("roof-9", now), {"site_id": "roof-9"}]))
        assert landed.status_code == 202
        status = landed.json()["status"].removeprefix("/")
        wait_until(lambda: client.get(status).is_success, "what became of the reading", 60)
        assert client.get(f"{status}/rejected").json()["items"][0]["position"] == 2
        assert client.get("totals/roof-9", params={"by": "hour"}).json()["items"][0]["readings"] == 1
        assert set(client.get("pipeline").json()["queues"]["ingest"]) == {"waiting", "in_flight"}
        assert "roof-9" in [each["site_id"] for each in client.get("fleet").json()["items"]]
        assert client.get("readings/roof-9", headers={"accept": "text/csv"}).text.count("roof-9") == 1


def looked_at(guarded: Guarded, site_id: str) -> None:
    """Wait until the watch has looked at a site, which it was asked to by the processor that met a late reading."""
    parts = guarded.kept(guarded.aws, Stores).parts
    wait_until(lambda: (reevaluation := parts.reevaluation(site_id)) and reevaluation.done, f"a look at {site_id}", 60)


def call_lambda(guarded: Guarded, name: str, schedule: str = "schedule") -> Any:  # noqa: ANN401 - whatever it answers
    """Call a Lambda as its schedule does, and return its answer."""
    functions = guarded.acting_as(schedule).functions
    event = msgspec.json.encode({"time": "2026-06-01T12:02:00Z"})
    return msgspec.json.decode(functions.invoke(FunctionName=f"{PREFIX}-{name}", Payload=event)["Payload"].read())


def subscribe(guarded: Guarded) -> str:
    """Make a queue that gets every alert; return its URL."""
    sqs, topic = guarded.aws.sqs(), guarded.outputs["alerts_topic_arn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
    of_topic = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    statement = {**of_topic, "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    policy = msgspec.json.encode({"Version": "2012-10-17", "Statement": [statement]}).decode()
    url = sqs.create_queue(QueueName="inbox", Attributes={"Policy": policy})["QueueUrl"]
    guarded.aws.sns().subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return url


def take(guarded: Guarded, url: str) -> str:
    """Return the body of a message, or an empty text."""
    messages = guarded.aws.sqs().receive_message(QueueUrl=url).get("Messages", [])
    return messages[0]["Body"] if messages else ""


def get(guarded: Guarded, path: str) -> Any:  # noqa: ANN401 - JSON
    """Ask the API, and return its answer."""
    url = f"{api_address(guarded.endpoint, guarded.outputs)}/{path}"
    answer = httpx2.get(url, trust_env=False, timeout=30)
    return answer.json() if answer.is_success else {"items": []}
