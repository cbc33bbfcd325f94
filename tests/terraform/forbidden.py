"""What no role may do, whatever it is for."""

from terraform.exercised_calls import Act, ExercisedCall
from terraform.grants import PREFIX
from terraform.guarded import arn


def overwrite_what_landed(act: Act) -> None:
    """Put a file over one that a site's logger sent."""
    act.aws.s3().put_object(Bucket=act.bucket, Key=f"raw/acts/{act.site}", Body=b"[]")


def delete_what_landed(act: Act) -> None:
    """Delete a version of a landed file."""
    version = act.prepared.objects.put(f"raw/acts/{act.site}", b"[]")
    act.aws.s3().delete_object(Bucket=act.bucket, Key=f"raw/acts/{act.site}", VersionId=version)


def see_the_truth(act: Act) -> None:
    """Read the labels of simulated faults."""
    act.prepared.objects.put(f"labels/simulator/{act.site}", b"{}")
    act.aws.s3().get_object(Bucket=act.bucket, Key=f"labels/simulator/{act.site}")


def list_the_truth(act: Act) -> None:
    """List the labels of simulated faults."""
    act.aws.s3().list_objects_v2(Bucket=act.bucket, Prefix="labels/")


def scan_readings(act: Act) -> None:
    """Read a whole table, page by page."""
    act.aws.dynamodb().scan(TableName=act.guarded.outputs["tables"]["readings"], Limit=1)


def delete_reading(act: Act) -> None:
    """Delete a reading."""
    key = {"site_id": {"S": act.site}, "timestamp": {"S": "2026-06-01T12:00:00Z"}}
    act.aws.dynamodb().delete_item(TableName=act.guarded.outputs["tables"]["readings"], Key=key)


def take_dead_letters(act: Act) -> None:
    """Receive what failed for good."""
    act.aws.sqs().receive_message(QueueUrl=act.guarded.outputs["dead_letter_queue_url"])


def call_the_processor(act: Act) -> None:
    """Call the processor by hand, past its queue."""
    act.aws.functions.invoke(FunctionName=f"{PREFIX}-processor", InvocationType="DryRun")


def take_a_role(act: Act) -> None:
    """Take the API's role."""
    act.aws.sts.assume_role(RoleArn=arn("api"), RoleSessionName="test")


def widen_a_role(act: Act) -> None:
    """Give its own role more."""
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    act.aws.roles.put_role_policy(RoleName=f"{PREFIX}-{act.owner}", PolicyName="more", PolicyDocument=document)


FORBIDDEN: list[ExercisedCall] = [
    overwrite_what_landed,
    delete_what_landed,
    see_the_truth,
    list_the_truth,
    scan_readings,
    delete_reading,
    take_dead_letters,
    call_the_processor,
    take_a_role,
    widen_a_role,
]
